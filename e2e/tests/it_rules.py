"""Each alert as promtool plays it, with the rules that the operator makes and those that the chart has: quiet, firing, resolved."""

from __future__ import annotations

import re
import subprocess
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from june import build, setup
from june.chart import Helm

RUNBOOKS = build.REPOSITORY / "docs/runbooks"
PIPELINES = build.REPOSITORY / "operator/src/test/resources/objects/minimal/out-prometheusrule.yaml"


@dataclass(frozen=True)
class Case:
    """Series a minute apart, without the pod's labels, and the minutes at which the alert is quiet, fires, and is quiet again."""

    series: dict[str, str]
    quiet: int
    fires: int
    resolved: int


def counts(name: str, **others: str) -> dict[str, str]:
    """A counter that stands still for half an hour, rises for ten minutes, and stands still again."""
    return {name: "0x30 1+1x10 11x90", **others}


OK = {"operator": 'namespace="june-stt",pod="june-stt-operator-7d-x"', "worker": 'namespace="stt",pod="main-workers-0"'}
CASES: dict[str, Case] = {
    "JuneSttUtterancesFailed": Case(counts('stt_utterances_total{state="failed"}'), 29, 35, 70),
    "JuneSttUtterancesLost": Case(counts('stt_utterances_total{state="lost"}'), 29, 35, 70),
    # 60 utterances are opened in ten minutes; 30 of them end, and of the rest nobody knows.
    "JuneSttLedgerUnbalanced": Case(
        {
            'stt_utterances_total{state="opened"}': "0x30 6+6x9 60x150",
            'stt_utterances_total{state="final"}': "0x30 3+3x9 30x150",
            "stt_utterances_open": "0x190",
            "stt_spool_utterances": "0x190",
            'stt_queue_depth{queue="utterances"}': "0x190",
        },
        29,
        60,
        130,
    ),
    "JuneSttDeadLetters": Case({"stt_dead_letters_waiting": "0x10 3x20 0x20"}, 9, 20, 35),
    "JuneSttFinalsLate": Case(
        {'stt_decode_queue_age_seconds{priority="final"}': "2x10 45x20 2x20", 'stt_queue_age_seconds{queue="utterances"}': "3x60"}, 9, 20, 35
    ),
    "JuneSttSpoolNotDraining": Case({"stt_spool_utterances": "0x10 4x30 0x20"}, 19, 30, 45),
    "JuneSttAudioDropped": Case(counts("stt_frames_dropped_total"), 29, 38, 70),
    "JuneSttLiveKitLost": Case({"stt_livekit_registered": "1x10 0x20 1x20"}, 9, 20, 35),
    "JuneSttConfigurationRefused": Case({"stt_configuration_refused": "0x10 1x20 0x20"}, 9, 20, 35),
    "JuneSttWebhookStopped": Case(
        {
            'stt_webhook_stopped{reason="gone"}': "0x10 1x20 0x20",
            'stt_webhook_stopped{reason="no_webhook"}': "1x60",
            'stt_webhook_circuit_state{state="closed"}': "1x60",
        },
        9,
        25,
        35,
    ),
    "JuneSttWebhookLate": Case({'stt_queue_age_seconds{queue="webhook"}': "3x10 400x20 0x20"}, 9, 20, 35),
    "JuneSttOperatorDown": Case({"up": "1x10 0x20 1x20"}, 9, 20, 35),
    "JuneSttReconcilesFail": Case({"stt_operator_reconcile_failures_total": "0x10 1+1x60 61x60"}, 9, 55, 90),
}
# The same alerts by their other half, or not at all although something looks like it.
MORE: list[tuple[str, Case | dict[str, str]]] = [
    ("JuneSttFinalsLate", Case({'stt_queue_age_seconds{queue="utterances"}': "3x10 90x20 3x20"}, 9, 20, 35)),
    (
        "JuneSttWebhookStopped",
        Case({'stt_webhook_circuit_state{state="closed"}': "1x10 0x20 1x20", 'stt_webhook_stopped{reason="gone"}': "0x60"}, 9, 25, 35),
    ),
    ("JuneSttWebhookStopped", {'stt_webhook_stopped{reason="no_webhook"}': "1x60"}),
    ("JuneSttFinalsLate", {'stt_decode_queue_age_seconds{priority="partial"}': "45x60"}),
    ("JuneSttSpoolNotDraining", {"stt_spool_utterances": "4 0 4 0 4 0 4 0 4 0 4 0 4 0 4 0 4 0 4 0 4 0 4 0 4 0 4 0 4"}),
    # What is on its way is not missing, wherever it is.
    (
        "JuneSttLedgerUnbalanced",
        {
            'stt_utterances_total{state="opened"}': "0x10 6+6x9 60x50",
            'stt_utterances_total{state="final"}': "0x10 3+3x9 30x50",
            "stt_utterances_open": "0x60",
            "stt_spool_utterances": "0x60",
            'stt_queue_depth{queue="utterances"}': "0x10 30x60",
        },
    ),
    # Who failed, was empty or was discarded has ended.
    (
        "JuneSttLedgerUnbalanced",
        {
            'stt_utterances_total{state="opened"}': "0x10 6+6x9 60x50",
            'stt_utterances_total{state="empty"}': "0x10 3+3x9 30x50",
            'stt_utterances_total{state="discarded"}': "0x10 3+3x9 30x50",
            "stt_utterances_open": "0x60",
            "stt_spool_utterances": "0x60",
            'stt_queue_depth{queue="utterances"}': "0x60",
        },
    ),
]


