"""From results to the report: accuracy.json, accuracy.md, and how many cells are won, by size."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.cells import SIZELESS, Effort, Grid
from benchmarks.accuracy.markdown import markdown, table
from benchmarks.accuracy.methods import DEFAULT_METHODS
from benchmarks.accuracy.statistics import Tally, at_equal_bytes, at_equal_operations
from benchmarks.accuracy.store import Store
from benchmarks.accuracy.summary import NETWORK, Book
from rs2c.base.atomic import write_file


@dataclass(frozen=True)
class Report:
    """Everything that a report is made of."""

    book: Book
    equal_bytes: Tally
    equal_operations: Tally


def report_of(store: Store, grid: Grid) -> Report:
    """The report of the results that count."""
    book = Book.of(grid, store.of_grid(grid))
    return Report(book, at_equal_bytes(book), at_equal_operations(book))


def write_report(report: Report, effort: Effort, folder: Path) -> None:
    """Write accuracy.json and accuracy.md."""
    values = {
        "schema": 1,
        "effort": asdict(effort),
        "data": _summary(report.book),
        "equal_bytes": _tally(report.equal_bytes),
        "equal_operations": _tally(report.equal_operations),
    }
    write_file(folder / "accuracy.json", (json.dumps(values, indent=1) + "\n").encode())
    text = markdown(report.book, report.equal_bytes, report.equal_operations, effort)
    write_file(folder / "accuracy.md", text.encode())


def won_by_size(report: Report) -> str:
    """A table of the cells in which the learned sketch is at least as good, of each size and of all."""
    sizes = report.book.grid.sizes
    rows = []
    for name, tally in (("equal bytes", report.equal_bytes), ("equal operations", report.equal_operations)):
        of_sizes = [[cell.won for cell in tally.cells if cell.size == size] for size in sizes]
        won = [f"{sum(cells)} of {len(cells)}" for cells in (*of_sizes, [cell.won for cell in tally.cells])]
        rows.append([name, *won, str(tally.lost)])
    return table(["at least as good", *map(str, sizes), "all", "lost"], rows)


def _summary(book: Book) -> dict[str, Any]:
    counted = {source.name: source.counted for source in book.grid.sources}
    summary = {}
    for data, task in book.tasks().items():
        some = [result for key, result in book.results.items() if key[0] == data]
        teachers = {str(r.seed): {"name": r.teacher["name"], "test": r.teacher["test"]} for r in some}
        methods: dict[str, Any] = {}
        for method in (*DEFAULT_METHODS, NETWORK):
            sizes = (0,) if method in SIZELESS else book.grid.sizes
            points = {str(size): book.point(data, method, size) for size in sizes}
            methods[method] = {size: _rounded(asdict(point)) for size, point in points.items() if point is not None}
        summary[data] = {
            "task": task,
            "counted": counted[data],
            "n_test": some[0].n_test,
            "training_rows": some[0].training_rows,
            "validation_rows": some[0].validation_rows,
            "network_float32": some[0].network,
            "teachers": teachers,
            "methods": {method: points for method, points in methods.items() if points},
        }
    return summary


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "cells": len(tally.cells),
        "won": tally.won,
        "share": tally.share,
        "lost": tally.lost,
        "unopposed": tally.unopposed,
        "absent": tally.absent,
        "comparisons": [_rounded(asdict(cell)) for cell in tally.cells],
    }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: float(f"{v:.6g}") if isinstance(v, float) else v for name, v in values.items()}
