"""June STT in a Kubernetes cluster: installs the operator with its chart, applies a pipeline, follows it, removes it, looks what is left."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats
import yaml

from june.build import REPOSITORY
from june.setup.progress import step

CHART = REPOSITORY / "charts/june-stt"
RELEASE = OPERATOR_NAMESPACE = "june-stt"
RESOURCE = "sttpipelines.stt.june.dev"
READY_SECONDS = 300.0
DELETED_SECONDS = 120.0
ANSWER_SECONDS = 60
# What belongs to a pipeline carries this label; so do its pods.
LABEL = "stt.june.dev/pipeline"
KINDS = "deployments,replicasets,pods,services,configmaps,serviceaccounts,poddisruptionbudgets,networkpolicies,secrets"


class InstalledError(Exception):
    """The cluster does not do what was asked; the message says what and shows what it says itself."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl with the cluster that it talks to."""

    program: Path
    kubeconfig: str = field(default_factory=lambda: os.environ["KUBECONFIG"])

    def __call__(self, *words: str, stdin: str | None = None) -> str:
        done = self.run(*words, stdin=stdin)
        if done.returncode != 0:
            raise InstalledError(f"kubectl {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def run(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(self.program), "--kubeconfig", self.kubeconfig, f"--request-timeout={ANSWER_SECONDS}s", *words]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)

    def exists(self, *words: str) -> bool:
        return bool(self("get", *words, "--ignore-not-found", "--output=name").strip())

    def apply(self, *documents: dict[str, Any]) -> None:
        self("apply", "--server-side", "--force-conflicts", "--filename=-", stdin=yaml.safe_dump_all(documents))


@dataclass(frozen=True)
class Helm:
    """helm with the cluster that it talks to."""

    program: Path
    kubeconfig: str = field(default_factory=lambda: os.environ["KUBECONFIG"])

    def __call__(self, *words: str) -> str:
        command = [str(self.program), "--kubeconfig", self.kubeconfig, f"--namespace={OPERATOR_NAMESPACE}", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise InstalledError(f"helm {' '.join(words)}: {done.stderr.strip()}\n{done.stdout.strip()}")
        return done.stdout


@contextmanager
def operator(kubectl: Kubectl, helm: Helm, registry: str | None, remove: bool) -> Iterator[None]:
    """The operator, running. One that is there already is used as it is and stays; ours is removed again if so told.

    `registry`: where the cluster finds the images, if not under the names that they have in the chart.
    """
    if kubectl.exists("customresourcedefinition", RESOURCE):
        print("june: this cluster knows SttPipeline already: its own operator does the work")
        yield
        return
    existed = kubectl.exists("namespace", OPERATOR_NAMESPACE)
    try:
        with step("Installing the operator with helm", "about 15 s"):
            kubectl.apply(restricted_namespace(OPERATOR_NAMESPACE))
            install(kubectl, helm, "--set=watch.clusterWide=true", *_image_values(registry))
        yield
    finally:
        if remove:
            with step("Removing the operator"):
                helm("uninstall", RELEASE, "--ignore-not-found")
                # Helm keeps the CRD, as it should where pipelines may be worth more than a release. Nobody else has any here.
                kubectl("delete", "customresourcedefinition", RESOURCE, "--ignore-not-found", "--wait=false")
                if not existed:
                    kubectl("delete", "namespace", OPERATOR_NAMESPACE, "--ignore-not-found", "--wait=false")


def install(kubectl: Kubectl, helm: Helm, *options: str, chart: Path = CHART) -> None:
    """Installs or upgrades the release and waits until its pods are ready."""
    try:
        helm("upgrade", "--install", RELEASE, str(chart), "--wait", "--timeout=180s", *options)
    except InstalledError as error:
        here = f"--namespace={OPERATOR_NAMESPACE}"
        shown = [
            kubectl.run("get", "pods", here).stdout,
            kubectl.run("get", "events", here, "--sort-by=.lastTimestamp").stdout,
            kubectl.run("logs", f"deployment/{RELEASE}-operator", here, "--tail=20").stdout,
        ]
        raise InstalledError("\n".join([str(error), *shown])) from error


def _image_values(registry: str | None) -> list[str]:
    return [f"--set={name}.image.repository={registry}/{name}" for name in ("operator", "worker")] if registry else []


def restricted_namespace(name: str) -> dict[str, Any]:
    """A namespace that takes only pods of the restricted Pod Security Standard."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def refusal(kubectl: Kubectl, broken: Path) -> str:
    """What the API server says to a broken pipeline."""
    done = kubectl.run("apply", f"--filename={broken}")
    if done.returncode == 0:
        raise InstalledError(f"{broken.name} was accepted; expected it to be refused with a sentence")
    return done.stderr.strip()


@dataclass(frozen=True)
class Applied:
    """A pipeline in a cluster."""

    kubectl: Kubectl
    namespace: str
    name: str

    def ready(self, say: Callable[[str], None] = print) -> None:
        """Waits until it is ready and gives a running account of its conditions."""
        begin = time.monotonic()
        told: dict[str, str] = {}
        explained = set()
        while time.monotonic() - begin < READY_SECONDS:
            conditions = self.conditions()
            for condition in conditions:
                line = f"{condition['type']:<21} {condition['status']:<8} {condition.get('reason', '')}"
                if told.get(condition["type"]) != line:
                    told[condition["type"]] = line
                    message = condition.get("message", "")
                    say(f"  {time.monotonic() - begin:5.1f} s  {line}" + (f": {message}" if message not in explained else ""))
                    explained.add(message)
            if any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions):
                return
            time.sleep(0.5)
        raise InstalledError(f"{self.name} is not ready after {READY_SECONDS:.0f} s.\n{self.account()}")

    def conditions(self) -> list[dict[str, str]]:
        found = json.loads(self.kubectl("get", RESOURCE, self.name, f"--namespace={self.namespace}", "--output=json"))
        return found.get("status", {}).get("conditions", [])

    def account(self) -> str:
        """What the cluster says about it, for when something is wrong."""
        here = f"--namespace={self.namespace}"
        shown = [
            self.kubectl.run("get", "pods", here, "--output=wide").stdout,
            self.kubectl.run("get", "events", here, "--sort-by=.lastTimestamp").stdout,
            self.kubectl.run("logs", f"--selector={LABEL}={self.name}", here, "--tail=15").stdout,
            self.kubectl.run("logs", f"deployment/{RELEASE}-operator", f"--namespace={OPERATOR_NAMESPACE}", "--tail=30").stdout,
        ]
        return "\n".join(text.strip() for text in shown if text.strip())

    def delete(self) -> None:
        self.kubectl("delete", RESOURCE, self.name, f"--namespace={self.namespace}", f"--timeout={DELETED_SECONDS:.0f}s")

    def left(self, nats_url: str) -> list[str]:
        """What is still there of it, after as long as it may take to go."""
        end = time.monotonic() + DELETED_SECONDS
        while remaining := self._objects() + asyncio.run(streams(nats_url, self.namespace, self.name)):
            if time.monotonic() > end:
                break
            time.sleep(0.5)
        return remaining

    def _objects(self) -> list[str]:
        found = self.kubectl("get", KINDS, f"--selector={LABEL}={self.name}", f"--namespace={self.namespace}", "--output=name")
        return found.split()


@dataclass(frozen=True)
class Server:
    """A server outside of the cluster's pods, which they find as the Service `name` on `port`."""

    name: str
    port: int
    url: str

    def objects(self, namespace: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """A Service without pods, and the address behind it."""
        at = urlsplit(self.url)
        metadata = {"name": self.name, "namespace": namespace}
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"ports": [{"port": self.port, "targetPort": at.port}]},
        }
        endpoints = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": {"kubernetes.io/service-name": self.name}},
            "addressType": "IPv4",
            "ports": [{"port": at.port}],
            "endpoints": [{"addresses": [at.hostname]}],
        }
        return service, endpoints