def labelled(series: str, labels: str) -> str:
    name, _, own = series.partition("{")
    return f"{name}{{{labels}{',' + own if own else '}'}"


class RulesIT(unittest.TestCase):
    promtool: Path
    groups: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        try:
            cls.promtool = setup.ensure("promtool").promtool
        except setup.SetupError as error:
            raise unittest.SkipTest(f"promtool cannot be had here: {error}") from None
        rendered = Helm(setup.ensure("helm").helm).template(values=("operator.podMonitor=true", "operator.prometheusRule=true"))
        ours = next(each for each in yaml.safe_load_all(rendered) if each and each["kind"] == "PrometheusRule")
        theirs = yaml.safe_load(PIPELINES.read_text(encoding="utf-8"))
        cls.groups = {"groups": theirs["spec"]["groups"] + ours["spec"]["groups"]}

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "rules.yaml").write_text(yaml.safe_dump(self.groups), encoding="utf-8")

    def test_prometheus_takes_the_rules(self) -> None:
        self.run_promtool("check", "rules", "rules.yaml")

    def test_every_alert_is_quiet_fires_and_resolves(self) -> None:
        alerts = self.alerts()
        self.assertEqual(set(CASES), set(alerts))
        played = [(name, case) for name, case in [*CASES.items(), *MORE]]
        tests = [self.played(number, alerts[name], case) for number, (name, case) in enumerate(played)]
        self.write("tests.yaml", {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests})
        self.run_promtool("test", "rules", "tests.yaml")

    def test_promtool_notices_an_alert_that_does_not_fire(self) -> None:
        name, case = next(iter(CASES.items()))
        silent = Case({series: "0x120" for series in case.series}, case.quiet, case.fires, case.resolved)
        tests = [self.played(0, self.alerts()[name], silent)]
        self.write("tests.yaml", {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests})
        with self.assertRaises(AssertionError):
            self.run_promtool("test", "rules", "tests.yaml")

    def test_every_alert_has_a_page_and_every_page_an_alert(self) -> None:
        self.assertEqual({page.stem for page in RUNBOOKS.glob("*.md")}, set(self.alerts()))
        overview = (build.REPOSITORY / "docs/alerts.md").read_text(encoding="utf-8")
        for name, rule in self.alerts().items():
            self.assertEqual(rule["annotations"]["runbook"], f"docs/runbooks/{name}.md")
            page = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
            self.assertTrue(page.startswith(f"# {name}\nSeverity {rule['labels']['severity']}. "), name)
            for part in ("**What it means for users.**", "**Check**", "**Fix**", "**Clears**"):
                self.assertIn(part, page, name)
            self.assertRegex(overview, rf"\| \[{name}\]\(runbooks/{name}\.md\) \| {rule['labels']['severity']} \|")

    def test_pages_speak_of_metrics_that_there_are(self) -> None:
        metrics = (build.REPOSITORY / "docs/metrics.md").read_text(encoding="utf-8")
        for page in RUNBOOKS.glob("*.md"):
            for metric in re.findall(r"\bstt_[a-z_]+", page.read_text(encoding="utf-8")):
                self.assertIn(f"`{metric}`", metrics, page.name)

    def played(self, number: int, rule: dict[str, Any], case: Case | dict[str, str]) -> dict[str, Any]:
        name = rule["alert"]
        pod = OK["operator" if "june-stt-operator" in rule["expr"] else "worker"]
        series = case.series if isinstance(case, Case) else case
        if isinstance(case, Case):
            times = [(case.quiet, False), (case.fires, True), (case.resolved, False)]
        else:
            times = [(minute, False) for minute in range(0, 60, 5)]
        firing = {"exp_labels": self.labels_when_firing(rule), "exp_annotations": rule["annotations"]}
        return {
            "name": f"{number} {name}",
            "interval": "1m",
            "input_series": [{"series": labelled(each, pod), "values": values} for each, values in series.items()],
            "alert_rule_test": [{"eval_time": f"{at}m", "alertname": name, "exp_alerts": [firing] if fires else []} for at, fires in times],
        }

    @staticmethod
    def labels_when_firing(rule: dict[str, Any]) -> dict[str, str]:
        """Those of the rule; where nothing is summed up, those of the series too."""
        own = dict(rule["labels"])
        if rule["expr"].startswith("min_over_time("):
            return {**own, "namespace": "stt", "pod": "main-workers-0"}
        return own

    def alerts(self) -> dict[str, dict[str, Any]]:
        return {rule["alert"]: rule for group in self.groups["groups"] for rule in group["rules"]}

    def write(self, name: str, content: dict[str, Any]) -> None:
        (self.folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    def run_promtool(self, *arguments: str) -> None:
        done = subprocess.run([self.promtool, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
