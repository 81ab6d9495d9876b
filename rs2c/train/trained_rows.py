"""The rows of a learned sketch while they are trained.

A row reads u = w·x + b, clamped to [0, R - 1], from a count array that it may share with other rows, on the line
between the two nearest nodes. The gradient to a count goes through its share of the line, the gradient to u through
the slope of the line (next count minus this one).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.quantize.inputs import IntegerInputs
from rs2c.sketch.hash_family import learned_hashes
from rs2c.sketch.sketch import RepresenterSketch
from rs2c.train.adam import Group
from rs2c.train.distillation import Lesson, ScoreScale
from rs2c.train.fake_quantization import InputSteps, rounded_directions, rounded_readout
from rs2c.train.learn_options import LearnOptions
from rs2c.train.probe_gradient import read_lines, sum_of_lines
from rs2c.train.pruning import Pruning

_QUANTIZE_FROM = 0.5  # of the training


class TrainedRows:
    """Directions, offsets and readout as torch parameters, and the scores they give."""

    def __init__(
        self,
        torch: Any,
        lesson: Lesson,
        inputs: IntegerInputs,
        scale: ScoreScale,
        options: LearnOptions,
        seed: int,
    ) -> None:
        rng = np.random.Generator(np.random.PCG64(seed))
        self.torch, self.options = torch, options
        self.unit = None if lesson.task == "classify" else 1 / scale.scale
        self.mean = torch.as_tensor((scale.mean / scale.scale).astype(np.float32))
        scores, n = lesson.scores.shape[1], lesson.x.shape[1]
        rows, columns = options.rows, options.columns
        self.arrays = min(options.arrays or rows, rows)
        factored = options.is_factored(scores)
        directions, offsets = _initial_directions(lesson.x, rows, options.spread, rng)
        width = 1 if factored else scores
        counts = _initial_counts(self.arrays, columns, width, rng) * (1.0 if factored else 1 / np.sqrt(rows))

        def parameter(values: Any) -> Any:
            return torch.tensor(np.asarray(values, np.float32), requires_grad=True)

        self.directions, self.offsets = parameter(directions), parameter(offsets)
        self.counts = parameter(counts)
        self.factors = parameter(rng.normal(0, 1 / np.sqrt(rows), (rows, scores))) if factored else None
        self.tail = parameter(np.zeros((n, scores))) if options.tail else None
        self.bias = parameter((lesson.scores.mean(axis=0) - scale.mean) / scale.scale)
        vectors = (inputs.unit, inputs.constant, inputs.largest)
        self.inputs = InputSteps(*(torch.as_tensor(v[inputs.used].astype(np.float32)) for v in vectors))
        self.base = torch.arange(rows) % self.arrays * columns
        self.pruning = Pruning(options.weights)
        self.quantized = False

    def groups(self) -> list[Group]:
        """Parameters with their learning rates."""
        recipe = self.options.recipe
        readout = [p for p in (self.counts, self.factors, self.tail, self.bias) if p is not None]
        return [
            Group([self.directions, self.offsets], recipe.direction_rate),
            Group(readout, recipe.count_rate),
        ]

    def advance(self, turn: int, progress: float) -> None:
        """Prune and quantize as the schedule says; `progress` is the share of the training that is done."""
        self.quantized = progress >= _QUANTIZE_FROM
        self.pruning.advance(self.torch, self.directions, turn, progress)

    def parameters(self) -> tuple[Any, Any, Any, Any, Any]:
        """Directions, offsets, counts, factors and tail as the forward pass uses them."""
        directions, offsets = self.directions, self.offsets
        counts, factors, tail = self.counts, self.factors, self.tail
        if self.pruning.mask is not None:
            directions = directions * self.pruning.mask
        if self.quantized:
            precision, bias = self.options.precision, self.bias + self.mean
            directions, offsets = rounded_directions(
                self.torch, directions, offsets, self.inputs, self.options.columns, precision
            )
            counts, factors, tail = rounded_readout(
                self.torch, counts, factors, tail, self.inputs, precision, self.unit, bias
            )
        return directions, offsets, counts, factors, tail

    def scores(self, x: Any) -> Any:
        """Scores (m, C) of inputs x (m, n)."""
        columns = self.options.columns
        directions, offsets, counts, factors, tail = self.parameters()
        u = (x @ directions.T + offsets + (columns - 1) / 2).clamp(0, columns - 1)
        nodes = counts.reshape(-1, counts.shape[2])
        if factors is not None:
            scores = read_lines(self.torch, nodes[:, 0], u, self.base, columns) @ factors
        elif nodes.shape[1] == 1:
            scores = read_lines(self.torch, nodes[:, 0], u, self.base, columns).sum(1, keepdim=True)
        else:
            scores = sum_of_lines(self.torch, nodes, u, self.base, columns)
        scores = scores + self.bias
        return scores if tail is None else scores + x @ tail

    def penalty(self) -> Any:
        """Curvature of the count arrays, and decay of the directions."""
        recipe, total = self.options.recipe, self.torch.zeros(())
        if recipe.curvature:
            total = total + recipe.curvature * self.torch.diff(self.counts, n=2, dim=1).square().sum()
        if recipe.direction_decay:
            total = total + recipe.direction_decay * self.directions.square().mean() * self.directions.shape[1]
        return total

    def sketch(self, scale: ScoreScale, used: npt.NDArray[np.int64], inputs: int) -> RepresenterSketch:
        """The sketch in the units of the scores, over all `inputs`, of which those `used` were trained on."""
        with self.torch.no_grad():
            given = self.parameters()
        directions, offsets, counts = (p.detach().numpy().astype(np.float64) for p in given[:3])
        factors, tail = (None if p is None else p.detach().numpy().astype(np.float64) for p in given[3:])
        size = scale.scale
        bias = self.bias.detach().numpy() * size + scale.mean
        counts = counts if factors is not None else counts * size
        factors = None if factors is None else (factors * size).astype(np.float32)
        return RepresenterSketch(
            hashes=learned_hashes(_spread(directions, used, inputs), offsets, self.options.columns),
            projection=None,
            counts=counts.astype(np.float32),
            step_bits=None,
            weight_sum=None,
            bias=bias.astype(np.float64),
            probe="linear",
            factors=factors,
            tail=None if tail is None else _spread(tail.T * size, used, inputs).T,
        )


def _spread(values: Floats, used: npt.NDArray[np.int64], inputs: int) -> Floats:
    """Columns (m, used) at their places among all inputs (m, n), zero elsewhere."""
    whole = np.zeros((len(values), inputs))
    whole[:, used] = values
    return whole


def _initial_directions(
    x: npt.NDArray[np.float32], rows: int, spread: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Gaussian directions (L, n) along which the inputs have the standard deviation `spread`, and offsets (L,)."""
    directions = rng.normal(0, 1, (rows, x.shape[1]))
    sample = x[rng.permutation(len(x))[:4096]].astype(np.float64)
    t = sample @ directions.T
    directions *= spread / np.maximum(t.std(axis=0), 1e-6)[:, None]
    return directions, -(sample @ directions.T).mean(axis=0) + rng.uniform(-spread / 2, spread / 2, rows)


def _initial_counts(arrays: int, columns: int, width: int, rng: np.random.Generator) -> Floats:
    """Counts (T, R, W): lines with one bend, of any slopes."""
    nodes = np.linspace(-1, 1, columns)[:, None]
    line = rng.normal(0, 1, (arrays, 1, width)) * nodes
    bend = np.abs(nodes - rng.uniform(-0.5, 0.5, (arrays, 1, 1))) - 0.5
    return line + rng.normal(0, 1, (arrays, 1, width)) * bend
