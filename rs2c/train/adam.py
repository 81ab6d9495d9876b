"""Adam, to the bit that of torch.optim, which loads torch's compiler at its first step: longer than torch itself takes.

Kingma and Ba, arXiv 1412.6980; the decay of weights is decoupled from it as in Loshchilov and Hutter, arXiv 1711.05101.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_EPSILON = 1e-8


@dataclass
class Group:
    """Parameters that share a learning rate and a decay, and what is remembered of each gradient."""

    parameters: Sequence[Any]
    rate: float
    decay: float = 0.0
    moments: dict[int, tuple[Any, Any, Any]] = field(default_factory=dict)  # steps taken, mean, mean of squares


class Adam:
    """The optimizer of all our training. `fused` takes one pass a step, which rounds otherwise."""

    def __init__(
        self, torch: Any, groups: Sequence[Group], betas: tuple[float, float] = (0.9, 0.999), *, fused: bool = False
    ) -> None:
        self.torch, self.groups, self.betas, self.fused = torch, groups, betas, fused

    def step(self, loss: Any, share: float = 1.0) -> None:
        """Move all parameters down the gradient of a loss, at a share of their rates; those without one stay."""
        for group in self.groups:
            for parameter in group.parameters:
                parameter.grad = None
        loss.backward()
        with self.torch.no_grad():
            for group in self.groups:
                moving = [parameter for parameter in group.parameters if parameter.grad is not None]
                if moving:
                    self._move(group, moving, group.rate * share)

    def _move(self, group: Group, moving: list[Any], rate: float) -> None:
        torch = self.torch
        for parameter in moving:
            if id(parameter) not in group.moments:
                nothing = torch.zeros(()), torch.zeros_like(parameter), torch.zeros_like(parameter)
                group.moments[id(parameter)] = nothing
        taken, means, squares = ([group.moments[id(p)][part] for p in moving] for part in range(3))
        gradients = [parameter.grad for parameter in moving]
        for steps in taken:
            steps += 1
        beta, beta_2 = self.betas
        if self.fused:
            torch._fused_adam_(
                moving, gradients, means, squares, [], taken, lr=rate, beta1=beta, beta2=beta_2,
                weight_decay=group.decay, eps=_EPSILON, amsgrad=False, maximize=False,
            )  # fmt: skip
            return
        for parameter, gradient, mean, square, steps in zip(moving, gradients, means, squares, taken, strict=True):
            parameter.mul_(1 - rate * group.decay)
            mean.lerp_(gradient, 1 - beta)
            square.mul_(beta_2).addcmul_(gradient, gradient, value=1 - beta_2)
            begun, begun_2 = 1 - beta ** steps.item(), 1 - beta_2 ** steps.item()
            parameter.addcdiv_(mean, (square.sqrt() / begun_2**0.5).add_(_EPSILON), value=-rate / begun)
