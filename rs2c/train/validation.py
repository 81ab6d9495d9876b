"""Which training rows a sketch learns from, and which it is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import DataError
from rs2c.read.datasets import Dataset
from rs2c.read.held_out import last_rows, turns_of_groups

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

    Each class gives its share, one of fewer than three rows none. Rows of a group stay together, in as many turns as
    there are groups for; of rows in time the last are held back, in one turn only. Raises DataError where no group can
    be spared, or all rows are of one time.
    """
    n = len(train.y)
    share = min(_SHARE, _MOST_ROWS / n)
    if train.order is not None:
        assert turn == 0, "rows in time have one future"
        held = last_rows(train.order, share)
    elif train.groups is not None:
        held = _turns(train, seed) == turn
        if not held.any():
            raise DataError(
                "each group that is left for training has all rows of some class, and none can be held back to judge "
                "by; give more groups, or leave the groups out"
            )
    else:
        rng = np.random.Generator(np.random.PCG64([seed, 1]))
        place = _of_classes(train.y if train.task == "classify" else np.zeros(n, np.int64), rng)
        held = (place >= turn * share) & (place < (turn + 1) * share)
        if not held.any():
            held[np.argmin(np.abs(place - turn * share))] = True
    return Parts(np.flatnonzero(~held), np.flatnonzero(held))


def turns_for(train: Dataset, parts: Parts, most: int, seed: int) -> int:
    """How many parts a fit is judged on: one where it has many rows, or rows in time, else `most`, up to MOST_TURNS, or
    as many as there are groups for."""
    if train.order is not None or len(parts.valid) >= _FEW_ROWS:
        return 1
    known = MOST_TURNS if train.groups is None else int(_turns(train, seed).max()) + 1
    return min(most, known)


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


def _turns(train: Dataset, seed: int) -> npt.NDArray[np.int64]:
    """The turn in which each row (n,) of data with groups is held back, -1 for none."""
    assert train.groups is not None, "there are no groups"
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    n, drawn = len(train.y), rng.permutation(len(np.unique(train.groups)))
    y = train.y if train.task == "classify" else np.zeros(n, np.int64)
    return turns_of_groups(train.groups, y, min(_SHARE, _MOST_ROWS / n), drawn, MOST_TURNS)
