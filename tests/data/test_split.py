import numpy as np
import pytest

from rs2c.read.datasets import Dataset
from rs2c.read.held_out import draw_test_rows


def as_dataset(y: np.ndarray, task: str) -> Dataset:
    X = np.arange(len(y), dtype=np.uint16)[:, None]
    return Dataset("t", X, y, ("x",), (), task, ((),))  # type: ignore[arg-type]


@pytest.mark.parametrize("test_size", [0.01, 0.2, 0.5, 0.95])
@pytest.mark.parametrize("sizes", [[50, 50], [97, 2, 1], [5, 6, 7, 8], [1, 1, 1, 9]])
def test_split_is_stratified(test_size: float, sizes: list[int]) -> None:
    y = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    rows = draw_test_rows(as_dataset(y, "classify"), test_size, 5)
    drawn = np.bincount(y[rows], minlength=len(sizes))
    assert np.array_equal(rows, np.unique(rows))
    assert (drawn < sizes).all()
    capped = np.minimum(np.array(sizes) * test_size, np.array(sizes) - 1)
    assert (np.abs(drawn - capped) <= 1).all()
    assert abs(drawn.sum() - capped.sum()) < 1
    if min(sizes) * (1 - test_size) >= 1:  # no class held back its last row
        assert drawn.sum() == max(1, round(test_size * len(y)))


def test_split_depends_on_the_seed_alone() -> None:
    data = as_dataset(np.linspace(0, 1, 100, dtype=np.float32), "regress")
    first = draw_test_rows(data, 0.2, 0)
    assert len(first) == 20
    np.testing.assert_array_equal(first, draw_test_rows(data, 0.2, 0))
    assert not np.array_equal(first, draw_test_rows(data, 0.2, 1))
    # golden: raw PCG64 words are the same in every NumPy
    np.testing.assert_array_equal(draw_test_rows(as_dataset(np.arange(12) % 2, "classify"), 0.34, 7), [3, 4, 6, 11])
