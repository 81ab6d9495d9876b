"""Inputs of learned sketches: steps of x that are powers of two, one constant an input, and what they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from rs2c.model.storage import stored_bytes
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import quantize_inputs

RNG = np.random.Generator(np.random.PCG64(3))


def integer_inputs(X: np.ndarray, categories: tuple[tuple[str, ...], ...] | None = None):
    return quantize_inputs(fit_inputs(X, categories or ((),) * X.shape[1], binary_steps=True), 8)


def front_bytes(integer) -> int:
    front = integer.front_end
    return sum(stored_bytes(part) for part in (front.centre, front.multiplier, front.shift, front.exponent))


def test_near_scales_share_all_constants() -> None:
    X = (RNG.normal(0, 1, (500, 40)) * RNG.uniform(1, 3, 40)).astype(np.float32)
    integer = integer_inputs(X)
    assert front_bytes(integer) == 4
    assert not integer.front_end.centre.any()


def test_far_scales_have_an_exponent_each_and_keep_their_resolution() -> None:
    scale = 10.0 ** np.arange(-4, 4)
    X = (RNG.normal(2, 1, (2000, 8)) * scale).astype(np.float32)
    integer = integer_inputs(X)
    steps = integer.map.scale / (integer.unit * integer.map.scale)  # integer steps a standard deviation
    assert (steps >= 32).all()
    assert (steps <= 64).all()
    assert front_bytes(integer) == 8 + 3


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint16"])
def test_values_are_the_raw_ones_to_a_step(dtype: str) -> None:
    X = np.clip(RNG.normal(3000, 400, (500, 3)), 0, 9000).astype(dtype)
    integer = integer_inputs(X)
    x = integer.values(X)
    exact = (X - integer.map.centre) / integer.map.scale
    assert (exact - x >= -1e-3).all()
    assert (exact - x <= integer.unit * 1.001 + 1e-3).all()


def test_flags_share_one_step_whatever_their_share() -> None:
    X = np.stack([RNG.normal(0, 100, 800), *(RNG.random((5, 800)) < [[0.5], [0.2], [0.05], [0.01], [0.9]])], axis=1)
    integer = integer_inputs(X.astype(np.float32))
    assert len(set(integer.front_end.exponent[1:].tolist())) == 1
    assert (integer.map.scale[1:] >= 0.25).all()


def test_the_mean_is_taken_off_where_it_stands_for_missing_values_or_is_far() -> None:
    X = RNG.normal(50, 5, (400, 2)).astype(np.float32)
    assert not integer_inputs(X).front_end.centre.any()
    X[3, 0] = np.nan
    integer = integer_inputs(X)
    assert integer.front_end.centre.all()
    assert integer.values(X)[3, 0] == pytest.approx(0, abs=2 * integer.unit[0])
    far = (RNG.normal(1e6, 5, (400, 2))).astype(np.float32)
    assert integer_inputs(far).front_end.centre.all()


def test_categories_are_worth_as_much_as_numbers() -> None:
    X = np.stack([RNG.normal(0, 1, 300), RNG.integers(0, 3, 300)], axis=1).astype(np.float32)
    integer = integer_inputs(X, ((), ("a", "b", "c")))
    front = integer.front_end
    assert len(set(front.multiplier.tolist())) == 1
    x = integer.values(X)
    assert np.array_equal(x[:, 1:], np.eye(3)[X[:, 1].astype(int)])


def test_rarely_set_pixels_do_not_call_for_a_front_end_but_flags_do() -> None:
    pixels = RNG.integers(0, 255, (2000, 20)).astype(np.uint8)
    pixels[:, 3] = 0
    pixels[7, 3] = 1
    assert integer_inputs(pixels).front_end is None
    assert fit_inputs(pixels, ((),) * 20).folded is False
    flags = pixels.copy()
    flags[:, 3] = RNG.random(2000) < 0.3
    assert integer_inputs(flags).front_end is not None


def test_a_column_from_0_to_1_is_no_flag() -> None:
    X = RNG.uniform(0, 1, (500, 3)).astype(np.float32)
    X[0], X[1] = 0, 1
    integer = integer_inputs(X)
    assert not integer.map.flag.any()
    assert (1 / integer.unit >= 32).all()  # steps a standard deviation
    gaps = np.where(RNG.random((500, 1)) < 0.1, np.nan, RNG.random((500, 1)) < 0.3).astype(np.float32)
    assert fit_inputs(gaps, ((),), binary_steps=True).flag.all()
