"""Pruning of weights by magnitude while they are trained, on a cubic schedule (Zhu, Gupta, arXiv 1710.01878)."""

from __future__ import annotations

from typing import Any

_FROM, _TO = 0.1, 0.4  # of the training
_STEPS_BETWEEN_MASKS = 20


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
        if self.weights is None or self.weights >= total or progress < _FROM or self._done:
            return
        share = min(1.0, (progress - _FROM) / (_TO - _FROM))
        if share < 1.0 and turn % _STEPS_BETWEEN_MASKS:
            return
        size = matrix.detach().abs()
        kept = round(self.weights + (total - self.weights) * (1 - share) ** 3)
        chosen = torch.topk(size.flatten(), kept).indices
        self.mask = torch.zeros(total).scatter_(0, chosen, 1.0).reshape(matrix.shape)
        self._done = share == 1.0
