"""The integer interpreter (SPEC sections 3 to 6). It is the definition of a model: C must agree with it in every score.

Each part of a model computes itself in int64, asserted to fit int32; here they are strung together. Arrays hold one
vector a line.
"""

from __future__ import annotations

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import DataError
from rs2c.base.raw_types import RAW_TYPES
from rs2c.model.int32 import fits
from rs2c.model.integer_model import IntegerModel


def quantize(model: IntegerModel, raw: Array) -> Array:
    """Raw vectors (m, d) of the model's raw type to inputs x (m, n), int64."""
    raw = np.asarray(raw)
    if raw.dtype != RAW_TYPES[model.raw_type] or raw.ndim != 2 or raw.shape[1] != model.n_features:
        raise DataError(
            f"the model reads {model.n_features} features of type {model.raw_type}, "
            f"but was given an array of shape {raw.shape} and type {raw.dtype}; convert it first"
        )
    return raw.astype(np.int64) if model.front_end is None else model.front_end.convert(raw)


def project(model: IntegerModel, x: Array) -> Array:
    """Inputs x (m, n) to what the blocks read, z (m, p), int64."""
    return x if model.projection is None else model.projection.project(x)


def scores(model: IntegerModel, x: Array) -> Array:
    """Inputs x (m, n) to scores, int32 (m, C). Works in slices, so that memory stays bounded."""
    step = max(1, (1 << 22) // max(1, *(block.numbers_per_vector for block in model.blocks)))
    parts = [_scores(model, x[start : start + step]) for start in range(0, len(x), step)]
    return np.concatenate(parts) if parts else np.zeros((0, model.n_scores), np.int32)


def _scores(model: IntegerModel, x: Array) -> Array:
    z = project(model, x)
    total = np.zeros((len(x), model.n_scores), np.int64)
    for block in model.blocks:
        total += block.scores(z)
    return fits(fits(total) + model.output.shifted_bias).astype(np.int32)


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
    values = np.ldexp(answer.astype(np.float64), -model.output.value_frac_bits)
    return values[:, 0] if model.n_scores == 1 else values
