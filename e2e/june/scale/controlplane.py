"""A Kubernetes without nodes on loopback: etcd, API server with an audit log, controller manager and scheduler as in any cluster,
and kwok, which plays the nodes and their pods. Needs no root. `Cluster` has pods that run instead, but no room for a thousand.
"""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from june.build import REPOSITORY
from june.installed import Kubectl
from june.measure import usage
from june.processes import Daemon, accepts, free_port
from june.scale.api import Api, ApiError
from june.setup import ensure
from june.setup.progress import step

CRD = REPOSITORY / "crds/src/main/resources/crd/sttpipelines.stt.june.dev.yaml"
OPERATOR = REPOSITORY / "config/operator.yaml"
STAGES = Path(__file__).parent / "stages.yaml"
OPERATOR_NAMESPACE, OPERATOR_ACCOUNT = "june-stt", "june-stt-operator"
OPERATOR_USER = f"system:serviceaccount:{OPERATOR_NAMESPACE}:{OPERATOR_ACCOUNT}"
NODES = 4
AUDIT_POLICY = """
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
  - {level: Metadata, verbs: [create, update, patch, delete, deletecollection]}
  - {level: None}
"""
# Their defaults, 20 and 50 requests a second, would be all that a thousand pipelines measure.
FAST = ("--kube-api-qps=1000", "--kube-api-burst=2000")


