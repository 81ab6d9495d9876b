"""Proof that no accumulator of a model can overflow, for every possible input (SPEC section 7).

Two kinds of bounds. *Absolute sums* (|b| + sum |w| max|x|) hold for any order of the additions and for every partial
sum; `prove` checks them against int32 and refuses a model that fails. *Intervals* are tighter and tell which hash
values an input can reach at all; verification uses them to say which columns exist to be covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import BoundError
from rs2c.base.raw_types import type_limits
from rs2c.model.integer_model import IntegerModel
from rs2c.model.reference import FRACTION_BITS, VALUE_LIMIT, narrow

INT32_LIMIT = 1 << 31
SCORE_LIMIT = 1 << 30  # the difference of two scores fits int32


@dataclass(frozen=True)
class Bound:
    """One accumulator: |value| stays at or below `largest`, which is below `limit`."""

    name: str
    largest: int
    limit: int


def prove(model: IntegerModel) -> tuple[Bound, ...]:
    """Bounds of all accumulators in the order of the computation; raises BoundError where one does not hold."""
    bounds = []
    for bound in _accumulators(model):  # one at a time: the range of z is computed only where the projection fits
        if bound is None:
            continue
        if bound.largest >= bound.limit:
            raise BoundError(
                f"the {bound.name} can reach {bound.largest}, past the limit of {bound.limit - 1}, so the model is not "
                "emitted; use fewer rows or inputs, or smaller counts"
            )
        bounds.append(bound)
    return tuple(bounds)


def _accumulators(model: IntegerModel) -> Iterator[Bound | None]:
    yield _front_end(model)
    yield _projection(model)
    yield _hash(model)
    total = _largest_sum(model)
    yield Bound("sum of counts", int(total.max()), INT32_LIMIT)
    final = (total << model.output_shifts.astype(np.int64)) + (np.abs(model.bias.astype(np.int64)) << model.bias_shift)
    if model.tail is not None:
        line = np.abs(model.tail.weights.astype(np.int64)) @ _largest_z(model)
        yield Bound("tail", int(line.max()), INT32_LIMIT)
        final += line << model.tail.shifts.astype(np.int64)
    yield Bound("score", int(final.max()), SCORE_LIMIT)


def _front_end(model: IntegerModel) -> Bound | None:
    front = model.front_end
    if front is None:
        return None
    v = np.where(front.indicator == 1, 0, 1 << 15)
    room = np.int64(1) << (front.shift.astype(np.int64) + front.bits - 1)
    return Bound("front end", int((v * front.multiplier.astype(np.int64) + room).max()), INT32_LIMIT)


def _projection(model: IntegerModel) -> Bound | None:
    projection = model.projection
    if projection is None:
        return None
    low, high = input_range(model)
    largest = np.abs(projection.weights.astype(np.int64)) @ np.maximum(-low, high)
    rounding = (1 << (projection.shift + projection.bits - 1)) + ((1 << projection.shift) >> 1)
    total = largest + np.abs(projection.bias.astype(np.int64)) + rounding
    return Bound("projection", int(total.max()), INT32_LIMIT)


def _hash(model: IntegerModel) -> Bound:
    largest = np.abs(model.hashes.scaled_weights) @ _largest_z(model)
    return Bound("hash value", int((largest + np.abs(_offsets(model))).max()), INT32_LIMIT)


def _offsets(model: IntegerModel) -> Array:
    return model.hashes.offsets.astype(np.int64) << model.hashes.offset_shift


def _largest_z(model: IntegerModel) -> Array:
    low, high = projected_range(model)
    return np.maximum(-low, high)


def _largest_sum(model: IntegerModel) -> Array:
    """Largest magnitude of what all rows add to each score, int64 (C,)."""
    counts = model.counts.astype(np.int64)
    if model.probe == "nearest":
        largest = np.abs(counts).max(axis=1)
    else:
        step = np.abs(np.diff(counts, axis=1)) * ((1 << FRACTION_BITS) - 1)
        largest = ((np.abs(counts[:, :-1]) << FRACTION_BITS) + step).max(axis=1)
    array = np.arange(model.rows) % model.arrays
    if model.factors is None:  # not row by row: there may be many rows and scores behind few counts
        return np.bincount(array) @ largest
    return (largest[array] * np.abs(model.factors.astype(np.int64))).sum(axis=0)


def input_range(model: IntegerModel) -> tuple[Array, Array]:
    """Least and greatest x of each input over all raw vectors, int64 (n,) each."""
    if model.raw_type == "float32":
        least, most = -VALUE_LIMIT, VALUE_LIMIT
    else:
        least, most = type_limits(model.raw_type)
    front = model.front_end
    if front is None:
        return np.full(model.n_inputs, least, np.int64), np.full(model.n_inputs, most, np.int64)
    centre, multiplier = front.centre.astype(np.int64), front.multiplier.astype(np.int64)
    ends = []
    for value in (least, most):
        v = np.clip(value - centre, -(1 << 15), (1 << 15) - 1)
        ends.append(narrow(v * multiplier, front.shift.astype(np.int64), front.bits))
    low, high = np.minimum(ends[0], 0), np.maximum(ends[1], 0)  # not-a-number gives 0
    indicator = front.indicator == 1
    return np.where(indicator, 0, low), np.where(indicator, multiplier, high)


def projected_range(model: IntegerModel) -> tuple[Array, Array]:
    """Least and greatest z that the hashes can read, int64 (p,) each."""
    low, high = input_range(model)
    projection = model.projection
    if projection is None:
        return low, high
    half = (1 << projection.shift) >> 1
    ends = _interval(projection.weights, low, high)
    shift = np.int64(projection.shift)
    least, most = (narrow(end + projection.bias.astype(np.int64) + half, shift, projection.bits) for end in ends)
    return least, most


def hash_range(model: IntegerModel) -> tuple[Array, Array]:
    """Least and greatest hash value t, int64 (L, K) each.

    Where no projected value can saturate, t is linear in x but for the rounding of each z, at most one half a
    dimension; the interval of that linear map is tighter than the one over independent z.
    """
    low, high = projected_range(model)
    weights, offsets = model.hashes.scaled_weights, _offsets(model)
    least, most = _interval(weights, low, high)
    projection = model.projection
    if (
        projection is not None
        and low.min() > -(1 << (projection.bits - 1))
        and high.max() < (1 << (projection.bits - 1)) - 1
    ):
        scale = 1 << projection.shift
        through = weights @ projection.weights.astype(np.int64)
        start = weights @ projection.bias.astype(np.int64)
        rounding = np.abs(weights).sum(axis=2)
        ends = _interval(through, *input_range(model))
        least = np.maximum(least, (ends[0] + start) // scale - rounding)
        most = np.minimum(most, -((-ends[1] - start) // scale) + rounding)
    return least + offsets, most + offsets


def _interval(weights: Array, low: Array, high: Array) -> tuple[Array, Array]:
    positive, negative = np.maximum(weights, 0).astype(np.int64), np.minimum(weights, 0).astype(np.int64)
    return positive @ low + negative @ high, positive @ high + negative @ low
