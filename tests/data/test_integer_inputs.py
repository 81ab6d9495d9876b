"""Integer inputs stand for the inputs of the float sketch to a step, whatever integers a feature takes."""

from __future__ import annotations

import numpy as np
import pytest

from rs2c.model.metric import integer_scores
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import quantize_inputs
from rs2c.read.datasets import from_arrays
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions

RNG = np.random.Generator(np.random.PCG64(7))
ROWS = 2000
TABLES = {
    "all of uint16": RNG.integers(0, 1 << 16, (ROWS, 2)).astype(np.uint16),
    "high": RNG.integers(50_000, 1 << 16, (ROWS, 2)).astype(np.uint16),
    "low, with a few at the top": np.where(
        RNG.random((ROWS, 2)) < 0.1, 65535, RNG.integers(0, 20_000, (ROWS, 2))
    ).astype(np.uint16),
    "all of int16": RNG.integers(-(1 << 15), 1 << 15, (ROWS, 2)).astype(np.int16),
    "flags": (RNG.random((ROWS, 3)) < [0.3, 0.5, 0.02]).astype(np.int16),
    "a flag beside a byte": np.stack([RNG.random(ROWS) < 0.3, RNG.integers(0, 255, ROWS)], axis=1).astype(np.uint8),
}


@pytest.mark.parametrize("binary_steps", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", TABLES)
def test_integers_stand_for_the_inputs_to_a_step(name: str, bits: int, binary_steps: bool) -> None:
    X = TABLES[name]
    inputs = fit_inputs(X, ((),) * X.shape[1], fold=False, binary_steps=binary_steps)
    integer = quantize_inputs(inputs, bits)
    error = np.abs(integer.values(X) - inputs.transform(X)).max(axis=0)
    steps = 1.001 if bits == 8 else 2  # a multiplier of 15 bits is off by as much as one step of 16
    assert (error <= integer.unit * steps).all()


@pytest.mark.parametrize("method", ["learned", "refit", "representer"])
@pytest.mark.parametrize("name", ["high", "flags"])
def test_a_model_of_such_features_is_as_good_in_integers(method: str, name: str) -> None:
    X = TABLES[name]
    y = (X[:, 0] > np.median(X[:, 0])).astype(np.int64) if name == "high" else X[:, 0] ^ X[:, 1]
    options = FitOptions(method=method, rows=32, hidden=(32,), teacher_epochs=30)  # type: ignore[arg-type]
    fitted = fit(from_arrays(X, y), options.quick())
    assert np.mean((integer_scores(fitted.model, X)[:, 0] > 0) == y) > 0.9
