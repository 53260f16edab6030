"""Building the two applications when their sources are newer than their jars."""

from __future__ import annotations

from pathlib import Path

from june.setup.commands import run
from june.setup.progress import step

REPOSITORY = Path(__file__).resolve().parents[2]
VERSION = "0.1.0"


def app_jar(module: str) -> Path:
    return REPOSITORY / module / "target" / f"june-stt-{module}-{VERSION}-app.jar"


def ensure_apps(*modules: str) -> None:
    """Builds what is out of date. Tests are another command's job: `./mvnw verify`."""
    stale = [module for module in modules if not fresh(app_jar(module), sources(module))]
    if stale:
        with step(f"Building {' and '.join(stale)}", "about 1 min, a few more the first time"):
            run(
                [REPOSITORY / "mvnw", "-B", "-q", "-ntp", "-Djune.setup.skip", "-DskipTests", "-pl", ",".join(stale), "-am", "package"],
                cwd=REPOSITORY,
            )


def fresh(jar: Path, files: list[Path]) -> bool:
    """Whether the jar was written after the last change of any file. Its mtime is the one that makes builds reproducible."""
    return jar.is_file() and all(file.stat().st_mtime <= jar.stat().st_ctime for file in files)


def sources(module: str) -> list[Path]:
    found = [REPOSITORY / "pom.xml"]
    for name in ("crds", module):
        found += [REPOSITORY / name / "pom.xml", *(REPOSITORY / name / "src/main").rglob("*")]
    return [file for file in found if file.is_file()]
