"""The kernel student: f(x) = sum_i alpha_i k(A'x, anchor_i)^K + b, trained to give the teacher's scores.

The query is projected, the anchors live in the projected space (Liu, Coleman, Shrivastava, arXiv 2106.11426). k is
the collision probability of the hash family that will sketch it; the bin width is fixed, A carries the scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.progress import Tell, untold
from rs2c.sketch.collision import collision_probability
from rs2c.sketch.hash_family import HashFamily
from rs2c.train.adam import Adam, Group
from rs2c.train.distillation import Lesson, ScoreScale, descend, distillation_loss
from rs2c.train.torch_setup import load_torch

_SAMPLED_DIRECTIONS = 32  # of a ternary kernel, drawn anew each step
_REFERENCE_DIRECTIONS = 1024  # of a ternary kernel in more than 10 dimensions, for `scores`
_MAX_POINTS = 4096


@dataclass(frozen=True)
class KernelStudent:
    """projection float64 (n, p), anchors (M, p), weights alpha (M, C), bias (C,); the family gives the kernel."""

    family: HashFamily
    projection: Floats
    anchors: Floats
    weights: Floats
    bias: Floats

    def scores(self, x: npt.NDArray[Any]) -> Floats:
        """Scores (m, C) of inputs x (m, n) by the exact kernel."""
        parts = []
        for start in range(0, len(x), 2048):
            z = np.asarray(x[start : start + 2048], np.float64) @ self.projection
            parts.append(
                collision_probability(self.family, z, self.anchors, samples=_REFERENCE_DIRECTIONS) @ self.weights
                + self.bias
            )
        return np.concatenate(parts)


def train_student(
    lesson: Lesson,
    family: HashFamily,
    *,
    anchors: int,
    seed: int,
    spread: float,
    steps: int = 1200,
    label_weight: float = 0.2,
    weight_penalty: float = 1e-3,
    tell: Tell = untold,
) -> KernelStudent:
    """Train projection, anchors and weights by Adam.

    `spread` is the standard deviation of a hash value, in bins, that training starts from: it sets how many columns
    of a row the data use. `weight_penalty` acts on sum alpha^2 k, which bounds the variance of a sketch's row.
    """
    torch = load_torch(seed)
    rng = np.random.Generator(np.random.PCG64(seed))
    scale = ScoreScale.of(lesson)
    start = _initial_projection(lesson.x, lesson.scores, family.dimensions, spread * family.bin_width, rng)
    z = lesson.x[rng.permutation(len(lesson.x))[:_MAX_POINTS]] @ start
    places = z[rng.integers(0, len(z), anchors)]
    places = places + rng.normal(0, 0.1 * family.bin_width, places.shape)
    projection = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    points = torch.tensor(places, dtype=torch.float32, requires_grad=True)
    weights = torch.zeros((anchors, lesson.scores.shape[1]), requires_grad=True)
    bias = torch.tensor(
        ((lesson.scores.mean(axis=0) - scale.mean) / scale.scale).astype(np.float32), requires_grad=True
    )
    loss_of = distillation_loss(torch, lesson, scale, label_weight)
    kernel = _Kernel(torch, family, seed)
    size = float(np.abs(start).mean()) + 1e-12
    groups = [
        Group([projection], 0.02 * size),
        Group([points], 0.02 * spread * family.bin_width),
        Group([weights, bias], 0.02),
    ]
    optimizer = Adam(torch, groups, betas=(0.9, 0.99))
    inputs = torch.as_tensor(lesson.x)
    batch = min(256 if family.directions == "gaussian" else 128, len(lesson.x))

    def loss_at(_: int) -> Any:
        rows = torch.randint(0, len(lesson.x), (batch,))
        similarity = kernel(inputs[rows] @ projection, points)
        loss = loss_of(similarity @ weights + bias, rows)
        return loss + weight_penalty * (similarity @ weights.square()).mean()

    descend(optimizer, steps, loss_at, tell)
    alpha, offset = (value.detach().numpy().astype(np.float64) * scale.scale for value in (weights, bias))
    return KernelStudent(
        family,
        projection.detach().numpy().astype(np.float64),
        points.detach().numpy().astype(np.float64),
        alpha,
        offset + scale.mean,
    )


def _initial_projection(
    x: npt.NDArray[np.float32], scores: Floats, p: int, spread: float, rng: np.random.Generator
) -> Floats:
    """(n, p): directions along which the teacher's scores change, then principal components; equal spread in each."""
    sample = rng.permutation(len(x))[:_MAX_POINTS]
    centred = x[sample].astype(np.float64) - x[sample].mean(axis=0)
    n = centred.shape[1]
    covariance = centred.T @ centred / len(centred)
    ridge = covariance + 1e-2 * (np.trace(covariance) / n + 1e-9) * np.eye(n)
    slopes = np.linalg.solve(ridge, centred.T @ (scores[sample] - scores[sample].mean(axis=0)) / len(centred))
    _, components = np.linalg.eigh(covariance)
    candidates = np.concatenate([slopes, components[:, ::-1], rng.normal(0, 1, (n, p))], axis=1)
    basis = np.zeros((n, 0))
    for column in candidates.T:
        rest = column - basis @ (basis.T @ column)
        if np.linalg.norm(rest) > 1e-3 * (np.linalg.norm(column) + 1e-12) and basis.shape[1] < min(n, p):
            basis = np.concatenate([basis, rest[:, None] / np.linalg.norm(rest)], axis=1)
    if basis.shape[1] < p:  # more dimensions than inputs
        basis = np.concatenate([basis, rng.normal(0, 1, (n, p - basis.shape[1]))], axis=1)
    deviation = (centred @ basis).std(axis=0)
    # A hash value is a sum over p dimensions of unit-variance directions: spread / sqrt(p) in each.
    return basis * (spread / np.sqrt(p) / np.maximum(deviation, 0.1 * deviation.max() + 1e-9))


