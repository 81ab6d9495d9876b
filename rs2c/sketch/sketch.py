"""The Representer Sketch: weighted anchors added into count arrays, read back as an estimate of their kernel sum.

Built: S[l][h_l(x_i)] += α_i, with each weight α_i rounded once to a multiple of 2**-step_bits, so that counts are
integers, and merge, insert and remove are exact (RACE with weights: Coleman, Shrivastava, arXiv 1912.02283; Liu,
Coleman, Shrivastava, arXiv 2106.11426). A query reads one count per row. The mean of the reads estimates
Σ α_i k(z, x_i); after a rehash unlike points also meet with probability 1/R, so the mean estimates
Σ α_i (k_i + (1 - k_i)/R), and debiasing gives f = (R·mean - Σ α_i) / (R - 1).

Refitted: the counts are float32, already divided by L, and the score is their sum over the rows plus the bias.
Learned: refitted with trained directions; rows may share count arrays, weigh what they read by factors, and have a
linear term beside them.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rs2c.base.choices import Probe
from rs2c.base.errors import DataError, OptionError, SketchError
from rs2c.base.ordered_dot import ordered_dot
from rs2c.sketch.hash_family import RowHashes, point_blocks

MAX_STEP_BITS = 40
_EXACT_SUM = 1 << 53  # whole numbers up to here are exact in float64, in whatever order they are added
_MAX_COUNT = 1 << 62


@dataclass(frozen=True, eq=False)
class RepresenterSketch:
    """Count arrays with the hashes that address them.

    Attributes:
        hashes: the hashes of the L rows.
        projection: float64 (n_inputs, p): queries are inputs @ projection; None if inputs are hashed as they are.
            Anchors always live in the projected space.
        counts: (T, R, C): int64 in steps of 2**-step_bits as built, float32 after a refit; (T, R, 1) with factors.
            Row l reads count array l mod T; T = L as built.
        step_bits: binary digits of a weight after the point; None after a refit.
        weight_sum: int64 (C,), Σ α_i in the same steps; None after a refit.
        bias: float64 (C,), added to every answer.
        groups: 1 for the mean of all rows; else the median of the means of this many runs of L / groups consecutive
            rows (odd, divides L). 1 after a refit.
        probe: `nearest` reads the count of the query's column. `linear` (a grid with hashes = 1) interpolates
            between counts i and i + 1, whose nodes are the centres of their bins.
        factors: float32 (L, C), by which row l multiplies what it reads; None as built.
        tail: float64 (p, C): the linear term of the hashed point; None as built.
    """

    hashes: RowHashes
    projection: NDArray[np.float64] | None
    counts: NDArray[np.int64] | NDArray[np.float32]
    step_bits: int | None
    weight_sum: NDArray[np.int64] | None
    bias: NDArray[np.float64]
    groups: int = 1
    probe: Probe = "nearest"
    factors: NDArray[np.float32] | None = None
    tail: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        family, rows = self.hashes.family, self.hashes.rows
        if self.bias.ndim != 1 or not len(self.bias):
            raise DataError(f"bias of shape {self.bias.shape} must be (outputs,)")
        outputs = len(self.bias)
        if type(self.groups) is not int or self.groups < 1 or self.groups % 2 == 0 or rows % self.groups:
            raise OptionError(f"groups={self.groups!r} must be odd and divide rows={rows}; groups=1 is the mean")
        if self.probe not in ("nearest", "linear"):
            raise OptionError(f"probe={self.probe!r} is unknown; use nearest or linear")
        if self.probe == "linear" and (family.kind, family.range, family.hashes) != ("l2", "grid", 1):
            raise OptionError("probe='linear' needs an l2 family with range='grid' and hashes=1; use probe='nearest'")
        self._check_readout()
        if self.projection is not None and self.projection.shape[1:] != (family.dimensions,):
            raise DataError(f"the projection must have the shape (inputs, {family.dimensions})")
        if self.refitted:
            if self.counts.dtype != np.float32 or self.weight_sum is not None or self.groups != 1:
                raise SketchError("a refitted sketch has float32 counts, no weight_sum and groups=1")
        elif self.counts.dtype != np.int64 or self.weight_sum is None or self.weight_sum.shape != (outputs,):
            raise SketchError("a sketch as built has int64 counts and one weight_sum per output")

    def _check_readout(self) -> None:
        """Shapes of counts, factors and tail."""
        family, rows, outputs = self.hashes.family, self.hashes.rows, len(self.bias)
        arrays = len(self.counts) if self.refitted and self.counts.ndim == 3 and 1 <= len(self.counts) <= rows else rows
        wanted = (arrays, family.columns, outputs if self.factors is None else 1)
        if self.counts.shape != wanted:
            raise DataError(f"counts of shape {self.counts.shape} must be {wanted}, as the bias is")
        if self.factors is not None and self.factors.shape != (rows, outputs):
            raise DataError(f"factors of shape {self.factors.shape} must be {(rows, outputs)}")
        if self.tail is not None and self.tail.shape != (family.dimensions, outputs):
            raise DataError(f"the tail of shape {self.tail.shape} must be {(family.dimensions, outputs)}")
        if not self.refitted and (self.factors is not None or self.tail is not None):
            raise SketchError("a sketch as built has neither factors nor a tail")

    @property
    def refitted(self) -> bool:
        """Whether the counts were fitted, so that they no longer are sums over anchors."""
        return self.step_bits is None


def build(
    hashes: RowHashes,
    anchors: NDArray[np.floating],
    weights: NDArray[np.floating],
    *,
    projection: NDArray[np.floating] | None = None,
    bias: NDArray[np.floating] | None = None,
    step_bits: int = 20,
    groups: int = 1,
    probe: Probe = "nearest",
) -> RepresenterSketch:
    """Sketch of anchors (M, p), in the projected space, with weights (M, C).

    Raises:
        OptionError: step_bits, groups or probe cannot work with these hashes.
        DataError: shapes differ, a value is not finite, or Σ|α| is 2**(53 - step_bits) or more.
    """
    if type(step_bits) is not int or not 0 <= step_bits <= MAX_STEP_BITS:
        raise OptionError(f"step_bits={step_bits!r} must be a whole number from 0 to {MAX_STEP_BITS}")
    outputs = np.shape(weights)[-1] if np.ndim(weights) == 2 else 1
    empty = RepresenterSketch(
        hashes=hashes,
        projection=None if projection is None else np.asarray(projection, np.float64),
        counts=np.zeros((hashes.rows, hashes.family.columns, outputs), np.int64),
        step_bits=step_bits,
        weight_sum=np.zeros(outputs, np.int64),
        bias=np.zeros(outputs) if bias is None else np.asarray(bias, np.float64),
        groups=groups,
        probe=probe,
    )
    return insert(empty, anchors, weights)


def insert(
    sketch: RepresenterSketch, anchors: NDArray[np.floating], weights: NDArray[np.floating]
) -> RepresenterSketch:
    """The sketch with anchors (M, p) of weights (M, C) added: exactly what building with them gives.

    Raises:
        SketchError: the sketch was refitted, or a count would leave int64.
        DataError: as for `build`.
    """
    return _add(sketch, *_tally(sketch, anchors, weights), 1)


def remove(
    sketch: RepresenterSketch, anchors: NDArray[np.floating], weights: NDArray[np.floating]
) -> RepresenterSketch:
    """The sketch with anchors (M, p) of weights (M, C) taken out: undoes `insert` exactly. Raises as `insert` does."""
    return _add(sketch, *_tally(sketch, anchors, weights), -1)


def merge(a: RepresenterSketch, b: RepresenterSketch) -> RepresenterSketch:
    """One sketch of the anchors of both: exactly what building with all of them gives.

    Raises:
        SketchError: the two differ in more than their anchors, or one was refitted, or a count would leave int64.
    """
    if a.hashes.hash_id != b.hashes.hash_id:
        raise SketchError("sketches with unlike hashes cannot be merged; draw both with one family, seed and rows")
    for name in ("step_bits", "groups", "probe", "projection", "bias"):
        if not np.array_equal(getattr(a, name), getattr(b, name)):
            raise SketchError(f"sketches that differ in {name} cannot be merged; build both alike")
    counts, weight_sum = _as_built(b)
    return _add(a, counts, weight_sum, 1)


def row_values(sketch: RepresenterSketch, inputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """What each row answers to inputs (n, n_inputs), before aggregation, debiasing and bias: float64 (n, L, C).

    Raises:
        DataError: the inputs have another width than the sketch, or a value that is not finite.
    """
    return _row_values(sketch, project(sketch, inputs))


def _row_values(sketch: RepresenterSketch, z: NDArray[np.float64]) -> NDArray[np.float64]:
    row = np.arange(sketch.hashes.rows) % len(sketch.counts)
    scale: float | NDArray[np.float32] = 1.0 if sketch.factors is None else sketch.factors
    if sketch.step_bits is not None:
        scale = 2.0**-sketch.step_bits
    if sketch.probe == "nearest":
        return sketch.counts[row, sketch.hashes.columns(z)].astype(np.float64) * scale
    node, fraction = probe_position(sketch.hashes, z)
    low, high = sketch.counts[row, node].astype(np.float64), sketch.counts[row, node + 1].astype(np.float64)
    return (low + fraction[..., None] * (high - low)) * scale


def query(sketch: RepresenterSketch, inputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Scores of inputs (n, n_inputs): float64 (n, C).

    As built: mean, or median of group means, of the rows, debiased if rehashed. Refitted: sum of the rows. Then the
    bias. Raises as `row_values` does.
    """
    outputs = len(sketch.bias)
    scores = np.empty((len(inputs), outputs))
    for block in point_blocks(len(inputs), sketch.hashes.rows * outputs):
        z = project(sketch, inputs[block])
        values = _row_values(sketch, z)
        scores[block] = values.sum(axis=1) if sketch.refitted else _kernel_sum(sketch, values)
        if sketch.tail is not None:
            scores[block] += z @ sketch.tail
    return scores + sketch.bias