class ControlPlane:
    """Ready when made, with the CRD and the operator's account and rights installed; stopped at the end of its `with` block."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.audit = self.folder / "audit.log"
        self._paths = ensure("python.packages", "etcd", "kube.apiserver", "kubectl", "kube.controller.manager", "kube.scheduler", "kwok")
        self._running: list[Daemon] = []
        self._token = secrets.token_hex(16)
        self._etcd_url = f"http://127.0.0.1:{free_port()}"
        self._port = free_port()
        self.server = f"https://127.0.0.1:{self._port}"
        self.api = Api(self.server, self._token)
        self.kubectl = Kubectl(self._paths.kubectl, str(self._kubeconfig("admin", self._token)))
        try:
            with step("Starting a Kubernetes whose pods kwok plays", "about 15 s"):
                self._start()
        except BaseException:
            self.stop()
            raise

    def _kubeconfig(self, name: str, token: str) -> Path:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "june",
            "contexts": [{"name": "june", "context": {"cluster": "june", "user": name}}],
            "clusters": [{"name": "june", "cluster": {"server": self.server, "insecure-skip-tls-verify": True}}],
            "users": [{"name": name, "user": {"token": token}}],
        }
        return self._write(f"{name}.kubeconfig", json.dumps(config))

    def operator_token(self) -> str:
        """Of the operator's ServiceAccount, with the rights that its manifests give it."""
        path = f"/api/v1/namespaces/{OPERATOR_NAMESPACE}/serviceaccounts/{OPERATOR_ACCOUNT}/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 12 * 3600}}
        return str(self.api.create(path, asked)["status"]["token"])

    def cpu_seconds(self) -> dict[str, float]:
        """What each of its servers has used so far."""
        return {daemon.name: used.cpu_seconds for daemon in self._running if (used := usage(daemon.pid))}

    def kill_api_server(self) -> None:
        self._api_server.kill()

    def restart_api_server(self) -> None:
        self._running.remove(self._api_server)
        self._start_api_server()

    def stop(self) -> None:
        while self._running:
            self._running.pop().stop()

    def __enter__(self) -> ControlPlane:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        self._write("audit-policy.yaml", AUDIT_POLICY)
        self._write("tokens.csv", f'{self._token},admin,admin,"system:masters"\n')
        self._write_key()
        peers = f"http://127.0.0.1:{free_port()}"
        etcd = self._run(
            "etcd",
            self._paths.etcd,
            f"--data-dir={self.folder / 'etcd-data'}",
            "--unsafe-no-fsync",
            f"--listen-client-urls={self._etcd_url}",
            f"--advertise-client-urls={self._etcd_url}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
        )
        etcd.wait_until(lambda: accepts("127.0.0.1", int(self._etcd_url.rpartition(":")[2])))
        self._start_api_server()
        admin = self.kubectl.kubeconfig
        local = ("--bind-address=127.0.0.1", "--leader-elect=false", f"--kubeconfig={admin}")
        self._run(
            "kube-controller-manager",
            self._paths.kube_controller_manager,
            *local,
            *FAST,
            f"--secure-port={free_port()}",
            f"--cert-dir={self.folder / 'manager-certs'}",
            f"--service-account-private-key-file={self.folder / 'sa.key'}",
            "--concurrent-deployment-syncs=20",
            "--concurrent-replicaset-syncs=20",
        )
        self._run(
            "kube-scheduler",
            self._paths.kube_scheduler,
            *local,
            *FAST,
            f"--secure-port={free_port()}",
            f"--cert-dir={self.folder / 'scheduler-certs'}",
        )
        self._install()
        self._run(
            "kwok",
            self._paths.kwok,
            f"--kubeconfig={admin}",
            "--manage-all-nodes=true",
            "--node-lease-duration-seconds=40",
            f"--config={STAGES}",
            f"--server-address=127.0.0.1:{free_port()}",
        )

    def _start_api_server(self) -> None:
        self._api_server = self._run(
            "kube-apiserver",
            self._paths.kube_apiserver,
            f"--etcd-servers={self._etcd_url}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={self.folder / 'certs'}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            f"--audit-policy-file={self.folder / 'audit-policy.yaml'}",
            f"--audit-log-path={self.audit}",
            "--audit-log-maxsize=4000",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.folder / 'sa.key'}",
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            "--service-cluster-ip-range=10.96.0.0/16",  # a wider one is a larger record to write for each Service
        )
        self._api_server.wait_until(self._answers, limit_seconds=120)

    def _answers(self) -> bool:
        try:
            self.api.get("/api/v1/namespaces/default")
            return True
        except (OSError, ApiError):
            return False

    def _install(self) -> None:
        """The CRD, the operator's account and rights, the nodes. The operator itself is a process of ours."""
        crd = yaml.safe_load(CRD.read_text(encoding="utf-8"))
        self.kubectl.apply(crd)
        self.kubectl("wait", "--for=condition=Established", f"crd/{crd['metadata']['name']}", "--timeout=60s")
        installed = list(yaml.safe_load_all(OPERATOR.read_text(encoding="utf-8")))
        self.kubectl.apply(*(document for document in installed if document["kind"] != "Deployment"))
        for number in range(NODES):
            self.api.create("/api/v1/nodes", node(number))

    def _run(self, name: str, program: Path, *options: str) -> Daemon:
        daemon = Daemon(name, [program, *options], self.folder)
        self._running.append(daemon)
        return daemon

    def _write_key(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        self._write("sa.key", pem.decode())

    def _write(self, name: str, content: str) -> Path:
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(content, encoding="utf-8")
        return file


def node(number: int) -> dict[str, object]:
    """A node with room for everything."""
    room = {"cpu": "100000", "memory": "1000Ti", "ephemeral-storage": "1000Ti", "pods": "10000", "nvidia.com/gpu": "1000"}
    name = f"node-{number}"
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"zone-{number % 2}", "kubernetes.io/os": "linux"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": room, "capacity": room},
    }


def audited(log: Path, begin: int = 0) -> tuple[list[dict[str, object]], int]:
    """The requests that the log has from an offset on, and the offset behind them; half a line at its end waits."""
    with log.open("rb") as lines:
        lines.seek(begin)
        text = lines.read()
    end = text.rfind(b"\n") + 1
    return [json.loads(line) for line in text[:end].splitlines()], begin + end


def wait_until(ready, what: str, limit_seconds: float, every_seconds: float = 0.1) -> float:  # type: ignore[no-untyped-def]
    """Seconds that it took."""
    began = time.monotonic()
    while not ready():
        if time.monotonic() - began > limit_seconds:
            raise TimeoutError(f"not after {limit_seconds:.0f} s: {what}")
        time.sleep(every_seconds)
    return time.monotonic() - began
