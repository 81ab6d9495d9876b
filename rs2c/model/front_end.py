"""Raw features to inputs x (SPEC section 3): rules, reference, range, bound and cost of a front end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.raw_types import RawType, type_limits
from rs2c.model.int32 import INT32_LIMIT, Bound, fits, narrow
from rs2c.model.rules import MAX_FEATURES, check_array, freeze, require
from rs2c.model.storage import Share, stored_bytes

VALUE_LIMIT = (1 << 30) - 1  # a float feature saturates here, so that value - centre fits int32


@dataclass(frozen=True, eq=False)
class FrontEnd:
    """Raw feature to input, one entry an input (SPEC section 3).

    Affine inputs: v = clamp(value - centre, -2^15, 2^15 - 1), x = floor(v * multiplier / 2^shift), clamped to `bits`.
    Indicator inputs (one for each category): x = multiplier where value == centre, else 0.
    Float features are first turned into value = floor(raw * 2^exponent) on their bit pattern.
    """

    bits: int  # B, 8 to 16: x lies in [-2^(B-1), 2^(B-1) - 1]
    source: Array  # uint16 (n,): raw feature read
    indicator: Array  # uint8 (n,): 1 where the input is an indicator
    exponent: Array  # int16 (n,): k, zero for integer raw types
    centre: Array  # int32 (n,)
    multiplier: Array  # uint16 (n,): at most 32767
    shift: Array  # uint8 (n,): at most 30 - bits

    def __post_init__(self) -> None:
        n = len(self.source)
        require(8 <= self.bits <= 16, f"the front end has {self.bits} bits, not 8 to 16")
        require(1 <= n <= MAX_FEATURES, f"{n} inputs, not 1 to {MAX_FEATURES}")
        kinds = {"source": "uint16", "indicator": "uint8", "exponent": "int16"}
        kinds |= {"centre": "int32", "multiplier": "uint16", "shift": "uint8"}
        for name, dtype in kinds.items():
            check_array(name, getattr(self, name), (dtype,), (n,))
        require(bool((self.indicator <= 1).all()), "indicator is neither 0 nor 1")
        require(bool((np.abs(self.exponent.astype(np.int64)) <= 256).all()), "an exponent is beyond +-256")
        require(bool((np.abs(self.centre.astype(np.int64)) <= 1 << 30).all()), "a centre is beyond +-2^30")
        largest = np.where(self.indicator == 1, (1 << (self.bits - 1)) - 1, 32767)
        require(bool((self.multiplier <= largest).all()), "a multiplier is too large")
        require(bool((self.shift <= 30 - self.bits).all()), f"a shift is above {30 - self.bits}")
        freeze(self)

    def check_features(self, raw_type: RawType, features: int) -> None:
        """Raise ModelError where an input cannot come from `features` raw features of this type."""
        require(bool((self.source < features).all()), "an input reads a feature that does not exist")
        if raw_type != "float32":
            require(not self.exponent.any(), "an integer feature has an exponent")

    def convert(self, raw: Array) -> Array:
        """Raw vectors (m, d) to the inputs (m, n), int64. Works in slices, so that memory stays bounded."""
        step = max(1, (1 << 20) // max(1, len(self.source)))
        parts = [self._convert(raw[start : start + step]) for start in range(0, len(raw), step)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.source)), np.int64)

    def _convert(self, raw: Array) -> Array:
        picked = raw[:, self.source]
        if raw.dtype == np.float32:
            value, is_number = float_to_value(picked, self.exponent)
        else:
            value, is_number = picked.astype(np.int64), np.ones(picked.shape, dtype=bool)
        hit = np.where(value == self.centre, self.multiplier.astype(np.int64), 0)
        return np.where(is_number, np.where(self.indicator == 1, hit, self._scale(value)), 0)

    def _scale(self, value: Array) -> Array:
        v = np.clip(fits(value - self.centre.astype(np.int64)), -(1 << 15), (1 << 15) - 1)
        return narrow(fits(v * self.multiplier.astype(np.int64)), self.shift.astype(np.int64), self.bits)

    def range(self, raw_type: RawType) -> tuple[Array, Array]:
        """Least and greatest x of each input over all raw vectors, int64 (n,) each."""
        multiplier = self.multiplier.astype(np.int64)
        ends = []
        for value in value_limits(raw_type):
            v = np.clip(value - self.centre.astype(np.int64), -(1 << 15), (1 << 15) - 1)
            ends.append(narrow(v * multiplier, self.shift.astype(np.int64), self.bits))
        low, high = np.minimum(ends[0], 0), np.maximum(ends[1], 0)  # not-a-number gives 0
        indicator = self.indicator == 1
        return np.where(indicator, 0, low), np.where(indicator, multiplier, high)

    def bound(self) -> Bound:
        """What is shifted right; an indicator is not."""
        v = np.where(self.indicator == 1, 0, 1 << 15)
        room = np.int64(1) << (self.shift.astype(np.int64) + self.bits - 1)
        return Bound("front end", int((v * self.multiplier.astype(np.int64) + room).max()), INT32_LIMIT)

    def cost(self, raw_type: RawType, features: int) -> Share:
        """Its arrays but those that say nothing; two operations an input, one where it is an indicator."""
        parts = [self.centre, self.multiplier, self.shift]
        if raw_type == "float32":
            parts.append(self.exponent)
        if not np.array_equal(self.source, np.arange(features)):
            parts.append(self.source)
        if self.indicator.any():
            parts.append(self.indicator)
        operations = 2 * len(self.source) - int(self.indicator.sum())
        return Share("front end", sum(stored_bytes(part) for part in parts), operations)


def float_to_value(raw: Array, exponent: Array) -> tuple[Array, Array]:
    """floor(raw * 2^exponent) from the bits of float32, saturated to +-(2^30 - 1); and whether raw is a number.

    Zeros and subnormals give 0, infinities saturate.
    """
    bits = np.ascontiguousarray(raw, dtype="<f4").view("<u4").astype(np.int64)
    biased = (bits >> 23) & 255
    mantissa = (bits & 0x7FFFFF) | 0x800000
    negative = (bits >> 31) == 1
    shift = biased - 150 + exponent.astype(np.int64)
    left = mantissa << np.clip(shift, 0, 6)
    down = np.clip(-shift, 0, 24)
    round_up = np.where(negative, (1 << down) - 1, 0)  # floor of a negative number is minus the ceiling
    magnitude = np.where(shift >= 0, left, (mantissa + round_up) >> down)
    magnitude = np.where((shift > 6) | (biased == 255), VALUE_LIMIT, magnitude)
    magnitude = np.where(biased == 0, 0, magnitude)
    is_number = (bits & 0x7FFFFFFF) <= 0x7F800000
    return np.where(negative, -magnitude, magnitude), is_number


def value_limits(raw_type: RawType) -> tuple[int, int]:
    """Least and greatest value that stands for a raw feature."""
    return (-VALUE_LIMIT, VALUE_LIMIT) if raw_type == "float32" else type_limits(raw_type)
