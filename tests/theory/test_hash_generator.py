"""The golden stream: any other implementation of the generator must give these very values."""

import hashlib

import numpy as np
import pytest
from scipy.special import roots_legendre
from scipy.stats import norm

from rs2c.base.errors import Rs2cError
from rs2c.sketch import hash_generator
from rs2c.sketch.hash_family import HashFamily, draw_hashes

GOLDEN_WORDS = [
    2391539541053276776,
    16321491304643971414,
    4787635008706537062,
    14011750488883841123,
    860831696007417998,
]
GOLDEN_GAUSSIAN = [
    [[466363, 569334, -1769224], [-672593, -1679937, -464947]],
    [[-2620513, 1153655, -1185936], [-732023, 251696, 223385]],
]
GOLDEN_OFFSETS = [[201317.0, 302326.0], [2092418.0, 3630926.0]]
GOLDEN_MULTIPLIERS = [[4270852384, 2042124613], [107426761, 3339440968]]
GOLDEN_ADDENDS = [3917298244, 819603844]
GOLDEN_ID = "de8d8b0982c5da9a5b606debacc817260cb7d66639aa0a4e62e441f7bd83a7a8"
GOLDEN_TERNARY = [[[1, 0, -1, 0], [0, -1, 0, 1]], [[1, 0, 0, 0], [0, 1, 1, 0]], [[0, 1, -1, 0], [0, 0, -1, 0]]]
REDRAWN = (0, 0)  # row, k whose attempt 0 is all zeros


def counts(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def test_draw_is_splitmix64() -> None:
    # The first outputs for state 1234567, as published with many ports of SplitMix64.
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert hash_generator.draw(counts(1234567), np.arange(5, dtype=np.uint64)).tolist() == expected
    assert hash_generator.draw(counts(0), counts(0)).tolist() == [0xE220A8397B1DCDAF]


def test_golden_words() -> None:
    keys = [(0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (1, 1, 0, 0, 0), (1, 2, 3, 4, 5), (2**64 - 1, 3, 1000, 15, 783)]
    got = [hash_generator.words(s, p, counts(row), counts(k), counts(i)).item() for s, p, row, k, i in keys]
    assert got == GOLDEN_WORDS


def test_golden_gaussian_rows() -> None:
    hashes = draw_hashes(HashFamily("l2", 3, 2, 64, bin_width=1.5), 2, seed=7)
    assert (hashes.directions * 2**20).astype(int).tolist() == GOLDEN_GAUSSIAN
    assert (hashes.offsets / 1.5 * 2**24).tolist() == GOLDEN_OFFSETS
    assert hashes.multipliers.tolist() == GOLDEN_MULTIPLIERS
    assert hashes.addends.tolist() == GOLDEN_ADDENDS
    assert hashes.hash_id == GOLDEN_ID


def test_golden_ternary_rows_with_a_redraw() -> None:
    assert hash_generator.ternary_directions(7, 3, 2, 4, 1 / 3).tolist() == GOLDEN_TERNARY
    attempt_0 = hash_generator.words(
        7, hash_generator.DIRECTIONS, counts(REDRAWN[0]), counts(REDRAWN[1]), counts(0, 1, 2, 3)
    )
    assert ((attempt_0 >> np.uint64(31)) % np.uint64(2**32) >= int(2**32 / 3)).all(), "this row should need a redraw"


def test_ternary_rows_are_never_zero_and_follow_the_density() -> None:
    signs = hash_generator.ternary_directions(3, 20_000, 1, 2, 0.2)[:, 0]
    assert np.abs(signs).max(axis=1).min() == 1
    both = (np.abs(signs).sum(axis=1) == 2).mean()
    expected = 0.2**2 / (1 - 0.8**2)  # given that not both are 0
    assert abs(both - expected) < 4 * np.sqrt(expected * (1 - expected) / 20_000)


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    gaussian, ternary = (
        hash_generator.gaussian_directions(5, 50, 2, 3),
        hash_generator.ternary_directions(5, 50, 2, 3, 0.3),
    )
    monkeypatch.setattr(hash_generator, "_BLOCK_WORDS", 7)
    assert np.array_equal(hash_generator.gaussian_directions(5, 50, 2, 3), gaussian)
    assert np.array_equal(hash_generator.ternary_directions(5, 50, 2, 3, 0.3), ternary)


def test_gaussian_table_is_the_rms_of_each_cell() -> None:
    edges = norm.ppf(0.5 + np.arange(2049) / 4096)
    nodes, node_weights = roots_legendre(20)
    u = (np.arange(2047)[:, None] + (nodes + 1) / 2) / 2048
    squares = (norm.ppf(0.5 + u / 2) ** 2) @ node_weights / 2
    last = 1 + 2 * 2048 * edges[2047] * norm.pdf(edges[2047])  # the open cell, in closed form
    table = np.rint(np.sqrt(np.append(squares, last)) * 2**20).astype("<u4")
    assert np.array_equal(table, hash_generator.gaussian_table() * 2**20)
    assert hashlib.sha256(table.tobytes()).hexdigest() == hash_generator.GAUSSIAN_TABLE_SHA256
    assert abs((hash_generator.gaussian_table() ** 2).mean() - 1) < 1e-9


def test_a_damaged_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_generator, "GAUSSIAN_TABLE_SHA256", "0" * 64)
    hash_generator.gaussian_table.cache_clear()
    with pytest.raises(Rs2cError, match="damaged"):
        hash_generator.gaussian_table()


def test_purposes_share_no_word() -> None:
    rows, ks, index = np.arange(64, dtype=np.uint64)[:, None, None], counts(0, 1)[:, None], counts(0, 1, 2, 3)
    drawn = [hash_generator.words(9, purpose, rows, ks, index).ravel() for purpose in range(5)]
    assert len(np.unique(np.concatenate(drawn))) == 5 * 64 * 2 * 4
