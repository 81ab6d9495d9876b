"""Teacher scores: what a model is distilled from, in one form whatever gave them.

Scores are float64 (n, C). Classifiers: logits, C = number of classes, or one column of log-odds of class 1 for two
classes; probabilities are made such. Regressors: predicted targets, one column an output.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from rs2c.base.arrays import Floats
from rs2c.base.choices import ScoresAre
from rs2c.base.errors import DataError, OptionError
from rs2c.base.raw_types import Task
from rs2c.read.npz import read_npy

_LEAST_PROBABILITY = 1e-6
_NOISE = 0.005  # by which sums of probabilities in float32, float16 or bfloat16 may miss 1
_OF_SEVERAL_LABELS = 0.1  # of the rows, in which sigmoids of one label each are not above .5 twice
_OUTSIDE = 1e-3  # by which a probability may lie outside 0 to 1, such as a vote of 1.0000001
# Steps in which probabilities are kept: fixed point of 7 to 16 bits, two to four decimals; the coarsest comes first.
_STEPS = (0.01, *(1 / (2**bits - below) for bits in (7, 8, 10, 12) for below in (0, 1)), 1e-3, 1e-4, 2**-15, 2**-16)


@dataclass(frozen=True)
class Scores:
    """Scores in the one form, float64 (n, C), and what they were taken for where that was `guessed`."""

    table: Floats
    guessed: ScoresAre | None = None

    def note(self, source: str) -> tuple[str, ...]:
        """A sentence on the guess, if there was one."""
        if self.guessed is None:
            return ()
        other = next(word for word in get_args(ScoresAre) if word != self.guessed)
        return (f"the scores from {source} are taken for {self.guessed}; set scores_are if they are {other}",)


def n_scores(task: Task, classes: int) -> int:
    """Columns of the scores: C."""
    return 1 if task == "regress" or classes == 2 else classes


def read_scores(path: Path, rows: int, task: Task, classes: int, are: ScoresAre | None = None) -> Scores:
    """Scores of a `.npy` file that holds one line for each of `rows` rows of data, in file order."""
    values = read_npy(path)
    if values.dtype.kind not in "fiu":
        raise DataError(f"{path} does not hold an array of numbers; save the scores with numpy.save")
    lines = len(values) if values.ndim else 1
    if lines != rows:
        raise DataError(f"{path} has {lines} lines but the data has {rows} rows; give exactly one line a row")
    return as_scores(values, task, classes, str(path), are)


def as_scores(values: Any, task: Task, classes: int, source: str, are: ScoresAre | None = None) -> Scores:
    """Bring what a model gave into the one form.

    `are` says what scores of classes are. Where it is None, a column a class is taken for probabilities where its rows
    sum to 1, but for rounding, and for two classes a column from 0 to 1 that is not all above .5, for such log-odds
    would call every row class 1. Raises DataError, also for what looks like several labels a row, and OptionError where
    they are not what they are said to be.
    """
    if are is not None and are not in get_args(ScoresAre):
        raise OptionError(f"unknown scores_are {are!r}; use one of {', '.join(get_args(ScoresAre))}, or leave it out")
    table = _table(values, source)
    if task == "regress":
        if are is not None:
            raise OptionError(f"the scores from {source} are values to predict, not {are}; leave out what they are")
        return Scores(table)
    if are == "probabilities" and _outside(table):
        raise OptionError(
            f"the scores from {source} go from {table.min():.3g} to {table.max():.3g}, as no probabilities do; say "
            "that they are logits"
        )
    guessed: ScoresAre | None = None
    if are is None:
        are = guessed = "probabilities" if _are_probabilities(table, classes, _noise(values)) else "logits"
        if guessed == "logits" and _are_several_labels(table):
            raise DataError(
                f"the scores from {source} are above .5 for more than one class in many rows, as those of a model of "
                "several labels are, and a sketch gives one; distill one label at a time, or say that they are logits"
            )
    if are == "probabilities":
        if classes == 2 and table.shape[1] == 1:
            table = np.hstack([1 - table, table])
        table = np.log(np.clip(table, _LEAST_PROBABILITY, 1))
    if classes == 2 and table.shape[1] == 2:
        table = table[:, 1:] - table[:, :1]
    if table.shape[1] != n_scores(task, classes):
        raise DataError(
            f"the scores from {source} have {table.shape[1]} columns, but there are {classes} classes; give one column "
            f"a class{', or one with the log-odds of the second' if classes == 2 else ''}"
        )
    return Scores(table, guessed)


def check_lines(scores: Floats, rows: int) -> None:
    """Raise DataError unless there is one line of scores a row."""
    if len(scores) != rows:
        raise DataError(f"there are {len(scores)} teacher scores for {rows} rows; give one line a row")


def _table(values: Any, source: str) -> Floats:
    try:
        given = np.asarray(values)
        table = given.astype(np.float64) if given.dtype.kind in "biufO" else None
    except (TypeError, ValueError):
        table = None
    if table is None:
        raise DataError(
            f"the scores from {source} are {_kind(values)} and no table of numbers; give one line a row, one column a "
            "class"
        )
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim > 2:
        raise DataError(
            f"the scores from {source} have the shape {table.shape}; give one line a row, one column a class"
        )
    if table.ndim != 2 or not np.isfinite(table).all():
        raise DataError(f"the scores from {source} are not a finite table; give one line a row, one column a score")
    return table


def _kind(values: Any) -> str:
    """What stands in the place of numbers, for people."""
    first = values
    while isinstance(first, (list, tuple, np.ndarray)) and np.size(first[:1]):
        first = first[0]
    kinds = {
        dict: "a dict a row",
        str: "text",
        np.str_: "text",
        complex: "complex numbers",
        np.complex128: "complex numbers",
    }
    return kinds.get(type(first), f"a {type(first).__name__}" if first is values else "uneven lines or objects")


def are_unit(values: Any) -> bool:
    """Whether all values lie between 0 and 1, but for rounding, as those of probabilities do."""
    return not _outside(np.asarray(values, np.float64))


def _outside(table: Floats) -> bool:
    return bool(table.min(initial=0) < -_OUTSIDE or table.max(initial=0) > 1 + _OUTSIDE)


def _noise(values: Any) -> float:
    """By how much numbers between 0 and 1 of this type are off."""
    dtype = np.asarray(values).dtype
    return max(1e-6, float(np.finfo(dtype).eps) / 2) if dtype.kind == "f" else 1e-6


def _are_probabilities(table: Floats, classes: int, noise: float) -> bool:
    if _outside(table) or not table.size:
        return False
    if classes == 2 and table.shape[1] == 1:
        return bool(table.min() < 0.5)
    if table.shape[1] != classes or classes < 2:
        return False
    step = next((step for step in _STEPS if _in_steps(table, step, noise)), 0.0)
    # Each is off by half a step, and the greatest of eight bits is 255/256.
    most = max(_NOISE, step * (classes / 2 + 1))
    return bool((np.abs(table.sum(axis=1) - 1) <= most).all())


def _are_several_labels(table: Floats) -> bool:
    return not _outside(table) and bool(np.mean((table > 0.5).sum(axis=1) > 1) > _OF_SEVERAL_LABELS)


def _in_steps(table: Floats, step: float, noise: float) -> bool:
    steps = table / step
    return bool((np.abs(steps - np.rint(steps)) <= noise / step).all())
