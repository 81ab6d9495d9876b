"""Targets of any unit give the same sketch; those that a 32-bit score cannot follow are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rs2c import RepresenterSketchRegressor
from rs2c.base.errors import DataError
from rs2c.model import reference
from rs2c.read.datasets import Dataset, from_arrays
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.target_range import binary_digits, check_targets
from rs2c.train.teach import GivenScores
from tests.support.sketches import rows_of

QUICK = FitOptions(method="learned", rows=12, hidden=(32,), teacher_epochs=20, learned_steps=200)
DRAWN = replace(QUICK, method="representer", rows=64, student_steps=100)


def waves(unit: float) -> Dataset:
    X = np.random.Generator(np.random.PCG64(4)).uniform(-2, 2, (500, 2)).astype(np.float32)
    return from_arrays(X, (unit * (np.sin(2 * X[:, 0]) + X[:, 1])).astype(np.float32))


@pytest.mark.parametrize(
    ("options", "digits"), [(QUICK, -60), (QUICK, 60), (DRAWN, -20), (DRAWN, 18), (replace(DRAWN, method="refit"), 18)]
)
def test_a_power_of_two_changes_nothing_but_the_unit(options: FitOptions, digits: int) -> None:
    plain, scaled = fit(waves(1), options).model, fit(waves(2.0**digits), options).model
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
