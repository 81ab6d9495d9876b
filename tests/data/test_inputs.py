import numpy as np
import pytest

from rs2c.base.errors import OptionError
from rs2c.fold.raw_columns import RawColumns, compose
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import quantize_inputs

RANDOM = np.random.default_rng(0)
NO_CATEGORIES = ((), (), ())


def floats(n: int = 500) -> np.ndarray:
    return (RANDOM.standard_normal((n, 3)) * [1, 50, 1e-3] + [0, 1000, 7]).astype(np.float32)


def bytes_(n: int = 500) -> np.ndarray:
    return RANDOM.integers(0, 200, (n, 3), dtype=np.uint8)


def test_standardized_and_clipped() -> None:
    X = floats()
    X[0, 0] = 1e6
    inputs = fit_inputs(X, NO_CATEGORIES)
    x = inputs.transform(X)
    assert x.dtype == np.float32
    assert not inputs.folded
    np.testing.assert_allclose(x[:, 1:].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(x[:, 1:].std(axis=0), 1, atol=1e-5)
    assert x[0, 0] == 5.0  # 22 standard deviations without the window
    np.testing.assert_allclose(inputs.low[1:], x[:, 1:].min(axis=0), rtol=1e-6)
    np.testing.assert_allclose(inputs.high[1:], x[:, 1:].max(axis=0), rtol=1e-6)
    beyond = inputs.transform(np.array([[-np.inf, 1e9, -1e9]], dtype=np.float32))
    np.testing.assert_array_equal(beyond[0], np.float32([inputs.low[0], inputs.high[1], inputs.low[2]]))


def test_missing_is_the_training_mean() -> None:
    X = floats()
    X[::3, 1] = np.nan
    inputs = fit_inputs(X, NO_CATEGORIES)
    assert inputs.centre[1] == pytest.approx(np.nanmean(X[:, 1].astype(float)))
    assert inputs.scale[1] == pytest.approx(np.nanstd(X[:, 1].astype(float)))
    assert (inputs.transform(X)[::3, 1] == 0).all()


def test_indicators() -> None:
    X = np.array([[0, 5], [1, 6], [3, 7], [0, 8], [np.nan, 9]], dtype=np.float32)
    inputs = fit_inputs(X, (("a", "b", "unseen", "d"), ()))
    assert inputs.source.tolist() == [0, 0, 0, 0, 1]
    assert inputs.indicator.tolist() == [True] * 4 + [False]
    assert inputs.code[:4].tolist() == [0, 1, 2, 3]
    assert inputs.scale[:4].tolist() == [1, 1, 1, 1]
    assert inputs.inert.tolist() == [False, False, True, False, False]
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(inputs.transform(X)[:, :4], expected)
    np.testing.assert_array_equal(inputs.transform(np.array([[2, 5]], dtype=np.float32))[0, :4], 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_constant_columns_are_inert(dtype: type) -> None:
    X = bytes_().astype(dtype)
    X[:, 1] = 9 if dtype is np.uint8 else 0.1
    inputs = fit_inputs(X, NO_CATEGORIES)
    assert inputs.inert.tolist() == [False, True, False]
    assert (inputs.scale[1], inputs.low[1], inputs.high[1]) == (1, 0, 0)
    assert inputs.centre[1] == X[0, 1]
    X[:, 1] = 200
    assert (inputs.transform(X)[:, 1] == 0).all()


def test_folded_map_is_affine_and_within_the_window() -> None:
    X = bytes_()
    X[:, 2] = 0
    X[7, 2] = 90  # 22 standard deviations from the mean
    inputs = fit_inputs(X, NO_CATEGORIES)
    assert inputs.folded
    assert inputs.scale[0] == pytest.approx(X[:, 0].std())
    x = inputs.transform(X)
    assert inputs.scale[2] == pytest.approx(np.median([*X.std(axis=0)[:2], (90 - X[:, 2].mean()) / 5]) / 2)  # raised
    assert 3 < x.max() <= 5
    raw = np.array([[0, 255, 255]], dtype=np.uint8)
    np.testing.assert_allclose(inputs.transform(raw)[0], (raw[0] - inputs.centre) / inputs.scale, rtol=1e-6)
    assert inputs.transform(raw)[0, 2] > 8  # beyond the window: no clip


def test_when_to_fold() -> None:
    X = bytes_()
    assert fit_inputs(X, NO_CATEGORIES).folded
    assert not fit_inputs(X, NO_CATEGORIES, fold=False).folded
    assert not fit_inputs(X.astype(np.int16), NO_CATEGORIES).folded
    assert not fit_inputs(X % 2, (("a", "b"), (), ())).folded
    large = X % 2
    large[:, 0] = X[:, 0]
    assert not fit_inputs(large, NO_CATEGORIES).folded
    small = X.copy()
    small[:, 0] %= 2
    assert not fit_inputs(small, NO_CATEGORIES).folded
    assert fit_inputs(small, NO_CATEGORIES, fold=True).folded
    assert fit_inputs(np.zeros((4, 3), dtype=np.uint8), NO_CATEGORIES).folded


def test_scaler_before_the_model_is_folded_in() -> None:
    raw = floats()
    shift, factor = np.array([1.0, 990.0, 7.0]), np.array([2.0, 40.0, 1e-3])
    inputs = fit_inputs(((raw - shift) / factor).astype(np.float32), NO_CATEGORIES)
    composed = compose(quantize_inputs(inputs, 8), RawColumns.raw(3).scaled(shift, factor))
    before = inputs.transform((raw - shift) / factor)
    np.testing.assert_allclose(composed.transform(raw), before, atol=1e-5)
    assert composed.raw_type == "float32"
    picked = fit_inputs(bytes_(), NO_CATEGORIES)
    assert not compose(quantize_inputs(picked, 8), RawColumns.raw(3).scaled(shift, factor)).folded


def test_bad_options() -> None:
    X = bytes_()
    with pytest.raises(OptionError, match="int64"):
        fit_inputs(X.astype(np.int64), NO_CATEGORIES)
    with pytest.raises(OptionError, match="window is 0"):
        fit_inputs(X, NO_CATEGORIES, window=0)
    with pytest.raises(OptionError, match="folded because X is float32"):
        fit_inputs(X.astype(np.float32), NO_CATEGORIES, fold=True)
    with pytest.raises(OptionError, match="folded because X has categories"):
        fit_inputs(X, (("a",), (), ()), fold=True)
    for factor in (-1.0, 0.0, np.nan):
        with pytest.raises(OptionError, match="feature 1 has factor"):
            compose(
                quantize_inputs(fit_inputs(X, NO_CATEGORIES), 8),
                RawColumns.raw(3).scaled(np.zeros(3), np.array([1, factor, 1])),
            )
    coded = quantize_inputs(fit_inputs(X % 2, (("a", "b"), (), ())), 8)
    with pytest.raises(OptionError, match="categories that the sketch reads"):
        compose(coded, RawColumns.raw(3).scaled(np.ones(3), np.ones(3)))
