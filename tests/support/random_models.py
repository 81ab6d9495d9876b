"""Random integer models of every shape the schema allows, for property tests.

`random_model` fills a shape with constants that the overflow proof accepts, by construction: each constant is drawn
up to the room that those before it leave.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.model.front_end import FrontEnd
from rs2c.model.hashes import Hashes
from rs2c.model.int32 import INT32_LIMIT, SCORE_LIMIT
from rs2c.model.integer_model import IntegerModel
from rs2c.model.linear_term import LinearTerm
from rs2c.model.projection import Projection
from rs2c.model.rules import Layout
from tests.support.random_shapes import Shape
from tests.support.sketches import sketch_model

Array = npt.NDArray[Any]
Rng = np.random.Generator


def random_model(shape: Shape, seed: int) -> IntegerModel:
    """A valid, provable model of the shape; equal arguments give an equal model."""
    rng = np.random.Generator(np.random.PCG64(seed))
    front = _front_end(shape, rng)
    n = shape.features if front is None else len(front.source)
    largest = 1 << (front.bits - 1) if front else _LARGEST_RAW[shape.raw_type]
    projection = _projection(shape, rng, n, largest)
    if projection is not None:
        largest = 1 << (projection.bits - 1)
    hashes = _hashes(shape, rng, shape.projected or n, largest)
    factors = _weights(shape, rng, (shape.rows, shape.scores), 128) if shape.factored else None
    counts = _counts(shape, rng, factors)
    total = _largest_sums(shape, counts, factors)
    output_shifts = _score_shifts(shape, rng, total, _budget(shape))
    total <<= output_shifts
    tail = None
    if shape.tail != "none":
        tail = _tail(shape, rng, total, shape.projected or n, largest)
        total += np.abs(tail.weights.astype(np.int64)).sum(axis=1) * largest << tail.output_shifts
    return sketch_model(
        task="classify" if shape.task == "classify" else "regress",
        raw_type=shape.raw_type,
        feature_names=tuple(f"x{i}" for i in range(shape.features)),
        categories=tuple(() for _ in range(shape.features)),
        class_names=tuple(f"class {i}" for i in range(shape.outputs)) if shape.task == "classify" else (),
        front_end=front,
        projection=projection,
        hashes=hashes,
        counts=counts,
        factors=factors,
        tail=tail,
        probe="linear" if shape.linear else "nearest",
        groups=shape.groups,
        output_shifts=output_shifts.astype(np.uint8),
        bias=_bias(shape, rng, SCORE_LIMIT - 1 - total),
        bias_shift=shape.bias_shift,
        value_frac_bits=0 if shape.task == "classify" else int(rng.choice([-1024, -3, 0, 7, 20, 1024])),
    )


_LARGEST_RAW = {"int8": 128, "uint8": 255, "int16": 32768, "uint16": 65535}


def _around(rng: Rng, limit: int, shape: Any) -> Array:
    return rng.integers(-limit, limit + 1, shape, dtype=np.int64)


def _bits_to_shift(shape: Shape, rng: Rng, size: Any, fitted: Array, most: int) -> Array:
    """Shifts from 0 to `most`: around the fitted ones, or at the ends of the range."""
    if shape.constants == "ties" and shape.shifts == "fitted":
        fitted = rng.integers(0, 3, size)
    shifts = {
        "fitted": fitted,
        "least": np.zeros(size, np.int64),
        "greatest": np.full(size, most),
        "any": rng.integers(0, most + 1, size),
    }[shape.shifts]
    if shape.constants == "uniform":
        shifts = np.full(size, shifts.flat[0])
    return np.clip(shifts, 0, most)


def _values(shape: Shape, rng: Rng, size: Any, ordinary: int, room: Array | int) -> Array:
    """Signed constants of magnitude up to `room`; ordinary ones stay below `ordinary`."""
    room = np.broadcast_to(np.asarray(room, np.int64), size)
    if shape.constants == "ties":
        return np.zeros(size, np.int64)
    if shape.constants == "uniform":
        least = int(room.min())
        return np.full(size, int(np.clip(rng.integers(-ordinary, ordinary + 1), -least, least)))
    values = np.clip(_around(rng, ordinary, size), -room, room)
    if shape.constants == "extreme":
        values = np.where(rng.random(size) < 0.5, rng.choice([-1, 1], size) * room, values)
    return values


def _with_run(shape: Shape, rng: Rng, values: Array, room: Array | int = 1 << 32) -> Array:
    """The values with a run of equal ones at the end, of magnitude up to `room`, where the shape has runs."""
    if not shape.runs:
        return values
    start = int(rng.integers(0, values.size))
    flat, room = values.ravel().copy(), int(np.broadcast_to(room, values.shape).ravel()[start:].min())
    flat[start:] = np.clip(flat[start], -room, room)
    return flat.reshape(values.shape)


def _weights(shape: Shape, rng: Rng, size: Any, top: int, *, small: bool = True) -> Array:
    """int8 weights of magnitude up to `top`, at most 128; up to 8 where the shape is `small`, if that is obeyed."""
    top = min(top, 8) if small and shape.small else top
    if shape.constants == "uniform":
        return np.full(size, int(rng.choice([-1, 1])) * min(top, 3), np.int8)
    weights = _around(rng, 1 if shape.constants == "ties" else top - (top in (8, 128)), size)
    if shape.constants == "extreme" and top in (8, 128):
        weights = rng.choice([-top, 1 - top, -1, 0, top - 1], size)
    return weights.astype(np.int8)


def _thinned(shape: Shape, rng: Rng, layout: str, weights: Array) -> Array:
    """The weights without many of them, and without any in some directions, where they are stored as lists."""
    if layout != "sparse":
        return weights
    kept = rng.random(weights.shape) < rng.choice([0.2, 0.6, 1.0])
    if shape.constants != "uniform":
        kept &= rng.random((*weights.shape[:-1], 1)) < 0.85
    return np.where(kept, weights, 0).astype(np.int8)


def _front_end(shape: Shape, rng: Rng) -> FrontEnd | None:
    if shape.front_bits == 0:
        return None
    bits, d = shape.front_bits, shape.features
    if shape.source == "in order":
        source = np.arange(d)
        indicator = (np.arange(d) >= d - shape.indicators).astype(np.uint8)
    else:
        source = rng.integers(0, d, max(2, d) + shape.indicators)
        source = np.sort(source) if shape.source == "sorted" else np.sort(source)[::-1]
        indicator = rng.permutation((np.arange(len(source)) < shape.indicators).astype(np.uint8))
    n = len(source)
    shift = _bits_to_shift(shape, rng, n, rng.integers(0, 31 - bits, n), 30 - bits)
    # A window of about the width of x, so that vectors meet both the slope and the clamps.
    multiplier = np.clip(rng.integers(1, 4, n) << np.maximum(shift - rng.integers(0, 8, n), 0), 0, 32767)
    centre = _values(shape, rng, n, 300, 1 << 30)
    exponent = rng.integers(-3, 12, n)
    if shape.constants == "extreme":
        multiplier = np.where(rng.random(n) < 0.3, rng.choice([0, 32767], n), multiplier)
        exponent = np.where(rng.random(n) < 0.3, rng.choice([-256, -99, -98, 30, 256], n), exponent)
    if shape.raw_type != "float32":
        exponent = np.zeros(n, np.int64)
        centre = np.where(rng.random(n) < 0.7, _around(rng, 100, n), centre)
    if shape.constants == "uniform":
        multiplier[:], exponent[:], centre[:] = multiplier[0], exponent[0], centre[0]
    multiplier, exponent, centre, shift = (
        _with_run(shape, rng, values) for values in (multiplier, exponent, centre, shift)
    )
    if shape.source != "in order":
        source = _with_run(shape, rng, source)
    top = (1 << (bits - 1)) - 1
    worth = np.full(n, top) if shape.constants == "extreme" else rng.integers(0, top + 1, n)
    return FrontEnd(
        bits=bits,
        source=source.astype(np.uint16),
        indicator=indicator,
        exponent=exponent.astype(np.int16),
        centre=np.where(indicator == 1, _around(rng, 5, n), centre).astype(np.int32),
        multiplier=np.where(indicator == 1, worth, multiplier).astype(np.uint16),
        shift=shift.astype(np.uint8),
    )


def _projection(shape: Shape, rng: Rng, n: int, largest: int) -> Projection | None:
    if shape.projected == 0:
        return None
    size, bits = (shape.projected, n), shape.z_bits
    weights = _weights(shape, rng, size, min(128, (1 << 30) // (largest * n)), small=False)
    sums = np.abs(weights.astype(np.int64)).sum(axis=1) * largest
    spread = max(1.0, float(sums.max()) / np.sqrt(n)) / (1 << (bits - 1))
    shift = int(_bits_to_shift(shape, rng, (1,), np.array([int(np.log2(spread)) + 1]), 30 - bits)[0])
    room = INT32_LIMIT - 1 - sums - (1 << (shift + bits - 1)) - ((1 << shift) >> 1)
    bias = _with_run(shape, rng, _values(shape, rng, shape.projected, 1 << 12, room), room)
    return Projection(bits, weights, bias.astype(np.int32), shift)


def _hashes(shape: Shape, rng: Rng, dimensions: int, largest: int) -> Hashes:
    size, cells = (shape.rows, shape.hashes), shape.cells
    top = 1 if shape.layout == "ternary" else max(1, min(128, (1 << 30) // (largest * dimensions)))
    weights = _thinned(shape, rng, shape.layout, _weights(shape, rng, (*size, dimensions), top))
    sums = np.abs(weights.astype(np.int64)).sum(axis=2) * largest
    scales = _scales(shape, rng, sums) if shape.scaled else None
    sums = sums if scales is None else sums * scales
    spread = max(1.0, float(sums.max()) / np.sqrt(dimensions))
    fitted = int(np.log2(max(1.0, spread / (6 if shape.kind == "rehash" else 1 << cells))))
    shifts = _with_run(shape, rng, _bits_to_shift(shape, rng, size, fitted + rng.integers(-1, 2, size), 30 - cells))
    room = INT32_LIMIT - 1 - sums
    offsets = _values(shape, rng, size, 1 << 6, room)
    if shape.kind == "srp":
        shifts = np.zeros(size, np.int64)
    elif shape.constants != "extreme":  # the middle of the grid
        offsets = np.minimum(offsets + (np.int64(1) << (cells - 1 + shifts)), room)
    offsets = _with_run(shape, rng, offsets, room)
    offsets = np.sign(offsets) * (np.abs(offsets) >> shape.offset_shift)
    rehash = shape.kind == "rehash"
    multipliers = rng.integers(0, 1 << 32, size, dtype=np.uint32)
    return Hashes(
        kind="rehash" if rehash else "srp" if shape.kind == "srp" else "grid",
        cell_bits=cells,
        column_bits=shape.log_columns,
        weights=weights,
        offsets=offsets.astype(np.int32),
        shifts=shifts.astype(np.uint8),
        multipliers=multipliers if rehash else None,
        addends=rng.integers(0, 1 << 32, shape.rows, dtype=np.uint32) if rehash else None,
        offset_shift=shape.offset_shift,
        layout=shape.layout,
        scales=scales,
    )


def _scales(shape: Shape, rng: Rng, sums: Array) -> Array:
    """uint8 scales (L, K) that the largest sums (L, K) leave room for."""
    room = np.clip((1 << 30) // np.maximum(sums, 1), 1, 255)
    if shape.constants == "uniform":
        return np.full(sums.shape, min(int(room.min()), 3), np.uint8)
    scales = np.minimum(rng.integers(1, 256, sums.shape), room)
    if shape.constants == "extreme":
        scales = np.where(rng.random(sums.shape) < 0.5, rng.choice([1, 255], sums.shape), scales)
    return np.minimum(_with_run(shape, rng, scales), room.min() if shape.runs else room).astype(np.uint8)


def _budget(shape: Shape) -> int:
    """How large the sum of counts may become: a tail has the rest."""
    return SCORE_LIMIT - 1 if shape.tail == "none" else SCORE_LIMIT // 2


def _counts(shape: Shape, rng: Rng, factors: Array | None) -> Array:
    size = (shape.arrays or shape.rows, 1 << shape.log_columns, shape.scores if factors is None else 1)
    limit = 7 if shape.small else (1 << (shape.count_bits - 1)) - 1
    times = shape.rows if factors is None else max(1, int(np.abs(factors.astype(np.int64)).sum(axis=0).max()))
    if shape.linear:  # a read is at most 256 counts and 255 differences of two
        times *= 256 + 2 * 255
    limit = min(limit, _budget(shape) // times - 1)
    counts = _around(rng, limit, size)
    if shape.constants == "extreme":
        counts = np.where(rng.random(size) < 0.5, rng.choice([-limit - 1, limit], size), counts)
    if shape.constants == "ties":  # few values, and most columns the same for all scores
        counts = np.where(rng.random((*size[:2], 1)) < 0.8, _around(rng, 1, (*size[:2], 1)), _around(rng, 1, size))
    if shape.constants == "uniform":
        counts = np.full(size, int(rng.integers(-limit - 1, limit + 1)))
    return counts.astype(f"int{shape.count_bits}")


def _largest_sums(shape: Shape, counts: Array, factors: Array | None) -> Array:
    """Largest magnitude of each score's sum of counts, int64 (C,)."""
    wide = counts.astype(np.int64)
    most = np.abs(wide).max(axis=1)
    if shape.linear:
        most = ((np.abs(wide[:, :-1]) << 8) + np.abs(np.diff(wide, axis=1)) * 255).max(axis=1)
    by_row = most[np.arange(shape.rows) % len(counts)]
    return (by_row if factors is None else by_row * np.abs(factors.astype(np.int64))).sum(axis=0)


