"""The images of June STT: what goes into them, and building them from `images/*/Dockerfile`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from june.images.dockerfile import build_image
from june.images import training
from june.images.oci import EPOCH, Image, forget_unused
from june.images.training import CACHE, train
from june.setup import SetupError, ensure
from june.setup.commands import run
from june.setup.java import BASE, REPOSITORY, find_jdk, runtime
from june.setup.progress import step


NATIVES_AND_MODELS = ("livekit.library", "silero.model", "models")


@dataclass(frozen=True)
class ProductImages:
    operator: Image
    worker: Image


def build_product_images() -> ProductImages:
    """Builds both images from the applications that Maven has packaged; layers that have not changed are taken as they are."""
    with step("Building the images", "about 40 s the first time"):
        images = {name: build_product_image(name) for name in ("operator", "worker")}
        forget_unused()
    return ProductImages(**images)


def build_product_image(name: str) -> Image:
    """Builds one of them."""
    base = BASE.make() / "base.tar"
    context = make_context(name)
    return build_image(f"june-stt/{name}:{version()}", context / "Dockerfile", context, base)


def make_context(name: str) -> Path:
    """Makes `target/images/<name>`, the folder that its Dockerfile is built in; also for container engines elsewhere."""
    context = REPOSITORY / "target" / "images" / name
    note = context.with_suffix(".made")
    made_of = _made_of(name)
    if note.exists() and note.read_text() == made_of:
        return context
    note.unlink(missing_ok=True)
    shutil.rmtree(context, ignore_errors=True)
    context.mkdir(parents=True)
    shutil.copy(REPOSITORY / "images" / name / "Dockerfile", context)
    _link_tree(runtime().make() / "jre", context / "jre")
    licences = context / "licences"
    licences.mkdir()
    shutil.copy(REPOSITORY / "LICENSE", licences / "june-stt")
    shutil.copy(_jar(name).parent / "third-party" / "THIRD-PARTY.txt", licences / "java-libraries")
    shutil.copy(_jar(name).parent / "bom.json", licences / "java-libraries.cdx.json")
    _extract_application(name, context / "app")
    if name == "worker":
        _natives_and_models(context, licences)
        _assemble(context, assembled(name))
        _link(train(assembled(name)), context / "app" / "cache" / CACHE)
    note.write_text(made_of)
    return context


def assembled(name: str) -> Path:
    """The folder in which a context's runtime and application lie together, as in the image; there once the context is made."""
    return REPOSITORY / "target" / "images" / f"{name}.assembled"


def _assemble(context: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _link_tree(context / "jre", folder / "java")
    for part in ("dependencies", "application"):
        shutil.copytree(context / "app" / part, folder / "june" / "app", copy_function=_link, dirs_exist_ok=True)


def _made_of(name: str) -> str:
    """Names everything that decides what is in a context."""
    parts = [
        _digest(_jar(name)),
        _digest(REPOSITORY / "images" / name / "Dockerfile"),
        _digest(Path(__file__)),
        _digest(Path(training.__file__)),
        str(runtime().folder),
    ]
    if name == "worker":
        parts += [str(path) for path in ensure(*NATIVES_AND_MODELS).by_key.values()]
    return "\n".join(parts)


def _digest(file: Path) -> str:
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _jar(name: str) -> Path:
    jar = REPOSITORY / name / "target" / f"june-stt-{name}-{version()}-app.jar"
    if not jar.exists():
        raise SetupError(f"{jar.relative_to(REPOSITORY)} is not there: run ./mvnw package first.")
    return jar


def version() -> str:
    found = re.search(r"<version>([^<]+)</version>", (REPOSITORY / "pom.xml").read_text())
    assert found, "pom.xml has a version"
    return found.group(1)


def _natives_and_models(context: Path, licences: Path) -> None:
    paths = ensure(*NATIVES_AND_MODELS)
    _link(paths.livekit_library, context / "native" / paths.livekit_library.name)
    shutil.copy(paths.livekit_library.parent / "LICENSE.md", licences / "livekit-ffi.md")
    for model in paths.models.glob("*.bin"):
        _link(model, context / "models" / model.name)
    shutil.copy(paths.models / "LICENSE", licences / "whisper-models")
    _link(paths.silero_model, context / "models" / paths.silero_model.name)
    shutil.copy(paths.silero_model.parent / "LICENSE", licences / "silero-vad")


def _extract_application(name: str, app: Path) -> None:
    """Takes an executable jar apart into its libraries, which seldom change, and our own classes, which do."""
    jar = _jar(name)
    java = find_jdk() / "bin" / "java"
    run([java, "-Djarmode=tools", "-jar", jar, "extract", "--layers", "--destination", app])
    (app / "application" / jar.name).rename(app / "application" / f"{name}.jar")
    # Our own modules count as libraries too, but change as often as the application.
    for own in (app / "dependencies" / "lib").glob("june-stt-*.jar"):
        (app / "application" / "lib").mkdir(exist_ok=True)
        own.rename(app / "application" / "lib" / own.name)
    for part in app.rglob("*.jar"):  # as it will be in the image: the cache of a training run knows its jars by size and time
        os.utime(part, (EPOCH, EPOCH))


def _link_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, copy_function=_link)


def _link(source: str | Path, target: str | Path) -> None:
    """A hard link where the cache is on the same file system, else a copy; the cache's files never change."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
