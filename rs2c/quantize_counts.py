"""Integer counts, output shifts and biases from the float or int64 counts of a sketch."""

from __future__ import annotations

import numpy as np

from rs2c.bounds import SCORE_LIMIT
from rs2c.errors import BoundError
from rs2c.integer_model import Array
from rs2c.raw_types import Task
from rs2c.reference import FRACTION_BITS
from rs2c.scores import Floats
from rs2c.sketch import RepresenterSketch, additive_counts

_LARGEST_BIAS = 1 << 28
_MOST_OUTPUT_SHIFT = 24


def quantize_counts(sketch: RepresenterSketch, task: Task, count_bits: int) -> tuple[Array, Array, Array, int]:
    """counts int8 or int16 (L, R, C), output shifts uint8 (C,), bias int32 (C,), and F: values are scores * 2^-F.

    Classifiers have one free step for all scores; the step of a regressor is a power of two, one an output.
    """
    terms, bias = additive_counts(sketch)
    terms, bias = _centred(terms, bias, sketch.groups)
    limit = (1 << (count_bits - 1)) - 1
    extra = FRACTION_BITS if sketch.probe == "linear" else 0
    largest = np.maximum(np.abs(terms).max(axis=(0, 1)), 1e-30)
    outputs = len(bias)
    if task == "classify":
        step = np.full(outputs, float(largest.max()) / limit)
        shifts, frac_bits = np.zeros(outputs, np.int64), 0
    else:
        # Coarse enough for the counts, and for the bias to stay far from the limit of a score.
        exponent = np.ceil(np.log2(np.maximum(largest / limit, np.abs(bias) / (_LARGEST_BIAS >> extra))))
        exponent = np.maximum(exponent, exponent.max() - _MOST_OUTPUT_SHIFT).astype(np.int64)
        shifts, frac_bits = exponent - exponent.min(), int(extra - exponent.min())
        step = 2.0**exponent
    counts = np.rint(terms / step).astype(f"int{count_bits}")
    unit = step.min() if task == "regress" else step
    integer_bias = np.rint(bias / unit * (1 << extra))
    if not (np.abs(integer_bias) < SCORE_LIMIT).all():
        raise BoundError("a score's bias is too large for its counts; use counts of 8 bits, or targets nearer to zero")
    return counts, shifts.astype(np.uint8), integer_bias.astype(np.int32), frac_bits


def _centred(terms: Floats, bias: Floats, groups: int) -> tuple[Floats, Floats]:
    """Move each row's middle into the bias, so that counts use their whole range: every row is read exactly once.

    Under a median the groups must keep their distance from each other, so one middle serves all rows.
    """
    middle = (terms.max(axis=1) + terms.min(axis=1)) / 2
    if groups > 1:
        middle = np.broadcast_to(middle.mean(axis=0), middle.shape)
    return terms - middle[:, None, :], bias + middle.sum(axis=0) / groups
