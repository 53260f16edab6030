package dev.june.stt.operator.pipeline;

import dev.june.stt.config.Model;
import dev.june.stt.resource.SttPipeline;
import dev.june.stt.resource.SttPipelineSpec;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPortBuilder;
import java.net.URI;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What may reach the workers, and what they may reach; everything else is denied, the API server too unless it has the port of
 * something that they need. By port: addresses behind names change, and rules for addresses miss pods or nodes, depending on the
 * network plugin. Pure.
 */
final class WorkerNetwork {
    /** 5353 is where some clusters' name servers listen behind their Service. */
    private static final List<Integer> DNS = List.of(53, 5353);

    /** Media that cannot go by UDP: the server's own port for it, and relays. */
    private static final List<Integer> MEDIA_BY_TCP = List.of(443, 5349, 7881);

    private static final Map<String, Integer> DEFAULT_PORTS =
            Map.of("http", 80, "https", 443, "ws", 80, "wss", 443, "nats", 4222, "tls", 4222);

    private WorkerNetwork() {}

    static NetworkPolicy policy(SttPipeline pipeline) {
        return new NetworkPolicyBuilder()
                .withMetadata(Names.owned(pipeline, Names.workers(pipeline)))
                .withNewSpec()
                .withNewPodSelector()
                .withMatchLabels(Names.selector(pipeline))
                .endPodSelector()
                .withPolicyTypes("Ingress", "Egress")
                .addNewIngress()
                .withPorts(port("TCP", Names.PORT))
                .endIngress()
                .withEgress(
                        // Which UDP ports media uses is the server's to say, for each call.
                        to(List.of(new NetworkPolicyPortBuilder()
                                .withProtocol("UDP")
                                .build())),
                        toTcp(DNS),
                        toTcp(destinations(pipeline.getSpec())))
                .endSpec()
                .build();
    }

    private static Collection<Integer> destinations(SttPipelineSpec spec) {
        TreeSet<Integer> ports = new TreeSet<>(MEDIA_BY_TCP);
        ports.addAll(spec.workers().networkPolicy().egressPorts());
        addresses(spec).map(WorkerNetwork::portOf).forEach(ports::add);
        return ports;
    }

    private static Stream<String> addresses(SttPipelineSpec spec) {
        var webhook = spec.delivery().webhook();
        var jwt = spec.access().jwt();
        return Stream.of(
                        Arrays.stream(spec.delivery().nats().url().split(",")),
                        Stream.of(
                                spec.livekit().url(),
                                webhook == null ? null : webhook.url(),
                                jwt == null ? null : jwt.jwksUri(),
                                spec.observability().tracing().otlpEndpoint(),
                                fetched(spec.model())),
                        spec.variants().stream().map(variant -> fetched(variant.modelOver(spec.model()))))
                .flatMap(each -> each)
                .filter(Objects::nonNull);
    }

    private static @Nullable String fetched(@Nullable Model model) {
        return model != null && model.source() == Model.Source.HTTPS ? model.url() : null;
    }

    /** A URL whose port cannot be told adds none beyond its scheme's: that it is wrong is said elsewhere. */
    private static int portOf(String url) {
        int schemeEnds = url.indexOf("://");
        int fallback = DEFAULT_PORTS.getOrDefault(url.substring(0, Math.max(0, schemeEnds)), 443);
        try {
            int port = URI.create(url).getPort();
            return port > 0 ? port : fallback;
        } catch (IllegalArgumentException e) {
            return fallback;
        }
    }

    private static NetworkPolicyEgressRule toTcp(Collection<Integer> ports) {
        return to(ports.stream().map(number -> port("TCP", number)).toList());
    }

    private static NetworkPolicyEgressRule to(List<NetworkPolicyPort> ports) {
        return new NetworkPolicyEgressRuleBuilder().withPorts(ports).build();
    }

    private static NetworkPolicyPort port(String protocol, int number) {
        return new NetworkPolicyPortBuilder()
                .withProtocol(protocol)
                .withPort(new IntOrString(number))
                .build();
    }
}
