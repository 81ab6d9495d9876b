"""Pruning of weights by magnitude while they are trained, on a cubic schedule (Zhu, Gupta, arXiv 1710.01878)."""

from __future__ import annotations

from typing import Any

PRUNED_FROM, PRUNED_UNTIL = 0.1, 0.4  # of the training
_STEPS_BETWEEN_MASKS = 20


def kept_at(target: int, total: int, progress: float) -> int:
    """How many of `total` entries are kept when a share `progress` of the training is done."""
    left = 1 - min(1.0, max(0.0, (progress - PRUNED_FROM) / (PRUNED_UNTIL - PRUNED_FROM)))
    return round(target + (total - target) * left**3)


class Pruning:
    """Keeps the `weights` largest entries of a matrix from 40 % of the training on, ever more of them before.

    mask: ones and zeros in the matrix' shape; None while all are kept.
    """

    def __init__(self, weights: int | None) -> None:
        self.weights = weights
        self.mask: Any = None
        self._done = False

    def advance(self, torch: Any, matrix: Any, turn: int, progress: float) -> None:
        """Make the mask anew where the schedule says so; `progress` is the share of the training that is done."""
        total = matrix.numel()
        if self.weights is None or self.weights >= total or progress < PRUNED_FROM or self._done:
            return
        self._done = progress >= PRUNED_UNTIL
        if not self._done and turn % _STEPS_BETWEEN_MASKS:
            return
        size = matrix.detach().abs()
        kept = kept_at(self.weights, total, progress)
        chosen = torch.topk(size.flatten(), kept).indices
        self.mask = torch.zeros(total).scatter_(0, chosen, 1.0).reshape(matrix.shape)
