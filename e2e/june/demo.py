"""Shows June STT at work: two people speak in a LiveKit room, and every utterance gets its one FINAL transcript.

Brings up a Kubernetes of its own with the operator and an example pipeline in it, or uses the cluster that KUBECONFIG names;
with --quick only NATS, LiveKit and one worker process. Everything that it starts is stopped at the end, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from june import build, setup
from june.isolation import enter_command, inside, run_isolated
from june.processes import NotReady, stop_on_signals
from june.setup import Paths, SetupError
from june.setup.progress import clock

if TYPE_CHECKING:  # what needs the Python packages is imported when they are there
    from june.conversation import Pipeline
    from june.images.product import ProductImages
    from june.installed import Applied, Helm, Kubectl
    from june.servers import LiveKitServer, NatsServer
    from june.transcripts import Message

EXAMPLE = build.REPOSITORY / "e2e/examples/meetings.yaml"
BROKEN = build.REPOSITORY / "e2e/examples/broken.yaml"
ALICE = ("en_lv_austen_0870", "en_lv_austen_0890", "en_lv_austen_0920", "en_lv_austen_0880", "en_lv_austen_0930")
BOB = ("en_jfk", "en_ps_goforward")
NATS_PORT, LIVEKIT_PORT = 4222, 7880
_BEGIN = time.monotonic()


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence for the person who ran it."""


def main() -> int:
    arguments = _arguments()
    stop_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="june-demo-"))  # where servers keep logs and data
    try:
        if arguments.quick:
            status = _told(lambda: _quick(folder, arguments.keep))
        elif kubeconfig := os.environ.get("KUBECONFIG"):
            status = _told(lambda: _their_cluster(kubeconfig, arguments.registry, folder, arguments.keep))
        else:
            status = _told(lambda: _our_cluster(folder, arguments.keep))
    except SystemExit:  # told to stop
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if status == 0 or status > 128:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"demo: the logs are in {folder}", file=sys.stderr)
    return status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="without Kubernetes: NATS, LiveKit and one worker process")
    parser.add_argument("--keep", action="store_true", help="leave it running until Ctrl-C, and say how to look around")
    parser.add_argument(
        "--registry",
        metavar="PREFIX",
        help="with KUBECONFIG: where that cluster finds the images, as in PREFIX/worker:0.1.0 (e2e/images makes them)",
    )
    return parser.parse_args()


