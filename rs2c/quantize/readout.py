"""Integer readout: counts, factors, linear tail, shifts and bias from the float or int64 ones of a sketch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rs2c.base.arrays import Array, Floats
from rs2c.base.errors import BoundError
from rs2c.base.precision import Precision
from rs2c.base.raw_types import Task
from rs2c.model.hashed_rows import FRACTION_BITS
from rs2c.model.int32 import SCORE_LIMIT
from rs2c.model.integer_model import Output
from rs2c.model.linear_term import LinearTerm
from rs2c.model.rules import MAX_OUTPUT_SHIFT
from rs2c.model.storage import cheaper_layout
from rs2c.quantize.inputs import IntegerInputs
from rs2c.quantize.readout_steps import StepRule, middle_of
from rs2c.sketch.sketch import RepresenterSketch, additive_counts

_SMALLEST = 1e-30  # targets may be of any unit
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
    sketch: RepresenterSketch, task: Task, precision: Precision, inputs: IntegerInputs, least_step: float = 0.0
) -> IntegerReadout:
    """The integer readout of a sketch; a linear tail reads these inputs.

    All scores of a classifier share one free step; the step of a regressor is a power of two, one an output. Steps of
    counts, or of factors times counts, are at least `least_step`. Raises BoundError where a score holds too little.
    """
    terms, bias = additive_counts(sketch)
    terms, bias = _centred(sketch, terms, bias)
    extra = FRACTION_BITS if sketch.probe == "linear" else 0
    rule = StepRule(np, precision, None if task == "classify" else 1.0, 2.0**extra, _SMALLEST)
    weights: Any = None if sketch.tail is None else sketch.tail[inputs.kept] * inputs.unit[:, None]
    least = np.maximum(rule.least_step(np.abs(bias), weights, inputs.largest), least_step)
    factor_limit = rule.factor_limit
    if sketch.factors is None:
        step = _near_steps(rule.score_steps(terms, rule.count_limit, least), len(bias))
        counts, factors = np.rint(terms / step), None
    else:
        size, own_size, room = rule.array_steps(terms, sketch.factors, least)
        counts, worth = np.rint(terms / (size * room)), sketch.factors * own_size * room
        step = _near_steps(rule.score_steps(worth, factor_limit, least), len(bias))
        largest = rule.count_limit << extra
        while np.abs(np.rint(worth / step)).sum(axis=0).max() * largest >= _MOST_OF_ROWS:
            factor_limit //= 2  # of hundreds of rows: coarser factors
            if not factor_limit:
                raise BoundError(f"{len(worth)} rows add up to more than a score holds; use fewer, or counts of 8 bits")
            step = _near_steps(rule.score_steps(worth, factor_limit, least), len(bias))
        factors = np.rint(worth / step).astype(np.int8)
    unit_of_score = step * 2.0**-extra
    tail_step, tail = unit_of_score, None
    if sketch.tail is not None:
        tail_step = np.broadcast_to(rule.tail_steps(weights, unit_of_score, factor_limit), unit_of_score.shape)
        tail = np.rint(weights / tail_step).T.astype(np.int8)
        bias = bias + inputs.constant @ sketch.tail[inputs.kept]
    # The finest of all steps, of counts and of tail, is what a score is counted in.
    finest = np.minimum(unit_of_score, tail_step) if task == "classify" else np.minimum(unit_of_score, tail_step).min()
    shifts = np.rint(np.log2(unit_of_score / finest)).astype(np.int64)
    tail_shifts = np.rint(np.log2(tail_step / finest)).astype(np.int64)
    integer_bias = np.rint(bias / finest)
    over = float(np.abs(integer_bias).max()) / SCORE_LIMIT
    if task == "classify" and over >= 1:  # all but nothing beside the bias: counts that small are rounded away
        return quantize_readout(sketch, task, precision, inputs, 2 * over * float(step.max()))
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


def steps_to_fit(values: Array, bits: int) -> int:
    """The least s with which values / 2^s, rounded, fit `bits` signed bits."""
    shift = 0
    while np.abs(np.rint(values / 2.0**shift)).max(initial=0) >= 1 << (bits - 1):
        shift += 1
    return shift


def _near_steps(step: Any, scores: int) -> Floats:
    """The steps of all scores (C,), none so much finer than the coarsest that no shift brings them together."""
    return np.maximum(np.broadcast_to(step, scores), step.max() * 2.0**-MAX_OUTPUT_SHIFT)


def _centred(sketch: RepresenterSketch, terms: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """Move each row's middle into the bias, so that counts use their whole range: every row is read exactly once.

    Under a median the groups must keep their distance from each other, so one middle serves all rows.
    """
    middle = middle_of(np, terms)[:, 0]
    if sketch.groups > 1:
        middle = np.broadcast_to(middle.mean(axis=0), middle.shape)
    by_row = middle[np.arange(sketch.hashes.rows) % len(middle)]
    if sketch.factors is not None:
        by_row = by_row * sketch.factors
    return terms - middle[:, None, :], bias + by_row.sum(axis=0) / sketch.groups
