"""What training rounds a readout to, quantization finds again: the same integers times the same steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from rs2c.base.errors import BoundError
from rs2c.base.precision import Precision
from rs2c.base.raw_types import Task
from rs2c.model.int32 import SCORE_LIMIT
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import IntegerInputs, quantize_inputs
from rs2c.quantize.readout import IntegerReadout, quantize_readout
from rs2c.sketch.hash_family import learned_hashes
from rs2c.sketch.sketch import RepresenterSketch
from rs2c.train.fake_quantization import InputSteps, rounded_readout

ROWS, COLUMNS, SCORES, FEATURES = 12, 8, 3, 5
RNG = np.random.Generator(np.random.PCG64(11))
PRECISIONS = {8: Precision(), 4: Precision(direction_bits=4, count_bits=4, factor_bits=4)}


def some_inputs() -> IntegerInputs:
    X = RNG.normal(0, 1, (200, FEATURES)).astype(np.float32) * np.float32(10.0 ** np.arange(FEATURES))
    return quantize_inputs(fit_inputs(X, ((),) * FEATURES, binary_steps=True), 8)


def trained(task: Task, arrays: int, inputs: IntegerInputs, precision: Precision) -> RepresenterSketch:
    """A sketch of random values, with factors where arrays are shared, as the last step of training rounds them."""
    shared = arrays < ROWS
    counts = RNG.normal(0, 1, (arrays, COLUMNS, 1 if shared else SCORES))
    factors = RNG.normal(0, 0.3, (ROWS, SCORES)) if shared else None
    tail, bias = RNG.normal(0, 0.1, (FEATURES, SCORES)), RNG.normal(0, 1, SCORES)
    given = [None if v is None else torch.tensor(v, dtype=torch.float32) for v in (counts, factors, tail)]
    steps = InputSteps(*(torch.as_tensor(v.astype(np.float32)) for v in (inputs.unit, inputs.constant, inputs.largest)))
    unit = None if task == "classify" else 1.0
    rounded = rounded_readout(torch, *given, steps, precision, unit, torch.as_tensor(bias))
    counts, factors, tail = (None if v is None else v.numpy() for v in rounded)
    hashes = learned_hashes(RNG.normal(0, 1, (ROWS, FEATURES)), np.zeros(ROWS), COLUMNS)
    return RepresenterSketch(
        hashes, None, counts, None, None, bias, probe="linear", factors=factors, tail=tail.astype(np.float64)
    )


def row_terms(counts: np.ndarray, factors: np.ndarray | None) -> np.ndarray:
    """What each row adds to the scores at each column, less its middle: (L, R, C)."""
    counts = counts.astype(np.float64)
    counts = counts - (counts.max(axis=1, keepdims=True) + counts.min(axis=1, keepdims=True)) / 2
    by_row = counts[np.arange(ROWS) % len(counts)]
    return by_row if factors is None else by_row * factors.astype(np.float64)[:, None, :]


def integer_terms(readout: IntegerReadout) -> tuple[np.ndarray, np.ndarray]:
    """The same of the integers, and those of the tail (n, C), both in the steps of a score."""
    assert readout.tail is not None
    rows = row_terms(readout.counts, readout.factors) * 256 * 2.0**readout.output_shifts
    return rows, (readout.tail.weights * 2.0 ** readout.tail.output_shifts[:, None]).T


@pytest.mark.parametrize("bits", PRECISIONS)
@pytest.mark.parametrize("arrays", [1, 4, ROWS])
@pytest.mark.parametrize("task", ["classify", "regress"])
def test_quantization_finds_the_integers_that_training_went_through(task: Task, arrays: int, bits: int) -> None:
    inputs = some_inputs()
    sketch = trained(task, arrays, inputs, PRECISIONS[bits])
    readout = quantize_readout(sketch, task, PRECISIONS[bits], inputs)
    rows, tail = integer_terms(readout)
    exact = row_terms(sketch.counts, sketch.factors)
    step = np.vdot(exact, rows) / np.vdot(rows, rows) if task == "classify" else 2.0**-readout.output.value_frac_bits
    np.testing.assert_allclose(rows * step, exact, atol=1e-5 * np.abs(exact).max())
    assert sketch.tail is not None
    exact = sketch.tail * inputs.unit[:, None]
    np.testing.assert_allclose(tail * step, exact, atol=1e-5 * np.abs(exact).max())


def test_rows_that_add_up_to_more_than_a_score_holds_are_refused() -> None:
    counts, factors = RNG.normal(0, 1, (1, COLUMNS, 1)).astype(np.float32), np.ones((400, 1), np.float32)
    hashes = learned_hashes(RNG.normal(0, 1, (400, FEATURES)), np.zeros(400), COLUMNS)
    sketch = RepresenterSketch(hashes, None, counts, None, None, np.zeros(1), probe="linear", factors=factors)
    with pytest.raises(BoundError, match="400 rows add up"):
        quantize_readout(sketch, "classify", Precision(count_bits=16, factor_bits=4), some_inputs())
    assert quantize_readout(sketch, "classify", Precision(factor_bits=4), some_inputs()).factors is not None


@pytest.mark.parametrize("tail", [0.0, 1e-4])
@pytest.mark.parametrize("arrays", [1, ROWS])
def test_a_classifier_that_is_all_but_constant_is_rounded_to_its_bias(arrays: int, tail: float) -> None:
    inputs = some_inputs()
    sketch = trained("classify", arrays, inputs, PRECISIONS[8])
    small = replace(
        sketch, counts=sketch.counts * 1e-12, bias=np.array([-6.0, 3.0, 1.0]), tail=sketch.tail * tail * 1e-12
    )
    readout = quantize_readout(small, "classify", PRECISIONS[8], inputs)
    bias = readout.output.bias.astype(np.int64) << readout.output.bias_shift
    np.testing.assert_allclose(bias / bias[1], [-2.0, 1.0, 1 / 3], rtol=1e-3)
    assert np.abs(bias).max() < SCORE_LIMIT
