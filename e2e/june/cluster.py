"""A real single-node Kubernetes: etcd, API server, controller manager, scheduler, kubelet with containerd, kube-proxy.

Runs inside `isolation.run_isolated`, so its network is one bridge that nobody else sees: pods, the API server and whatever
else listens on `ADDRESS` reach each other there, and nothing reaches beyond. Certificates are made for the run; access
control is on (Node and RBAC), Pod Security admission too. There is no cluster DNS: the kubelet gives pods the API server's
address, everything else is reached by address. Network policies are accepted and not enforced.
"""

from __future__ import annotations

import json
import shlex
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from june import isolation
from june.certificates import Authority, Pair
from june.containers import RUN, SOCKET, Containerd
from june.images import Image, build_image
from june.names import DOMAIN, ServiceNames
from june.processes import Daemon, NotReady, accepts
from june.setup import Paths, ensure
from june.setup.progress import step

ADDRESS = "10.97.0.1"  # of the node on the bridge: servers for pods listen here
PODS = "10.97.0.0/16"
SERVICES = "10.98.0.0/16"
API_SERVICE = "10.98.0.1"
BRIDGE = "june0"
NODE = "june"
API_PORT = 6443
ETCD_URL = "http://127.0.0.1:2379"
PAUSE_DOCKERFILE = Path(__file__).resolve().parents[2] / "images" / "pause" / "Dockerfile"


