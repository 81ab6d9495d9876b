"""Rounding during training as quantization will round; the gradient passes straight through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rs2c.base.precision import LARGEST_BIAS, LARGEST_TAIL, Precision, largest_of
from rs2c.quantize.readout import room_in_step
from rs2c.quantize.row_scales import row_scales

_NODE_STEPS = 256.0  # of a linear probe: what a step of a score is to a step of a count
_NEARLY = 1e-6  # see rs2c.quantize.readout


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
    return directions + (weights - directions).detach(), offsets + (places - offsets).detach()


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
    limit, factor_limit = largest_of(precision.count_bits), largest_of(precision.factor_bits)
    value = counts.detach()
    middle = (value.amax(dim=1, keepdim=True) + value.amin(dim=1, keepdim=True)) / 2
    value = value - middle
    least_step = 0.0
    if unit is not None:  # see _rounded of rs2c.quantize.readout
        least_step = float(bias.detach().abs().max()) / LARGEST_BIAS * _NODE_STEPS
    if tail is not None:  # see _least_step of rs2c.quantize.readout
        worst = ((tail.detach() * inputs.step[:, None]).abs().T @ inputs.largest).max()
        least_step = max(least_step, float(worst) / LARGEST_TAIL * _NODE_STEPS)
    if factors is None:
        score_step = _step_of(torch, value.abs().amax(dim=(0, 1)), limit, least_step, unit)
        rounded = torch.round(value / score_step) * score_step + middle
    else:
        size = value.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-9) / limit
        own_array = torch.arange(len(factors)) % len(size)
        if unit is not None:
            largest = float((factors.detach() * size.flatten()[own_array, None]).abs().max())
            size = size * room_in_step(largest / factor_limit / unit, least_step / unit)
        rounded = torch.round(value / size) * size + middle
        own_size = size.flatten()[own_array, None]
        worth = factors.detach() * own_size
        score_step = _step_of(torch, worth.abs().amax(dim=0), factor_limit, least_step, unit)
        worth = torch.round(worth / score_step) * score_step / own_size
        factors = factors + (worth - factors).detach()
    if tail is not None:
        score_unit = score_step / _NODE_STEPS
        weights = (tail * inputs.step[:, None]).detach()
        largest = torch.maximum(weights.abs().amax(dim=0), score_unit / 2)
        if unit is None:
            largest = largest.max()
        tail_step = score_unit * torch.exp2(torch.ceil(torch.log2(largest / factor_limit / score_unit) - _NEARLY))
        weights = torch.round(weights / tail_step) * tail_step / inputs.step[:, None]
        tail = tail + (weights - tail).detach()
    return counts + (rounded - counts).detach(), factors, tail


def _step_of(torch: Any, largest: Any, limit: int, least_step: float, unit: float | None) -> Any:
    """Step of each score (C,), or one for all, from the largest magnitude of each."""
    least = max(1e-9, least_step * limit)
    largest = largest.clamp(min=least)
    if unit is None:
        return largest.max() / limit
    return torch.exp2(torch.ceil(torch.log2(largest / limit / unit) - _NEARLY)) * unit
