import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from june.setup import ITEMS, Paths, SetupError, ensure
from june.setup.cache import Artifact, root
from june.setup.progress import clock, step

E2E = Path(__file__).resolve().parents[1]


class CacheTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        environment = mock.patch.dict(os.environ, {"JUNE_CACHE": folder.name})
        environment.start()
        self.addCleanup(environment.stop)

    def test_a_thing_is_made_once(self) -> None:
        made = []

        def recipe(folder: Path) -> None:
            made.append(folder)
            (folder / "file").write_text("content")

        first = artifact(recipe).make()
        second = artifact(recipe).make()
        self.assertEqual((first, len(made)), (second, 1))
        self.assertEqual((first / "file").read_text(), "content")

    def test_other_inputs_are_another_thing_beside_it(self) -> None:
        self.assertNotEqual(artifact(inputs=("a", "bc")).make(), artifact(inputs=("ab", "c")).make())
        self.assertEqual(len(list(root().glob("thing-*"))), 2)

    def test_what_fails_half_way_is_not_there(self) -> None:
        def recipe(folder: Path) -> None:
            (folder / "half").touch()
            raise SetupError("no network")

        with self.assertRaisesRegex(SetupError, "no network"):
            artifact(recipe).make()
        self.assertEqual([path for path in root().iterdir() if path.name != ".locks"], [])
        self.assertTrue((artifact().make()).is_dir(), "a second try starts afresh")

    def test_what_a_killed_setup_left_is_removed(self) -> None:
        abandoned = root() / ".making-thing-abc"
        abandoned.mkdir()
        artifact().make()
        self.assertFalse(abandoned.exists())

    def test_two_at_once_make_one(self) -> None:
        program = """
import pathlib, sys, time
from june.setup.cache import Artifact
def recipe(folder):
    with open(sys.argv[1], "a") as log: log.write("made\\n")
    time.sleep(0.5)
    (folder / "file").touch()
print(Artifact("thing", (), "Making", "", recipe).make())
"""
        log = root() / "log"
        command = [sys.executable, "-c", program, str(log)]
        both = [subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(E2E)}, stdout=subprocess.PIPE) for _ in range(2)]
        answers = {process.communicate(timeout=300)[0] for process in both}
        self.assertEqual([process.returncode for process in both], [0, 0])
        self.assertEqual(len(answers), 1)
        self.assertEqual(log.read_text(), "made\n")

    def test_an_unknown_item_is_named_with_those_there_are(self) -> None:
        with self.assertRaisesRegex(SetupError, "knows no nats.sever; it knows .*nats.server"):
            ensure("nats.sever")


class PathsTest(unittest.TestCase):
    def test_every_key_is_an_attribute(self) -> None:
        paths = Paths({key: Path(key) for key in ITEMS})
        self.assertEqual(paths.kube_controller_manager, Path("kube.controller.manager"))

    def test_what_was_not_set_up_is_an_error_that_names_it(self) -> None:
        with self.assertRaisesRegex(AttributeError, r"nats\.server: not set up"):
            _ = Paths({}).nats_server


class ProgressTest(unittest.TestCase):
    def test_a_log_gets_a_line_at_the_begin_and_at_the_end(self) -> None:
        out = io.StringIO()
        with step("Building it", "about 1 min", out):
            pass
        self.assertRegex(out.getvalue(), r"^june: Building it \(about 1 min\)\njune: done, \d+:\d\d\n$")

    def test_a_step_that_fails_says_so(self) -> None:
        out = io.StringIO()
        with self.assertRaises(ValueError), step("Building it", out=out):
            raise ValueError
        self.assertIn("failed", out.getvalue())

    def test_clock(self) -> None:
        self.assertEqual([clock(0), clock(65), clock(3_600)], ["0:00", "1:05", "60:00"])


def artifact(recipe=lambda _: None, inputs: tuple[str, ...] = ()) -> Artifact:
    return Artifact("thing", inputs, "Making a thing", "", recipe)


if __name__ == "__main__":
    unittest.main()
