"""Strong universality: two distinct keys share a column with probability 1/R over the drawn constants."""

import numpy as np
import pytest

from rs2c.sketch.hash_family import HashFamily, draw_hashes

ROWS = 500_000
KEYS = {
    1: [[0], [1], [2], [3], [32767], [32768], [32769], [65535]],
    2: [[0, 0], [0, 1], [1, 0], [1, 1], [32768, 32768], [32768, 32769], [32769, 32767], [65535, 65535]],
    3: [[0, 0, 0], [0, 0, 1], [1, 1, 1], [32768, 32768, 32767], [32767, 32768, 32768], [65535, 0, 65535]],
}


@pytest.mark.parametrize("columns", [2, 16, 1024])
@pytest.mark.parametrize("hashes", [1, 2, 3])
def test_distinct_keys_share_a_column_once_in_r(hashes: int, columns: int) -> None:
    drawn = draw_hashes(HashFamily("l2", 1, hashes, columns), ROWS, seed=17)
    keys = np.array(KEYS[hashes])
    read = drawn.columns_of_cells(np.repeat(keys[:, None], ROWS, axis=1))
    assert read.min() >= 0
    assert read.max() == columns - 1
    error = np.sqrt(1 / columns * (1 - 1 / columns) / ROWS)
    for i in range(len(keys)):
        for j in range(i):
            assert abs((read[i] == read[j]).mean() - 1 / columns) < 4 * error, (keys[i], keys[j])


def test_columns_of_one_key_are_uniform() -> None:
    read = draw_hashes(HashFamily("l2", 1, 2, 16), ROWS, seed=3).columns_of_cells(np.zeros((1, ROWS, 2), np.int64))
    share = np.bincount(read[0], minlength=16) / ROWS
    assert np.abs(share - 1 / 16).max() < 4 * np.sqrt(15 / 256 / ROWS)


def test_the_column_is_the_definition_in_python_integers() -> None:
    hashes = draw_hashes(HashFamily("l2", 1, 3, 65536), 5, seed=1)
    cells = np.array([[[65535, 1, 40000]] * 5, [[0, 0, 0]] * 5])
    for n, row in np.ndindex(2, 5):
        key = int(hashes.addends[row]) + sum(int(hashes.multipliers[row, k]) * int(cells[n, row, k]) for k in range(3))
        assert hashes.columns_of_cells(cells)[n, row] == key % 2**32 >> 16
