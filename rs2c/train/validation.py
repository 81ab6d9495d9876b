"""Which training rows a sketch learns from, and which it is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import DataError
from rs2c.read.datasets import Dataset

_SHARE, _MOST_ROWS = 0.15, 5000
_FEW_ROWS = 1000  # to be judged by: below, a fit is judged on several parts
_LEAST_OF_A_CLASS = 3  # rows: of fewer, none is spared
MOST_TURNS = 6  # disjoint parts
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Parts:
    """Ascending row numbers of the training data: those to learn from, and those to judge by."""

    learn: Rows
    valid: Rows


def validation_parts(train: Dataset, seed: int, turn: int = 0) -> Parts:
    """A part of 15 % of the rows, at most 5,000, to judge by; parts of other turns, up to MOST_TURNS, have other rows.

    Each class gives its share, one of fewer than three rows none. Rows of a group stay together; of rows in time the
    last are held back, in one turn only. Raises DataError where there is but one group.
    """
    n = len(train.y)
    share = min(_SHARE, _MOST_ROWS / n)
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    if train.order is not None:
        assert turn == 0, "rows in time have one future"
        place = np.argsort(np.argsort(-train.order, kind="stable"), kind="stable") / n
    elif train.groups is not None:
        place = _of_groups(train.groups, rng)
    else:
        place = _of_classes(train.y if train.task == "classify" else np.zeros(n, np.int64), rng)
    held = (place >= turn * share) & (place < (turn + 1) * share)
    if not held.any():
        held[np.argmin(np.abs(place - turn * share))] = True
    if held.all():
        raise DataError("all rows are of one group, and none is left to judge by; leave the group column out")
    return Parts(np.flatnonzero(~held), np.flatnonzero(held))


def turns_for(train: Dataset, parts: Parts, most: int) -> int:
    """How many parts a fit is judged on: one where it has many rows, or rows in time, else `most`, up to MOST_TURNS."""
    return 1 if train.order is not None or len(parts.valid) >= _FEW_ROWS else min(most, MOST_TURNS)


def capped(train: Dataset, rows: Rows, most: int, seed: int, least: int = 100) -> Rows:
    """Ascending `rows`, at most `most` of them but for rounding: each class gives its share, and no fewer than `least`
    where it has them."""
    rng = np.random.Generator(np.random.PCG64(seed))
    drawn = rng.permutation(rows)
    if train.task == "regress" or len(rows) <= most:
        return np.sort(drawn[:most])
    y = train.y[drawn]
    sizes = np.bincount(y)
    kept = np.minimum(sizes, np.maximum(np.round(sizes * (most / len(rows))), least)).astype(np.int64)
    return np.sort(np.concatenate([drawn[y == code][:count] for code, count in enumerate(kept)]))


def _of_classes(y: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A place of each row in [0, 1), spread evenly over each class; 1 for rows of classes that spare none."""
    order = rng.permutation(len(y))
    place = np.ones(len(y))
    for code in np.unique(y):
        rows = order[y[order] == code]
        if len(rows) >= _LEAST_OF_A_CLASS:
            place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return place


def _of_groups(groups: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A place of each row in [0, 1), the same for all rows of a group."""
    names, code = np.unique(groups, return_inverse=True)
    order = rng.permutation(len(names))
    sizes = np.bincount(code)[order]
    before = np.empty(len(names))
    before[order] = (np.cumsum(sizes) - sizes / 2) / len(groups)
    return before[code]
