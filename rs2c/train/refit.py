"""Refit: the hashes stay, the counts are fitted to the teacher and to the labels.

A sketch's score is linear in its counts, so more can be had from the same bytes. The fit starts from the sketch's
own counts and is regularized, for free counts memorize: along a grid the second difference of neighbouring columns
is penalized, for signs the difference of Hamming neighbours, and after a rehash, where columns have no neighbours,
the distance from the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.progress import Tell, untold
from rs2c.sketch.hash_family import HashFamily
from rs2c.sketch.sketch import RepresenterSketch, additive_counts, probe_position, project
from rs2c.train.adam import Adam, Group
from rs2c.train.distillation import Lesson, ScoreScale, descend, distillation_loss
from rs2c.train.torch_setup import load_torch

PENALTIES = (1e-4, 1e-3, 1e-2)
_TEMPERATURE = 2.0  # many free counts can follow the teacher's whole answer: worth a point on scikit-learn's digits


def refit(
    sketch: RepresenterSketch,
    lesson: Lesson,
    valid: Lesson,
    *,
    seed: int,
    steps: int = 1000,
    label_weight: float = 0.3,
    penalties: Sequence[float] = PENALTIES,
    tell: Tell = untold,
) -> RepresenterSketch:
    """The sketch with float32 counts fitted to the lesson; the penalty is the one that does best on `valid`."""
    best: tuple[float, RepresenterSketch] | None = None
    reads, reads_valid = (Reads.of(sketch, each.x) for each in (lesson, valid))
    for turn, penalty in enumerate(penalties):

        def tell_of_all(share: float, turn: int = turn) -> None:
            tell((turn + share) / len(penalties))

        counts, bias = _fit_counts(sketch, reads, lesson, penalty, label_weight, steps, seed, tell_of_all)
        standing = valid.standing(reads_valid.sum_of(counts) + bias)
        if best is None or valid.improves(standing, best[0]):
            fitted = replace(sketch, counts=counts, step_bits=None, weight_sum=None, bias=bias, groups=1)
            best = (standing, fitted)
    assert best is not None, "no penalty was given"
    return best[1]


class Reads:
    """Which counts a set of inputs reads, and with which weight: int64 (m, L or 2L) into the flat (L R) counts."""

    def __init__(self, places: npt.NDArray[np.int64], shares: npt.NDArray[np.float32]) -> None:
        self.places, self.shares = places, shares

    @staticmethod
    def of(sketch: RepresenterSketch, x: npt.NDArray[Any]) -> Reads:
        """The reads of inputs x (m, n)."""
        hashes = sketch.hashes
        base = np.arange(hashes.rows) * hashes.family.columns
        z = project(sketch, x)
        if sketch.probe == "nearest":
            places = base + hashes.columns(z)
            return Reads(places, np.ones(places.shape, np.float32))
        node, fraction = probe_position(hashes, z)
        places = np.concatenate([base + node, base + node + 1], axis=1)
        return Reads(places, np.concatenate([1 - fraction, fraction], axis=1).astype(np.float32))

    def sum_of(self, counts: npt.NDArray[np.float32]) -> Floats:
        """Sum over the rows (m, C) of counts (L, R, C)."""
        flat = counts.reshape(-1, counts.shape[2]).astype(np.float64)
        parts = []
        for start in range(0, len(self.places), 1024):
            block = slice(start, start + 1024)
            parts.append(np.einsum("mlc,ml->mc", flat[self.places[block]], self.shares[block]))
        return np.concatenate(parts)


def _fit_counts(
    sketch: RepresenterSketch,
    reads: Reads,
    lesson: Lesson,
    penalty: float,
    label_weight: float,
    steps: int,
    seed: int,
    tell: Tell,
) -> tuple[npt.NDArray[np.float32], Floats]:
    torch = load_torch(seed)
    scale = ScoreScale.of(lesson)
    start, offset = additive_counts(replace(sketch, groups=1))
    start, offset = start / scale.scale, (offset - scale.mean) / scale.scale
    shape = start.shape
    counts = torch.tensor(start.reshape(-1, shape[2]), dtype=torch.float32, requires_grad=True)
    bias = torch.tensor(offset, dtype=torch.float32, requires_grad=True)
    loss_of = distillation_loss(torch, lesson, scale, label_weight, _TEMPERATURE)
    roughness = _roughness(torch, sketch.hashes.family, counts.detach().clone(), shape)
    places, shares = torch.as_tensor(reads.places), torch.as_tensor(reads.shares)
    optimizer = Adam(torch, [Group([counts, bias], 0.3 / np.sqrt(shape[0]))], betas=(0.9, 0.99))
    batch = min(512, len(places))

    def loss_at(_: int) -> Any:
        rows = torch.randint(0, len(places), (batch,))
        design = torch.zeros((batch, len(counts))).scatter_add_(1, places[rows], shares[rows])
        return loss_of(design @ counts + bias, rows) + penalty * roughness(counts)

    descend(optimizer, steps, loss_at, tell)
    fitted = counts.detach().numpy().reshape(shape) * np.float32(scale.scale)
    return fitted, bias.detach().numpy().astype(np.float64) * scale.scale + scale.mean


def _roughness(torch: Any, family: HashFamily, start: Any, shape: tuple[int, ...]) -> Any:
    """A function of the counts (L R, C) that is large where neighbouring columns disagree."""
    rows, _, outputs = shape
    if family.rehashed:
        return lambda counts: (counts - start).square().sum()
    if family.kind == "srp":
        hypercube = (rows, *(2,) * family.hashes, outputs)

        def hamming(counts: Any) -> Any:
            cube = counts.reshape(hypercube)
            return sum((cube.select(1 + k, 0) - cube.select(1 + k, 1)).square().sum() for k in range(family.hashes))

        return hamming
    grid = (rows, *(1 << family.cell_bits,) * family.hashes, outputs)

    def curvature(counts: Any) -> Any:
        cells = counts.reshape(grid)
        total = 1e-2 * counts.square().sum()
        for k in range(family.hashes):
            total = total + torch.diff(cells, n=2, dim=1 + k).square().sum()
        return total

    return curvature
