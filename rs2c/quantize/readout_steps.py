"""How wide the steps of a readout's integers are: one rule, for quantization and for training that rounds as it goes.

Quantization applies it to float64 arrays of NumPy, training to float32 tensors of torch, with gradients of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rs2c.base.precision import LARGEST_BIAS, LARGEST_TAIL, NEARLY, Precision, largest_of


def middle_of(xp: Any, counts: Any) -> Any:
    """The middle (T, 1, W) of each count array (T, R, W): counts from there use their whole range."""
    return (xp.amax(counts, 1, keepdims=True) + xp.amin(counts, 1, keepdims=True)) / 2


@dataclass(frozen=True)
class StepRule:
    """The steps of one readout.

    Attributes:
        xp: numpy or torch, whose arrays are given and returned.
        precision: widths of counts and factors.
        unit: steps of a regressor are powers of two times this, one a score; None: all scores of a classifier share one
            free step.
        node_steps: steps of a score in a step of a count or factor: more than one where the probe is linear.
        smallest: lesser magnitudes are taken for this one.
    """

    xp: Any
    precision: Precision
    unit: float | None
    node_steps: float
    smallest: float

    @property
    def count_limit(self) -> int:
        """Largest magnitude of a count."""
        return largest_of(self.precision.count_bits)

    @property
    def factor_limit(self) -> int:
        """Largest magnitude of a factor, and of a weight of the tail."""
        return largest_of(self.precision.factor_bits)

    def least_step(self, bias: Any, tail: Any, largest: Any) -> Any:
        """The finest step of a count with which bias and tail leave room in a score.

        Args:
            bias: magnitude of a regressor's bias, one number or (C,); that of a classifier does not count.
            tail: weights (n, C) of the linear tail for a step of each input, or None.
            largest: largest magnitude of each integer input (n,).
        """
        least = 0.0 if self.unit is None else bias / LARGEST_BIAS * self.node_steps
        if tail is None:
            return least
        worst = float((self.xp.abs(tail).T @ largest).max())
        return np.maximum(least, worst / LARGEST_TAIL * self.node_steps)

    def score_steps(self, values: Any, limit: int, least: Any) -> Any:
        """Steps (C,), or the one of all scores, in which values (..., C) are integers up to `limit`.

        Values are counts, or factors times the steps of their counts; no step is finer than `least`.
        """
        xp = self.xp
        largest = xp.amax(xp.abs(values), tuple(range(values.ndim - 1)))
        largest = xp.clip(xp.clip(largest, self.smallest, None), least * limit, None)
        if self.unit is None:
            return largest.max() / limit
        return _power_of_two(xp, largest / limit / self.unit) * self.unit

    def array_steps(self, counts: Any, factors: Any, least: Any) -> tuple[Any, Any, float]:
        """Steps of counts (T, R, 1) that rows read through factors (L, C): one an array (T, 1, 1), one a row (L, 1).

        They are free, for the factors carry them. The third value is how many times wider those of a regressor have to
        be for its factors to use all their bits.
        """
        xp = self.xp
        size = xp.clip(xp.amax(xp.abs(counts), (1, 2), keepdims=True), self.smallest, None) / self.count_limit
        own_size = size.flatten()[xp.arange(len(factors)) % len(size), None]
        if self.unit is None:
            return size, own_size, 1.0
        needed = float(xp.abs(factors * own_size).max()) / self.factor_limit / self.unit
        return size, own_size, _room_in_step(needed, float(np.max(least)) / self.unit)

    def tail_steps(self, tail: Any, unit_of_score: Any, limit: int) -> Any:
        """Steps (C,), or the one of all scores, in which weights (n, C) of the tail are integers up to `limit`.

        They are powers of two times the unit of a score.
        """
        xp = self.xp
        largest = xp.maximum(xp.amax(xp.abs(tail), 0), unit_of_score / 2)
        if self.unit is None:
            largest = largest.max()
        return unit_of_score * _power_of_two(xp, largest / limit / unit_of_score)


def _power_of_two(xp: Any, values: Any) -> Any:
    """The least powers of two that are no less than values > 0."""
    return xp.exp2(xp.ceil(xp.log2(values) - NEARLY))


def _room_in_step(needed: float, least: float) -> float:
    """How many times wider, 1 to 2, the steps of a regressor's counts may be for its factors to use all their bits.

    The step of its scores is a power of two, no less than `needed` by the factors and than `least`; 1 where `least`
    leaves the factors with a bit too few in any case.
    """
    if needed <= 0:
        return 1.0
    room = float(_power_of_two(np, max(needed, least))) / needed
    return room if room <= 2 else 1.0
