"""Whether rows look ordered in time, or repeat: figures on rows that are held out at random are then too good.

Neighbouring rows are compared within their class, of targets within a twentieth of them, for classes may stand
together in a file. Data sets that were shuffled have less than .21 for any column and .03 for the label. Those in the
order in which they were recorded have .3 or more for nine columns of ten, and from .5 to 1 for the label.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rs2c.read.columns import PERHAPS_ROW_INDEX

if TYPE_CHECKING:
    from rs2c.read.datasets import Dataset

_LEAST_ROWS, _LEAST_TIMES = 50, 20
_ALIKE = 0.3  # of 1, neighbours that are the same; 0, pairs at random
_MOST_COLUMNS, _MOST_ROWS = 64, 50_000
_PARTS = 20  # of targets
_MANY = 0.05  # of the test rows
_FEW = 50  # rows of their own: of fewer, new ones are repeats too


def order_note(data: Dataset) -> tuple[str, ...]:
    """A line where the rows (n,) of a file look ordered in time."""
    rows = min(len(data.y), _MOST_ROWS)
    if rows < _LEAST_ROWS:
        return ()
    names = data.feature_names
    numbers = [j for j, table in enumerate(data.categories) if not table and names[j].lower() not in PERHAPS_ROW_INDEX]
    rising = next((names[j] for j in numbers if _rises(data.X[:, j])), None)
    if rising is not None:
        return (
            f"the column {rising!r} never falls from row to row: if it is a time, a random split hides how later rows "
            f"are answered; --time {shlex.quote(rising)} holds out the last, and takes it from the features",
        )
    steps = np.diff(data.y.astype(np.float64))
    if (steps >= 0).all() or (steps <= 0).all():
        return ()  # sorted by the label
    chosen = numbers[:: max(1, -(-len(numbers) // _MOST_COLUMNS))]
    code = _classes(data)[:rows]
    alike = [_likeness(_within(data.X[:rows, j].astype(np.float64), code)) for j in chosen]
    known = [value for value in alike if value is not None]
    many = sum(value > _ALIKE for value in known) > max(1, len(known) / 2)
    label = _same_class(code) if data.task == "classify" else _likeness(data.y[:rows].astype(np.float64)) or 0.0
    if not many or label <= _ALIKE:
        return ()
    return (
        "rows next to each other are much more alike than others, as in recordings: a random split puts such rows on "
        "both sides, and its figures are too good; hold out the last rows with --time rows, or whole recordings with "
        "--group-column",
    )


def repeat_note(train: Dataset, test: Dataset) -> tuple[str, ...]:
    """A line where many test rows have the features of a training row."""
    known = {row.tobytes() for row in np.ascontiguousarray(train.X)}
    repeated = sum(row.tobytes() in known for row in np.ascontiguousarray(test.X))
    if len(known) < _FEW or repeated <= _MANY * len(test.y):
        return ()
    return (
        f"{repeated:,} of {len(test.y):,} test rows have the very features of a training row, so that figures on them "
        "say little of rows that are new: remove repeats, or keep them together with --group-column",
    )


def _rises(column: NDArray[np.generic]) -> bool:
    values = column.astype(np.float64)
    return bool((np.diff(values) >= 0).all()) and len(np.unique(values)) >= max(_LEAST_TIMES, len(values) // 20)


def _classes(data: Dataset) -> NDArray[np.int64]:
    """The class of each row, of targets the part in which it lies."""
    if data.task == "classify":
        return data.y
    ends = np.quantile(data.y, np.arange(1, _PARTS) / _PARTS)
    return np.searchsorted(ends, data.y).astype(np.int64)


def _within(values: NDArray[np.float64], code: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values (n,) less the mean of their class; a missing one is that mean."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    means = np.bincount(code, weights=filled) / np.maximum(np.bincount(code, weights=known), 1)
    return np.where(known, values - means[code], 0.0)


def _likeness(values: NDArray[np.float64]) -> float | None:
    """1 less half the mean square of steps over the variance (von Neumann 1941); None of a constant."""
    variance = float(values.var())
    return 1 - float(np.square(np.diff(values)).mean()) / (2 * variance) if variance > 0 else None


def _same_class(code: NDArray[np.int64]) -> float:
    """By how much more neighbours share a class than pairs at random, as a share of what is possible."""
    chance = float(np.square(np.bincount(code) / len(code)).sum())
    return (float(np.mean(code[1:] == code[:-1])) - chance) / (1 - chance) if chance < 1 else 0.0
