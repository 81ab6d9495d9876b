"""From result files to the report: accuracy.json, accuracy.md and the pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.accuracy.cells import SIZELESS, Effort, Grid
from benchmarks.accuracy.code_version import SCHEMA
from benchmarks.accuracy.figures import draw_all
from benchmarks.accuracy.markdown import markdown
from benchmarks.accuracy.methods import DEFAULT_METHODS
from benchmarks.accuracy.results import read_all
from benchmarks.accuracy.statistics import Tally, at_equal_bytes, at_equal_operations
from benchmarks.accuracy.summary import NETWORK, Book
from rs2c.base.atomic import write_file


def write_report(grid: Grid, effort: Effort, cells: Path, folder: Path) -> Book:
    """Write all of the report of the results in `cells` to `folder`; nothing where there are none."""
    book = Book.of(grid, read_all(grid, effort, cells))
    if not book.results:
        return book
    tallies = at_equal_bytes(book), at_equal_operations(book)
    values = {
        "schema": SCHEMA,
        "effort": asdict(effort),
        "data": _summary(book),
        "equal_bytes": _tally(tallies[0]),
        "equal_operations": _tally(tallies[1]),
    }
    write_file(folder / "accuracy.json", (json.dumps(values, indent=1) + "\n").encode())
    write_file(folder / "accuracy.md", markdown(book, *tallies, effort).encode())
    draw_all(book, folder / "figures")
    return book


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
