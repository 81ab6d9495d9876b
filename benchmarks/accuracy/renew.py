"""Renew the keys of results after a change of source text that is meant to change no result.

python -m benchmarks.accuracy.renew [--datasets ...]

Runs again, of each data set, the teacher of seed 0 and one cell drawn from the others, the methods in turn. Where all
give what is stored, down to each test row, the results with another key get today's; where one does not, nothing is
renewed: what the change touches has to be removed, and run again. Only what stood before the change is to be renewed,
so `--report-only` must have found nothing wrong there.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy.cells import Cell, Effort, load_grid, order_of_work
from benchmarks.accuracy.code_version import cell_key
from benchmarks.accuracy.methods import DEFAULT_METHODS
from benchmarks.accuracy.results import CELLS, Result, is_done, path_of, read_result, write_result
from benchmarks.accuracy.runner import result_of


def main() -> int:
    """Renew what is in the repository; the exit status is 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="+", help="all where left out")
    options = parser.parse_args()
    effort, grid = Effort(), load_grid().only(options.datasets, None)
    cells = order_of_work(grid, DEFAULT_METHODS)
    return 0 if renew(cells, effort, CELLS, lambda cell: result_of(cell, effort)) else 1


def renew(cells: Iterable[Cell], effort: Effort, folder: Path, run_again: Callable[[Cell], Result]) -> bool:
    """Renew those cells whose results have another key; False, and nothing renewed, where one drawn is not the same."""
    stale = [cell for cell in cells if path_of(cell, folder).exists() and not is_done(cell, effort, folder)]
    for cell in drawn([cell for cell in stale if _is_telling(read_result(path_of(cell, folder)))]):
        again = run_again(cell)
        same = is_same(read_result(path_of(cell, folder)), again)
        print(
            f"{cell.source.name:20} {cell.label:28} {again.seconds:6.1f} s  {'the same' if same else 'DIFFERS'}",
            flush=True,
        )
        if not same:
            print("nothing is renewed; remove what the change touches and run it again")
            return False
    for cell in stale:
        write_result(replace(read_result(path_of(cell, folder)), key=cell_key(cell, effort)), cell, folder)
    print(f"renewed {len(stale)} results")
    return True


def _is_telling(result: Result) -> bool:
    """Whether there is a model, and the clock did not decide which."""
    return result.chosen is not None and not result.note


def drawn(stale: Sequence[Cell]) -> list[Cell]:
    """The cells to run again: teachers of seed 0, and one other cell of each data set, of each method in turn."""
    rng = np.random.Generator(np.random.PCG64(0))
    chosen = []
    for turn, name in enumerate(sorted({cell.source.name for cell in stale})):
        mine = [cell for cell in stale if cell.source.name == name]
        chosen += [cell for cell in mine if cell.method == "teacher" and cell.seed == 0]
        methods = sorted({cell.method for cell in mine} - {"teacher"})
        if methods:
            of_one = [cell for cell in mine if cell.method == methods[turn % len(methods)]]
            chosen.append(of_one[rng.integers(len(of_one))])
    return chosen


def is_same(stored: Result, again: Result) -> bool:
    """Whether two results say the same; they may have taken different times."""
    return replace(stored, key=again.key, seconds=again.seconds, versions=again.versions) == again


if __name__ == "__main__":
    raise SystemExit(main())
