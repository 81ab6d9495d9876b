"""Learned sketches: every kind trains, loses little to integers, and computes the same in C."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from rs2c.base.errors import OptionError, SketchError
from rs2c.base.precision import Precision
from rs2c.model import reference
from rs2c.model.cost import model_cost
from rs2c.model.file import from_bytes, to_bytes
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel
from rs2c.model.metric import integer_scores, measure
from rs2c.model.storage import narrowest_width
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import Labels, quantize
from rs2c.read.datasets import from_arrays
from rs2c.sketch.finer_columns import unrolled
from rs2c.sketch.hash_family import learned_hashes
from rs2c.sketch.sketch import RepresenterSketch, insert, query
from rs2c.sketch.state import from_state
from rs2c.train.distillation import Lesson
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.learn import learn
from rs2c.train.learn_options import LearnOptions
from rs2c.train.shapes import offset_bits_for
from rs2c.verify.verdicts import verify
from tests.fit.test_stages import rings, waves
from tests.support.host import assert_c_equals_reference
from tests.support.sketches import rows_of, tail_of

QUICK = FitOptions(method="learned", teacher="network", hidden=(64, 64), teacher_epochs=40, learned_steps=400)

KINDS = {
    "own arrays": replace(QUICK, arrays=0),
    "shared arrays": QUICK,
    "one array": replace(QUICK, arrays=1),
    "sparse": replace(QUICK, weights=3),
    "single features": replace(QUICK, weights=1, arrays=0),
    "nearest": replace(QUICK, arrays=0, weights=2, probe="nearest"),
    "shared, nearest": replace(QUICK, arrays=1, probe="nearest"),
    "four bits": replace(QUICK, precision=Precision(8, 4, 4, 4)),
    "many columns": replace(QUICK, columns=32),
}


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_and_its_c_is_equal(kind: str, dtype: str) -> None:
    train, test = rings(800, 1, dtype), rings(400, 2, dtype)
    fitted = fit(train, KINDS[kind], test=test)
    value = {stage.stage: stage.value for stage in fitted.stages}
    assert list(value) == ["teacher", "refined", "integer"]
    assert value["integer"] > 0.75, value
    assert abs(value["integer"] - value["refined"]) <= 0.01
    assert_c_equals_reference(fitted.model, test.X)


def test_shapes_are_what_was_asked_for() -> None:
    def model(kind: str) -> IntegerModel:
        return fit(rings(600, 1), replace(KINDS[kind], learned_steps=60)).model

    def rows(kind: str) -> HashedRows:
        return rows_of(model(kind))

    assert rows("own arrays").arrays == 16
    assert rows("own arrays").factors is None
    assert rows("one array").arrays == 1
    assert rows("shared arrays").factors is not None
    assert np.count_nonzero(rows("sparse").hashes.weights) <= 3 * 16
    assert np.count_nonzero(rows("single features").hashes.weights) <= 16
    assert rows("nearest").probe == "nearest"
    assert rows("nearest").counts.shape == (16, 32, 3)
    assert rows("shared, nearest").factors is not None
    four_bits = model("four bits")
    small = rows_of(four_bits)
    assert np.abs(small.hashes.weights).max() <= 7
    assert np.abs(small.counts).max() <= 7
    assert np.abs(small.factors).max() <= 7
    assert model_cost(four_bits).bytes < 0.7 * model_cost(model("shared arrays")).bytes


@pytest.mark.parametrize("bits", [4, 8])
def test_one_shift_scales_and_narrow_offsets(bits: Literal[4, 8]) -> None:
    train = rings(600, 1)
    inputs = fit_inputs(train.X, train.categories, binary_steps=True)
    integer = quantize_inputs(inputs, 8)
    assert offset_bits_for(integer.constant) == 8
    lesson = Lesson(train.task, integer.values(train.X), np.eye(3)[train.y] * 8.0, train.y)
    options = LearnOptions(
        rows=12, arrays=1, steps=200, precision=Precision(direction_bits=bits, factor_bits=bits, offset_bits=8)
    )
    sketch = learn(lesson, integer, options, seed=0)
    labels = Labels(train.task, train.feature_names, train.categories, train.class_names)
    model = quantize(sketch, integer, labels, options.precision)
    hashes = rows_of(model).hashes
    assert len(set(hashes.shifts.ravel().tolist())) == 1
    assert narrowest_width(hashes.offsets) == 1
    assert model_cost(model).bytes_of["rows"] == (12 if bits == 8 else 24) + 1 + (hashes.offset_shift > 0)
    # Quantization finds the integers that the last steps of training went through.
    assert (hashes.scales is None) == (bits == 8)
    step = 2.0 ** -hashes.shifts[0, 0].astype(float) / integer.unit
    np.testing.assert_allclose(hashes.scaled_weights[:, 0] * step, sketch.hashes.directions[:, 0], atol=1e-6)
    as_float = measure(query(sketch, lesson.x), train.y, train.task)
    assert measure(integer_scores(model, train.X), train.y, train.task) == pytest.approx(as_float, abs=0.01)


def test_a_nearest_probe_saves_operations_whatever_bytes_that_takes() -> None:
    """Three of five inputs: a list of indices takes more bytes than zeros do, and less work."""
    line, near = (
        fit(rings(600, 1), replace(KINDS["nearest"], weights=3, probe=probe, learned_steps=60)).model
        for probe in ("linear", "nearest")
    )
    assert (rows_of(line).hashes.layout, rows_of(near).hashes.layout) == ("dense", "sparse")
    assert model_cost(line).operations_of["directions"] == rows_of(line).hashes.weights.size
    assert model_cost(near).operations_of["directions"] == np.count_nonzero(rows_of(near).hashes.weights)
    all_weights = fit(rings(600, 1), replace(KINDS["shared, nearest"], learned_steps=60)).model
    assert rows_of(all_weights).hashes.layout == "dense"
    assert all(v.passed for v in verify(near, ["host"], vectors=1500))


@pytest.mark.parametrize("columns", [4, 8, 16])
def test_an_unrolled_sketch_reads_the_points_of_the_lines(columns: int) -> None:
    rng = np.random.default_rng(columns)
    hashes = learned_hashes(rng.normal(size=(5, 3)), rng.normal(size=5), columns)
    counts = rng.normal(size=(5, columns, 2)).astype(np.float32)
    line = RepresenterSketch(hashes, None, counts, None, None, np.array([0.5, -3.0]), probe="linear")
    near = unrolled(line)
    assert (near.probe, near.hashes.family.columns) == ("nearest", 4 * columns)
    x = rng.normal(size=(4000, 3)) * 3
    half_a_step = np.abs(np.diff(counts, axis=1)).max(axis=1).sum(axis=0) / (2 * 4)
    away = np.abs(query(near, x) - query(line, x))
    assert (away <= half_a_step + 1e-5).all()
    assert (away.max(axis=0) > 0.2 * half_a_step).all()
    # Beyond both ends, and in the middle of the finer columns, nothing is lost.
    ends = np.array([[1e6, 0, 0], [-1e6, 0, 0]])
    np.testing.assert_allclose(query(near, ends), query(line, ends), atol=1e-5)


def test_a_regressor_far_from_zero() -> None:
    train, test = waves(800, 1), waves(500, 2)
    spread = np.mean(np.abs(test.y - np.median(test.y)))
    for arrays in (0, 4):
        fitted = fit(train, replace(QUICK, arrays=arrays), test=test)
        value = {stage.stage: stage.value for stage in fitted.stages}
        assert value["refined"] < 0.6 * spread
        assert abs(value["integer"] - value["refined"]) < 0.02 * spread
        assert_c_equals_reference(fitted.model, test.X)


@pytest.mark.parametrize(("probe", "arrays", "bits"), [("linear", 2, 8), ("nearest", 0, 16)])
def test_the_tail_is_exact_in_integers(probe: Literal["linear", "nearest"], arrays: int, bits: Literal[8, 16]) -> None:
    """With a nearest probe, counts of 8 bits round the points between trained nodes once more: 16 are compared."""
    for train, names in ((waves(800, 1), ()), (rings(800, 1), ("0", "1", "2"))):
        inputs = fit_inputs(train.X, train.categories, binary_steps=True)
        integer = quantize_inputs(inputs, 8)
        scores = train.y[:, None].astype(float) if not names else np.eye(3)[train.y] * 8.0
        lesson = Lesson(train.task, integer.values(train.X), scores, train.y)
        options = LearnOptions(rows=6, arrays=arrays, tail=True, probe=probe, steps=300)
        sketch = learn(lesson, integer, options, seed=0)
        labels = Labels(train.task, train.feature_names, train.categories, names)
        model = quantize(sketch, integer, labels, Precision(count_bits=bits))
        assert rows_of(model).probe == probe
        tail = tail_of(model)
        assert tail is not None
        assert tail.weights.any()
        as_float = measure(query(sketch, lesson.x), train.y, train.task)
        as_integers = measure(integer_scores(model, train.X), train.y, train.task)
        assert as_integers == pytest.approx(as_float, rel=0.01)
        for each in [model] if bits == 8 else [model, quantize(sketch, integer, labels)]:
            assert_c_equals_reference(each, train.X)


def test_categories_missing_values_and_far_means() -> None:
    rng = np.random.Generator(np.random.PCG64(0))
    X = np.stack([rng.normal(5, 2, 900), rng.normal(1e6, 3, 900), rng.integers(0, 2, 900)], axis=1).astype(np.float32)
    y = (X[:, 0] + (X[:, 1] - 1e6) + 3 * X[:, 2] > 6).astype(np.int64)
    fitted = fit(from_arrays(X, y), QUICK)
    assert np.mean(reference.predict(fitted.model, X) == y) > 0.93
    X[::9, 0] = np.nan
    fitted = fit(from_arrays(X, y, missing="mean"), QUICK)
    row = np.array([[np.nan, 1e6, 1], [fitted.inputs.centre[0], 1e6, 1]], np.float32)
    x = reference.quantize(fitted.model, row)
    assert x[0, 0] == 0
    assert abs(x[1, 0]) <= 1
    later = fit(from_arrays(np.nan_to_num(X), y, missing="mean"), QUICK)  # missing only once it is on the device
    assert reference.quantize(later.model, row)[0, 0] == 0
    assert later.model.front_end.centre[0] != 0
    whole = np.stack([rng.integers(-3000, 3000, 900), rng.integers(0, 40, 900)], axis=1).astype(np.int16)
    target = (whole[:, 0] > 100 * whole[:, 1] - 2000).astype(np.int64)
    fitted = fit(from_arrays(whole, target), QUICK)
    assert np.mean(reference.predict(fitted.model, whole) == target) > 0.95
    assert_c_equals_reference(fitted.model, whole)


def test_one_seed_gives_one_file_which_holds_the_sketch() -> None:
    train = rings(600, 1)
    first, again = (fit(train, KINDS["sparse"]) for _ in range(2))
    assert to_bytes(first.content) == to_bytes(again.content)
    section = from_bytes(to_bytes(first.content)).sections["sketch"]
    sketch = from_state(section.values, section.arrays)
    assert sketch.hashes.hash_id == first.sketch.hashes.hash_id
    x = rings(50, 3).X
    assert np.array_equal(query(sketch, x), query(first.sketch, x))
    with pytest.raises(SketchError, match="refitted"):
        insert(sketch, x[:, :5], np.ones((50, 3)))


def test_options_that_cannot_work_together() -> None:
    with pytest.raises(OptionError, match="use method refit"):
        FitOptions(family="srp")
    with pytest.raises(OptionError, match="tolerance"):
        FitOptions(tolerance=-1)
    with pytest.raises(OptionError, match="weights"):
        FitOptions(method="learned", weights=0)
    with pytest.raises(OptionError, match="use linear or nearest"):
        FitOptions(method="learned", probe="cubic")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="direction_bits is 16; use 4 or 8"):
        Precision(direction_bits=16)  # type: ignore[arg-type]