class _Kernel:
    """k(z, x)^K with gradients.

    Gaussian families use their closed forms. Ternary L2 uses the mean over directions drawn anew each step, an
    independent set for each of the K factors, so that the product is unbiased. Ternary signs have no gradient of
    their own: the value is the ternary mean, the gradient that of the Gaussian form.
    """

    def __init__(self, torch: Any, family: HashFamily, seed: int) -> None:
        self.torch, self.family = torch, family
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, z: Any, x: Any) -> Any:
        if self.family.directions == "gaussian":
            return self._gaussian(z, x) ** self.family.hashes
        product = self._ternary(z, x)
        for _ in range(self.family.hashes - 1):
            product = product * self._ternary(z, x)
        return product

    def _gaussian(self, z: Any, x: Any) -> Any:
        torch = self.torch
        if self.family.kind == "srp":
            cosine = torch.nn.functional.normalize(z, dim=1) @ torch.nn.functional.normalize(x, dim=1).T
            return 1 - torch.arccos(cosine.clamp(-1 + 1e-5, 1 - 1e-5)) / torch.pi
        square = z.square().sum(1)[:, None] + x.square().sum(1)[None] - 2 * z @ x.T
        ratio = (square.clamp(min=0) + 1e-8).sqrt() / self.family.bin_width
        tail = (1 - torch.exp(-0.5 / ratio.square())) * ratio * np.sqrt(2 / np.pi)
        return 1 - 2 * torch.special.ndtr(-1 / ratio) - tail

    def _ternary(self, z: Any, x: Any) -> Any:
        torch, family = self.torch, self.family
        shape = (_SAMPLED_DIRECTIONS, family.dimensions)
        signs = torch.randint(0, 2, shape, generator=self.generator) * 2.0 - 1
        directions = signs * (torch.rand(shape, generator=self.generator) < family.density)
        empty = directions.abs().sum(1) == 0
        directions[empty, 0] = 1.0
        if family.kind == "srp":
            same = (z @ directions.T >= 0)[:, None] == (x @ directions.T >= 0)[None]
            smooth = self._gaussian(z, x)
            return smooth + (same.float().mean(2) - smooth).detach()
        directions = directions * (family.direction_scale / family.bin_width)
        return (1 - ((z @ directions.T)[:, None] - (x @ directions.T)[None]).abs()).clamp(min=0).mean(2)
