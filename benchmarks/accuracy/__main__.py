"""Accuracy against bytes: run what is missing, then write the report.

python -m benchmarks.accuracy                    everything that has no result yet, for hours
python -m benchmarks.accuracy --budget-minutes 30
python -m benchmarks.accuracy --quick            a few minutes, into build/accuracy/quick
python -m benchmarks.accuracy --report-only
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace

from benchmarks.accuracy.cells import QUICK, Effort, load_grid, order_of_work
from benchmarks.accuracy.code_version import ROOT
from benchmarks.accuracy.methods import DEFAULT_METHODS
from benchmarks.accuracy.report import write_report
from benchmarks.accuracy.results import CELLS, RESULTS, check
from benchmarks.accuracy.runner import run

QUICK_SETS = ("cwru_bearing", "pendigits", "wine_quality")
QUICK_SIZES = (512, 2048)


def main() -> int:
    """Run, report; the exit status is 1 where results do not belong to the code as it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="+", help="all where left out")
    parser.add_argument("--methods", nargs="+", default=list(DEFAULT_METHODS), choices=DEFAULT_METHODS)
    parser.add_argument("--seeds", type=int, help="the first so many seeds of each data set; all where left out")
    parser.add_argument("--quick", action="store_true", help="few sets, sizes and steps, one seed, into build/")
    parser.add_argument("--report-only", action="store_true", help="run no cell")
    parser.add_argument("--budget-minutes", type=float, default=math.inf, help="start no cell after that time")
    options = parser.parse_args()
    grid, effort, cells, results = load_grid(), Effort(), CELLS, RESULTS
    if options.quick:
        grid, effort = replace(grid, sizes=QUICK_SIZES).only(options.datasets or QUICK_SETS, 1), QUICK
        results = ROOT / "build" / "accuracy" / "quick"
        cells = results / "cells"
    if not options.report_only:
        work = order_of_work(grid.only(options.datasets, options.seeds), options.methods)
        if not run(work, effort, cells, options.budget_minutes, lambda line: print(line, flush=True)):
            print("time is up: the next run goes on from here")
    write_report(grid, effort, cells, results)
    wrong = check(cells, effort)
    if wrong:
        print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
