"""The integer interpreter (SPEC sections 3 to 6). It is the definition of a model: C must agree with it in every score.

Everything is computed in int64 and asserted to fit int32, which is what C computes in. Arrays hold one vector a line.
"""

from __future__ import annotations

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import DataError
from rs2c.base.raw_types import RAW_TYPES
from rs2c.model.integer_model import FrontEnd, IntegerModel

VALUE_LIMIT = (1 << 30) - 1  # a float feature saturates here, so that value - centre fits int32
FRACTION_BITS = 8  # of a linear probe


def quantize(model: IntegerModel, raw: Array) -> Array:
    """Raw vectors (m, d) of the model's raw type to inputs x (m, n), int64."""
    raw = np.asarray(raw)
    if raw.dtype != RAW_TYPES[model.raw_type] or raw.ndim != 2 or raw.shape[1] != model.n_features:
        raise DataError(
            f"the model reads {model.n_features} features of type {model.raw_type}, "
            f"but was given an array of shape {raw.shape} and type {raw.dtype}; convert it first"
        )
    return raw.astype(np.int64) if model.front_end is None else convert(model.front_end, raw)


def convert(front: FrontEnd, raw: Array) -> Array:
    """Raw vectors (m, d) to the inputs (m, n) of a front end, int64. Works in slices, as `scores` does."""
    step = max(1, (1 << 20) // max(1, len(front.source)))
    parts = [_convert(front, raw[start : start + step]) for start in range(0, len(raw), step)]
    return np.concatenate(parts) if parts else np.zeros((0, len(front.source)), np.int64)


def _convert(front: FrontEnd, raw: Array) -> Array:
    picked = raw[:, front.source]
    if raw.dtype == np.float32:
        value, is_number = float_to_value(picked, front.exponent)
    else:
        value, is_number = picked.astype(np.int64), np.ones(picked.shape, dtype=bool)
    x = np.where(front.indicator == 1, _indicate(front, value), _scale(front, value))
    return np.where(is_number, x, 0)


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


def _indicate(front: FrontEnd, value: Array) -> Array:
    return np.where(value == front.centre, front.multiplier.astype(np.int64), 0)


def _scale(front: FrontEnd, value: Array) -> Array:
    v = np.clip(_fits(value - front.centre.astype(np.int64)), -(1 << 15), (1 << 15) - 1)
    return narrow(_fits(v * front.multiplier.astype(np.int64)), front.shift.astype(np.int64), front.bits)


def project(model: IntegerModel, x: Array) -> Array:
    """Inputs x (m, n) to what the hashes read, z (m, p), int64."""
    projection = model.projection
    if projection is None:
        return x
    total = x @ projection.weights.T.astype(np.int64) + projection.bias
    half = (1 << projection.shift) >> 1
    return narrow(_fits(_fits(total) + half), np.int64(projection.shift), projection.bits)


def hash_values(model: IntegerModel, z: Array) -> Array:
    """t = (w . z) scale + (offset << offset_shift), int64 (m, L, K)."""
    weights, scales = model.hashes.weights.astype(np.int64), model.hashes.scales
    rows, hashes, dimensions = weights.shape
    t = _fits(z @ weights.reshape(rows * hashes, dimensions).T).reshape(len(z), rows, hashes)
    if scales is not None:
        t = _fits(t * scales)
    offsets = model.hashes.offsets.astype(np.int64) << model.hashes.offset_shift
    return _fits(t + offsets)


def cells(model: IntegerModel, t: Array) -> Array:
    """Cell of each hash, int64 (m, L, K); for srp the sign bit (a tie is 1)."""
    if model.hashes.kind == "srp":
        return (t >= 0).astype(np.int64)
    shifts = model.hashes.shifts.astype(np.int64)
    return np.clip(t, 0, (np.int64(1) << (model.hashes.cell_bits + shifts)) - 1) >> shifts


def columns(model: IntegerModel, t: Array) -> Array:
    """Column that each row reads, int64 (m, L)."""
    hashes, u = model.hashes, cells(model, t)
    if hashes.kind == "rehash":
        mixed = hashes.addends.astype(np.uint64) + (hashes.multipliers.astype(np.uint64) * u.astype(np.uint64)).sum(
            axis=2, dtype=np.uint64
        )
        return ((mixed & np.uint64(0xFFFFFFFF)) >> np.uint64(32 - hashes.column_bits)).astype(np.int64)
    column = np.zeros(u.shape[:2], dtype=np.int64)
    for k in range(u.shape[2]):  # hash 0 is the most significant
        column = (column << hashes.cell_bits) | u[:, :, k]
    return column


def row_reads(model: IntegerModel, t: Array) -> Array:
    """What each row adds, int64 (m, L, C): what it reads, times the factor of the score where there are factors."""
    reads = _counts_read(model, t)
    return reads if model.factors is None else _fits(reads * model.factors.astype(np.int64))


def _counts_read(model: IntegerModel, t: Array) -> Array:
    """A count, or 256 times the interpolated count, int64 (m, L, C or 1). Row l reads count array l mod T."""
    counts = model.counts.astype(np.int64)
    row = np.arange(model.rows) % len(counts)
    if model.probe == "nearest":
        return counts[row, columns(model, t)]
    shift = model.hashes.shifts[:, 0].astype(np.int64)
    top = (np.int64(model.columns - 1) << shift) - 1
    t = np.clip(t[:, :, 0], 0, top)
    column = t >> shift
    low = t - (column << shift)
    fraction = np.where(
        shift >= FRACTION_BITS,
        low >> np.maximum(shift - FRACTION_BITS, 0),
        low << np.maximum(FRACTION_BITS - shift, 0),
    )
    left, right = counts[row, column], counts[row, column + 1]
    return (left << FRACTION_BITS) + (right - left) * fraction[:, :, None]


def scores(model: IntegerModel, x: Array) -> Array:
    """Inputs x (m, n) to scores, int32 (m, C). Works in slices, so that memory stays bounded."""
    step = max(1, (1 << 22) // max(1, model.rows * max(model.n_scores, model.hashes.weights.shape[1])))
    parts = [_scores(model, x[start : start + step]) for start in range(0, len(x), step)]
    return np.concatenate(parts) if parts else np.zeros((0, model.n_scores), np.int32)


def _scores(model: IntegerModel, x: Array) -> Array:
    z = project(model, x)
    reads = row_reads(model, hash_values(model, z))
    by_group = reads.reshape(len(x), model.groups, model.rows // model.groups, model.n_scores).sum(axis=2)
    total = np.sort(_fits(by_group), axis=1)[:, model.groups // 2] << model.output_shifts.astype(np.int64)
    if model.tail is not None:
        line = _fits(z @ model.tail.weights.T.astype(np.int64))
        total = total + (line << model.tail.shifts.astype(np.int64))
    return _fits(_fits(total) + (model.bias.astype(np.int64) << model.bias_shift)).astype(np.int32)


def answers(model: IntegerModel, score: Array) -> Array:
    """Scores (m, C) to class indices (m, 1) or values (m, C), int32."""
    if model.task == "regress":
        return score.astype(np.int32)
    if model.n_scores == 1:
        return (score > 0).astype(np.int32)  # a tie is class 0
    return np.argmax(score, axis=1).astype(np.int32)[:, None]  # the lowest index wins a tie


def predict(model: IntegerModel, raw: Array) -> Array:
    """Raw vectors to class indices, int32 (m,), or regression values as float64 (m,) or (m, C)."""
    answer = answers(model, scores(model, quantize(model, raw)))
    if model.task == "classify":
        return answer[:, 0]
    values = np.ldexp(answer.astype(np.float64), -model.value_frac_bits)
    return values[:, 0] if model.n_scores == 1 else values


def narrow(t: Array, shift: Array, bits: int) -> Array:
    """The one rounding rule: floor(t / 2^shift), clamped to `bits` signed bits. C adds the range to stay positive."""
    biased = _fits(t + (np.int64(1) << (shift + bits - 1)))
    return (np.clip(biased, 0, (np.int64(1) << (shift + bits)) - 1) >> shift) - (1 << (bits - 1))


def _fits(t: Array) -> Array:
    assert t.size == 0 or (t.min() >= -(1 << 31) and t.max() < 1 << 31), "an accumulator left int32"
    return t