class Cluster:
    """A running cluster, its files and logs under `folder`. Ready when made; stopped at the end of its `with` block.

    `address` is where servers for pods listen; `kubeconfig` is the administrator's, for use inside the isolation;
    `kubectl_command` is a program that works from any of root's terminals.
    """

    def __init__(self, folder: Path) -> None:
        if not isolation.inside():
            raise RuntimeError("a cluster is started inside isolation.run_isolated")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.address = ADDRESS
        self.server = f"https://{ADDRESS}:{API_PORT}"
        self._paths: Paths = ensure("cluster")
        self._running: list[Daemon | Containerd | ServiceNames] = []
        try:
            with step("Starting Kubernetes", "about 10 s"):
                self._start()
        except BaseException:
            self.stop()
            raise

    def kubectl(self, *words: str, stdin: str | None = None, check: bool = True) -> str:
        """Runs kubectl as the administrator and answers what it printed; a failure raises with its message."""
        command = [str(self._paths.kubectl), "--kubeconfig", str(self.kubeconfig), *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def import_image(self, image: Image) -> None:
        """Makes an image available to pods, unless it is there already."""
        if not self._containerd.has(image):
            with step(f"Giving {image.name} to containerd", "about 10 s, once"):
                self._containerd.import_image(image)

    def publish(self, namespace: str, name: str, port: int) -> None:
        """Gives pods a Service for a server that listens on `address`, outside of any pod."""
        metadata = {"name": name, "namespace": namespace}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": port}]}}
        endpoints = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4",
            "ports": [{"port": port}],
            "endpoints": [{"addresses": [ADDRESS]}],
        }
        self.kubectl("apply", "-f", "-", stdin="\n---\n".join(map(json.dumps, (service, endpoints))))

    def stop(self) -> None:
        """Stops pods at once and servers in order. What would still be left ends with the isolation."""
        while self._running:
            self._running.pop().stop()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        make_network()
        shadow_kernel_settings()
        secrets = self.folder / "secrets"
        self._authority = Authority(secrets)
        self._service_account_key, self._service_account_public = self._authority.key_pair("service-accounts")
        self.kubeconfig = self._kubeconfig("admin", "june-admin", "system:masters")
        self.kubectl_command = self._kubectl_command()

        etcd = self._run("etcd", self._paths.etcd, *self._etcd_options())
        etcd.wait_until(lambda: accepts("127.0.0.1", 2379))
        api = self._run("kube-apiserver", self._paths.kube_apiserver, *self._api_options())
        # Meanwhile: containerd needs nothing of the API server.
        pause = build_image("june-stt/pause:1", PAUSE_DOCKERFILE, self._paths.pause.parent)
        self._containerd = Containerd(self.folder, self._network_config(), pause)
        self._running.append(self._containerd)
        api.wait_until(lambda: self.kubectl("get", "--raw=/readyz", check=False) == "ok")

        manager = self._kubeconfig("controller-manager", "system:kube-controller-manager")
        self._run("kube-controller-manager", self._paths.kube_controller_manager, *self._manager_options(manager))
        scheduler = self._kubeconfig("scheduler", "system:kube-scheduler")
        self._run(
            "kube-scheduler",
            self._paths.kube_scheduler,
            f"--kubeconfig={scheduler}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
        )
        self._running.append(ServiceNames(ADDRESS, self.server, self._credentials()))
        kubelet = self._run("kubelet", self._paths.kubelet, *self._kubelet_options())
        kubelet.wait_until(self._node_is_ready, limit_seconds=120)
        self._run("kube-proxy", self._paths.kube_proxy, *self._proxy_options())
        self._wait_for(lambda: "default" in self.kubectl("get", "serviceaccounts", check=False), "the default service account")

    def _run(self, name: str, program: Path, *options: str) -> Daemon:
        daemon = Daemon(name, [program, *options], self.folder)
        self._running.append(daemon)
        return daemon

    def _node_is_ready(self) -> bool:
        ready = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
        return self.kubectl("get", "node", NODE, "--output", ready, check=False) == "True"

    @staticmethod
    def _wait_for(ready: Callable[[], bool], what: str, limit_seconds: float = 60) -> None:
        end = time.monotonic() + limit_seconds
        while not ready():
            if time.monotonic() > end:
                raise NotReady(f"the cluster has no {what} after {limit_seconds:.0f} s")
            time.sleep(0.1)

    def _etcd_options(self) -> list[str]:
        # The data lives in memory and as long as the run, so nothing is gained by waiting for a disk.
        return [
            f"--data-dir={RUN / 'etcd'}",
            f"--listen-client-urls={ETCD_URL}",
            f"--advertise-client-urls={ETCD_URL}",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--unsafe-no-fsync",
        ]

    def _api_options(self) -> list[str]:
        names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"]
        serving = self._authority.server("kube-apiserver", [ADDRESS, API_SERVICE, "127.0.0.1"], names)
        to_kubelet = self._authority.client("june-apiserver", "system:masters")
        return [
            f"--etcd-servers={ETCD_URL}",
            f"--bind-address={ADDRESS}",
            f"--advertise-address={ADDRESS}",
            f"--secure-port={API_PORT}",
            f"--service-cluster-ip-range={SERVICES}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            f"--client-ca-file={self._authority.certificate}",
            f"--tls-cert-file={serving.certificate}",
            f"--tls-private-key-file={serving.key}",
            "--kubelet-preferred-address-types=InternalIP",  # there is nobody to ask for names
            f"--kubelet-certificate-authority={self._authority.certificate}",
            f"--kubelet-client-certificate={to_kubelet.certificate}",
            f"--kubelet-client-key={to_kubelet.key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self._service_account_public}",
            f"--service-account-signing-key-file={self._service_account_key}",
        ]

    def _manager_options(self, kubeconfig: Path) -> list[str]:
        return [
            f"--kubeconfig={kubeconfig}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            "--use-service-account-credentials",
            f"--service-account-private-key-file={self._service_account_key}",
            f"--root-ca-file={self._authority.certificate}",
        ]

    def _kubelet_options(self) -> list[str]:
        serving = self._authority.server("kubelet", [ADDRESS], [NODE])
        no_names = self._write("resolv.conf", "")
        config = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": ADDRESS,
            "healthzBindAddress": "127.0.0.1",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(self._authority.certificate)},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(serving.certificate),
            "tlsPrivateKeyFile": str(serving.key),
            "containerRuntimeEndpoint": f"unix://{SOCKET}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{isolation.control_group()}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "localStorageCapacityIsolation": False,
            "evictionHard": {},
            "imageGCHighThresholdPercent": 100,
            "podLogsDir": str(self.folder / "pods"),
            "volumePluginDir": str(RUN / "volume-plugins"),
            "resolvConf": str(no_names),
            "clusterDNS": [ADDRESS],
            "clusterDomain": DOMAIN,
            "registerNode": True,
        }
        return [
            f"--config={self._write('kubelet.json', json.dumps(config, indent=2))}",
            f"--kubeconfig={self._kubeconfig('kubelet', f'system:node:{NODE}', 'system:nodes')}",
            f"--root-dir={RUN / 'kubelet'}",
            f"--hostname-override={NODE}",
            f"--node-ip={ADDRESS}",
        ]

    def _proxy_options(self) -> list[str]:
        config = {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
            "hostnameOverride": NODE,
            "clusterCIDR": PODS,
            "bindAddress": ADDRESS,
            "healthzBindAddress": "127.0.0.1:10256",
            "metricsBindAddress": "127.0.0.1:10249",
            "clientConnection": {"kubeconfig": str(self._kubeconfig("kube-proxy", "system:kube-proxy"))},
            # Pods share one bridge: without this an answer would go straight back and not through the rules.
            "iptables": {"masqueradeAll": True},
            "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        }
        return [f"--config={self._write('kube-proxy.json', json.dumps(config, indent=2))}"]

    def _network_config(self) -> Path:
        """Tells containerd to plug pods into the bridge."""
        folder = self.folder / "cni"
        folder.mkdir(exist_ok=True)
        addresses = {"type": "host-local", "dataDir": str(RUN / "addresses"), "ranges": [[{"subnet": PODS, "gateway": ADDRESS}]]}
        bridge: dict[str, Any] = {
            "type": "bridge",
            "bridge": BRIDGE,
            "isGateway": True,
            "hairpinMode": True,
            "ipam": {**addresses, "routes": [{"dst": "0.0.0.0/0"}]},
        }
        (folder / "june.conflist").write_text(json.dumps({"cniVersion": "1.0.0", "name": "june", "plugins": [bridge]}))
        return folder

    def _credentials(self) -> ssl.SSLContext:
        """For our own requests to the API server."""
        pair = self._authority.client("june-names", "system:masters")
        context = ssl.create_default_context(cafile=str(self._authority.certificate))
        context.load_cert_chain(pair.certificate, pair.key)
        return context

    def _kubectl_command(self) -> Path:
        """A kubectl for another terminal, where the cluster's network cannot be reached: it goes inside first."""
        words = [*isolation.enter_command(), str(self._paths.kubectl), "--kubeconfig", str(self.kubeconfig)]
        command = self._write("kubectl", f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        command.chmod(0o755)
        return command

    def _kubeconfig(self, name: str, user: str, group: str = "") -> Path:
        pair: Pair = self._authority.client(user, group)
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "june",
            "contexts": [{"name": "june", "context": {"cluster": "june", "user": user}}],
            "clusters": [
                {"name": "june", "cluster": {"server": self.server, "certificate-authority": str(self._authority.certificate)}}
            ],
            "users": [{"name": user, "user": {"client-certificate": str(pair.certificate), "client-key": str(pair.key)}}],
        }
        return self._write(f"{name}.kubeconfig", json.dumps(config, indent=2))

    def _write(self, name: str, content: str) -> Path:
        file = self.folder / name
        file.write_text(content)
        return file


def make_network() -> None:
    """The bridge, with the node's address; packets may go from pod to pod through the node's rules."""
    for command in (
        f"ip link add {BRIDGE} type bridge",
        f"ip address add {ADDRESS}/16 dev {BRIDGE}",
        f"ip link set {BRIDGE} up",
    ):
        subprocess.run(command.split(), check=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def shadow_kernel_settings() -> None:
    """The kubelet insists on some settings of the kernel, which would change them for the whole machine and for good. It
    looks first, so in here it finds files that say what it wants to read."""
    for setting, wanted in {
        "vm/overcommit_memory": "1",
        "vm/panic_on_oom": "0",
        "kernel/panic": "10",
        "kernel/panic_on_oops": "1",
        "kernel/keys/root_maxkeys": "1000000",
        "kernel/keys/root_maxbytes": "25000000",
    }.items():
        file = RUN / "settings" / setting
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted)
        subprocess.run(["mount", "--bind", str(file), f"/proc/sys/{setting}"], check=True)
