"""Which rows are held out: a share of every class, whole groups, or the last in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError

if TYPE_CHECKING:
    from rs2c.read.datasets import Dataset


def draw_test_rows(dataset: Dataset, test_size: float, seed: int) -> NDArray[np.int64]:
    """Ascending rows of a test part: a share `test_size` of all rows, of every class alike.

    Of data with an order they are the last, of data with groups whole groups. Else shares of classes are rounded so
    that the total is right (largest remainder), but the last row of a class stays in training; the order drawn from is
    that of raw PCG64 words, which NumPy keeps the same in all versions. Raises DataError where no group can be spared,
    or all rows are of one time.
    """
    n = len(dataset.y)
    if dataset.order is not None:
        return np.flatnonzero(last_rows(dataset.order, test_size))
    groups = dataset.y if dataset.task == "classify" else np.zeros(n, dtype=np.int64)
    if dataset.groups is not None:
        shuffled = np.argsort(np.random.PCG64(seed).random_raw(len(np.unique(dataset.groups))), kind="stable")
        rows = np.flatnonzero(turns_of_groups(dataset.groups, groups, test_size, shuffled) == 0)
        if not len(rows):
            raise DataError(
                "each group has all rows of some class, and none can be held out for testing; give more groups, or "
                "leave --group-column out"
            )
        return rows
    order = np.argsort(np.random.PCG64(seed).random_raw(n), kind="stable")
    sizes = np.bincount(groups)
    quota = sizes * test_size
    counts = np.floor(quota).astype(np.int64)
    for group in np.argsort(counts - quota, kind="stable"):
        if counts.sum() < round(n * test_size) and counts[group] < sizes[group] - 1:
            counts[group] += 1
    counts[np.argmax(sizes)] += int(counts.sum() == 0)
    drawn = [order[groups[order] == group][:count] for group, count in enumerate(counts)]
    return np.sort(np.concatenate(drawn)).astype(np.int64)


def turns_of_groups(
    groups: NDArray[np.int64], y: NDArray[np.int64], share: float, drawn: NDArray[np.int64], turns: int = 1
) -> NDArray[np.int64]:
    """The turn 0, 1, … in which each row (n,) is held out with its group, -1 where in none.

    A turn takes groups in the order `drawn`, of their sorted numbers, for as long as each brings it nearer to a `share`
    of the rows; where all are too large, the smallest. No turn takes all rows of a class of y (n,), which is all
    alike where there are no classes. There are fewer `turns` where there are too few groups, none where not even
    one can be spared.
    """
    code = np.unique(groups, return_inverse=True)[1]
    sizes, wanted = np.bincount(code), share * len(groups)
    inside, count = np.unique(np.stack([code, y], axis=1), axis=0, return_counts=True)
    classes = np.split(np.stack([inside[:, 1], count], axis=1), np.cumsum(np.bincount(inside[:, 0]))[:-1])
    turn_of = np.full(len(sizes), -1)
    for turn in range(turns):
        left = np.bincount(y)  # rows of each class to learn from
        taken, others = 0, [group for group in drawn.tolist() if turn_of[group] < 0]
        for group in others:
            nearer = abs(taken + sizes[group] - wanted) < abs(taken - wanted)
            if nearer and _spares(left, classes[group]):
                turn_of[group], taken = turn, taken + sizes[group]
                left[classes[group][:, 0]] -= classes[group][:, 1]
        if not taken:
            spared = [group for group in others if _spares(left, classes[group])]
            if not spared:
                break
            turn_of[min(spared, key=lambda group: sizes[group])] = turn
    return turn_of[code]


def last_rows(order: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Whether each row (n,) is among the last `share` of the rows in time; rows of one time stay together.

    Raises DataError where all are of one time.
    """
    times, sizes = np.unique(order, return_counts=True)
    if len(times) < 2:
        raise DataError("all rows are of one time, and none is the last; leave --time out")
    held = np.cumsum(sizes[::-1])[:-1]  # rows from each time on, latest first, never all
    nearest = int(np.argmin(np.abs(held - share * len(order))))
    return np.asarray(order >= times[::-1][nearest])


def _spares(left: NDArray[np.int64], classes: NDArray[np.int64]) -> bool:
    """Whether rows of each class are left without some (k, 2): class, count."""
    return all(left[code] > count for code, count in classes)
