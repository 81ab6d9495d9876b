"""Training of the small network: distilled, pruned and quantized while it learns, on inputs as the device has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.mlp_model import IntegerMlp, front_end_cost, without_dead_parts
from benchmarks.accuracy.mlp_pruning import Masks
from benchmarks.accuracy.problem import Problem
from rs2c.base.arrays import Floats
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import IntegerInputs, quantize_inputs
from rs2c.train.adam import Adam, Group
from rs2c.train.distillation import Lesson, ScoreScale, batches, distillation_loss, learning_rate
from rs2c.train.torch_setup import load_torch

WEIGHT_LIMIT, UNIT_LIMIT = 127, 255
BIAS_LIMIT, LEAST_BIAS_LIMIT = 32_000, 8_000  # biases are to fit 16 bits, half a step of the shift included
QUANTIZED_FROM = 0.5  # of the steps
BATCH = 512
FITTED_SHARE = (
    0.2  # of the bytes, that steps fitted to each input may take; else steps are powers of two, which cost less
)
_RANGE_MEMORY = 0.95  # of the running mean of each unit's largest value in a batch


@dataclass(frozen=True)
class Recipe:
    """One training. None keeps all weights of a layer, or all inputs."""

    hidden: int  # H
    rate: float
    steps: int
    seed: int
    decay: float = 0.0  # decoupled weight decay
    fan_in: int | None = None  # weights of each hidden unit after pruning
    output_weights: int | None = None  # of the output layer after pruning
    inputs: int | None = None  # read after pruning


@dataclass(frozen=True, eq=False)
class DeviceInputs:
    """The rows to learn from as integers of the device, in standardized units: x = unit * (integer + centre)."""

    integer: IntegerInputs
    x: npt.NDArray[np.float32]  # (m, n)
    unit: Floats
    centre: Floats

    @staticmethod
    def of(problem: Problem) -> DeviceInputs:
        """What the front end that the size affords gives for the rows to learn from."""
        inputs = problem.inputs
        integer = quantize_inputs(inputs, 8)
        d = problem.learn.X.shape[1]
        if front_end_cost(integer.front_end, inputs.raw_type, d)[0] > FITTED_SHARE * problem.size:
            inputs = fit_inputs(problem.learn.X, problem.learn.categories, binary_steps=True)
            integer = quantize_inputs(inputs, 8)
        x = integer.values(problem.learn.X)[:, integer.kept]
        dead = integer.unit == 0
        x[:, dead] = 0
        centre = np.where(dead, 0.0, integer.constant / np.where(dead, 1.0, integer.unit))
        return DeviceInputs(integer, x, integer.unit, centre)


def train_mlp(problem: Problem, inputs: DeviceInputs, recipe: Recipe) -> IntegerMlp:
    """The integer network of one training."""
    torch = load_torch(recipe.seed)
    lesson, scale = problem.lesson, ScoreScale.of(problem.lesson)
    network = Network(torch, inputs, recipe, lesson, scale)
    loss_of = distillation_loss(torch, lesson, scale, problem.label_weight)
    groups = [
        Group([network.hidden, network.output], recipe.rate, recipe.decay),
        Group([network.hidden_bias, network.output_bias], recipe.rate),
    ]
    optimizer = Adam(torch, groups, betas=(0.9, 0.99))
    x = torch.as_tensor(inputs.x)
    batch = batches(torch, len(x), min(BATCH, len(x)))
    for step in range(recipe.steps):
        network.masks.update(network.hidden, network.output, step)
        rows = next(batch)
        scores = network(x[rows], quantized=step >= QUANTIZED_FROM * recipe.steps)
        optimizer.step(loss_of(scores, rows), learning_rate(step, recipe.steps))
    return network.export(problem)


class Network:
    """The float network, and its image in integers: forward passes of the second half of training go through it."""

    def __init__(self, torch: Any, inputs: DeviceInputs, recipe: Recipe, lesson: Lesson, scale: ScoreScale) -> None:
        n, outputs = inputs.x.shape[1], lesson.scores.shape[1]
        self.torch, self.inputs, self.scale = torch, inputs, scale
        self.regress = lesson.task == "regress"
        start = (lesson.scores.mean(axis=0) - scale.mean) / scale.scale
        self.hidden = (torch.randn(n, recipe.hidden) * (2 / n) ** 0.5).requires_grad_()
        self.output = (torch.randn(recipe.hidden, outputs) * (2 / recipe.hidden) ** 0.5).requires_grad_()
        self.hidden_bias = torch.zeros(recipe.hidden, requires_grad=True)
        self.output_bias = torch.tensor(start, dtype=torch.float32, requires_grad=True)
        self.unit = torch.as_tensor(inputs.unit, dtype=torch.float32)[:, None]
        self.centre = torch.as_tensor(inputs.centre, dtype=torch.float32)
        # Rounded weights move the bias of centred inputs by up to half of each centre.
        self.bias_limit = max(LEAST_BIAS_LIMIT, BIAS_LIMIT - 0.5 * float(np.abs(inputs.centre).sum()))
        self.top = torch.zeros(recipe.hidden)  # running largest value of each unit
        self.masks = Masks.of(torch, inputs.x.std(axis=0), recipe)

    def __call__(self, x: Any, quantized: bool) -> Any:
        """Scores (m, C), in the scale of training."""
        torch = self.torch
        hidden, output = self.hidden * self.masks.hidden, self.output * self.masks.output
        if not quantized:
            units = torch.relu(x @ hidden + self.hidden_bias)
            self._watch(units)
            return units @ output + self.output_bias
        with torch.no_grad():
            step, shift = self._hidden_steps(hidden)
            integer = torch.round(hidden * self.unit / step).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT)
            rounded = torch.where(self.unit > 0, integer * step / self.unit.clamp(min=1e-12), 0)
            unit_step = step * 2.0**shift
        units = torch.relu(x @ _through(hidden, rounded) + self.hidden_bias)
        self._watch(units)
        clipped = torch.minimum(units, UNIT_LIMIT * unit_step)
        with torch.no_grad():
            levels = torch.floor(clipped / unit_step + 0.5) * unit_step
            effective = output * unit_step[:, None]
            weight_step = self._output_step(effective)
            rounded = torch.round(effective / weight_step) * weight_step / unit_step[:, None]
        return _through(clipped, levels) @ _through(output, rounded) + self.output_bias

    def _watch(self, units: Any) -> None:
        top = units.detach().amax(dim=0)
        self.top = top if not self.top.any() else _RANGE_MEMORY * self.top + (1 - _RANGE_MEMORY) * top

    def _hidden_steps(self, hidden: Any) -> tuple[Any, int]:
        """What one unit of each accumulator is worth, (H,), and the shift that all share.

        A unit's scale is free, because the next layer takes it up: it is the finest at which the weights fit int8, the
        bias 16 bits, and the largest value eight bits after the shift.
        """
        torch = self.torch
        effective = hidden * self.unit
        bias = self.hidden_bias + self.centre @ effective
        step = torch.maximum(effective.abs().amax(dim=0) / WEIGHT_LIMIT, bias.abs() / self.bias_limit).clamp(min=1e-12)
        live = (self.top > 0) & (effective.abs().amax(dim=0) > 0)
        middle = torch.median((self.top / step)[live]) if live.any() else torch.tensor(1.0)
        shift = max(0, int(np.ceil(np.log2(float(middle) / UNIT_LIMIT + 1e-12))))
        return torch.where(live, torch.maximum(step, self.top / (UNIT_LIMIT * 2.0**shift)), step), shift

    def _output_step(self, effective: Any) -> float:
        """What one unit of a score is worth, in the scale of training; for regression a power of two of the target."""
        step = max(float(effective.abs().max()) / WEIGHT_LIMIT, 1e-12)
        if not self.regress:
            return max(step, float(self.output_bias.detach().abs().max()) / BIAS_LIMIT)
        return 2.0 ** float(np.ceil(np.log2(step * self.scale.scale) - 1e-9)) / self.scale.scale

    def export(self, problem: Problem) -> IntegerMlp:
        """The integer network that the last forward passes went through."""
        with self.torch.no_grad():
            hidden, output = self.hidden * self.masks.hidden, self.output * self.masks.output
            step, shift = self._hidden_steps(hidden)
            effective = output * (step * 2.0**shift)[:, None]
            weight_step = self._output_step(effective)
            exact_step = step.numpy().astype(np.float64)
            weights = self.torch.round(hidden * self.unit / step).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT).numpy().T
            outputs = self.torch.round(effective / weight_step).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT).numpy().T
            bias = self.hidden_bias.numpy() / exact_step + weights.astype(np.float64) @ self.inputs.centre
            output_bias = self.output_bias.numpy() + self.scale.mean / self.scale.scale
        integer_bias = np.rint(bias) + ((1 << shift) >> 1)  # half a step, so that the shift rounds
        frac_bits = -round(np.log2(weight_step * self.scale.scale)) if self.regress else 0
        front = self.inputs.integer.front_end
        return without_dead_parts(
            IntegerMlp(
                problem.learn.task,
                problem.inputs.raw_type,
                problem.learn.X.shape[1],
                front,
                weights.astype(np.int8),
                integer_bias.astype(np.int32),
                shift,
                outputs.astype(np.int8),
                np.rint(output_bias / weight_step).astype(np.int32),
                frac_bits,
                sparse=self.masks.prunes,
            )
        )


def _through(value: Any, rounded: Any) -> Any:
    """The rounded value, with the gradient of the value itself."""
    return value + (rounded - value).detach()
