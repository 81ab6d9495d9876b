"""Rounding during training as quantization will round; the gradient passes straight through."""

from __future__ import annotations

from typing import Any

from rs2c.precision import LARGEST_BIAS, LARGEST_TAIL, Precision, largest_of

_NODE_STEPS = 256.0  # of a linear probe: what a step of a score is to a step of a count


def rounded_directions(
    torch: Any, directions: Any, offsets: Any, step: Any, bits: int, most_shift: int
) -> tuple[Any, Any]:
    """Directions (L, n) and offsets (L,) as int8 weights and integers over a power of two, one a row.

    Args:
        torch: the module.
        directions: in columns for one unit of x.
        offsets: in columns.
        step: (n,) what one step of the integer input is worth in units of x.
        bits: of a weight.
        most_shift: the largest power.
    """
    limit = largest_of(bits)
    per_step = (directions * step).detach()
    largest = per_step.abs().amax(dim=1).clamp(min=1e-9)
    scale = torch.exp2(torch.floor(torch.log2(limit / largest)).clamp(0, most_shift))
    weights = torch.round(per_step * scale[:, None]).clamp(-limit, limit) / scale[:, None] / step
    places = torch.round(offsets.detach() * scale) / scale
    return directions + (weights - directions).detach(), offsets + (places - offsets).detach()


def rounded_readout(
    torch: Any,
    counts: Any,
    factors: Any,
    tail: Any,
    step: Any,
    largest_input: Any,
    precision: Precision,
    unit: float | None,
    bias: Any,
) -> tuple[Any, Any, Any]:
    """Counts (T, R, W), factors (L, C) or None, tail (n, C) or None in the steps of an integer model.

    `largest_input` (n,) is the largest magnitude of an integer input, `step` what one step of it is worth. `unit` is
    None for classifiers, whose step is free; for regressors the step is a power of two times `unit`, and coarse enough
    for the whole `bias` (C,).
    """
    limit, factor_limit = largest_of(precision.count_bits), largest_of(precision.factor_bits)
    value = counts.detach()
    middle = (value.amax(dim=1, keepdim=True) + value.amin(dim=1, keepdim=True)) / 2
    value = value - middle
    least_step = 0.0
    if unit is not None:  # see _rounded of rs2c.quantize_counts
        least_step = float(bias.detach().abs().max()) / LARGEST_BIAS * _NODE_STEPS
    if tail is not None:  # see _least_step of rs2c.quantize_counts
        worst = ((tail.detach() * step[:, None]).abs().T @ largest_input).max()
        least_step = max(least_step, float(worst) / LARGEST_TAIL * _NODE_STEPS)
    if factors is None:
        score_step = _step_of(torch, value.abs().amax(dim=(0, 1)), limit, least_step, unit)
        rounded = torch.round(value / score_step) * score_step + middle
    else:
        size = value.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-9) / limit
        rounded = torch.round(value / size) * size + middle
        own_size = size.flatten()[torch.arange(len(factors)) % len(size), None]
        worth = factors.detach() * own_size
        score_step = _step_of(torch, worth.abs().amax(dim=0), factor_limit, least_step, unit)
        worth = torch.round(worth / score_step) * score_step / own_size
        factors = factors + (worth - factors).detach()
    if tail is not None:
        score_unit = score_step / _NODE_STEPS
        weights = (tail * step[:, None]).detach()
        largest = torch.maximum(weights.abs().amax(dim=0), score_unit / 2)
        if unit is None:
            largest = largest.max()
        tail_step = score_unit * torch.exp2(torch.ceil(torch.log2(largest / factor_limit / score_unit)))
        weights = torch.round(weights / tail_step) * tail_step / step[:, None]
        tail = tail + (weights - tail).detach()
    return counts + (rounded - counts).detach(), factors, tail


def _step_of(torch: Any, largest: Any, limit: int, least_step: float, unit: float | None) -> Any:
    """Step of each score (C,), or one for all, from the largest magnitude of each."""
    least = max(1e-9, least_step * limit)
    largest = largest.clamp(min=least)
    if unit is None:
        return largest.max() / limit
    return torch.exp2(torch.ceil(torch.log2(largest / limit / unit))) * unit