@contextmanager
def applied(
    kubectl: Kubectl, example: Path, servers: tuple[Server, ...], livekit_key: tuple[str, str], remove: bool
) -> Iterator[Applied]:
    """The example, with what it refers to: its namespace, the Secret with LiveKit's key, Services for the servers.
    Removed again if so told."""
    pipeline = yaml.safe_load(example.read_text(encoding="utf-8"))
    namespace, name = pipeline["metadata"]["namespace"], pipeline["metadata"]["name"]
    existed = kubectl.exists("namespace", namespace)
    kubectl.apply(restricted_namespace(namespace))
    try:
        kubectl.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": pipeline["spec"]["livekit"]["credentialsSecretRef"]["name"], "namespace": namespace},
                "stringData": dict(zip(("apiKey", "apiSecret"), livekit_key, strict=True)),
            },
            *(document for server in servers for document in server.objects(namespace)),
        )
        # A NetworkPolicy sees the port behind a Service.
        behind = [at.port for server in servers if (at := urlsplit(server.url)).port not in (None, server.port)]
        if behind:
            pipeline["spec"].setdefault("workers", {})["networkPolicy"] = {"egressPorts": behind}
        kubectl("apply", "--filename=-", stdin=yaml.safe_dump(pipeline))
        yield Applied(kubectl, namespace, name)
    finally:
        if remove:
            kubectl("delete", RESOURCE, name, f"--namespace={namespace}", "--ignore-not-found", "--timeout=60s")
            if not existed:
                kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")


async def streams(nats_url: str, namespace: str, name: str) -> list[str]:
    """The streams and buckets that a pipeline has in NATS."""
    client = await asyncio.wait_for(nats.connect(nats_url), 10)
    try:
        found = await client.jetstream().streams_info()
    finally:
        await client.close()
    prefixes = (f"STT_{namespace}_{name}_", f"KV_STT_{namespace}_{name}")
    return [f"stream {info.config.name}" for info in found if str(info.config.name).startswith(prefixes)]
