"""The Helm chart's generated parts: the command `e2e/chart` writes them, a test says when they are out of date.

The CRD is one of the chart's templates, because Helm never upgrades what lies in a chart's folder `crds`; it is copied from the
module `crds`. `config/operator.yaml` is the chart rendered for those who do not use Helm.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path

from june import setup
from june.build import REPOSITORY

CHART = REPOSITORY / "charts/june-stt"
RELEASE = NAMESPACE = "june-stt"
CRD = REPOSITORY / "crds/src/main/resources/crd/sttpipelines.stt.june.dev.yaml"
CRD_TEMPLATE = CHART / "templates/crd.yaml"
MANIFESTS = REPOSITORY / "config/operator.yaml"
_PLAIN_VALUES = ("crds.install=false", "watch.clusterWide=true")
_HEADER = f"""\
# The operator, for pipelines in all namespaces: charts/june-stt rendered by e2e/chart. Apply the custom resource definition first:
#   kubectl apply --server-side -f {CRD.relative_to(REPOSITORY)}
#   kubectl apply --server-side -f {MANIFESTS.relative_to(REPOSITORY)}
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""


class Helm:
    """The program helm, for what it can do without a cluster."""

    def __init__(self, program: Path) -> None:
        self.program = program

    def __call__(self, *words: str | Path) -> str:
        done = self.run(*words)
        if done.returncode != 0:
            raise RuntimeError(f"helm {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.program, *words], capture_output=True, text=True, check=False)

    def template(self, *words: str, values: tuple[str, ...] = ()) -> str:
        return self("template", RELEASE, CHART, f"--namespace={NAMESPACE}", *(f"--set={value}" for value in values), *words)


def generated(helm: Helm) -> dict[Path, str]:
    """What should stand in the generated files."""
    return {CRD_TEMPLATE: _crd_template(CRD.read_text(encoding="utf-8")), MANIFESTS: _plain_manifests(helm)}


def _crd_template(crd: str) -> str:
    if "{{" in crd:
        raise ValueError(f"{CRD.name}: {{{{ would be taken for a template's action")
    kept, count = re.subn(r"^metadata:\n", 'metadata:\n  annotations:\n    helm.sh/resource-policy: "keep"\n', crd, count=1, flags=re.M)
    if not count:
        raise ValueError(f"{CRD.name}: expected a line metadata:")
    return f"{{{{- if .Values.crds.install }}}}\n# Copied by e2e/chart.\n{kept}{{{{- end }}}}\n"


def _plain_manifests(helm: Helm) -> str:
    rendered = helm.template("--skip-tests", values=_PLAIN_VALUES)
    helms_own = re.compile(r"^(# Source: .*| *(app\.kubernetes\.io/managed-by|helm\.sh/chart): .*)\n", re.M)
    return _HEADER + helms_own.sub("", rendered)


def main() -> None:
    argparse.ArgumentParser(prog="e2e/chart", description=__doc__).parse_args()
    helm = Helm(setup.ensure("helm").helm)
    for file, content in generated(helm).items():
        file.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
