"""Rounding during training as quantization will round; the gradient passes straight through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rs2c.base.precision import Precision, largest_of
from rs2c.model.hashed_rows import FRACTION_BITS
from rs2c.quantize.readout_steps import StepRule, middle_of
from rs2c.quantize.row_scales import row_scales

_SMALLEST = 1e-9  # in standard deviations of the scores, which float32 holds beside their largest


@dataclass(frozen=True)
class InputSteps:
    """What integer inputs stand for, as torch vectors (n,): x = step * integer + constant, |integer| <= largest."""

    step: Any
    constant: Any
    largest: Any


def rounded_directions(
    torch: Any, directions: Any, offsets: Any, inputs: InputSteps, columns: int, precision: Precision
) -> tuple[Any, Any]:
    """Directions (L, n) and offsets (L,), both in columns, as integers times the scale of a row over a power of two.

    An offset counts from integers of zero on, the middle of the columns included.
    """
    limit = largest_of(precision.direction_bits)
    per_step = (directions * inputs.step).detach()
    largest = per_step.abs().amax(dim=1).numpy().astype(np.float64)
    reach, cell_bits = float(inputs.largest.sum()), columns.bit_length() - 1
    scales, shift = row_scales(largest, precision.direction_bits, reach, cell_bits)
    scale = 2.0**shift
    own_scale = scale if scales is None else torch.as_tensor((scale / scales)[:, None].astype(np.float32))
    weights = torch.round(per_step * own_scale).clamp(-limit, limit) / own_scale / inputs.step
    start = weights @ inputs.constant + (columns - 1) / 2
    places = (offsets.detach() + start) * scale
    room = largest_of(precision.offset_bits) + 0.5
    coarse = torch.exp2(torch.ceil(torch.log2(places.abs().max().clamp(min=room) / room)))
    places = torch.round(places / coarse) * coarse / scale - start
    return _through(directions, weights), _through(offsets, places)


def rounded_readout(
    torch: Any,
    counts: Any,
    factors: Any,
    tail: Any,
    inputs: InputSteps,
    precision: Precision,
    unit: float | None,
    bias: Any,
) -> tuple[Any, Any, Any]:
    """Counts (T, R, W), factors (L, C) or None, tail (n, C) or None in the steps of an integer model.

    `unit` is None for classifiers, whose step is free; for regressors the step is a power of two times `unit`, and
    coarse enough for the whole `bias` (C,).
    """
    rule = StepRule(torch, precision, unit, 2.0**FRACTION_BITS, _SMALLEST)
    middle = middle_of(torch, counts.detach())
    value = counts.detach() - middle
    tail_value = None if tail is None else (tail * inputs.step[:, None]).detach()
    least = rule.least_step(float(bias.detach().abs().max()), tail_value, inputs.largest)
    if factors is None:
        score_step = rule.score_steps(value, rule.count_limit, least)
        value = torch.round(value / score_step) * score_step
    else:
        size, own_size, room = rule.array_steps(value, factors.detach(), least)
        size, own_size = size * room, own_size * room
        value = torch.round(value / size) * size
        worth = factors.detach() * own_size
        score_step = rule.score_steps(worth, rule.factor_limit, least)
        factors = _through(factors, torch.round(worth / score_step) * score_step / own_size)
    if tail is not None:
        tail_step = rule.tail_steps(tail_value, score_step / rule.node_steps, rule.factor_limit)
        tail = _through(tail, torch.round(tail_value / tail_step) * tail_step / inputs.step[:, None])
    return _through(counts, value + middle), factors, tail


def _through(value: Any, rounded: Any) -> Any:
    """The rounded value, with the gradient of the value itself."""
    return value + (rounded - value).detach()
