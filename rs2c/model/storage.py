"""Canonical bytes of arrays (SPEC section 9).

Every array is stored at the narrowest of 1, 2 and 4 bytes that holds all its values, and only up to where its last run
of equal entries begins, if that saves 8 bytes or leaves one entry. But weights, factors and counts are stored in full
at their own width, two to a byte where all of an array lie in -8..7. Indices of sparse and ternary weights count one
byte each (two past 256 inputs) even where they become code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model.rules import Layout

_LEAST_SAVING = 8  # bytes, which the code that stops at the last stored entry is worth


@dataclass(frozen=True)
class Share:
    """What a part of a model adds to one section of its cost; `operations` is None where the section has none."""

    section: str
    bytes: int
    operations: int | None


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
