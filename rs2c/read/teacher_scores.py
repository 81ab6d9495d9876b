"""Teacher scores: what a model is distilled from, in one form whatever gave them.

Scores are float64 (n, C). Classifiers: logits, C = number of classes, or one column of log-odds of class 1 for two
classes; probabilities are made such. Regressors: predicted targets, one column an output.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.errors import DataError
from rs2c.base.raw_types import Task
from rs2c.read.npz import read_npy

_LEAST_PROBABILITY = 1e-6


def n_scores(task: Task, classes: int) -> int:
    """Columns of the scores: C."""
    return 1 if task == "regress" or classes == 2 else classes


def read_scores(path: Path, rows: int, task: Task, classes: int) -> Floats:
    """Scores of a `.npy` file that holds one line for each of `rows` rows of data, in file order."""
    values = read_npy(path)
    if values.dtype.kind not in "fiu":
        raise DataError(f"{path} does not hold an array of numbers; save the scores with numpy.save")
    lines = len(values) if values.ndim else 1
    if lines != rows:
        raise DataError(f"{path} has {lines} lines but the data has {rows} rows; give exactly one line a row")
    return as_scores(values, task, classes, str(path))


def as_scores(values: npt.NDArray[Any], task: Task, classes: int, source: str, *, margins: bool = False) -> Floats:
    """Bring what a model gave into the one form.

    Probabilities become logits: rows that sum to 1, and for two classes a column from 0 to 1 that is not all above .5,
    for such log-odds would call every row class 1. `margins` are known to be no probabilities, whatever their range.
    """
    try:
        table = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise DataError(
            f"the scores from {source} are no table of numbers; give one line a row, one column a score"
        ) from None
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not np.isfinite(table).all():
        raise DataError(f"the scores from {source} are not a finite table; give one line a row, one column a score")
    if task == "regress":
        return table
    if not margins and classes == 2 and table.shape[1] == 1 and 0 <= table.min(initial=1) < 0.5 and table.max() <= 1:
        table = np.hstack([1 - table, table])
    if not margins and table.shape[1] == classes and _are_probabilities(table):
        table = np.log(np.maximum(table, _LEAST_PROBABILITY))
    if classes == 2 and table.shape[1] == 2:
        table = table[:, 1:] - table[:, :1]
    if table.shape[1] != n_scores(task, classes):
        raise DataError(
            f"the scores from {source} have {table.shape[1]} columns, but there are {classes} classes; give one column "
            f"a class{', or one with the log-odds of the second' if classes == 2 else ''}"
        )
    return table


def _are_probabilities(table: Floats) -> bool:
    return table.shape[1] > 1 and bool(
        ((table >= 0) & (table <= 1)).all() and np.allclose(table.sum(axis=1), 1, atol=1e-3)
    )
