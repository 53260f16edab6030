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

    def test_a_case_with_parameters_passes_only_if_it_does_with_all_of_them(self):
        found = {}
        for second in ("", '<failure message="lost"/>', '<error message="broken"/>', '<skipped message="not root"/>'):
            runs = f'<testcase name="works(Mishap)[1]"/><testcase name="works(Mishap)[2]">{second}</testcase>'
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "TEST-a.OneIT.xml").write_text(f'<testsuite>{runs}<testcase name="worksElsewhere"/></testsuite>')
                [outcome] = faults.outcomes(CASES[:1], Path(folder))
            found[outcome.words] = outcome.passed
        self.assertEqual(found, {"": True, "lost": False, "broken": False, "not run here: not root": False})

    def test_a_longer_name_is_another_case(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "TEST-a.OneIT.xml").write_text('<testsuite><testcase name="worksElsewhere"/></testsuite>')
            [outcome] = faults.outcomes(CASES[:1], Path(folder))
        self.assertFalse(outcome.passed)

    def test_names_are_unique_and_stand_in_the_guarantees(self):
        names = [case.name for case in faults.CASES]
        self.assertEqual(len(set(names)), len(names))
        page = (REPOSITORY / "docs" / "guarantees.md").read_text()
        self.assertEqual([name for name in names if f"`{name}`" not in page], [])

    def test_methods_of_a_class_are_run_together(self):
        self.assertIn("-Dit.test=a.OneIT#works+fails,a.TwoIT#never", faults.command(CASES, 1, 10))

    def test_every_case_is_a_test_that_exists(self):
        for case in faults.CASES:
            source = (REPOSITORY / "worker" / "src" / "test" / "java" / Path(*case.test.split("."))).with_suffix(".java")
            self.assertTrue(re.search(rf"void {case.method}\(", source.read_text()), case)


if __name__ == "__main__":
    unittest.main()