def additive_counts(sketch: RepresenterSketch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Terms (L, R, C) and bias (C,) such that a score is the (median) sum of terms over a group of rows, plus bias.

    As built, the mean over a group and the debiasing of a rehash, (R mean - sum alpha) / (R - 1), are folded in.
    """
    if sketch.step_bits is None or sketch.weight_sum is None:
        return sketch.counts.astype(np.float64), sketch.bias
    rows, columns, _ = sketch.counts.shape
    step = 2.0**-sketch.step_bits
    terms = sketch.counts * (step * sketch.groups / rows)
    if not sketch.hashes.family.rehashed:
        return terms, sketch.bias
    return terms * (columns / (columns - 1)), sketch.bias - sketch.weight_sum * (step / (columns - 1))


def project(sketch: RepresenterSketch, inputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """The points (n, p) that inputs (n, n_inputs) are hashed as."""
    points = np.asarray(inputs, np.float64)
    if sketch.projection is None:
        return points
    if points.ndim != 2 or points.shape[1] != len(sketch.projection):
        raise DataError(f"inputs of shape {points.shape} do not fit; the sketch takes (n, {len(sketch.projection)})")
    return ordered_dot(points, sketch.projection.T)


def probe_position(hashes: RowHashes, z: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where a linear probe reads for points z (n, p): node i (n, L), at most R - 2, and the way on to i + 1 (n, L).

    The coordinate is u = (w·z + b)/r + R/2 - 1/2, clamped to [0, R - 1]; node i lies at u = i, the centre of bin i.
    """
    last = hashes.family.columns - 1
    u = np.clip(hashes.hash_values(z)[:, :, 0] + (hashes.family.columns - 1) / 2, 0, last)
    node = np.minimum(np.floor(u).astype(np.int64), last - 1)
    return node, u - node


def _kernel_sum(sketch: RepresenterSketch, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate (n, C) of the kernel sum from row values (n, L, C)."""
    n, rows, outputs = values.shape
    means = values.reshape(n, sketch.groups, rows // sketch.groups, outputs).mean(axis=2)
    mean: NDArray[np.float64] = np.median(means, axis=1)
    if not sketch.hashes.family.rehashed or sketch.weight_sum is None or sketch.step_bits is None:
        return mean
    columns = sketch.hashes.family.columns
    return (columns * mean - sketch.weight_sum * 2.0**-sketch.step_bits) / (columns - 1)


def _as_built(sketch: RepresenterSketch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if sketch.weight_sum is None:
        raise SketchError("a refitted sketch no longer holds anchors; insert, remove or merge before the refit")
    return sketch.counts.astype(np.int64, copy=False), sketch.weight_sum


def _tally(
    sketch: RepresenterSketch, anchors: NDArray[np.floating], weights: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts (L, R, C) and weight sums (C,) of these anchors alone."""
    _as_built(sketch)
    shape = sketch.counts.shape
    alpha = np.asarray(weights, np.float64)
    if alpha.shape != (len(anchors), shape[2]):
        raise DataError(f"weights of shape {alpha.shape} do not fit; these anchors need {(len(anchors), shape[2])}")
    steps = np.rint(alpha * 2.0 ** (sketch.step_bits or 0))
    if not np.abs(steps).sum() < _EXACT_SUM:
        raise DataError(
            "the weights are not finite, or too large for this step_bits; scale them or use fewer step_bits"
        )
    counts = np.zeros(shape, np.int64)
    row = np.arange(shape[0]) * shape[1]
    for block in point_blocks(len(anchors), shape[0]):
        cell = (sketch.hashes.columns(anchors[block]) + row).ravel()
        for c in range(shape[2]):
            sums = np.bincount(cell, np.repeat(steps[block, c], shape[0]), shape[0] * shape[1])
            counts[:, :, c] += sums.reshape(shape[:2]).astype(np.int64)
    return counts, steps.sum(axis=0).astype(np.int64)


def _add(
    sketch: RepresenterSketch, counts: NDArray[np.int64], weight_sum: NDArray[np.int64], sign: Literal[1, -1]
) -> RepresenterSketch:
    own_counts, own_sum = _as_built(sketch)
    for values in (own_counts, own_sum, counts, weight_sum):
        if values.max() >= _MAX_COUNT or values.min() <= -_MAX_COUNT:
            raise SketchError("a count would no longer fit int64; build with fewer step_bits")
    return replace(sketch, counts=own_counts + sign * counts, weight_sum=own_sum + sign * weight_sum)
