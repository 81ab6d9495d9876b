"""The emitted C computes what the reference computes, for random models of every shape the schema allows.

The first test takes every value of every option in turn, with all else drawn from a seed; the second lets hypothesis
choose. The last asserts that nothing which should have been met was missed: values of options, ties, clamps, ends.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rs2c.base.arrays import Array
from rs2c.model import reference
from rs2c.model.bounds import prove
from rs2c.model.int32 import INT32_LIMIT, SCORE_LIMIT
from rs2c.model.integer_model import IntegerModel
from rs2c.model.storage import is_packed, stored_entries
from rs2c.model.vectors import corner_vectors, random_vectors, window_vectors
from rs2c.simulate.host import HostTarget
from rs2c.verify.edge_search import edge_and_column_vectors
from tests.support.host import SANITIZERS, WARNINGS, built, host_target
from tests.support.random_models import random_model
from tests.support.random_shapes import OPTIONS, Shape, random_shape, shape_of
from tests.support.sketches import rows_of, tail_of

VALUES = [(option, value) for option, values in OPTIONS.items() for value in values]
SHAPES_A_VALUE, FREE_SHAPES, EXTREME_SHAPES = 2, 32, 8
COMPILERS = {
    "gcc": ("gcc",),
    "clang": ("clang",),
    "gcc with sanitizers": ("gcc", *SANITIZERS),
    "clang with sanitizers": ("clang", *SANITIZERS),
}
TURNS = (
    "gcc",
    "gcc with sanitizers",
    "gcc",
    "clang",
    "gcc",
    "gcc",
    "clang with sanitizers",
    "gcc",
    "gcc",
    "gcc",
    "clang",
)
EVENTS = (
    "x at its least", "x at its greatest", "x between", "z at its least", "z at its greatest", "z between",
    "t below the cells", "t above the cells", "t first in a cell", "t last in a cell", "sign of zero",
    "t within 1 of the end of int32", "score within 1 of the limit", "best two scores tie", "the one score is 0",
    "medians differ from sums", "probe past the last node", "fraction of 255",
    "shared arrays in several groups", "negative factor", "factor of -128", "tail below zero", "tail in several scores",
    "offsets in steps", "bias in steps", "shifted scores of a classifier", "inputs of 12 bits", "list of no weights",
    "counts two to a byte", "weights two to a byte", "weights of a byte", "listed weights two to a byte",
    "listed weights of a byte", "an odd number two to a byte", "factors two to a byte", "tail two to a byte",
    "small counts of 16 bits", "run left out of the front end", "run left out of offsets", "run left out of the bias",
)  # fmt: skip

met: Counter[Any] = Counter()


@pytest.mark.parametrize(("option", "value"), VALUES, ids=[f"{option}={value}" for option, value in VALUES])
def test_every_value_of_every_option(option: str, value: Any) -> None:
    start = zlib.crc32(f"{option}={value}".encode())
    for turn in range(SHAPES_A_VALUE):
        shape = shape_of({option: value}, start + turn)
        check(shape, start + turn, TURNS[(start + turn) % len(TURNS)])


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    def choose(values: Sequence[Any]) -> Any:
        return draw(st.sampled_from(values))

    return random_shape(choose)


@given(shape=shapes(), seed=st.integers(0, 2**32 - 1), compiler=st.sampled_from(TURNS))
@settings(
    max_examples=FREE_SHAPES,
    derandomize=True,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
def test_any_shape(shape: Shape, seed: int, compiler: str) -> None:
    check(shape, seed, compiler)


@pytest.mark.parametrize("seed", range(EXTREME_SHAPES))
def test_one_row_at_its_extremes(seed: int) -> None:
    """Where one row makes up the score, vectors reach what the proof allows."""
    fixed = {"constants": "extreme", "groups": 1, "rows_a_group": 1, "tail": "none", "bias_shift": 0}
    check(shape_of(fixed, seed), seed, TURNS[seed])


def test_nothing_was_missed() -> None:
    """Each value of each option, each compiler and each event of EVENTS occurred in the models above."""
    if met["models"] < SHAPES_A_VALUE * len(VALUES) + FREE_SHAPES + EXTREME_SHAPES:
        pytest.skip("only a part of this file was run")
    wanted = [*VALUES, *(("compiler", name) for name in COMPILERS), *(("event", name) for name in EVENTS)]
    assert [item for item in wanted if not met[item]] == []
    assert met["vectors"] > 200 * met["models"]


def check(shape: Shape, seed: int, compiler: str) -> None:
    """Compare x, scores and answers of one model on one compiler, and note what was met."""
    model = random_model(shape, seed)
    bounds = {bound.name: bound.largest for bound in prove(model)}
    name, *flags = COMPILERS[compiler]
    raw = vectors(model, seed)
    expect_equal(model, host_target(name, *WARNINGS, *flags), raw, shape)
    met.update(["models", ("compiler", compiler), *shape.effective().items()])
    met["vectors"] += len(raw)
    met.update(("event", event) for event in events(model, raw, bounds["score"]))


def expect_equal(model: IntegerModel, target: HostTarget, raw: Array, shape: Shape) -> None:
    with built(model, target) as (_, build):
        run = build.run(raw)
    x = reference.quantize(model, raw)
    scores = reference.scores(model, x)
    np.testing.assert_array_equal(run.x, x, err_msg=f"x of {shape}")
    np.testing.assert_array_equal(run.scores, scores, err_msg=f"scores of {shape}")
    np.testing.assert_array_equal(run.answers, reference.answers(model, scores), err_msg=f"answers of {shape}")


def vectors(model: IntegerModel, seed: int) -> Array:
    """Random, corner and window vectors; for small models also ones searched for on the edges of cells."""
    rows, rng = rows_of(model), np.random.Generator(np.random.PCG64(seed))
    parts = [random_vectors(model, rng, 64), corner_vectors(model, rng, 96), window_vectors(model, rng, 96)]
    if rows.rows <= 3 and rows.columns <= 64 and model.n_features <= 17 and rows.hashes.kind != "rehash":
        parts.append(edge_and_column_vectors(model, rng, np.concatenate(parts), rounds=4))
    return np.concatenate(parts)


def events(model: IntegerModel, raw: Array, largest_score: int) -> set[str]:
    """Which of EVENTS these vectors caused."""
    rows, x = rows_of(model), reference.quantize(model, raw)
    z = reference.project(model, x)
    t = rows.hashes.values(z)
    scores = reference.scores(model, x).astype(np.int64)
    found = {}
    for letter, part, values in (("x", model.front_end, x), ("z", model.projection, z)):
        if part is not None:
            half = 1 << (part.bits - 1)
            found[f"{letter} at its least"] = values == -half
            found[f"{letter} at its greatest"] = values == half - 1
            found[f"{letter} between"] = (values > -half) & (values < half - 1) & (values != 0)
    found["t within 1 of the end of int32"] = np.abs(t) >= INT32_LIMIT - 2
    if rows.hashes.kind == "srp":
        found["sign of zero"] = t == 0
    else:
        shift = rows.hashes.shifts.astype(np.int64)
        size = np.int64(1) << shift
        inside = (t >= 0) & (t >> shift < 1 << rows.hashes.cell_bits) & (shift > 0)
        found["t below the cells"], found["t above the cells"] = t < 0, t >= size << rows.hashes.cell_bits
        found["t first in a cell"] = inside & (t % size == 0) & (t > 0)
        found["t last in a cell"] = inside & (t % size == size - 1)
        if rows.probe == "linear":
            found["probe past the last node"] = (t >= (rows.columns - 1) * size) & (t < rows.columns * size)
            found["fraction of 255"] = inside & (shift >= 8) & ((t % size) >> np.maximum(shift - 8, 0) == 255)
    # A median of groups may be far below the sum that the proof reckons with.
    found["score within 1 of the limit"] = (np.abs(scores) >= SCORE_LIMIT - 2) & (largest_score < SCORE_LIMIT)
    if model.task == "classify":
        best = np.sort(scores, axis=1)[:, -2:]
        found["best two scores tie" if model.n_scores > 1 else "the one score is 0"] = (
            best[:, 0] == best[:, -1] if model.n_scores > 1 else best[:, 0] == 0
        )
    if rows.groups > 1:
        by_row = rows.row_reads(t)
        sums = by_row.reshape(len(by_row), rows.groups, -1, model.n_scores).sum(axis=2)
        found["medians differ from sums"] = np.sort(sums, axis=1)[:, rows.groups // 2] != sums.sum(axis=1)
    found |= events_of_readout(model, z) | events_of_tables(model)
    return {name for name, where in found.items() if np.any(where)}


def events_of_readout(model: IntegerModel, z: Array) -> dict[str, Any]:
    """Events of shared arrays, factors, tail and shifts; what makes no difference to a score does not count."""
    rows, tail = rows_of(model), tail_of(model)
    factors, hashes = rows.factors, rows.hashes
    found = {
        "shared arrays in several groups": 1 < rows.arrays < rows.rows and rows.groups > 1,
        "negative factor": factors is not None and factors.min() < 0,
        "factor of -128": factors is not None and factors.min() == -128,
        "offsets in steps": hashes.offset_shift > 0 and hashes.offsets.any(),
        "scales that differ": hashes.scales is not None and varied(hashes.scales),
        "scale of 255": hashes.scales is not None and hashes.scales.max() == 255,
        "bias in steps": model.output.bias_shift > 0 and model.output.bias.any(),
        "shifted scores of a classifier": model.task == "classify" and rows.output_shifts.any(),
        "inputs of 12 bits": model.front_end is not None and model.front_end.bits == 12,
        "list of no weights": hashes.layout == "sparse" and not hashes.weights.any(axis=2).all(),
    }
    if tail is not None:
        found["tail below zero"] = z @ tail.weights.T.astype(np.int64) < 0
        found["tail in several scores"] = (tail.weights.any(axis=1)).sum() > 1
    return found


def events_of_tables(model: IntegerModel) -> dict[str, Any]:
    """Events of how tables are stored, where they are tables at all."""
    rows, tail, front = rows_of(model), tail_of(model), model.front_end
    hashes, counts, factors = rows.hashes, rows.counts, rows.factors
    weights = hashes.weights[hashes.weights != 0] if hashes.layout == "sparse" else hashes.weights
    kind = {"dense": "weights", "sparse": "listed weights", "ternary": "ternary"}[hashes.layout]
    found = {
        f"{kind} two to a byte": varied(weights) and is_packed(weights),
        f"{kind} of a byte": varied(weights) and not is_packed(weights),
        "counts two to a byte": varied(counts) and is_packed(counts),
        "an odd number two to a byte": varied(weights) and is_packed(weights) and weights.size % 2,
        "small counts of 16 bits": varied(counts) and counts.itemsize == 2 and -8 <= counts.min() <= counts.max() <= 7,
        "factors two to a byte": factors is not None and varied(factors) and is_packed(factors),
        "tail two to a byte": tail is not None and varied(tail.weights) and is_packed(tail.weights),
        "run left out of offsets": shortened(hashes.offsets),
        "run left out of the bias": shortened(model.output.bias),
    }
    if front is not None:
        found["run left out of the front end"] = shortened(front.centre) or shortened(front.multiplier)
    return found


def varied(array: Array) -> bool:
    return bool(array.size and (array != array.flat[0]).any())


def shortened(array: Array) -> bool:
    """Whether a table of the array is stored without the run at its end."""
    return 1 < stored_entries(array) < array.size
