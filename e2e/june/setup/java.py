"""The Java runtime and the base file system of our images."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from june.setup.cache import Artifact, SetupError
from june.setup.commands import require, run

REPOSITORY = Path(__file__).resolve().parents[3]
# What Spring Boot, the Kubernetes and NATS clients and our own code use of the JDK. java.desktop is for java.beans.
MODULES = (
    "java.base,java.compiler,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,"
    "java.rmi,java.security.jgss,java.security.sasl,java.sql,java.xml,"
    "jdk.crypto.ec,jdk.jfr,jdk.management,jdk.naming.dns,jdk.net,jdk.unsupported,jdk.zipfs"
)
SUITE = "bookworm"
BASE_PACKAGES = "libc6,libgomp1,libstdc++6,ca-certificates,tzdata"
CERTIFICATES = "./etc/ssl/certs/ca-certificates.crt"


def find_jdk() -> Path:
    return Path(run([REPOSITORY / "bin" / "find-jdk"]).strip())


def runtime() -> Artifact:
    """A Java runtime with the modules we use, of the JDK that is installed."""
    jdk = find_jdk()

    def link(folder: Path) -> None:
        options = ["--no-header-files", "--no-man-pages", "--generate-cds-archive"]
        run([jdk / "bin" / "jlink", "--add-modules", MODULES, *options, "--output", folder / "jre"])

    return Artifact(
        name="java-runtime",
        inputs=(jdk / "release", MODULES),
        doing="Linking the Java runtime of the images",
        estimate="about 20 s, once",
        recipe=link,
    )


def _base(folder: Path) -> None:
    mmdebstrap = require("mmdebstrap", "put the images' base file system together")
    base = folder / "base.tar"
    run([mmdebstrap, "--quiet", "--variant=extract", f"--include={BASE_PACKAGES}", SUITE, base], env={"SOURCE_DATE_EPOCH": "0"})
    _add_certificates(base)


def _add_certificates(base: Path) -> None:
    """Puts the certificates into the one file where programs look. The package's own script would, but files of packages are
    only extracted here and no scripts are run."""
    with tarfile.open(base) as files:
        names = sorted(name for name in files.getnames() if "/ca-certificates/mozilla/" in name and name.endswith(".crt"))
        contents = [files.extractfile(name) for name in names]
        bundle = b"".join(content.read() for content in contents if content)
    if not bundle:
        raise SetupError(f"{base.name}: expected certificates of the package ca-certificates, found none")
    with tarfile.open(base, "a") as files:
        entry = tarfile.TarInfo(CERTIFICATES)
        entry.size, entry.mode = len(bundle), 0o644
        files.addfile(entry, io.BytesIO(bundle))


BASE = Artifact(
    name=f"image-base-{SUITE}",
    inputs=(BASE_PACKAGES, CERTIFICATES),
    doing="Putting the images' base file system together from Debian packages",
    estimate="10 MB, about 10 s, once",
    recipe=_base,
)
