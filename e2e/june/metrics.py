"""What is said about metrics and asked of them: the tables of docs/metrics.md, what a worker exports, the dashboard's queries."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from june.build import REPOSITORY

PAGE = REPOSITORY / "docs/metrics.md"
DASHBOARD = REPOSITORY / "charts/june-stt/dashboards/june-stt.json"
_PARTS = re.compile(r"_(bucket|sum|count|max)$")
_OF_HISTOGRAMS = {"le"}


@dataclass
class Metric:
    """A metric, its type, and the values of each of its labels."""

    type: str
    labels: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metric) and (self.type, dict(self.labels)) == (other.type, dict(other.labels))


def described(section: str, page: Path = PAGE) -> dict[str, Metric]:
    """The table below a heading. A label whose values stand in an earlier row has the same ones."""
    text = page.read_text(encoding="utf-8").split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    known = {"variant": {""}}  # names from a spec; empty is the pipeline itself
    metrics = {}
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| ([\w, ]+) \| (.*?) \|", text, re.M):
        metric = Metric(kind.split(",")[0])
        for label, values in re.findall(r"`(\w+)`(?:: ([\w, -]+?))?(?=, `|$)", labels.strip()):
            if values:
                known[label] = set(values.split(", "))
            metric.labels[label] = known[label]
        metrics[name] = metric
    return metrics


def exported(text: str, prefix: str = "stt_") -> dict[str, Metric]:
    """What a program exports, in Prometheus's text format; the parts of a histogram are one metric."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    metrics: dict[str, Metric] = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
        whole = _PARTS.sub("", name)
        # Micrometer's maximum is a gauge of its own beside the histogram.
        metric_name = whole if types.get(whole) in ("histogram", "summary") else name
        if not metric_name.startswith(prefix):
            continue
        metric = metrics.setdefault(metric_name, Metric(types[metric_name]))
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            if label not in _OF_HISTOGRAMS:
                metric.labels[label].add(value)
    return metrics


def dashboard_queries(namespace: str, pipeline: str, interval: str) -> dict[tuple[str, str], str]:
    """Every query of the dashboard as Grafana would send it, by panel and legend."""
    queries = {}
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for variable, value in {"$namespace": namespace, "$pipeline": pipeline, "$__rate_interval": interval}.items():
                expression = expression.replace(variable, value)
            queries[(panel["title"], target["legendFormat"])] = expression
    return queries
