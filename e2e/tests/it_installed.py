"""The chart in a real cluster, with pods that run: installed, tested, upgraded, uninstalled, installed again. Needs root."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import Any

from june import build, isolation
from june.chart import CHART, CRD
from june.setup import ensure, use_python_packages

NATS = Path(__file__).resolve().parent / "nats"
NATS_IMAGE = "june-stt/nats:test"
CALLS = "calls"  # a namespace that is looked after and is not the operator's own
SECONDS = 300


@unittest.skipUnless(os.geteuid() == 0, "a cluster of our own needs root")
class InstalledIT(unittest.TestCase):
    def test_an_older_release_is_installed_then_upgraded_and_its_crd_outlives_it(self) -> None:
        if not build.app_jar("operator").is_file():
            raise AssertionError(f"{build.app_jar('operator')} is not there: run ./mvnw package first")
        paths = ensure("cluster", "python", "nats.server")
        use_python_packages()
        from june.images import build_image
        from june.images.product import build_product_image

        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "nats").mkdir()
            shutil.copy(paths.nats_server, folder / "nats" / "nats-server")
            images = [build_product_image("operator"), build_image(NATS_IMAGE, NATS / "Dockerfile", folder / "nats")]
            self.assertEqual(isolation.run_isolated(lambda: _a_release_lives(paths, folder, images)), 0)


def _a_release_lives(paths: Any, folder: Path, images: list[Any]) -> int:
    """Runs in the isolation: a failed assertion ends it with a traceback and status 1."""
    from june.cluster import Cluster
    from june.installed import Helm, Kubectl

    with Cluster(folder / "cluster") as cluster:
        for image in images:
            cluster.import_image(image)
        release = _Release(Kubectl(paths.kubectl, str(cluster.kubeconfig)), Helm(paths.helm, str(cluster.kubeconfig)), folder)
        release.installs_an_older_one()
        release.passes_its_own_test()
        release.keeps_a_pipeline()
        release.is_upgraded()
        release.passes_its_own_test()
        release.goes_and_leaves_the_crd()
    return 0


class _Release:
    def __init__(self, kubectl: Any, helm: Any, folder: Path) -> None:
        self.kubectl, self.helm, self.folder = kubectl, helm, folder
        self.values = [
            "--set=watch.namespaces={june-stt,%s}" % CALLS,
            f"--set=nats.enabled=true,nats.image.repository={NATS_IMAGE.split(':')[0]},nats.image.tag={NATS_IMAGE.split(':')[1]}",
        ]

    def installs_an_older_one(self) -> None:
        from june import installed

        self.kubectl.apply(*map(installed.restricted_namespace, (installed.OPERATOR_NAMESPACE, CALLS)))
        older = self.folder / "older"
        shutil.copytree(CHART, older)
        crd = older / "templates" / "crd.yaml"
        crd.write_text(crd.read_text().replace('name: "Dead"', 'name: "Lost"'))
        self.helm("package", str(older), "--version=0.0.9", f"--destination={self.folder}")
        installed.install(self.kubectl, self.helm, *self.values, chart=self.folder / "june-stt-0.0.9.tgz")
        assert "Lost" in self.columns()
        print("installed 0.0.9")

    def passes_its_own_test(self) -> None:
        said = self.helm("test", "june-stt", "--logs", "--timeout=300s")
        assert "The operator answers: LiveKitSecretMissing" in said, said
        assert self.kubectl("get", "stt", "--all-namespaces", "--output=name").count("june-test-") == 0
        print("helm test passes")

    def keeps_a_pipeline(self) -> None:
        spec = {
            "suspend": True,
            "livekit": {"url": "ws://livekit.invalid:7880", "credentialsSecretRef": {"name": "livekit"}},
            "delivery": {"nats": {"url": "nats://june-stt-nats.june-stt.svc:4222"}},
        }
        named = {"namespace": CALLS, "name": "livekit"}
        self.kubectl.apply(
            {"apiVersion": "v1", "kind": "Secret", "metadata": named, "stringData": {"apiKey": "k", "apiSecret": "s"}},
            {
                "apiVersion": "stt.june.dev/v1alpha1",
                "kind": "SttPipeline",
                "metadata": {"name": "main", "namespace": CALLS},
                "spec": spec,
            },
        )
        # The operator's pod reaches the NATS pod, and may do what it needs in a namespace that is not its own.
        self.wait("stt/main", CALLS, "--for=condition=StreamsReady=True")
        for kind in ("deployment", "networkpolicy", "poddisruptionbudget"):
            assert self.kubectl.exists(kind, "main-workers", f"--namespace={CALLS}"), kind
        print("a pipeline has its objects and streams")

    def is_upgraded(self) -> None:
        from june import installed

        before = self.pipeline()
        installed.install(self.kubectl, self.helm, *self.values, "--set=operator.replicas=2")
        assert "Dead" in self.columns() and "Lost" not in self.columns(), self.columns()
        deployment = json.loads(self.kubectl("get", "deployment", "june-stt-operator", "--namespace=june-stt", "--output=json"))
        assert deployment["status"]["readyReplicas"] == 2, deployment["status"]
        after = self.pipeline()
        assert after["metadata"]["uid"] == before["metadata"]["uid"]
        assert after["metadata"]["generation"] == before["metadata"]["generation"], "an upgrade changes no spec"
        history = json.loads(self.helm("history", "june-stt", "--output=json"))
        assert [entry["chart"] for entry in history] == ["june-stt-0.0.9", f"june-stt-{build.VERSION}"], history
        print("upgraded")

    def goes_and_leaves_the_crd(self) -> None:
        from june import installed

        self.helm("uninstall", "june-stt", "--wait", "--timeout=300s")
        assert not self.kubectl.exists("deployment", "--namespace=june-stt")
        assert self.pipeline()["metadata"]["name"] == "main", "a pipeline outlives the operator"
        installed.install(self.kubectl, self.helm, *self.values)
        self.kubectl("delete", "stt", "main", f"--namespace={CALLS}", f"--timeout={SECONDS}s")
        print("uninstalled and installed again")

    def pipeline(self) -> dict[str, Any]:
        return json.loads(self.kubectl("get", "stt", "main", f"--namespace={CALLS}", "--output=json"))

    def columns(self) -> list[str]:
        crd = json.loads(self.kubectl("get", "crd", CRD.stem, "--output=json"))
        return [column["name"] for column in crd["spec"]["versions"][0]["additionalPrinterColumns"]]

    def wait(self, what: str, namespace: str, until: str) -> None:
        done = self.kubectl.run("wait", what, f"--namespace={namespace}", until, f"--timeout={SECONDS}s", "--request-timeout=0")
        assert done.returncode == 0, done.stderr + self.kubectl("get", what, f"--namespace={namespace}", "--output=yaml")


if __name__ == "__main__":
    unittest.main()
