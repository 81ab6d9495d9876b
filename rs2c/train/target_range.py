"""What regression targets a fit can take: how they are spread, and where they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import DataError
from rs2c.read.far_targets import near_range

_LEAST, _MOST = 1e-20, 1e20  # deviation
_FURTHEST = 1500  # deviations from zero to the mean; from 2,000 on factors of 8 bits are too coarse


def without_far(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Targets, or scores, (n,) or (n, outputs) with those that are far from all others taken as the nearest of these.

    The very array where there are none, or where some are not finite.
    """
    if not np.isfinite(values).all():
        return values
    low, high = near_range(values)
    columns = values.reshape(len(values), -1)
    if ((columns >= low) & (columns <= high)).all():
        return values
    return np.clip(columns, low, high).astype(values.dtype).reshape(values.shape)


def check_targets(y: npt.NDArray[Any]) -> None:
    """Raise DataError on targets (n,) or (n, outputs) that no 32-bit score can follow; constant ones pass."""
    for column in np.asarray(y, np.float64).reshape(len(y), -1).T:
        if not np.isfinite(column).all():
            raise DataError(
                "the targets have values that are missing or infinite, or that float32 cannot hold; leave such rows "
                "out, or scale the targets"
            )
        mean, deviation = float(column.mean()), _deviation(column)
        if deviation and not _LEAST <= deviation <= _MOST:
            raise DataError(
                f"the targets deviate by {deviation:.3g} from their mean; give them in units in which that is between "
                f"{_LEAST:g} and {_MOST:g}"
            )
        if abs(mean) > _FURTHEST * deviation > 0:
            raise DataError(
                f"the targets deviate by {deviation:.3g} about {mean:.6g}, which leaves them too few of the 32 bits of "
                f"a score; subtract {mean:.6g} from them, and add it to what the device answers"
            )


def binary_digits(y: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Of each output (outputs,) the largest k for which it deviates by 2^k or more from its mean; 0 where constant."""
    deviations = np.array([_deviation(column) for column in np.asarray(y, np.float64).reshape(len(y), -1).T])
    return np.floor(np.log2(np.where(deviations > 0, deviations, 1.0))).astype(np.int64)


def _deviation(column: npt.NDArray[np.float64]) -> float:
    return float(column.std()) if column.min() < column.max() else 0.0  # the mean of equal values may be rounded
