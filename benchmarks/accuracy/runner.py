"""Work through the cells in order, skip those that are done, and stop between cells when the time is up."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.candidates import Candidate, best_of
from benchmarks.accuracy.cells import Cell, Effort, Source
from benchmarks.accuracy.methods import METHODS
from benchmarks.accuracy.packed_rows import pack_rows
from benchmarks.accuracy.problem import Problem, Rows, load_rows, make_problem
from benchmarks.accuracy.results import Chosen, Result, Trained
from benchmarks.accuracy.store import Store, place_of
from benchmarks.accuracy.teachers import TeacherScores, teacher_scores
from benchmarks.revisions import ROOT, revisions, revisions_of
from rs2c.base.errors import Rs2cError
from rs2c.model.cost import Cost
from rs2c.model.metric import decide
from rs2c.train.torch_setup import one_thread

CACHE = ROOT / "build" / "accuracy" / "teachers"


@dataclass(frozen=True, eq=False)
class Setting:
    """The data and the teacher of one (set, seed)."""

    rows: Rows
    teacher: TeacherScores


def run(cells: Iterable[Cell], store: Store, minutes: float, say: Callable[[str], None]) -> bool:
    """Run the cells that have no result that counts; False where time ran out first."""
    end = time.monotonic() + 60 * minutes
    missing: set[str] = set()
    done: dict[Source, set[tuple[str, int, int]]] = {}
    for cell in cells:
        if cell.source not in done:
            done[cell.source] = {(r.method, r.size, r.seed) for r in store.today(cell.source)}
        if cell.method in missing or place_of(cell) in done[cell.source]:
            continue
        if time.monotonic() >= end:
            return False
        try:
            result = result_of(cell, store.effort)
        except NotImplementedError as error:
            missing.add(cell.method)
            say(f"{cell.method} is left out: {error}")
            continue
        store.put(result, cell.source)
        say(_line(result))
    return True


@one_thread()
def result_of(cell: Cell, effort: Effort) -> Result:
    """Run a cell with the data and the teacher that are its own; nothing is written."""
    return run_cell(cell, effort, setting_of(cell, effort))


def setting_of(cell: Cell, effort: Effort) -> Setting:
    """Data and teacher of a cell; the teacher is trained where no file has its scores."""
    return _load_setting(cell.source, cell.seed, effort, cache_of(cell.source, cell.seed, effort))


def cache_of(source: Source, seed: int, effort: Effort) -> Path:
    """Where the scores of a teacher are kept: apart for all that decides them; settings of students do not."""
    decides = [source.train_fingerprint, source.test_fingerprint, effort.teacher_epochs, effort.training_rows]
    digest = hashlib.sha256(json.dumps(decides).encode()).hexdigest()
    return CACHE / f"{source.name}_s{seed}_r{revisions()['teacher']}_{digest[:16]}.npz"


@lru_cache(maxsize=1)
def _load_setting(source: Any, seed: int, effort: Effort, cache: Path) -> Setting:
    rows = load_rows(source, seed, effort)
    return Setting(rows, teacher_scores(rows, seed, effort, cache))


def run_cell(cell: Cell, effort: Effort, setting: Setting) -> Result:
    """Train, choose on validation rows, and read the test rows once."""
    started = time.monotonic()
    rows, teacher = setting.rows, setting.teacher
    scores = (teacher.scores["learn"], teacher.scores["valid"])
    problem = make_problem(cell.source, cell.seed, cell.size, effort, rows, *scores)
    if cell.method == "teacher":
        candidates, note = [_teacher_candidate(problem, setting)], ""
    else:
        candidates, note = _collect(METHODS[cell.method](problem), effort, effort.runs_of(cell.method), started)
    best = best_of(problem, candidates, cell.budget)
    task = rows.test.task
    return Result(
        data=cell.source.name,
        method=cell.method,
        size=cell.size,
        seed=cell.seed,
        revisions=revisions_of(cell.method, "teacher"),
        task=task,
        integer=all(candidate.integer for candidate in candidates),
        chosen=None if best is None else _judge(best, rows),
        tried=[Trained(c.run, dict(c.settings), c.cost.bytes, c.cost.operations, _short(c.valid)) for c in candidates],
        n_test=len(rows.test.y),
        training_rows=len(rows.learn.y),
        validation_rows=len(rows.valid.y),
        teacher={
            "name": teacher.name,
            "test": _short(float(_row_values(teacher.scores["test"], rows).mean())),
            "valid": {name: _short(value) for name, value in sorted(teacher.valid.items())},
        },
        network={"bytes": teacher.network_bytes, "operations": teacher.network_operations},
        seconds=round(time.monotonic() - started, 1),
        note=note,
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scikit-learn", "torch")},
        },
    )


def _collect(candidates: Iterable[Candidate], effort: Effort, runs: int, started: float) -> tuple[list[Candidate], str]:
    """Candidates until the method has had its trainings or the time is used up; and why it ended early, if it did."""
    found: list[Candidate] = []
    longest, before = 0.0, time.monotonic()
    iterator = iter(candidates)
    while True:
        if found and time.monotonic() + longest > started + effort.seconds:
            return found, "time ran out" if found[-1].run + 1 < runs else ""
        try:
            candidate = next(iterator)
        except StopIteration:
            return found, ""
        except Rs2cError as error:  # a model that cannot be held in integers
            return found, str(error)
        found.append(candidate)
        longest, before = max(longest, time.monotonic() - before), time.monotonic()


def _teacher_candidate(problem: Problem, setting: Setting) -> Candidate:
    teacher = setting.teacher
    known = {id(setting.rows.valid.X): "valid", id(setting.rows.test.X): "test"}
    cost = Cost({"float32": teacher.network_bytes}, {"float32": teacher.network_operations})
    return Candidate.of(
        problem, 0, {"teacher": teacher.name}, cost, lambda raw: teacher.scores[known[id(raw)]], integer=False
    )


def _judge(best: Candidate, rows: Rows) -> Chosen:
    values = _row_values(best.scorer(rows.test.X), rows)
    return Chosen(
        settings=dict(best.settings),
        bytes_of=best.cost.bytes_of,
        operations_of=best.cost.operations_of,
        valid=_short(best.valid),
        test=_short(float(values.mean())),
        rows=pack_rows(values, rows.test.task),
    )


def _row_values(scores: npt.NDArray[Any], rows: Rows) -> npt.NDArray[np.float64]:
    """1 or 0 for each test row of a classifier, absolute errors of a regressor."""
    answer = decide(np.asarray(scores), rows.test.task)
    if rows.test.task == "classify":
        return (answer == rows.test.y).astype(np.float64)
    return np.abs(answer - rows.test.y).astype(np.float64)


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def _line(result: Result) -> str:
    name = f"{result.data:20} {result.method:18} {result.size or '':5} s{result.seed}"
    if result.chosen is None:
        return f"{name}  no model fits  {result.seconds:6.1f} s"
    chosen = result.chosen
    return (
        f"{name}  valid {chosen.valid:8.4f}  test {chosen.test:8.4f}  {chosen.bytes:7} bytes "
        f"{chosen.operations:7} operations  {result.seconds:6.1f} s"
    )
