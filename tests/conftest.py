"""Tiers: what needs a tool that is not here is listed at the end as not run, or fails where RS2C_REQUIRE_ALL is 1."""

from __future__ import annotations

import pytest

from tests.support.tools import NOT_RUN


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the tools whose tests were not run."""
    missing: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NOT_RUN in reason:
            tool = reason.split(NOT_RUN, 1)[1].strip()
            missing[tool] = missing.get(tool, 0) + 1
    if missing:
        terminalreporter.section("tiers not run (make tools installs what they need)")
        for tool, count in sorted(missing.items()):
            terminalreporter.write_line(f"{count:4} tests: {tool}")
