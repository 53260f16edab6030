import re
import tempfile
import unittest
from pathlib import Path

from june.metrics import DASHBOARD, Metric, dashboard_queries, described, exported

EXPORTED = """# HELP stt_a_total A
# TYPE stt_a_total counter
stt_a_total{state="one"} 0.0
stt_a_total{state="two"} 3.0
# TYPE stt_b_seconds histogram
stt_b_seconds_bucket{stage="x",le="0.1"} 0
stt_b_seconds_bucket{stage="x",le="+Inf"} 0
stt_b_seconds_count{stage="x"} 0
stt_b_seconds_sum{stage="x"} 0.0
# TYPE stt_b_seconds_max gauge
stt_b_seconds_max{stage="x"} NaN
# TYPE jvm_c gauge
jvm_c 1.0
"""
PAGE = """
## Worker
| metric | type | labels | meaning |
| --- | --- | --- | --- |
| `stt_a_total` | counter | `state`: one, two | text with `code` |
| `stt_b_seconds` | histogram, pool | `stage`: x | |
| `stt_c_total` | counter | `state`, `stage` | |

## Other
| `stt_d` | gauge | | |
"""


class MetricsTest(unittest.TestCase):
    def test_what_a_page_describes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "metrics.md"
            page.write_text(PAGE)
            self.assertEqual(
                described("Worker", page),
                {
                    "stt_a_total": Metric("counter", {"state": {"one", "two"}}),
                    "stt_b_seconds": Metric("histogram", {"stage": {"x"}}),
                    "stt_c_total": Metric("counter", {"state": {"one", "two"}, "stage": {"x"}}),
                },
            )
            self.assertEqual(described("Other", page), {"stt_d": Metric("gauge")})

    def test_what_a_program_exports(self) -> None:
        self.assertEqual(
            exported(EXPORTED),
            {"stt_a_total": Metric("counter", {"state": {"one", "two"}}), "stt_b_seconds": Metric("histogram", {"stage": {"x"}})},
        )

    def test_every_label_of_our_page_is_understood(self) -> None:
        self.assertGreater(len(described("Worker")), 50)
        self.assertEqual(described("Worker")["stt_decode_dropped_total"].labels["priority"], {"final", "speculative", "partial"})

    def test_queries_have_no_variable_left(self) -> None:
        queries = dashboard_queries("team-a", "meetings", "1m")
        self.assertGreater(len(queries), 50)
        for about, query in queries.items():
            self.assertNotIn("$", query, about)
            self.assertNotIn("SEL", query, about)

    def test_the_dashboard_asks_for_metrics_that_are_described(self) -> None:
        names = set(described("Worker")) | set(described("Operator"))
        for metric in re.findall(r"\bstt_\w+", DASHBOARD.read_text(encoding="utf-8")):
            stem = re.sub(r"_(bucket|sum|count)$", "", metric)
            self.assertTrue(metric in names or stem in names, f"{metric}: not in docs/metrics.md")
