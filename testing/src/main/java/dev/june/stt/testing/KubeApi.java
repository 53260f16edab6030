package dev.june.stt.testing;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * A real kube-apiserver with its etcd on loopback, with RBAC, admission and server-side apply as in a cluster. There is no controller
 * and no kubelet: a Deployment makes no pods and nothing is garbage collected; a test that needs their doing acts as them and says so.
 */
public final class KubeApi implements AutoCloseable {
    private static final String ADMIN_TOKEN = "test-admin-token";

    private final Path folder;
    private final Path audit;
    private final int port = Ports.next();
    private final int etcdPort = Ports.next();
    private final Daemon etcd;
    private final KubernetesClient admin;
    private final Daemon server;

    public KubeApi(Path folder) {
        this.folder = folder;
        this.audit = folder.resolve("audit.log");
        writeCredentials();
        int peerPort = Ports.next();
        this.etcd = Daemon.start(
                        "etcd",
                        folder,
                        Map.of(),
                        List.of(
                                Setup.path("etcd").toString(),
                                "--data-dir=" + folder.resolve("etcd"),
                                "--unsafe-no-fsync",
                                "--listen-client-urls=http://127.0.0.1:" + etcdPort,
                                "--advertise-client-urls=http://127.0.0.1:" + etcdPort,
                                "--listen-peer-urls=http://127.0.0.1:" + peerPort,
                                "--initial-advertise-peer-urls=http://127.0.0.1:" + peerPort,
                                "--initial-cluster=default=http://127.0.0.1:" + peerPort))
                .await(Duration.ofMinutes(3), () -> Daemon.accepts(etcdPort));
        this.admin = client(ADMIN_TOKEN);
        this.server = launch();
    }

    /** A client that may do everything. */
    public KubernetesClient client() {
        return admin;
    }

    /** A client that shows this token, for example one of a ServiceAccount; the caller closes it. */
    public KubernetesClient client(String token) {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubeconfig(token)))
                .build();
    }

    /** What was asked of the server until now: one line of JSON (audit.k8s.io/v1 Event) for each request that was answered. */
    public List<String> audit() {
        try {
            String written = Files.readString(audit);
            return written.substring(0, written.lastIndexOf('\n') + 1) // the server may be writing the next one
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A token of a ServiceAccount, as a pod of it would have. */
    public String tokenOf(String namespace, String serviceAccount) {
        return admin.serviceAccounts()
                .inNamespace(namespace)
                .withName(serviceAccount)
                .tokenRequest()
                .getStatus()
                .getToken();
    }

    @Override
    public void close() {
        admin.close();
        server.close();
        etcd.close();
    }

    private Daemon launch() {
        return Daemon.start(
                        "kube-apiserver",
                        folder,
                        Map.of(),
                        List.of(
                                Setup.path("kube.apiserver").toString(),
                                "--etcd-servers=http://127.0.0.1:" + etcdPort,
                                "--bind-address=127.0.0.1",
                                "--secure-port=" + port,
                                "--cert-dir=" + folder.resolve("certs"),
                                "--token-auth-file=" + folder.resolve("tokens.csv"),
                                "--authorization-mode=RBAC",
                                "--audit-policy-file=" + folder.resolve("audit-policy.yaml"),
                                "--audit-log-path=" + audit,
                                "--audit-log-mode=blocking",
                                "--service-account-issuer=https://kubernetes.default.svc",
                                "--service-account-key-file=" + folder.resolve("sa.key"),
                                "--service-account-signing-key-file=" + folder.resolve("sa.key"),
                                "--service-cluster-ip-range=10.96.0.0/16"))
                .await(Duration.ofMinutes(5), this::isReady);
    }

    private boolean isReady() {
        try {
            return Daemon.accepts(port) && "ok".equals(admin.raw("/readyz"));
        } catch (io.fabric8.kubernetes.client.KubernetesClientException e) {
            return false;
        }
    }

    private void writeCredentials() {
        write(folder.resolve("audit-policy.yaml"), """
                apiVersion: audit.k8s.io/v1
                kind: Policy
                omitStages: [RequestReceived, ResponseStarted]
                rules: [{level: Metadata}]
                """);
        write(folder.resolve("tokens.csv"), ADMIN_TOKEN + ",admin,admin,\"system:masters\"\n");
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2_048);
            KeyPair pair = generator.generateKeyPair();
            String encoded = Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(pair.getPrivate().getEncoded());
            write(
                    folder.resolve("sa.key"),
                    "-----BEGIN PRIVATE KEY-----\n" + encoded + "\n-----END PRIVATE KEY-----\n");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has RSA", e);
        }
    }

    /** The server's certificate is one that it made for itself a moment ago, on loopback: it is not checked. */
    private String kubeconfig(String token) {
        return """
                apiVersion: v1
                kind: Config
                clusters:
                - name: test
                  cluster: {server: "https://127.0.0.1:%d", insecure-skip-tls-verify: true}
                users:
                - name: test
                  user: {token: "%s"}
                contexts:
                - name: test
                  context: {cluster: test, user: test, namespace: default}
                current-context: test
                """.formatted(port, token);
    }

    private static void write(Path file, String content) {
        try {
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
