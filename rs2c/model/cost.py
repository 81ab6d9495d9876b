"""What a model costs: canonical bytes and operations (SPEC section 9).

Bytes: every array the device stores, at the narrowest of 1, 2 and 4 bytes that holds all its values, and only up to
where its last run of equal entries begins, if that saves 8 bytes or leaves one entry. But weights, factors and counts
are stored in full at their own width, two to a byte where all of an array lie in -8..7, and rehash constants at 4
bytes. Indices of sparse and ternary weights count one byte each
(two past 256 inputs) even where they become code. Operations: a
multiply-add, an add, and a look-up with its accumulation are one each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model.integer_model import IntegerModel, Layout

_LEAST_SAVING = 8  # bytes, which the code that stops at the last stored entry is worth


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


def stored_entries(array: Array) -> int:
    """Entries of an array that are stored: those after the last stored one are equal to it."""
    flat = array.ravel()
    differs = np.flatnonzero(flat != flat[-1:])
    entries = int(differs[-1]) + 2 if len(differs) else min(1, flat.size)
    return entries if entries <= 1 or (flat.size - entries) * narrowest_width(array) >= _LEAST_SAVING else flat.size


def stored_bytes(array: Array) -> int:
    """Bytes of an array as stored: narrow, and without the repetitions at its end."""
    return stored_entries(array) * narrowest_width(array)


def is_packed(array: Array) -> bool:
    """Whether weights, factors or counts are stored two to a byte."""
    return array.dtype == np.int8 and bool(((array >= -8) & (array <= 7)).all())


def packed_bytes(array: Array) -> int:
    """Bytes of weights, factors or counts."""
    return (array.size + 1) // 2 if is_packed(array) else array.size * array.dtype.itemsize


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
    size["directions"], work["directions"] = weights_cost(hashes.weights, hashes.layout)
    size["rows"] = (
        stored_bytes(hashes.offsets)
        + (hashes.offset_shift > 0)
        + (0 if hashes.kind == "srp" else stored_bytes(hashes.shifts))
        + (0 if hashes.scales is None else stored_bytes(hashes.scales))
    )
    if hashes.scales is not None:
        work["rows"] = hashes.scales.size
    if hashes.kind == "rehash":
        size["rehash"] = 4 * (hashes.multipliers.size + hashes.addends.size)
        work["rehash"] = hashes.multipliers.size
    size["counts"] = packed_bytes(model.counts)
    look_ups = model.rows * model.counts.shape[2]
    work["counts"] = look_ups if model.probe == "nearest" else 2 * look_ups
    if model.factors is not None:
        size["factors"], work["factors"] = packed_bytes(model.factors), model.factors.size
    if model.tail is not None:
        size["tail"], work["tail"] = weights_cost(model.tail.weights, model.tail.layout)
        size["tail"] += stored_bytes(model.tail.shifts)
        work["tail"] += model.n_scores
    size["output"] = (
        stored_bytes(model.bias)
        + (model.bias_shift > 0)
        + (stored_bytes(model.output_shifts) if model.output_shifts.any() else 0)
    )
    work["output"] = model.n_scores
    return Cost(size, work)


def weights_cost(weights: Array, layout: Layout) -> tuple[int, int]:
    """Bytes and multiply-adds of int8 weights (..., p) of directions stored as `layout` says."""
    p = weights.shape[-1]
    directions = weights.size // p
    if layout == "dense":
        return packed_bytes(weights), weights.size
    entries = int(np.count_nonzero(weights))
    index_width = 1 if p <= 256 else 2
    if layout == "sparse":  # weights and indices, and how many of them each direction has
        lengths = stored_bytes(np.count_nonzero(weights, axis=-1))
        return packed_bytes(weights[weights != 0]) + entries * index_width + lengths, entries
    ends = 2 * directions  # where the +1 and the -1 of each direction end
    return entries * index_width + ends * (1 if p < 256 else 2), entries


def cheaper_layout(weights: Array, budget: Literal["bytes", "operations"] = "bytes") -> Layout:
    """dense, or sparse where that takes fewer bytes, or leaves out one in eight of the operations."""
    dense, sparse = (weights_cost(weights, layout) for layout in ("dense", "sparse"))
    if budget == "operations":
        return "sparse" if 8 * sparse[1] <= 7 * dense[1] else "dense"
    return "sparse" if sparse[0] < dense[0] else "dense"
