"""The key of a result: a hash of its settings and of the source text that decides it.

The text is that of every module that the method imports, itself or through others, but for those of NOT_DECIDING; and,
as the runner imports all methods, of those of its definitions that decide. A result whose key is not today's is run
again, or renewed: see `benchmarks.accuracy.renew`.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

from benchmarks.accuracy.cells import Cell, Effort
from benchmarks.accuracy.methods import METHODS

ROOT = Path(__file__).parents[2]
SCHEMA = 1

# Imported, and no result depends on it.
NOT_DECIDING = {
    "benchmarks.accuracy.cells": "settings of a cell are in its key; what else decides is in _RUNNER",
    "benchmarks.all_datasets": "only tells where the data lie",
    "rs2c.base.atomic": "writes files",
    "rs2c.read.text_cells": "reads data, whose fingerprints are in the key",
    "rs2c.read.columns": "reads data",
    "rs2c.read.coding": "reads data",
    "rs2c.read.datasets": "reads data",
    "rs2c.base.errors": "what is said of mistakes",
    "rs2c.read.npz": "reads data",
    "rs2c.read.table": "reads data",
}
TEACHER = ("benchmarks.accuracy.problem", "benchmarks.accuracy.teachers")
_RUNNER = (
    "benchmarks.accuracy.cells:Cell",
    "benchmarks.accuracy.cells:Effort",
    "benchmarks.accuracy.runner:result_of",
    "benchmarks.accuracy.runner:run_cell",
    "benchmarks.accuracy.runner:_collect",
    "benchmarks.accuracy.runner:_judge",
    "benchmarks.accuracy.runner:_load_setting",
    "benchmarks.accuracy.runner:_row_values",
    "benchmarks.accuracy.runner:_short",
    "benchmarks.accuracy.runner:_teacher_candidate",
)


def cell_key(cell: Cell, effort: Effort) -> str:
    """The key of the result of a cell, hex."""
    settings = {"cell": asdict(cell.source), "method": cell.method, "size": cell.size, "seed": cell.seed}
    settings["cell"].pop("seeds")  # more seeds change no result
    settings["cell"].pop("counted")
    modules = TEACHER
    if cell.method in METHODS:
        method = METHODS[cell.method]
        settings["function"] = method.__qualname__
        modules += (method.__module__,)
    return _hash([SCHEMA, settings, asdict(effort), sources_hash(imported(modules) + _RUNNER)])


def teacher_key(cell: Cell, effort: Effort) -> str:
    """The key of the teacher of a cell, hex: settings of its students do not matter."""
    source = asdict(cell.source)
    names = ("name", "train_fingerprint", "test_fingerprint")
    work = [effort.teacher_epochs, effort.training_rows]
    return _hash([SCHEMA, {name: source[name] for name in names}, cell.seed, work, sources_hash(imported(TEACHER))])


@cache
def imported(modules: tuple[str, ...]) -> tuple[str, ...]:
    """The modules, and all of this project that they import, but for those that decide nothing; sorted."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found and module not in NOT_DECIDING:
            found.add(module)
            waiting += _imports(module)
    return tuple(sorted(found))


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Modules of this project that the text of a module names in an import, at its top or within a function."""

    def named() -> Iterator[str]:
        for node in ast.walk(ast.parse(_text(module))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    return tuple(name for name in named() if name.startswith(("benchmarks.", "rs2c.")) and _path(name).exists())


@cache
def sources_hash(entries: tuple[str, ...]) -> str:
    """SHA-256 of the source text of modules and, as `module:name`, of single definitions."""
    digest = hashlib.sha256()
    for entry in sorted(set(entries)):
        digest.update(f"{entry}\n{source_text(entry)}\n".encode())
    return digest.hexdigest()


def source_text(entry: str) -> str:
    """The text of `module`, or of one definition at its top, `module:name`; raises LookupError where there is none."""
    module, _, name = entry.partition(":")
    text = _text(module)
    if not name:
        return text
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            first = min(part.lineno for part in (node, *node.decorator_list))
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    raise LookupError(f"{module} defines no {name}")


@cache
def _text(module: str) -> str:
    return _path(module).read_text(encoding="utf-8")


def _path(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
