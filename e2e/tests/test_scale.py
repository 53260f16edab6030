"""What e2e/scale makes of what it sees."""

import json
import tempfile
import unittest
from collections import Counter
from pathlib import Path

from june.build import REPOSITORY
from june.scale import __main__ as scale
from june.scale import fleet
from june.scale.controlplane import OPERATOR_USER, audited
from june.scale.operators import metric
from june.scale.playedworkers import bucket_of, ready
from june.scale.result import SHOWN, Result


def pipeline(status: str, reason: str, observed: int = 2, generation: int = 2) -> dict:
    condition = {"type": "Ready", "status": status, "reason": reason, "observedGeneration": observed}
    return {"metadata": {"generation": generation}, "status": {"conditions": [condition]}}


def request(verb: str, resource: str, user: str = OPERATOR_USER, subresource: str = "") -> dict:
    return {"verb": verb, "user": {"username": user}, "objectRef": {"resource": resource, "subresource": subresource}}


class FleetTest(unittest.TestCase):
    def test_one_in_25_has_a_mistake_and_every_kind_comes(self):
        planned = fleet.plan(200, "ws://livekit", "nats://nats")
        self.assertEqual(len({(each.namespace, each.name) for each in planned}), 200)
        reasons = Counter(each.reason for each in planned)
        self.assertEqual(reasons, {"": 192, **dict.fromkeys(fleet.MISTAKES.values(), 2)})
        self.assertEqual(set(Counter(each.namespace for each in planned).values()), {20})

    def test_a_good_pipeline_is_judged_when_it_is_ready(self):
        self.assertTrue(fleet.judged(pipeline("True", "WorkersReady"), ""))
        self.assertFalse(fleet.judged(pipeline("False", "StartingWorkers"), ""))
        self.assertFalse(fleet.judged({"metadata": {"generation": 1}}, ""))

    def test_one_with_a_mistake_is_judged_when_the_reason_is_the_right_one(self):
        self.assertTrue(fleet.judged(pipeline("False", "UnknownModel"), "UnknownModel"))
        self.assertFalse(fleet.judged(pipeline("False", "StartingWorkers"), "UnknownModel"))
        self.assertFalse(fleet.judged(pipeline("True", "WorkersReady"), "UnknownModel"))
        self.assertFalse(fleet.judged(pipeline("Unknown", "UnknownModel"), "UnknownModel"))

    def test_what_was_said_of_an_older_generation_does_not_count(self):
        self.assertFalse(fleet.judged(pipeline("True", "WorkersReady", observed=1), ""))

    def test_the_lease_and_other_users_do_not_count_as_writes(self):
        events = [
            request("patch", "sttpipelines", subresource="status"),
            request("patch", "sttpipelines", subresource="status"),
            request("create", "deployments"),
            request("update", "leases"),
            request("patch", "pods", user="admin"),
        ]
        self.assertEqual(fleet.writes(events, OPERATOR_USER), {"patch sttpipelines/status": 2, "create deployments": 1})

    def test_percentiles_and_the_largest(self):
        self.assertEqual(fleet.spread([3.0, 1.0, 2.0]), {"p50": 2.0, "p95": 2.9, "p99": 2.98, "max": 3.0})
        self.assertEqual(fleet.spread([]), {"max": 0.0})


class ReadTest(unittest.TestCase):
    def test_half_a_line_of_the_audit_log_waits(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "audit.log"
            log.write_text('{"verb": "patch"}\n{"verb": "cre')
            first, offset = audited(log)
            log.write_text('{"verb": "patch"}\n{"verb": "create"}\n')
            second, _ = audited(log, offset)
        self.assertEqual([event["verb"] for event in (*first, *second)], ["patch", "create"])

    def test_a_metric_is_the_sum_of_the_samples_with_the_labels(self):
        text = 'used{area="heap",id="a"} 1.5\nused{area="heap",id="b"} 2.0E1\nused{area="nonheap",id="c"} 7\nused_max{area="heap"} 9\nplain 4'
        self.assertEqual(metric(text, "used", area="heap"), 21.5)
        self.assertEqual(metric(text, "plain"), 4)

    def test_only_a_pod_that_is_ready_and_stays_reports(self):
        pod = {"metadata": {"namespace": "a", "labels": {"stt.june.dev/pipeline": "p"}}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        self.assertTrue(ready(pod))
        self.assertEqual(bucket_of(pod), "STT_a_p")
        self.assertFalse(ready({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "now"}}))
        self.assertFalse(ready({**pod, "status": {}}))


class ResultTest(unittest.TestCase):
    def test_a_thousand_failures_are_not_a_thousand_lines(self):
        lines = Result({"p95": 1}, [str(number) for number in range(1000)]).lines()
        self.assertEqual(len(lines), 1 + SHOWN + 1)
        self.assertIn("and 990 more", lines[-1])

    def test_every_case_stands_in_the_page_for_the_person_on_call(self):
        page = (REPOSITORY / "docs" / "operations.md").read_text()
        self.assertEqual([name for name in scale.CASES if f"`{name}`" not in page], [])

    def test_numbers_are_json(self):
        json.dumps(Result({"spread": fleet.spread([1.0])}).numbers)


if __name__ == "__main__":
    unittest.main()
