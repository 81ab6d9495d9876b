"""Accuracy against bytes: run what is missing, then write the report.

python -m benchmarks.accuracy                    everything that has no result yet, for hours
python -m benchmarks.accuracy --budget-minutes 30
python -m benchmarks.accuracy --quick            a few minutes, into build/accuracy/quick
python -m benchmarks.accuracy --report-only      the report of what there is, and what is missing
python -m benchmarks.accuracy --report-only --figures build/accuracy/figures
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

from benchmarks.accuracy.cells import QUICK, Effort, load_grid, order_of_work
from benchmarks.accuracy.figures import draw_all
from benchmarks.accuracy.methods import DEFAULT_METHODS
from benchmarks.accuracy.report import report_of, won_by_size, write_report
from benchmarks.accuracy.runner import run
from benchmarks.accuracy.store import CELLS, RESULTS, Store
from benchmarks.revisions import ROOT

QUICK_SETS = ("cwru_bearing", "pendigits", "wine_quality")
QUICK_SIZES = (512, 2048)


def main() -> int:
    """Run, report; the exit status is 1 where a result is none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="+", help="all where left out")
    parser.add_argument("--methods", nargs="+", default=list(DEFAULT_METHODS), choices=DEFAULT_METHODS)
    parser.add_argument("--seeds", type=int, help="the first so many seeds of each data set; all where left out")
    parser.add_argument("--quick", action="store_true", help="few sets, sizes and steps, one seed, into build/")
    parser.add_argument("--report-only", action="store_true", help="run no cell")
    parser.add_argument("--budget-minutes", type=float, default=math.inf, help="start no cell after that time")
    parser.add_argument("--figures", type=Path, metavar="FOLDER", help="draw a picture of each data set there")
    options = parser.parse_args()
    grid, store, results = load_grid(), Store(CELLS, Effort()), RESULTS
    if options.quick:
        grid = replace(grid, sizes=QUICK_SIZES).only(options.datasets or QUICK_SETS, 1)
        results = ROOT / "build" / "accuracy" / "quick"
        store = Store(results / "cells", QUICK)
    wrong = store.faults(load_grid())
    if wrong:
        print("\n".join(wrong))
        return 1
    if not options.report_only:
        work = order_of_work(grid.only(options.datasets, options.seeds), options.methods)
        if not run(work, store, options.budget_minutes, lambda line: print(line, flush=True)):
            print("time is up: the next run goes on from here")
    report = report_of(store, grid)
    write_report(report, store.effort, results)
    if options.figures:
        draw_all(report.book, options.figures)
    print("\n".join([won_by_size(report), *store.missing(grid)]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
