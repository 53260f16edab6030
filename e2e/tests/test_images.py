import io
import json
import os
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from june.images import Image, build_image
from june.images.dockerfile import DockerfileError, instructions

DOCKERFILE = """
# A comment
ARG BASE=debian
FROM ${BASE}
COPY --chown=7 tree /opt
COPY file /etc/
ENV A=1 \\
    B="two words"
ENV A=3
USER 65532:65532
EXPOSE 8001
ENTRYPOINT ["/opt/run", "--fast"]
"""


class ImagesTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        environment = mock.patch.dict(os.environ, {"JUNE_CACHE": str(self.folder / "cache")})
        environment.start()
        self.addCleanup(environment.stop)
        (self.folder / "tree" / "sub").mkdir(parents=True)
        (self.folder / "tree" / "run").write_text("#!")
        (self.folder / "tree" / "run").chmod(0o700)
        (self.folder / "tree" / "sub" / "link").symlink_to("../run")
        (self.folder / "file").write_text("content")
        self.base = self.folder / "base.tar"
        with tarfile.open(self.base, "w") as base:
            base.addfile(tarfile.TarInfo("lib"))

    def build(self, text: str = DOCKERFILE) -> Image:
        dockerfile = self.folder / "Dockerfile"
        dockerfile.write_text(text)
        return build_image("example/image:1", dockerfile, self.folder, self.base)

    def test_layers_hold_the_files_where_copy_says_for_whom_it_says(self) -> None:
        layers = [_entries(layer.file.read_bytes()) for layer in self.build().layers]
        self.assertEqual(layers[0], {"lib": (0, 0o644)})
        self.assertEqual(layers[1], {"opt": (7, 0o755), "opt/run": (7, 0o755), "opt/sub": (7, 0o755), "opt/sub/link": (7, 0o777)})
        self.assertEqual(layers[2], {"etc": (0, 0o755), "etc/file": (0, 0o644)})

    def test_settings_are_what_the_file_says(self) -> None:
        settings = self.build().settings
        self.assertEqual(settings["Env"][1:], ["B=two words", "A=3"])
        self.assertEqual(settings["User"], "65532:65532")
        self.assertEqual(settings["ExposedPorts"], {"8001/tcp": {}})
        self.assertEqual(settings["Entrypoint"], ["/opt/run", "--fast"])

    def test_the_same_files_make_the_same_image_and_others_another(self) -> None:
        first = self.build().digest
        os.utime(self.folder / "file", (1, 1))
        self.assertEqual(self.build().digest, first)
        (self.folder / "file").write_text("changed")
        self.assertNotEqual(self.build().digest, first)

    def test_a_layer_that_vanished_from_the_cache_is_made_again(self) -> None:
        first = self.build()
        first.layers[1].file.unlink()
        self.assertEqual(self.build().digest, first.digest)
        self.assertTrue(first.layers[1].file.exists())

    def test_the_archive_leads_from_its_index_to_every_layer(self) -> None:
        image = self.build()
        out = io.BytesIO()
        image.write_archive(out)
        with tarfile.open(fileobj=io.BytesIO(out.getvalue())) as archive:
            files = {member.name: archive.extractfile(member).read() for member in archive}
        descriptor = json.loads(files["index.json"])["manifests"][0]
        self.assertEqual(descriptor["annotations"]["io.containerd.image.name"], "docker.io/example/image:1")
        manifest = json.loads(files[_blob(descriptor["digest"])])
        config = json.loads(files[_blob(manifest["config"]["digest"])])
        self.assertEqual([layer["digest"] for layer in manifest["layers"]], config["rootfs"]["diff_ids"])
        for layer in manifest["layers"]:
            self.assertEqual(len(files[_blob(layer["digest"])]), layer["size"])

    def test_a_name_with_a_registry_is_full_already(self) -> None:
        names = ("example/image:1", "example.org/image:1", "localhost:5000/image:1")
        self.assertEqual([Image(name, ()).full_name for name in names], ["docker.io/example/image:1", *names[1:]])

    def test_what_it_does_not_know_is_refused_with_the_place(self) -> None:
        with self.assertRaisesRegex(DockerfileError, r"Dockerfile:2: RUN is not known"):
            self.build("FROM scratch\nRUN make\n")
        with self.assertRaisesRegex(DockerfileError, r"Dockerfile:2: COPY nothing: there is no such file"):
            self.build("FROM scratch\nCOPY nothing /\n")

    def test_our_dockerfiles_are_read(self) -> None:
        for file in (Path(__file__).resolve().parents[2] / "images").glob("*/Dockerfile"):
            known = {"ARG", "FROM", "COPY", "ENV", "USER", "WORKDIR", "EXPOSE", "LABEL", "ENTRYPOINT"}
            if file.parent.name not in ("base", "worker-cuda"):  # those are for engines that can pull
                self.assertLessEqual({word for _, word, _ in instructions(file.read_text())}, known, file)


def _entries(layer: bytes) -> dict[str, tuple[int, int]]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        return {member.name: (member.uid, member.mode) for member in archive}


def _blob(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


if __name__ == "__main__":
    unittest.main()
