"""A sketch's addresses and answers, against plain loops over their definitions."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rs2c.base.errors import OptionError
from rs2c.sketch import hash_family
from rs2c.sketch.hash_family import HashFamily, RowHashes, draw_hashes
from rs2c.sketch.sketch import RepresenterSketch, build, query, row_values

RNG = np.random.default_rng(41)
INPUTS = RNG.normal(size=(40, 5)) * 3
PROJECTION = RNG.normal(size=(5, 3))
ANCHORS, WEIGHTS = RNG.normal(size=(30, 3)) * 3, RNG.normal(size=(30, 2))
BIAS = np.array([1.0, -3.0])


def column(hashes: RowHashes, z: np.ndarray, row: int) -> int:
    """The column of one point, digit by digit, hash 0 first."""
    family, result = hashes.family, 0
    cells = round(family.columns ** (1 / family.hashes))
    for k in range(family.hashes):
        t = (hashes.directions[row, k] @ z + hashes.offsets[row, k]) / family.bin_width
        clamped = min(max(math.floor(t) + cells // 2, 0), cells - 1)
        digit = int(t >= 0) if family.kind == "srp" else clamped
        result = result * cells + digit
    return result


@pytest.mark.parametrize(
    "family",
    [
        HashFamily("srp", 3, 4, 16),
        HashFamily("l2", 3, 1, 8, bin_width=0.5, range="grid"),
        HashFamily("l2", 3, 2, 64, bin_width=0.5, range="grid", directions="ternary"),
        HashFamily("l2", 3, 3, 512, bin_width=2.0, range="grid"),
    ],
    ids=["srp", "grid-1", "grid-2", "grid-3"],
)
def test_columns_are_the_digits_of_the_cells(family: HashFamily, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = draw_hashes(family, 9, seed=1)
    expected = np.array([[column(hashes, z, row) for row in range(9)] for z in ANCHORS])
    np.testing.assert_array_equal(hashes.columns(ANCHORS), expected)
    monkeypatch.setattr(hash_family, "_BLOCK_VALUES", 50)
    np.testing.assert_array_equal(hashes.columns(ANCHORS), expected)


def test_an_srp_tie_is_bit_1() -> None:
    hashes = draw_hashes(HashFamily("srp", 2, 3, 8, directions="ternary", density=1.0), 50, seed=1)
    assert set(hashes.columns(np.zeros((1, 2))).ravel()) == {7}
    opposite = hashes.directions[:, :, 0] != hashes.directions[:, :, 1]
    np.testing.assert_array_equal(hashes.cells(np.ones((1, 2)))[0], opposite | (hashes.directions[:, :, 0] > 0))


def test_grid_ends_take_everything_beyond() -> None:
    hashes = draw_hashes(HashFamily("l2", 1, 1, 8, range="grid"), 50, seed=1)
    up = hashes.directions[:, 0, 0] > 0
    np.testing.assert_array_equal(hashes.columns(np.array([[1e200]]))[0], np.where(up, 7, 0))
    np.testing.assert_array_equal(hashes.columns(np.zeros((1, 1)))[0], 4)


def test_rehash_cells_are_unsigned_16_bit() -> None:
    hashes = draw_hashes(HashFamily("l2", 1, 1, 8), 50, seed=1)
    cells = hashes.cells(np.array([[0.0], [1e200], [-1e200]]))
    assert set(cells[0].ravel()) == {32768}
    assert set(cells[1:].ravel()) == {0, 65535}


def test_hash_values_depend_on_no_batch() -> None:
    hashes = draw_hashes(HashFamily("l2", 3, 2, 64), 100, seed=4)
    together = hashes.hash_values(ANCHORS)
    for i, z in enumerate(ANCHORS):
        np.testing.assert_array_equal(hashes.hash_values(z[None])[0], together[i])


@pytest.mark.parametrize("groups", [1, 3, 15])
@pytest.mark.parametrize(
    "family", [HashFamily("l2", 3, 2, 32, bin_width=2.0), HashFamily("srp", 3, 3, 8)], ids=["rehash", "srp"]
)
def test_query_is_the_debiased_median_of_means(family: HashFamily, groups: int) -> None:
    hashes = draw_hashes(family, 15, seed=8)
    sketch = build(hashes, ANCHORS, WEIGHTS, projection=PROJECTION, bias=BIAS, groups=groups)
    steps = np.rint(WEIGHTS * 2**20) / 2**20
    same = hashes.columns(INPUTS @ PROJECTION)[:, None] == hashes.columns(ANCHORS)  # (n, M, L)
    reads = np.einsum("nml,mc->nlc", same, steps)
    np.testing.assert_allclose(row_values(sketch, INPUTS), reads, atol=1e-12)
    answer = np.median([part.mean(axis=1) for part in np.split(reads, groups, axis=1)], axis=0)
    if family.rehashed:
        answer = (32 * answer - steps.sum(axis=0)) / 31
    np.testing.assert_allclose(query(sketch, INPUTS), answer + BIAS, atol=1e-9)


def grid_sketch(probe: str) -> RepresenterSketch:
    hashes = draw_hashes(HashFamily("l2", 3, 1, 8, bin_width=2.0, range="grid"), 7, seed=8)
    return build(hashes, ANCHORS, WEIGHTS, projection=PROJECTION, probe=probe)


def test_linear_probe_interpolates_between_the_centres_of_bins() -> None:
    sketch = grid_sketch("linear")
    z = INPUTS @ PROJECTION
    for row in range(7):
        u = (z @ sketch.hashes.directions[row, 0] + sketch.hashes.offsets[row, 0]) / 2.0 + 3.5
        for c in range(2):
            expected = np.interp(u, np.arange(8), sketch.counts[row, :, c] * 2.0**-20)  # clamps at both ends
            np.testing.assert_allclose(row_values(sketch, INPUTS)[:, row, c], expected, atol=1e-9)


def test_linear_probe_on_a_node_is_the_nearest_probe() -> None:
    hashes = draw_hashes(HashFamily("l2", 1, 1, 4, range="grid"), 1, seed=2)
    sketch = build(hashes, np.linspace(-3, 3, 9)[:, None], np.arange(9.0)[:, None])
    z = (np.arange(-2, 2) + 0.5 - hashes.offsets[0, 0])[:, None] / hashes.directions[0, 0, 0]
    linear = row_values(replace(sketch, probe="linear"), z)
    np.testing.assert_allclose(linear, row_values(sketch, z), atol=1e-9)
    assert len(np.unique(linear)) >= 3


def test_a_refitted_sketch_sums_its_rows() -> None:
    built = grid_sketch("linear")
    counts = RNG.normal(size=built.counts.shape).astype(np.float32)
    refitted = replace(built, counts=counts, step_bits=None, weight_sum=None, bias=BIAS)
    np.testing.assert_allclose(query(refitted, INPUTS), row_values(refitted, INPUTS).sum(axis=1) + BIAS)
    assert np.abs(row_values(refitted, INPUTS)).max() <= np.abs(counts).max()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"kind": "l1"}, "kind"),
        ({"dimensions": 0}, "dimensions"),
        ({"hashes": 1.0}, "hashes"),
        ({"columns": 12}, "columns"),
        ({"columns": 1 << 17}, "columns"),
        ({"columns": 1}, "columns"),
        ({"bin_width": 0.0}, "bin_width"),
        ({"bin_width": math.nan}, "bin_width"),
        ({"density": 0.0}, "density"),
        ({"range": "grid", "hashes": 2, "columns": 8}, "grid"),
        ({"kind": "srp", "hashes": 3}, "2\\*\\*hashes"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_families_that_cannot_work_are_refused(options: dict[str, object], word: str) -> None:
    with pytest.raises(OptionError, match=word):
        HashFamily(**{"kind": "l2", "dimensions": 3, "hashes": 1, "columns": 16, **options})


@pytest.mark.parametrize(("rows", "seed"), [(0, 0), (4, -1), (4, 2**64), (1 << 25, 0), (4, 1.0)])
def test_draws_that_cannot_work_are_refused(rows: int, seed: int) -> None:
    with pytest.raises(OptionError):
        draw_hashes(HashFamily("l2", 3, 1, 16), rows, seed)
