"""The built-in teacher: a ReLU network n-512-256-128-C with early stopping on validation data."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.progress import Tell, untold
from rs2c.base.raw_types import Task
from rs2c.read.teacher_scores import n_scores
from rs2c.train.adam import Adam, Group
from rs2c.train.distillation import weighted_mean
from rs2c.train.torch_setup import load_torch

HIDDEN = (512, 256, 128)
_HIGHEST_RATE, _LOWEST_RATE = 1e-3, 1e-5
_CHECKS_WITHOUT_GAIN = 8
_STEPS_BETWEEN_CHECKS = 50
_MOST_STEPS_AN_EPOCH = 50  # on average, so that large data do not train for longer than they need


@dataclass(frozen=True)
class Teacher:
    """A trained network: float32 weights (in, out) and biases (out,) layer by layer, and the scale of its targets."""

    weights: tuple[npt.NDArray[np.float32], ...]
    biases: tuple[npt.NDArray[np.float32], ...]
    target_mean: float
    target_scale: float

    def scores(self, x: npt.NDArray[np.float32]) -> Floats:
        """Scores (m, C) of inputs x (m, n)."""
        parts = [self._forward(x[start : start + 8192]) for start in range(0, len(x), 8192)]
        return np.concatenate(parts).astype(np.float64) * self.target_scale + self.target_mean

    def _forward(self, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = np.maximum(x @ weight + bias, 0)
        return x @ self.weights[-1] + self.biases[-1]

    @property
    def bytes(self) -> int:
        """Size in float32."""
        return 4 * sum(w.size + b.size for w, b in zip(self.weights, self.biases, strict=True))

    @property
    def operations(self) -> int:
        """Multiply-adds and one activation a hidden unit."""
        return sum(w.size for w in self.weights) + sum(b.size for b in self.biases[:-1])


def train_teacher(
    x: npt.NDArray[np.float32],
    y: npt.NDArray[Any],
    x_valid: npt.NDArray[np.float32],
    y_valid: npt.NDArray[Any],
    task: Task,
    classes: int,
    *,
    seed: int,
    hidden: Sequence[int] = HIDDEN,
    max_epochs: int = 120,
    weight: npt.NDArray[Any] | None = None,
    weight_valid: npt.NDArray[Any] | None = None,
    tell: Tell = untold,
) -> Teacher:
    """Train on inputs x (m, n) with labels or targets y (m,); the weights with the best validation loss are kept.

    Rows count by `weight` (m,), those of validation by `weight_valid`, both or neither. Regression minimizes
    the absolute error of standardized targets (Huber's loss near zero).
    """
    torch = load_torch(seed)
    mean, scale = (0.0, 1.0) if task == "classify" else (float(np.mean(y)), float(np.std(y)) or 1.0)
    sizes = [x.shape[1], *hidden, n_scores(task, classes)]
    layers: list[Any] = []
    for before, after in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(before, after), torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers[:-1])
    targets, targets_valid = (_targets(torch, values, task, classes, mean, scale) for values in (y, y_valid))
    inputs, inputs_valid = torch.as_tensor(x), torch.as_tensor(x_valid)
    loss_of = _loss(torch, task, classes, "mean" if weight is None else "none")
    average, average_valid = (None if w is None else weighted_mean(torch, w) for w in (weight, weight_valid))
    rows_valid = torch.arange(len(x_valid))
    batch = 128 if len(x) < 20_000 else 512
    max_steps = max_epochs * min(_MOST_STEPS_AN_EPOCH, -(-len(x) // batch))
    optimizer, rate = Adam(torch, [Group(list(network.parameters()), 1.0, 1e-3)]), _HIGHEST_RATE
    best, best_state, idle, step = np.inf, network.state_dict(), 0, 0
    while step < max_steps and idle < _CHECKS_WITHOUT_GAIN:
        for rows in torch.randperm(len(x)).split(batch):
            losses = loss_of(network(inputs[rows]), targets[rows])
            optimizer.step(losses if average is None else average(losses, rows), rate)
            step += 1
            tell(step / max_steps)
            rate = _later_rate(rate, step, max_steps)
            if step % _STEPS_BETWEEN_CHECKS == 0 or step == max_steps:
                with torch.no_grad():
                    losses = loss_of(network(inputs_valid), targets_valid)
                    loss = float(losses if average_valid is None else average_valid(losses, rows_valid))
                idle += 1
                if loss < best - 1e-5:
                    best, idle = loss, 0
                    best_state = {name: value.clone() for name, value in network.state_dict().items()}
            if step >= max_steps or idle >= _CHECKS_WITHOUT_GAIN:
                break
    network.load_state_dict(best_state)
    linear = [layer for layer in network if hasattr(layer, "weight")]
    return Teacher(
        tuple(np.ascontiguousarray(layer.weight.detach().numpy().T) for layer in linear),
        tuple(layer.bias.detach().numpy().copy() for layer in linear),
        mean,
        scale,
    )


def _later_rate(rate: float, step: int, steps: int) -> float:
    """The rate after a step: a cosine from the highest to the lowest, each from the one before it."""
    fall = (1 + math.cos(math.pi * step / steps)) / (1 + math.cos(math.pi * (step - 1) / steps))
    return fall * (rate - _LOWEST_RATE) + _LOWEST_RATE


def _targets(torch: Any, y: npt.NDArray[Any], task: Task, classes: int, mean: float, scale: float) -> Any:
    if task == "classify" and classes > 2:
        return torch.as_tensor(np.asarray(y, np.int64))
    return torch.as_tensor(((np.asarray(y, np.float64) - mean) / scale).astype(np.float32))[:, None]


def _loss(torch: Any, task: Task, classes: int, reduction: str) -> Any:
    if task == "regress":
        return torch.nn.SmoothL1Loss(beta=0.1, reduction=reduction)
    if classes == 2:
        return torch.nn.BCEWithLogitsLoss(reduction=reduction)
    return torch.nn.CrossEntropyLoss(label_smoothing=0.02, reduction=reduction)
