"""Regression targets that are so far from all others that they are hardly meant: one of 1e9 among a thousand of 1.

Training scales by the deviation of the targets, which such a row makes so large that the others look alike. So they
are taken as the least, or the greatest, of the others; the rule leaves alone what heavy tails have.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_MOST = 0.01  # of the rows, or one
_FAR = 30.0  # widths of the middle of the targets: of normal ones about 140 deviations, or 100 quartile ranges
_APART = 10.0  # times as far as the next, which tails are not
_SHOWN = 3  # rows


def near_range(y: NDArray[np.generic]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest (outputs,) of the finite targets (n,) or (n, outputs) without those that are far.

    The middle is all but a hundredth of the rows, one at least, at either end. Far is what lies further outside than 30
    times its width, and ten times as far from its centre as the next; where it has no width, nothing is far.
    """
    ordered = np.sort(np.asarray(y, np.float64).reshape(len(y), -1), axis=0)
    most = max(1, int(_MOST * len(ordered)))
    if len(ordered) <= 2 * most:
        return ordered[0], ordered[-1]
    greatest = [_greatest(column, most) for column in ordered.T]
    least = [-_greatest(-column[::-1], most) for column in ordered.T]
    return np.array(least), np.array(greatest)


def _greatest(ordered: NDArray[np.float64], most: int) -> float:
    """The greatest of ascending numbers (n,) without those that are far, of which there are at most so many."""
    low, high = ordered[most], ordered[-1 - most]
    centre, before, last = (low + high) / 2, ordered[-1 - most : -1], ordered[-most:]
    far = (last - high > _FAR * (high - low)) & (last - centre >= _APART * (before - centre)) & (high > low)
    return float(before[np.argmax(far)] if far.any() else ordered[-1])


def warn_of_far(y: NDArray[np.generic]) -> None:
    """Warn of far targets in arrays, where the caller was called; those that are not finite are refused elsewhere."""
    if np.isfinite(y).all():
        for note in far_notes(y, lambda row: f"row {row}"):
            warnings.warn(note, stacklevel=3)


def far_notes(y: NDArray[np.generic], where: Callable[[int], str]) -> tuple[str, ...]:
    """A line for each output of finite targets, (n,) or (n, outputs), of which some are far; `where` words a row."""
    columns = np.asarray(y, np.float64).reshape(len(y), -1)
    found = []
    for column, low, high in zip(columns.T, *near_range(y), strict=True):
        rows = np.flatnonzero((column < low) | (column > high))
        if not len(rows):
            continue
        shown = ", ".join(f"{column[row]:g} in {where(int(row))}" for row in rows[:_SHOWN])
        more = f" and {len(rows) - _SHOWN} more rows" if len(rows) > _SHOWN else ""
        found.append(
            f"the target is {shown}{more}, far from all others, which lie between {low:g} and {high:g}: training takes "
            "it as the nearer of these; correct it, or remove such rows"
        )
    return tuple(found)
