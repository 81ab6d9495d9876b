"""How far a sketch's answer can be from the kernel sum that it estimates."""

import math

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import OptionError
from rs2c.sketch.hash_family import HashFamily


def row_sd_bound(family: HashFamily, kernel: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bound of the standard deviation σ of one row's debiased answer: float64 (n, C). The mean of L rows errs as σ/√L.

    σ <= Σ |α_i| √k_i, and after a rehash σ <= R/(R - 1) · Σ |α_i| √(k_i + (1 - k_i)/R): the triangle inequality over
    anchors, each of whose reads is α_i times a Bernoulli variable (RACE, arXiv 1912.02283, with weights).

    Args:
        family: the hash family; for a grid the kernel must be that of the clamped grid.
        kernel: k(z_i, x_j), float64 (n, M), as from `rs2c.sketch.collision.collision_probability`.
        weights: α, float64 (M, C).
    """
    if not family.rehashed:
        return np.sqrt(kernel) @ np.abs(weights)
    columns = family.columns
    return columns / (columns - 1) * (np.sqrt(kernel + (1 - kernel) / columns) @ np.abs(weights))


def groups_for(delta: float, rows: int) -> int:
    """Groups g of a median of means that errs beyond 2σ√(g/L) with probability at most delta.

    g is the smallest odd divisor of rows that is at least 8 ln(1/delta): Chebyshev lets one group mean err that far
    with probability 1/4, Hoeffding bounds the chance that half of them do by exp(-g/8).

    Raises:
        OptionError: delta is not between 0 and 1, or rows has no such divisor.
    """
    if not 0 < delta < 1:
        raise OptionError(f"delta={delta} must lie between 0 and 1")
    least = math.ceil(8 * math.log(1 / delta)) | 1
    groups = next((g for g in range(least, rows + 1, 2) if rows % g == 0), None)
    if groups is None:
        raise OptionError(
            f"delta={delta} needs an odd number of groups, at least {least}, that divides rows={rows}; "
            f"use rows={least * math.ceil(rows / least)}"
        )
    return groups
