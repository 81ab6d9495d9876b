"""Who is compared with whom, who wins, and that the committed report is that of the committed results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.cells import Effort, Grid, Source, load_grid
from benchmarks.accuracy.methods import NETWORKS
from benchmarks.accuracy.packed_rows import pack_rows
from benchmarks.accuracy.report import report_of, won_by_size, write_report
from benchmarks.accuracy.results import Chosen, Result
from benchmarks.accuracy.statistics import Tally, at_equal_bytes, at_equal_operations
from benchmarks.accuracy.store import CELLS, RESULTS, Store
from benchmarks.accuracy.summary import Book
from rs2c.base.raw_types import Task

GRID = Grid((512, 1024), (Source("toy", 3, True, False, "", ""),))
ROWS = 1000


def result(
    method: str,
    size: int,
    *,
    right: int = 900,
    operations: int = 500,
    valid: float = 0.9,
    seed: int = 0,
    task: Task = "classify",
) -> Result:
    """A result with so many of 1,000 test rows right; of a regressor, with errors of `right`."""
    values = np.arange(ROWS) < right if task == "classify" else np.full(ROWS, float(right))
    chosen = Chosen({}, {"all": size}, {"all": operations}, valid, float(values.mean()), pack_rows(values, task))
    name = {"name": "network", "test": 0.0, "valid": {}}
    return Result("toy", method, size, seed, {}, task, True, chosen, [], ROWS, 0, 0, name, {}, 0.0, "", {})


def networks(best: Result | None = None, *, seed: int = 0, task: Task = "classify") -> list[Result]:
    """Every kind of network at every size, none of them with a model but `best`."""
    some = [replace(result(m, size, seed=seed, task=task), chosen=None) for m in NETWORKS for size in GRID.sizes]
    return some if best is None else [best if (r.method, r.size) == (best.method, best.size) else r for r in some]


def book(*results: Result) -> Book:
    return Book.of(GRID, results)


def verdicts(tally: Tally) -> list[tuple[int, bool, bool]]:
    return [(cell.size, cell.won, cell.lost) for cell in tally.cells]


@pytest.mark.parametrize(
    ("task", "ours", "won", "lost"),
    [
        ("classify", 900, True, False),
        ("classify", 899, False, False),
        ("classify", 870, False, True),
        ("regress", 900, True, False),
        ("regress", 899, True, False),
        ("regress", 901, False, False),
        ("regress", 930, False, True),
    ],
)
def test_higher_or_equal_wins_and_a_doubtless_loss_is_told(task: Task, ours: int, won: bool, lost: bool) -> None:
    opponent = result("mlp", 512, task=task)
    tally = at_equal_bytes(book(result("learned", 512, right=ours, task=task), *networks(opponent, task=task)))
    assert verdicts(tally) == [(512, won, lost)]


def test_the_opponent_is_the_best_on_validation_rows_whatever_it_does_on_test_rows() -> None:
    better = result("mlp-sparse", 512, right=800, valid=0.95)
    others = [r for r in networks(result("mlp", 512, right=990, valid=0.94)) if r.method != better.method]
    (cell,) = at_equal_bytes(book(result("learned", 512), better, *others)).cells
    assert (cell.network, cell.won) == (0.8, True)


@pytest.mark.parametrize(("operations", "opposed"), [(525, True), (526, False)])
def test_at_equal_operations_any_size_of_network_may_be_a_twentieth_dearer(operations: int, opposed: bool) -> None:
    sketch = result("learned-operations", 512, operations=500)
    tally = at_equal_operations(book(sketch, *networks(result("mlp", 1024, operations=operations))))
    assert len(tally.cells) == opposed
    assert tally.unopposed == ([] if opposed else ["toy 512"])


def test_at_equal_operations_a_seed_without_all_its_networks_counts_for_neither() -> None:
    sketches = [result("learned-operations", 512, seed=seed) for seed in (0, 1)]
    first, second = (networks(result("mlp", 512, seed=seed), seed=seed) for seed in (0, 1))
    (both,) = at_equal_operations(book(*sketches, *first, *second)).cells
    (one,) = at_equal_operations(book(*sketches, *first, *second[:-1])).cells
    assert (both.seeds, one.seeds) == (2, 1)


def test_seeds_are_paired_and_sizes_without_a_sketch_are_told() -> None:
    sketches = [result("learned", 512, right=right, seed=seed) for seed, right in ((0, 800), (1, 990))]
    (cell,) = at_equal_bytes(book(*sketches, *networks(result("mlp", 512)))).cells
    assert (cell.seeds, cell.learned) == (1, 0.8)
    none = replace(sketches[0], chosen=None)
    assert at_equal_bytes(book(none, *networks(result("mlp", 512)))).absent == ["toy 512"]


def changed(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    return [f"{a} | {b}" for a, b in zip(lines, others, strict=False) if a != b]


def test_the_committed_report_is_that_of_the_committed_results(tmp_path: Path) -> None:
    report = report_of(Store(CELLS, Effort()), load_grid())
    write_report(report, Effort(), tmp_path)
    for name in ("accuracy.json", "accuracy.md"):
        new, old = ((folder / name).read_text(encoding="utf-8").splitlines() for folder in (tmp_path, RESULTS))
        assert changed(new, old) == []
        assert len(new) == len(old)
    documented = (RESULTS.parents[1] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for row in won_by_size(report).splitlines()[2:]:
        assert row.split(" | ")[:6] in [line.removesuffix(" |").split(" | ") for line in documented.splitlines()]
