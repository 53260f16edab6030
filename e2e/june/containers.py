"""A containerd of our own. What it is given to run it keeps in the cache, so that the next run finds the images there."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

from june.images import Image
from june.processes import Daemon, NotReady
from june.setup.cache import root

RUN = Path("/run/june")  # in the isolated machine, /run is empty and ours, and vanishes with it
SOCKET = RUN / "containerd.sock"
NAMESPACE = "k8s.io"  # where the kubelet's images and containers live


class Containerd:
    """Runs containerd; `import_image` gives it images. Only one at a time uses the images kept in the cache: a second one
    beside it begins with none, in a folder that goes with it."""

    def __init__(self, folder: Path, cni: Path, sandbox: Image) -> None:
        RUN.mkdir(exist_ok=True)
        self._lock, storage = _storage()
        config = folder / "containerd.toml"
        config.write_text(_config(storage, cni, sandbox.full_name))
        try:
            self.daemon = self._started(folder, config)
        except NotReady as e:  # what is kept can be had again; a machine that lost power may have left half a file
            print(f"june: containerd begins with an empty store: {e}", file=sys.stderr)
            shutil.rmtree(storage)
            self.daemon = self._started(folder, config)
        self._remove_left_behind()
        if not self.has(sandbox):
            self.import_image(sandbox)

    def _started(self, folder: Path, config: Path) -> Daemon:
        # The machine that this runs on may have a containerd of its own: nothing of it is used but the program.
        daemon = Daemon("containerd", ["containerd", "--config", config], folder)
        daemon.wait_until(lambda: SOCKET.exists() and self._answers(), limit_seconds=30)
        return daemon

    def has(self, image: Image) -> bool:
        return image.digest in self._ctr("images", "ls", f"name=={image.full_name}")

    def import_image(self, image: Image) -> None:
        with subprocess.Popen(
            [*self._command("images", "import", "--digests=false", "-")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as ctr:
            assert ctr.stdin is not None and ctr.stdout is not None
            try:
                image.write_archive(ctr.stdin)
                ctr.stdin.close()
            except BrokenPipeError:
                pass  # it says below why it stopped reading
            said = ctr.stdout.read().decode(errors="replace")
        if ctr.returncode != 0:
            raise RuntimeError(f"containerd did not take the image {image.name}: {said}")

    def stop(self) -> None:
        self.daemon.stop()
        if self._lock:
            self._lock.close()

    def _remove_left_behind(self) -> None:
        """A run that was killed leaves its containers in the store; their processes ended with it."""
        for container in self._ctr("containers", "ls", "-q").split():
            self._ctr("containers", "rm", container)

    def _answers(self) -> bool:
        return subprocess.run(self._command("containers", "ls"), capture_output=True, check=False).returncode == 0

    def _ctr(self, *words: str) -> str:
        return subprocess.run(self._command(*words), check=True, capture_output=True, text=True).stdout

    @staticmethod
    def _command(*words: str) -> list[str]:
        return ["ctr", "--address", str(SOCKET), "--namespace", NAMESPACE, *words]


def _storage() -> tuple[IO[str] | None, Path]:
    """The folder for images and the lock that says it is ours, or a new folder if another run has the lock."""
    folder = root() / "containerd"
    folder.mkdir(exist_ok=True)
    lock = open(root() / ".locks" / "containerd", "w")  # noqa: SIM115 - held as long as containerd runs
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock, folder
    except BlockingIOError:
        lock.close()
        return None, RUN / "containerd-images"


def _config(storage: Path, cni: Path, sandbox: str) -> str:
    # restrict_oom_score_adj: inside a container or a small machine, root may lack the right to lower that score.
    return f"""
version = 2
root = {json.dumps(str(storage))}
state = {json.dumps(str(RUN / "containerd"))}
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
                    "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = {json.dumps(str(SOCKET))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = {json.dumps(sandbox)}
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = {json.dumps(str(cni))}
"""
