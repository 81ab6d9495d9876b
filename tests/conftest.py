"""Tiers: what needs a tool that is not here is listed at the end as not run; nothing is where RS2C_REQUIRE_ALL is 1."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Generator, Iterator

import pytest

from tests.support.tools import NOT_RUN, need_modules

MAY_BE_SKIPPED = "SCIPY_ARRAY_API is not set"  # scikit-learn's own checks of arrays that are not NumPy's


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is required, a test that skips for another reason than that fails."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("RS2C_REQUIRE_ALL") == "1":
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MAY_BE_SKIPPED not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} skipped, and RS2C_REQUIRE_ALL is 1: {reason}"
    return report


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


@pytest.fixture
def simulator() -> None:
    """Emulators of cores, for the tests of emitted C and of simulation."""
    need_modules("unicorn", "elftools")


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """Fails a test that takes more than MOST_MEMORY after its last `tracemalloc.reset_peak`."""
    from tests.model_file.hostile import MOST_MEMORY  # which reads many models, and few tests need

    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY
