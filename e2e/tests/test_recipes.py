import tempfile
import unittest
import wave
from pathlib import Path
from unittest import mock

from june.setup import SetupError, gotools, packages, speech
from june.setup.models import verify

GO_MOD = """module example

require (
\tgithub.com/nats-io/nats-server/v2 v2.15.2 // indirect
\tgithub.com/nats-io/nats-server/v2/extra v9.9.9
)
require k8s.io/kubernetes v1.36.3
"""


class GoToolsTest(unittest.TestCase):
    def test_the_version_is_the_one_in_go_mod(self) -> None:
        self.assertEqual(gotools.required_version(GO_MOD, "github.com/nats-io/nats-server/v2"), "v2.15.2")
        self.assertEqual(gotools.required_version(GO_MOD, "k8s.io/kubernetes"), "v1.36.3")

    def test_a_module_that_is_not_required_is_an_error(self) -> None:
        with self.assertRaisesRegex(SetupError, "does not require k8s.io/kube$"):
            gotools.required_version(GO_MOD, "k8s.io/kube")


    def test_programs_are_told_their_version(self) -> None:
        flags = gotools.HELM.inputs[2]
        self.assertRegex(str(flags), r" -X helm\.sh/helm/v3/internal/version\.version=v3\.\d+\.\d+")
        self.assertIn(" -X k8s.io/component-base/version.gitVersion=v1.", str(gotools.KUBERNETES_API.inputs[2]))


class PackagesTest(unittest.TestCase):
    def test_every_pinned_package_has_a_hash(self) -> None:
        for lock in packages.LOCKS.glob("*.txt"):
            text = "\n".join(line for line in lock.read_text().splitlines() if not line.startswith("#"))
            for requirement in filter(None, text.replace("\\\n", " ").splitlines()):
                self.assertRegex(requirement, r"^[a-z0-9-]+==\S+\s+(--hash=sha256:[0-9a-f]{64}\s*)+$", lock.name)

    def test_an_npm_archive_with_other_content_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "p-1.tgz").write_bytes(b"other")
            with (
                mock.patch.object(packages, "run"),
                self.assertRaisesRegex(SetupError, "p@1: expected the archive sha512-x, got"),
            ):
                packages.download_npm("p@1", "sha512-x", Path(name))


class VerificationTest(unittest.TestCase):
    def test_a_file_with_another_hash_is_refused(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            verify(Path(file.name), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            with self.assertRaisesRegex(SetupError, "expected sha256 00, got e3b0"):
                verify(Path(file.name), "00")


class SpeechTest(unittest.TestCase):
    def test_only_16_khz_mono_16_bit_is_taken(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            good, bad = Path(folder) / "good.wav", Path(folder) / "bad.wav"
            _silence(good, 16_000)
            _silence(bad, 48_000)
            self.assertEqual(speech.seconds(good), 1.0)
            with self.assertRaisesRegex(SetupError, r"bad.wav: expected 16000 Hz.*got \(48000"):
                speech.seconds(bad)

    def test_recordings_have_names_of_their_own(self) -> None:
        names = [clip.id for clip in speech.FROM_POCKETSPHINX + speech.FROM_NODEJS_WHISPER]
        self.assertEqual(len(names), len(set(names)))


def _silence(file: Path, rate: int) -> None:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(2 * rate))


if __name__ == "__main__":
    unittest.main()
