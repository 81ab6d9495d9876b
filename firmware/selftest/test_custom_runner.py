"""Reads the Unity-style lines of selftest.c. PlatformIO loads it in its own process (test_framework = custom)."""

import re

import click
from platformio.test.result import TestCase, TestCaseSource, TestStatus
from platformio.test.runners.base import TestRunnerBase

CASE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+):(?P<name>[^\s:]+):(?P<status>PASS|FAIL)(:\s*(?P<message>.+))?")
END = re.compile(r"\d+ Tests \d+ Failures \d+ Ignored")


class CustomTestRunner(TestRunnerBase):
    """One case a line; the summary ends the run, which on a real board nothing else does."""

    def on_testing_line_output(self, line):
        """Echo a line, and note what it says."""
        click.echo(line, nl=False)
        case = CASE.search(line.strip())
        if case is not None:
            source = TestCaseSource(case["file"], int(case["line"]))
            status = TestStatus.PASSED if case["status"] == "PASS" else TestStatus.FAILED
            self.test_suite.add_case(TestCase(case["name"], status, case["message"], line.strip(), source=source))
        elif END.search(line):
            self.test_suite.on_finish()
