"""What a model costs: canonical bytes and operations (SPEC section 9).

Bytes: every array the device stores, at the narrowest of 1, 2 and 4 bytes that holds all its values, and once where
all entries are equal; but directions and counts in full at their own width, and rehash constants at 4 bytes. Indices
of ternary directions count one byte each (two past 256 inputs) even where they become code. Operations: a
multiply-add, an add, and a look-up with its accumulation are one each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.integer_model import Array, IntegerModel


@dataclass(frozen=True)
class Cost:
    """Canonical bytes by section, and operations of one inference by section."""

    bytes_of: dict[str, int]
    operations_of: dict[str, int]

    @property
    def bytes(self) -> int:
        """Canonical bytes of the model."""
        return sum(self.bytes_of.values())

    @property
    def operations(self) -> int:
        """Operations of one inference, front end included."""
        return sum(self.operations_of.values())


def narrowest_width(array: Array) -> int:
    """Bytes of the narrowest integer, signed or not, that holds all values."""
    low, high = int(array.min(initial=0)), int(array.max(initial=0))
    for width in (1, 2):
        if (low >= 0 and high < 1 << (8 * width)) or (-(1 << (8 * width - 1)) <= low and high < 1 << (8 * width - 1)):
            return width
    return 4


def stored_bytes(array: Array) -> int:
    """Bytes of an array as stored: narrow, and once where all entries are equal."""
    entries = 1 if array.size and (array == array.flat[0]).all() else array.size
    return entries * narrowest_width(array)


def model_cost(model: IntegerModel) -> Cost:
    """Cost of a model by the rule above."""
    size: dict[str, int] = {}
    work: dict[str, int] = {}
    front, projection, hashes = model.front_end, model.projection, model.hashes
    if front is not None:
        parts = [front.centre, front.multiplier, front.shift]
        if model.raw_type == "float32":
            parts.append(front.exponent)
        if not np.array_equal(front.source, np.arange(model.n_features)):
            parts.append(front.source)
        if front.indicator.any():
            parts.append(front.indicator)
        size["front end"] = sum(stored_bytes(part) for part in parts)
        indicators = int(front.indicator.sum())
        work["front end"] = 2 * (len(front.source) - indicators) + indicators
    if projection is not None:
        size["projection"] = projection.weights.size + stored_bytes(projection.bias) + 1
        work["projection"] = projection.weights.size + len(projection.bias)
    size["directions"], work["directions"] = _directions(model)
    size["rows"] = stored_bytes(hashes.offsets) + (0 if hashes.kind == "srp" else stored_bytes(hashes.shifts))
    if hashes.kind == "rehash":
        size["rehash"] = 4 * (hashes.multipliers.size + hashes.addends.size)
        work["rehash"] = hashes.multipliers.size
    size["counts"] = model.counts.size * model.counts.dtype.itemsize
    look_ups = model.rows * model.n_scores
    work["counts"] = look_ups if model.probe == "nearest" else 2 * look_ups
    size["output"] = stored_bytes(model.bias) + (stored_bytes(model.output_shifts) if model.output_shifts.any() else 0)
    work["output"] = model.n_scores
    return Cost(size, work)


def _directions(model: IntegerModel) -> tuple[int, int]:
    weights = model.hashes.weights
    if not model.hashes.ternary:
        return weights.size, weights.size
    entries = int(np.count_nonzero(weights))
    index_width = 1 if weights.shape[2] <= 256 else 2
    ends = 2 * weights.shape[0] * weights.shape[1]  # where the +1 and the -1 of each direction end
    return entries * index_width + ends * (1 if weights.shape[2] < 256 else 2), entries
