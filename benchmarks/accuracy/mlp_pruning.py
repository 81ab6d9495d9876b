"""Magnitude pruning of the small network on a cubic schedule: whole inputs, and single weights.

Every hidden unit keeps as many weights as the next: as good as one limit for all, no unit dies, and one row length
serves all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from rs2c.train.pruning import PRUNED_FROM, PRUNED_UNTIL, kept_at

_STEPS_BETWEEN = 10


class Targets(Protocol):
    """What a recipe says about pruning."""

    @property
    def steps(self) -> int:
        """Of the training."""

    @property
    def hidden(self) -> int:
        """H."""

    @property
    def fan_in(self) -> int | None:
        """Weights that stay of each hidden unit, or None for all."""

    @property
    def output_weights(self) -> int | None:
        """Weights of the second layer that stay, or None for all."""

    @property
    def inputs(self) -> int | None:
        """Inputs that stay, or None for all."""


@dataclass
class Masks:
    """Which weights take part, as float tensors: hidden (n, H) and output (H, C)."""

    torch: Any
    spread: Any  # (n, 1) standard deviation of each input: the size of a weight is what it does to a unit
    targets: Targets
    hidden: Any = 1.0
    output: Any = 1.0

    @staticmethod
    def of(torch: Any, spread: npt.NDArray[np.float32], targets: Targets) -> Masks:
        """Masks that keep everything, until the schedule begins."""
        return Masks(torch, torch.as_tensor(spread)[:, None], targets)

    @property
    def prunes(self) -> bool:
        """Whether anything is ever pruned."""
        targets = self.targets
        return any(kept is not None for kept in (targets.fan_in, targets.output_weights, targets.inputs))

    def update(self, hidden: Any, output: Any, step: int) -> None:
        """Prune what the schedule asks for at this step, by the weights (n, H) and (H, C) as they are."""
        begin, end = (round(share * self.targets.steps) for share in (PRUNED_FROM, PRUNED_UNTIL))
        if not self.prunes or not begin <= step <= end or (step % _STEPS_BETWEEN and step != end):
            return
        with self.torch.no_grad():
            self._prune(hidden * self.hidden, output * self.output, step / self.targets.steps)

    def _prune(self, hidden: Any, output: Any, progress: float) -> None:
        torch, targets = self.torch, self.targets
        size = (hidden * self.spread).abs()
        n = len(size)
        if targets.inputs is not None:
            size = size * _largest(torch, size.square().sum(dim=1), kept_at(targets.inputs, n, progress))[:, None]
        self.hidden = (size > 0).float()
        if targets.fan_in is not None:
            least = torch.topk(size, kept_at(targets.fan_in, n, progress), dim=0).values[-1]
            self.hidden = (size >= least).float() * self.hidden
        if targets.output_weights is not None:
            self.output = _largest(torch, output.abs(), kept_at(targets.output_weights, output.numel(), progress))


def _largest(torch: Any, size: Any, count: int) -> Any:
    """1 where an entry is among the `count` largest, else 0."""
    flat = size.flatten()
    keep = torch.zeros_like(flat)
    keep[torch.topk(flat, count).indices] = 1.0
    return keep.reshape(size.shape)
