"""Targets of any unit give the same sketch; those that a 32-bit score cannot follow are refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import rs2c
from rs2c import RepresenterSketchRegressor
from rs2c.base.choices import TeacherKind
from rs2c.base.errors import DataError
from rs2c.model import reference
from rs2c.model.integer_model import IntegerModel
from rs2c.read.datasets import Dataset, from_arrays, load_split
from rs2c.read.far_targets import far_notes
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.target_range import binary_digits, check_targets, without_far
from rs2c.train.teach import GivenScores
from rs2c.train.validation import validation_parts
from tests.support.sketches import rows_of
from tests.support.tables import write

QUICK = FitOptions(method="learned", teacher="network", rows=12, hidden=(32,), teacher_epochs=20, learned_steps=200)
DRAWN = replace(QUICK, method="representer", rows=64, student_steps=100)


def waves(unit: float) -> Dataset:
    X = np.random.Generator(np.random.PCG64(4)).uniform(-2, 2, (500, 2)).astype(np.float32)
    return from_arrays(X, (unit * (np.sin(2 * X[:, 0]) + X[:, 1])).astype(np.float32))


@cache
def in_ones(options: FitOptions) -> IntegerModel:
    return fit(waves(1), options).model


@pytest.mark.parametrize(
    ("options", "digits"),
    [
        (QUICK, -60),
        (replace(QUICK, teacher="auto"), 60),
        (DRAWN, -20),
        (DRAWN, 18),
        (replace(DRAWN, method="refit", refit_steps=100), 18),
    ],
)
def test_a_power_of_two_changes_nothing_but_the_unit(options: FitOptions, digits: int) -> None:
    plain, scaled = in_ones(options), fit(waves(2.0**digits), options).model
    assert scaled.output.value_frac_bits == plain.output.value_frac_bits - digits
    assert np.array_equal(scaled.output.bias, plain.output.bias)
    assert np.array_equal(rows_of(scaled).counts, rows_of(plain).counts)
    assert np.array_equal(rows_of(scaled).hashes.weights, rows_of(plain).hashes.weights)


def test_outputs_of_unlike_units_are_both_learned() -> None:
    data = waves(1)
    both = np.stack([1e6 * data.y, 1e-4 * data.y[::-1]], axis=1)
    fitted = fit(replace(data, y=both), replace(DRAWN, rows=256), teacher=GivenScores(both))
    errors = np.abs(reference.predict(fitted.model, data.X) - both).mean(axis=0)
    spread = np.abs(both - np.median(both, axis=0)).mean(axis=0)
    assert errors[0] < 0.6 * spread[0]
    assert len(np.unique(reference.predict(fitted.model, data.X)[:, 1])) > 50


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([1e21, -1e21], "give them in units"),
        ([1e-21, -1e-21], "give them in units"),
        ([np.inf, 1], "cannot hold"),
        ([101325, 101326], "subtract 101326 from them"),
        ([[0, 101325], [1, 101326]], "subtract 101326 from them"),
    ],
)
def test_targets_that_no_score_can_follow_are_refused(y: list, words: str) -> None:
    with pytest.raises(DataError, match=words):
        check_targets(np.array(y))


def test_what_may_pass() -> None:
    check_targets(np.full(99, 0.1, np.float32))
    check_targets(np.array([1998.0, 2002.0]))
    assert binary_digits(np.full(99, 0.1, np.float32)).tolist() == [0]
    assert binary_digits(np.array([[0, -8], [1, 8]])).tolist() == [-1, 3]


def test_each_way_in_checks_targets() -> None:
    X = np.arange(40.0).reshape(20, 2)
    with pytest.raises(DataError, match="cannot hold"):
        RepresenterSketchRegressor().fit(X, X[:, 0] * 1e39)
    with pytest.raises(DataError, match="other units, or use method learned"):
        fit(waves(2.0**-30), DRAWN)


FAR_FIT = FitOptions(method="learned", rows=10, hidden=(24,), teacher_epochs=120, learned_steps=150)


def smooth(rows: int = 400) -> Dataset:
    X = np.random.Generator(np.random.PCG64(6)).uniform(-2, 2, (rows, 2)).astype(np.float32)
    return from_arrays(X, (np.sin(2 * X[:, 0]) + X[:, 1]).astype(np.float32))


def with_targets(data: Dataset, **targets: float) -> Dataset:
    """Data in which some rows, named r7 and so on, have other targets."""
    y = data.y.copy()
    for row, value in targets.items():
        y[int(row[1:])] = value
    return replace(data, y=y)


NEW = smooth(500).take(np.arange(400, 500))


@cache
def error_without(teacher: TeacherKind) -> float:
    answers = reference.predict(fit(smooth(), replace(FAR_FIT, teacher=teacher)).model, NEW.X)
    return float(np.abs(answers - NEW.y).mean())


@pytest.mark.parametrize(
    ("teacher", "targets"),
    [
        ("linear", {"r5": 1e9}),
        ("linear", {"r5": -1e9}),
        ("linear", {"r0": 1e12, "r399": -3e5, "r7": 1e12}),
        ("linear", {"r9": 3e38}),
        ("linear", {"r3": 400}),
        ("network", {"r5": 1e9}),
        ("boosting", {"r5": 1e9}),
    ],
)
def test_one_far_target_does_not_ruin_the_others(teacher: TeacherKind, targets: dict[str, float]) -> None:
    model = fit(with_targets(smooth(), **targets), replace(FAR_FIT, teacher=teacher)).model
    answers = reference.predict(model, NEW.X)
    assert np.abs(answers).max() < 6  # of targets from -3 to 3
    assert np.abs(answers - NEW.y).mean() < 1.1 * error_without(teacher) + 0.02
    assert error_without(teacher) < 0.5  # that of their median is 1.1


def test_far_values_of_a_teacher_are_no_worse() -> None:
    data = smooth()
    scores = data.y.copy()
    scores[5] = 1e9
    assert 5 in validation_parts(data, 0).learn
    model = fit(data, FAR_FIT, teacher=GivenScores(scores[:, None])).model
    assert float(np.abs(reference.predict(model, data.X) - data.y).mean()) < 0.2
    with pytest.warns(UserWarning, match=r"the target is 1e\+09 in row 5, far from all others, which lie between"):
        rs2c.distill(lambda X: scores, data.X, options=replace(FAR_FIT, learned_steps=5))


def test_far_targets_are_named_and_test_rows_stay_as_they_are(tmp_path: Path) -> None:
    data = with_targets(smooth(), r5=1e9, r6=-2e7, r7=8e9, r8=9e9)
    lines = "".join(f"{a},{b},{y}\n" for (a, b), y in zip(data.X.tolist(), data.y.tolist(), strict=True))
    split = load_split(write(tmp_path / "d.csv", "a,b,v\n" + lines), "v", test_size=0.5, seed=0)
    (note,) = split.notes
    assert (
        "the target is 1e+09 in line 7 of d.csv, -2e+07 in line 8 of d.csv, 8e+09 in line 9 of d.csv and 1 more" in note
    )
    assert "lie between -2.8" in note
    assert "remove such rows" in note
    assert np.sort(np.concatenate([split.train.y, split.test.y]))[-1] == np.float32(9e9)
    with pytest.warns(UserWarning, match=r"1e\+09 in row 5, "):
        RepresenterSketchRegressor(method="learned", rows=2, teacher="linear", learned_steps=5, random_state=0).fit(
            data.X, data.y
        )


@pytest.mark.parametrize("seed", range(3))
def test_tails_events_and_constants_are_not_far(seed: int) -> None:
    rng = np.random.Generator(np.random.PCG64(seed))
    n = 5000
    events = np.where(rng.random(n) < 0.005, 7.0, 0.0)
    for y in (
        rng.normal(0, 1, n), rng.exponential(1, n), rng.standard_t(2, n), np.exp(2 * rng.normal(0, 1, n)), events,
        rng.pareto(1.5, n), rng.poisson(0.02, n), np.full(n, 0.1), np.arange(20) ** 3, 101325 + rng.normal(0, 1, n),
        np.array([1.0, 1e9]), np.concatenate([rng.normal(0, 1, n), np.full(100, 1e6)]),
    ):  # fmt: skip
        for values in (y.astype(np.float32), np.stack([y, -y], axis=1).astype(np.float32)):
            assert without_far(values) is values
            assert far_notes(values, str) == ()
    two = np.stack([rng.normal(0, 1, n), rng.normal(0, 1, n)], axis=1)
    two[3, 1] = 1e7
    cleaned = without_far(two)
    assert cleaned[3, 1] == np.delete(two[:, 1], 3).max()
    cleaned[3, 1] = 1e7
    np.testing.assert_array_equal(cleaned, two)
    assert len(far_notes(two, str)) == 1
