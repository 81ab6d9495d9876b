"""Arithmetic of a device: int32 that must not overflow, and the one rounding rule.

Everything is computed in int64 and asserted to fit int32, which is what C computes in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array

INT32_LIMIT = 1 << 31
SCORE_LIMIT = 1 << 30  # the difference of two scores fits int32


@dataclass(frozen=True)
class Bound:
    """One accumulator: |value| stays at or below `largest`, which must be below `limit`."""

    name: str
    largest: int
    limit: int


def fits(t: Array) -> Array:
    """The same numbers, which are asserted to be int32."""
    assert t.size == 0 or (t.min() >= -INT32_LIMIT and t.max() < INT32_LIMIT), "an accumulator left int32"
    return t


def narrow(t: Array, shift: Array, bits: int) -> Array:
    """The one rounding rule: floor(t / 2^shift), clamped to `bits` signed bits. C adds the range to stay positive."""
    biased = fits(t + (np.int64(1) << (shift + bits - 1)))
    return (np.clip(biased, 0, (np.int64(1) << (shift + bits)) - 1) >> shift) - (1 << (bits - 1))


def interval(weights: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Least and greatest weights . z (..., p) where each z lies between `low` and `high` (p,), int64 each."""
    positive, negative = np.maximum(weights, 0).astype(np.int64), np.minimum(weights, 0).astype(np.int64)
    return positive @ low + negative @ high, positive @ high + negative @ low
