"""What e2e/faults makes of the reports."""

import re
import tempfile
import unittest
from pathlib import Path

from june import faults
from june.build import REPOSITORY

CASES = [faults.Case("good", "a.OneIT", "works"), faults.Case("bad", "a.OneIT", "fails"), faults.Case("absent", "a.TwoIT", "never")]
REPORT = """<testsuite>
<testcase name="works" classname="a.OneIT"/>
<testcase name="fails" classname="a.OneIT"><failure message="lost: Said[p0, 7]">trace</failure></testcase>
</testsuite>"""


class FaultsTest(unittest.TestCase):
    def test_a_case_passes_only_if_its_report_says_so(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "TEST-a.OneIT.xml").write_text(REPORT)
            found = faults.outcomes(CASES, Path(folder))
        self.assertEqual([outcome.passed for outcome in found], [True, False, False])
        self.assertEqual([outcome.words for outcome in found], ["", "lost: Said[p0, 7]", "it did not run"])

    def test_methods_of_a_class_are_run_together(self):
        self.assertIn("-Dit.test=a.OneIT#works+fails,a.TwoIT#never", faults.command(CASES, 1, 10))

    def test_every_case_is_a_test_that_exists(self):
        for case in faults.CASES:
            source = (REPOSITORY / "worker" / "src" / "test" / "java" / Path(*case.test.split("."))).with_suffix(".java")
            self.assertTrue(re.search(rf"void {case.method}\(", source.read_text()), case)


if __name__ == "__main__":
    unittest.main()
