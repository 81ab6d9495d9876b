"""Integer readout: counts, factors, linear tail, shifts and bias from the float or int64 ones of a sketch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array, Floats
from rs2c.base.errors import BoundError
from rs2c.base.precision import LARGEST_BIAS, LARGEST_TAIL, Precision, largest_of
from rs2c.base.raw_types import Task
from rs2c.model.hashed_rows import FRACTION_BITS
from rs2c.model.int32 import SCORE_LIMIT
from rs2c.model.integer_model import Output
from rs2c.model.linear_term import LinearTerm
from rs2c.model.rules import MAX_OUTPUT_SHIFT
from rs2c.model.storage import cheaper_layout
from rs2c.quantize.inputs import IntegerInputs
from rs2c.sketch.sketch import RepresenterSketch, additive_counts

_NEARLY = 1e-6  # trained values are float32: one that just fills a power of two must not take the next
_MOST_OF_ROWS = SCORE_LIMIT // 4  # what all rows may add to a score; a step may be doubled once more


@dataclass(frozen=True)
class IntegerReadout:
    """Counts, factors and output shifts of hashed rows, their linear tail, and the output of the model."""

    counts: Array
    factors: Array | None
    output_shifts: Array
    tail: LinearTerm | None
    output: Output


def quantize_readout(
    sketch: RepresenterSketch, task: Task, precision: Precision, inputs: IntegerInputs
) -> IntegerReadout:
    """The integer readout of a sketch; a linear tail reads these inputs.

    All scores of a classifier share one free step; the step of a regressor is a power of two, one an output.
    """
    terms, bias = additive_counts(sketch)
    terms, bias = _centred(sketch, terms, bias)
    extra = FRACTION_BITS if sketch.probe == "linear" else 0
    limit, factor_limit = largest_of(precision.count_bits), largest_of(precision.factor_bits)
    least_step = _least_step(sketch, inputs, extra)
    if sketch.factors is None:
        counts, step = _rounded(terms, limit, task, bias, extra, least_step)
        factors = None
    else:  # the steps of the count arrays are free: the factors carry them
        size = np.maximum(np.abs(terms).max(axis=(1, 2)), 1e-30) / limit
        own_array = np.arange(len(sketch.factors)) % len(size)
        worth = sketch.factors * size[own_array, None]
        if task == "regress":
            least = max(least_step, float(np.abs(bias).max()) / (LARGEST_BIAS >> extra))
            room = room_in_step(float(np.abs(worth).max()) / factor_limit, least)
            size, worth = size * room, worth * room
        counts = np.rint(terms / size[:, None, None])
        factors, step = _rounded(worth, factor_limit, task, bias, extra, least_step)
        while (
            np.abs(factors).sum(axis=0).max() * (limit << extra) >= _MOST_OF_ROWS
        ):  # hundreds of rows: coarser factors
            factor_limit //= 2
            factors, step = _rounded(worth, factor_limit, task, bias, extra, least_step)
        factors = factors.astype(np.int8)
    unit_of_score = step * 2.0**-extra
    tail, tail_step = _tail(sketch, inputs, unit_of_score, task, factor_limit)
    if sketch.tail is not None:
        bias = bias + inputs.constant @ sketch.tail[inputs.kept]
    # The finest of all steps, of counts and of tail, is what a score is counted in.
    finest = np.minimum(unit_of_score, tail_step) if task == "classify" else np.minimum(unit_of_score, tail_step).min()
    shifts = np.rint(np.log2(unit_of_score / finest)).astype(np.int64)
    tail_shifts = np.rint(np.log2(tail_step / finest)).astype(np.int64)
    integer_bias = np.rint(bias / finest)
    if not (np.abs(integer_bias) < SCORE_LIMIT).all() or max(shifts.max(), tail_shifts.max()) > MAX_OUTPUT_SHIFT:
        raise BoundError("a score's bias is too large for its counts; use counts of 8 bits, or targets nearer to zero")
    # Two bytes a bias, where its step then is no wider than that of a count; a value is met more closely.
    coarsest = extra if task == "classify" else max(0, extra - 4)
    bias_shift = min(steps_to_fit(integer_bias, 16), coarsest + int(shifts.min()))
    return IntegerReadout(
        counts.astype(np.int16 if precision.count_bits == 16 else np.int8),
        factors,
        shifts.astype(np.uint8),
        None if tail is None else LinearTerm(tail, tail_shifts.astype(np.uint8), cheaper_layout(tail)),
        Output(
            bias=np.rint(integer_bias / 2.0**bias_shift).astype(np.int32),
            bias_shift=bias_shift,
            value_frac_bits=0 if task == "classify" else int(np.rint(-np.log2(finest))),
        ),
    )


def room_in_step(needed: float, least: float) -> float:
    """How many times wider, 1 to 2, the steps of a regressor's counts may be for its factors to use all their bits.

    The step of its scores is a power of two, no less than `needed` by the factors and than `least`; 1 where `least`
    leaves the factors with a bit too few in any case.
    """
    if needed <= 0:
        return 1.0
    room = 2.0 ** np.ceil(np.log2(max(needed, least)) - _NEARLY) / needed
    return float(room) if room <= 2 else 1.0


def steps_to_fit(values: Array, bits: int) -> int:
    """The least s with which values / 2^s, rounded, fit `bits` signed bits."""
    shift = 0
    while np.abs(np.rint(values / 2.0**shift)).max(initial=0) >= 1 << (bits - 1):
        shift += 1
    return shift


def _least_step(sketch: RepresenterSketch, inputs: IntegerInputs, extra: int) -> float:
    """The finest step of a count with which the tail, at its largest, takes half of the range of a score."""
    if sketch.tail is None:
        return 0.0
    largest = np.abs(sketch.tail[inputs.kept] * inputs.unit[:, None]).T @ inputs.largest
    return float(largest.max()) / LARGEST_TAIL * 2.0**extra


def _rounded(
    values: Floats, limit: int, task: Task, bias: Floats, extra: int, least_step: float
) -> tuple[Array, Floats]:
    """Integers up to `limit` of values whose last axis are the scores (C,), and their steps (C,)."""
    largest = np.maximum(np.abs(values).max(axis=tuple(range(values.ndim - 1))), max(1e-30, least_step * limit))
    if task == "classify":
        step = np.full(len(largest), float(largest.max()) / limit)
    else:
        # Coarse enough for the counts, and for the bias to stay far from the limit of a score.
        exponent = np.ceil(np.log2(np.maximum(largest / limit, np.abs(bias) / (LARGEST_BIAS >> extra))) - _NEARLY)
        step = 2.0 ** np.maximum(exponent, exponent.max() - MAX_OUTPUT_SHIFT)
    return np.rint(values / step), step


def _tail(
    sketch: RepresenterSketch, inputs: IntegerInputs, unit_of_score: Floats, task: Task, limit: int
) -> tuple[Array | None, Floats]:
    """int8 weights (C, p) of the tail, up to `limit`, and their steps (C,): powers of two times the unit of a score."""
    if sketch.tail is None:
        return None, unit_of_score
    weights = (sketch.tail[inputs.kept] * inputs.unit[:, None]).T
    largest = np.maximum(np.abs(weights).max(axis=1), unit_of_score / 2)
    if task == "classify":
        largest = np.full(len(largest), largest.max())
    step = unit_of_score * 2.0 ** np.ceil(np.log2(largest / limit / unit_of_score) - _NEARLY)
    return np.rint(weights / step[:, None]).astype(np.int8), step


def _centred(sketch: RepresenterSketch, terms: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """Move each row's middle into the bias, so that counts use their whole range: every row is read exactly once.

    Under a median the groups must keep their distance from each other, so one middle serves all rows.
    """
    middle = (terms.max(axis=1) + terms.min(axis=1)) / 2
    if sketch.groups > 1:
        middle = np.broadcast_to(middle.mean(axis=0), middle.shape)
    by_row = middle[np.arange(sketch.hashes.rows) % len(middle)]
    if sketch.factors is not None:
        by_row = by_row * sketch.factors
    return terms - middle[:, None, :], bias + by_row.sum(axis=0) / sketch.groups