def _score_shifts(shape: Shape, rng: Rng, total: Array, room: int) -> Array:
    """Left shifts (C,) with which no magnitude of `total` passes `room`; equal for all scores of a classifier."""
    size = shape.scores if shape.task == "regress" else 1
    greatest = int(np.log2(room // max(1, int(total.max()))))
    shifts = _bits_to_shift(shape, rng, size, rng.integers(0, 5, size), min(24, greatest))
    return _with_run(shape, rng, np.broadcast_to(shifts, shape.scores).copy())


def _tail(shape: Shape, rng: Rng, total: Array, dimensions: int, largest: int) -> LinearTerm:
    """A linear term that takes no more than what `total` leaves of a score."""
    layout: Layout = "sparse" if shape.tail == "sparse" else "dense"
    weights = _weights(shape, rng, (shape.scores, dimensions), min(128, (SCORE_LIMIT // 4) // (largest * dimensions)))
    weights = _thinned(shape, rng, layout, weights)
    sums = np.abs(weights.astype(np.int64)).sum(axis=1) * largest
    shifts = _score_shifts(shape, rng, sums, SCORE_LIMIT - 1 - int(total.max()))
    return LinearTerm(weights, shifts.astype(np.uint8), layout)


def _bias(shape: Shape, rng: Rng, room: Array) -> Array:
    """Bias (C,); extreme ones take the largest score to the last value that the proof allows."""
    room = room >> shape.bias_shift
    return _with_run(shape, rng, _values(shape, rng, shape.scores, 1 << 6, room), room).astype(np.int32)