def _told(run: Callable[[], int]) -> int:
    """Exit status of a run; what went wrong is said in a sentence."""
    try:
        return run()
    except (SetupError, NotReady, DemoError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _quick(folder: Path, keep: bool) -> int:
    paths = setup.ensure("quick")
    setup.use_python_packages()
    from june import quick

    build.ensure_apps("worker")
    with quick.running(paths, folder, EXAMPLE) as running:
        wrong = converse(paths, running.pipeline)
        if keep:
            _keep(
                paths,
                running.pipeline,
                f"curl {running.worker.url}/health/readiness",
                f"tail -f {running.worker.daemon.log}",
                f"LiveKit is at {running.pipeline.livekit.url}; its API key and secret are in {folder}/livekit.yaml",
            )
    return 1 if wrong else 0


def _our_cluster(folder: Path, keep: bool) -> int:
    paths = setup.ensure("demo")
    setup.use_python_packages()
    from june.images.product import build_product_images

    build.ensure_apps("operator", "worker")
    images = build_product_images()
    return run_isolated(lambda: _told(lambda: _in_our_cluster(paths, images, folder, keep)))


def _in_our_cluster(paths: Paths, images: ProductImages, folder: Path, keep: bool) -> int:
    """Inside the isolation: it ends with everything that was started in it, so nothing is removed one by one."""
    from june.cluster import Cluster
    from june.installed import Helm, Kubectl
    from june.servers import LiveKitServer, NatsServer

    with (
        Cluster(folder / "cluster") as cluster,
        NatsServer(folder, cluster.address, NATS_PORT) as nats,
        LiveKitServer(folder, cluster.address, LIVEKIT_PORT) as livekit,
    ):
        cluster.import_image(images.operator)
        cluster.import_image(images.worker)
        kubectl = Kubectl(paths.kubectl, str(cluster.kubeconfig))
        helm = Helm(paths.helm, str(cluster.kubeconfig))
        return _in_cluster(paths, kubectl, helm, None, nats, livekit, folder, keep, str(cluster.kubectl_command), remove=False)


def _their_cluster(kubeconfig: str, registry: str | None, folder: Path, keep: bool) -> int:
    if not registry:
        raise DemoError(
            "KUBECONFIG names a cluster: say with --registry where it finds the images operator and worker "
            "(e2e/images makes them), or unset KUBECONFIG to use a cluster of our own."
        )
    paths = setup.ensure("quick", "kubectl", "helm")
    setup.use_python_packages()
    from june.installed import Helm, Kubectl
    from june.servers import LiveKitServer, NatsServer

    kubectl = Kubectl(paths.kubectl, kubeconfig)
    address = _address_towards(kubectl)
    with NatsServer(folder, address) as nats, LiveKitServer(folder, address) as livekit:
        return _in_cluster(paths, kubectl, Helm(paths.helm, kubeconfig), registry, nats, livekit, folder, keep, "kubectl", remove=True)


def _address_towards(kubectl: Kubectl) -> str:
    """The address of this machine that packets to the cluster carry: pods should reach us there."""
    server = urlsplit(kubectl("config", "view", "--minify", "--output=jsonpath={.clusters[0].cluster.server}"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((server.hostname, server.port or 443))
        return probe.getsockname()[0]


def _in_cluster(
    paths: Paths,
    kubectl: Kubectl,
    helm: Helm,
    registry: str | None,
    nats: NatsServer,
    livekit: LiveKitServer,
    folder: Path,
    keep: bool,
    kubectl_command: str,
    remove: bool,
) -> int:
    from june import installed
    from june.conversation import Pipeline
    from june.speakers import LiveKitAccess

    access = LiveKitAccess(livekit.url, livekit.api_key, livekit.api_secret)
    servers = (
        installed.Server("livekit", LIVEKIT_PORT, livekit.url),
        installed.Server("nats", NATS_PORT, nats.url),
    )
    try:
        with (
            installed.operator(kubectl, helm, registry, remove),
            installed.applied(kubectl, EXAMPLE, servers, (livekit.api_key, livekit.api_secret), remove) as applied,
        ):
            print(f"\nkubectl apply -f {BROKEN.relative_to(build.REPOSITORY)}\n{installed.refusal(kubectl, BROKEN)}\n")
            print(f"kubectl apply -f {EXAMPLE.relative_to(build.REPOSITORY)}")
            applied.ready()
            pipeline = Pipeline(applied.namespace, applied.name, access, nats.url)
            wrong = converse(paths, pipeline)
            if wrong:
                print(applied.account(), file=sys.stderr)
            print(f"\n{kubectl('get', 'stt', f'--namespace={applied.namespace}')}")
            if keep:
                _keep(
                    paths,
                    pipeline,
                    f"{kubectl_command} get stt,pods --namespace {applied.namespace}",
                    f"{kubectl_command} describe stt {applied.name} --namespace {applied.namespace}",
                    f"LiveKit is at {access.url}; its API key and secret are in {folder}/livekit.yaml",
                )
            return 1 if _deleted(applied, nats) + len(wrong) else 0
    except installed.InstalledError as error:
        raise DemoError(str(error)) from error


def _deleted(applied: Applied, nats: NatsServer) -> int:
    """Deletes the pipeline and answers how many things are left of it."""
    applied.delete()
    left = applied.left(nats.url)
    for thing in left:
        print(f"  ✗ left behind by kubectl delete: {thing}")
    if not left:
        print("  ✓ kubectl delete left nothing behind, neither in Kubernetes nor in NATS")
    return len(left)


def converse(paths: Paths, pipeline: Pipeline) -> list[str]:
    """Two people speak; shows what comes of it and answers what is wrong with it."""
    import asyncio

    from june import report
    from june.conversation import hold, two_people
    from june.speakers import SpeakerError
    from june.speech import SpeechError, read_folder
    from june.transcripts import TranscriptsError

    view = report.LiveView()
    first_final: list[float] = []

    def show(message: Message) -> None:
        if getattr(message, "kind", "") == "final" and not first_final:
            first_final.append(time.monotonic() - _BEGIN)
        view.message(message)

    try:
        clips = {clip.id: clip for clip in read_folder(paths.speech)}
        scripts = two_people(clips, ALICE, BOB)
        print(f"\nAlice and Bob speak at the same time in room {scripts[0].room}, for about {max(s.seconds for s in scripts):.0f} s:\n")
        findings = asyncio.run(hold(pipeline, scripts, show))
    except (SpeakerError, SpeechError, TranscriptsError) as error:
        raise DemoError(str(error)) from error
    finally:
        view.close()
    wrong = report.verdict(findings)
    print(f"\n{report.summary(findings)}")
    if first_final:
        print(f"The first FINAL came {clock(first_final[0])} after the start of this program.")
    print()
    for reason in wrong:
        print(f"  ✗ {report.clean(reason)}")
    if not wrong:
        print("  ✓ every utterance has exactly one FINAL, from the right person, with the right words")
    return wrong


def _keep(paths: Paths, pipeline: Pipeline, *hints: str) -> None:
    """Says how to look around, and leaves everything running until this program is stopped or its input ends."""
    enter = " ".join(enter_command()) + " " if inside() else ""
    watch = f"{enter}{build.REPOSITORY}/e2e/watch --nats {pipeline.nats_url} --pipeline {pipeline.namespace}/{pipeline.name}"
    print("\nIt runs until you press Ctrl-C. Look around in another terminal:")
    for hint in (watch, *hints):
        print(f"  {hint}")
    sys.stdout.flush()
    while sys.stdin.isatty():
        try:
            input("\nEnter: let them speak again. Ctrl-C: stop everything. ")
        except EOFError:
            return
        converse(paths, pipeline)
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
