"""Inputs x to what the blocks read, z (SPEC section 4), and the range of z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model.int32 import INT32_LIMIT, Bound, fits, interval, narrow
from rs2c.model.rules import MAX_FEATURES, check_array, freeze, require
from rs2c.model.storage import Share, stored_bytes


@dataclass(frozen=True, eq=False)
class Projection:
    """z = clamp(round((weights x + bias) / 2^shift)) with ties toward +infinity (SPEC section 4)."""

    bits: int  # 8 or 16: z saturates to this width
    weights: Array  # int8 (p, n)
    bias: Array  # int32 (p,)
    shift: int  # at most 30 - bits

    def __post_init__(self) -> None:
        require(self.bits in (8, 16), f"the projection has {self.bits} bits, not 8 or 16")
        require(self.weights.ndim == 2 and self.weights.size > 0, "the projection weights are not a matrix")
        check_array("projection weights", self.weights, ("int8",), self.weights.shape)
        check_array("projection bias", self.bias, ("int32",), self.weights.shape[:1])
        require(self.weights.shape[0] <= MAX_FEATURES, f"more than {MAX_FEATURES} projected dimensions")
        require(0 <= self.shift <= 30 - self.bits, f"the projection shift is not in 0..{30 - self.bits}")
        freeze(self)

    def project(self, x: Array) -> Array:
        """Inputs x (m, n) to z (m, p), int64."""
        total = fits(x @ self.weights.T.astype(np.int64) + self.bias)
        return narrow(fits(total + self._half), np.int64(self.shift), self.bits)

    def range(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Least and greatest z, int64 (p,) each, of inputs between `low` and `high` (n,)."""
        ends = interval(self.weights, low, high)
        shift, bias = np.int64(self.shift), self.bias.astype(np.int64)
        least, most = (narrow(end + bias + self._half, shift, self.bits) for end in ends)
        return least, most

    def bound(self, low: Array, high: Array) -> Bound:
        """What is shifted right, of inputs between `low` and `high` (n,)."""
        largest = np.abs(self.weights.astype(np.int64)) @ np.maximum(-low, high)
        total = largest + np.abs(self.bias.astype(np.int64)) + (1 << (self.shift + self.bits - 1)) + self._half
        return Bound("projection", int(total.max()), INT32_LIMIT)

    def cost(self) -> Share:
        """Weights in full, the bias and the shift; a multiply-add a weight and the addition of each bias."""
        size = self.weights.size + stored_bytes(self.bias) + 1
        return Share("projection", size, self.weights.size + len(self.bias))

    @property
    def _half(self) -> int:
        return (1 << self.shift) >> 1


@dataclass(frozen=True, eq=False)
class ReadRange:
    """What blocks read: each z between `low` and `high`, int64 (p,); where z is projected, what x it is made of."""

    low: Array
    high: Array
    projection: Projection | None = None
    x_low: Array | None = None  # int64 (n,), with a projection
    x_high: Array | None = None

    @staticmethod
    def of(projection: Projection | None, low: Array, high: Array) -> ReadRange:
        """The range of z for inputs between `low` and `high` (n,)."""
        if projection is None:
            return ReadRange(low, high)
        return ReadRange(*projection.range(low, high), projection, low, high)

    @property
    def largest(self) -> Array:
        """Largest magnitude of each z, int64 (p,)."""
        return np.maximum(-self.low, self.high)

    def interval(self, weights: Array) -> tuple[Array, Array]:
        """Least and greatest weights . z (..., p), int64 each.

        Where no projected value can saturate, z is linear in x but for the rounding of each z, at most one half a
        dimension; the interval of that linear map is tighter than the one over independent z.
        """
        least, most = interval(weights, self.low, self.high)
        projection = self.projection
        if projection is None or self._saturates(projection.bits):
            return least, most
        scale = 1 << projection.shift
        through = weights @ projection.weights.astype(np.int64)
        start = weights @ projection.bias.astype(np.int64)
        rounding = np.abs(weights).sum(axis=-1)
        assert self.x_low is not None
        assert self.x_high is not None
        ends = interval(through, self.x_low, self.x_high)
        least = np.maximum(least, (ends[0] + start) // scale - rounding)
        most = np.minimum(most, -((-ends[1] - start) // scale) + rounding)
        return least, most

    def _saturates(self, bits: int) -> bool:
        return bool(self.low.min() <= -(1 << (bits - 1)) or self.high.max() >= (1 << (bits - 1)) - 1)
