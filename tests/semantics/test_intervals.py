"""The intervals of the overflow proof, and columns that can be reached, against what hostile vectors reach."""

from __future__ import annotations

import numpy as np
import pytest

from rs2c.base.arrays import Array
from rs2c.base.raw_types import RAW_TYPES, type_limits
from rs2c.model import bounds, reference
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import corner_vectors, palettes, random_vectors, window_vectors
from rs2c.verify.coverage import coverage, read_by_blocks
from rs2c.verify.edge_search import edge_and_column_vectors
from tests.support.random_models import random_model
from tests.support.random_shapes import OPTIONS, shape_of
from tests.support.sketches import rows_of, tail_of
from tests.support.small_models import front_end, hashes, model, projection

CASES = [(option, value) for option, values in OPTIONS.items() for value in values]
each_case = pytest.mark.parametrize(("option", "value"), CASES, ids=[f"{o}={v}" for o, v in CASES])


def reachable_columns(subject: IntegerModel) -> Array:
    return rows_of(subject).reachable_columns(subject.read_range)


def hash_range(subject: IntegerModel) -> tuple[Array, Array]:
    return rows_of(subject).hashes.range(subject.read_range)


def hostile_vectors(subject: IntegerModel, rng: np.random.Generator) -> Array:
    """Random, corner and window vectors, and those that take some hash values to their two ends."""
    parts = [random_vectors(subject, rng, 200), corner_vectors(subject, rng, 200), window_vectors(subject, rng, 200)]
    weights = rows_of(subject).hashes.weights.astype(np.int64)
    if subject.projection is not None:
        weights = weights @ subject.projection.weights.astype(np.int64)
    slopes = weights.reshape(-1, subject.n_inputs)[:40]
    tables = palettes(subject)
    source = np.arange(subject.n_inputs) if subject.front_end is None else subject.front_end.source
    for slope in slopes:
        total = np.bincount(source, weights=slope, minlength=subject.n_features)
        ends = [
            [table[-1] if up else table[0] for table, up in zip(tables, side, strict=True)]
            for side in (total > 0, total <= 0)
        ]
        parts.append(np.array(ends, RAW_TYPES[subject.raw_type]))
    return np.concatenate(parts)


@each_case
def test_every_value_lies_in_its_interval(option: str, value: object) -> None:
    seed = CASES.index((option, value))
    subject = random_model(shape_of({option: value}, seed), seed)
    rng = np.random.default_rng(seed)
    raw = hostile_vectors(subject, rng)
    x = reference.quantize(subject, raw)
    z = reference.project(subject, x)
    t = rows_of(subject).hashes.values(read_by_blocks(subject, raw))
    for values, (low, high) in (
        (x, subject.input_range),
        (z, (subject.read_range.low, subject.read_range.high)),
        (t, hash_range(subject)),
    ):
        assert (values >= low).all()
        assert (values <= high).all()
    proved = {bound.name: bound.largest for bound in bounds.prove(subject)}
    assert np.abs(rows_of(subject).row_reads(t).sum(axis=1)).max() <= proved["sum of counts"]
    tail = tail_of(subject)
    if tail is not None:
        assert np.abs(z @ tail.weights.T.astype(np.int64)).max() <= proved["tail"]
    assert np.abs(t).max() <= proved["hash value"]
    assert np.abs(reference.scores(subject, x)).max() <= proved["score"]


@each_case
def test_reached_columns_are_reachable(option: str, value: object) -> None:
    seed = CASES.index((option, value)) + 1000
    subject = random_model(shape_of({option: value}, seed), seed)
    raw = hostile_vectors(subject, np.random.default_rng(seed))
    reached, reachable = rows_of(subject).columns_read(read_by_blocks(subject, raw)), reachable_columns(subject)
    assert reached.any(axis=1).all()
    assert not (reached & ~reachable).any()
    found = coverage(subject, raw)
    assert (found.reached, found.reachable) == (reached.sum(), reachable.sum())


def test_input_ranges_by_hand() -> None:
    front = front_end(8, centre=[0, 200, -3, 7], shift=[1, 0, 0, 0], multiplier=[1, 1, 3, 90], indicator=[0, 0, 0, 1])
    low, high = model(raw_type="uint8", front_end=front, hashes=hashes([[[1, 1, 1, 1]]])).input_range
    # 0..255 halved; 0..255 less 200, clamped; three times 3..258, clamped, and 0; the indicator
    assert low.tolist() == [0, -128, 0, 0]
    assert high.tolist() == [127, 55, 127, 90]


@pytest.mark.parametrize("raw_type", ["int8", "uint8", "int16", "uint16"])
def test_hash_ranges_without_a_front_end_are_exact(raw_type: str) -> None:
    least, most = type_limits(raw_type)
    subject = model(raw_type=raw_type, features=2, hashes=hashes([[[3, -2]]], offsets=11, shifts=20))
    low, high = hash_range(subject)
    assert (low.item(), high.item()) == (3 * least - 2 * most + 11, 3 * most - 2 * least + 11)


def test_hash_ranges_take_offsets_in_their_steps() -> None:
    low, high = hash_range(model(hashes=hashes([[[2]]], offsets=-9, offset_shift=5)))
    assert (low.item(), high.item()) == (-256 - 288, 254 - 288)
    low, high = hash_range(model(hashes=hashes([[[2]]], offsets=-9, offset_shift=5, scales=3)))
    assert (low.item(), high.item()) == (-768 - 288, 762 - 288)


def test_a_projection_that_cannot_saturate_gives_a_tighter_interval() -> None:
    """z0 = z1 = x, t = z0 - z1 = 0: two independent z would give +-255."""
    twins = projection([[1], [1]], bits=16)
    low, high = hash_range(model(projection=twins, hashes=hashes([[[1, -1]]])))
    assert (low.item(), high.item()) == (-2, 2)  # one half of rounding a dimension, and the next integer
    saturating = projection([[1], [1]], bits=8)
    low, high = hash_range(model(projection=saturating, hashes=hashes([[[1, -1]]])))
    assert (low.item(), high.item()) == (-255, 255)


def test_reachable_columns_by_hand() -> None:
    """t = x / 2^5 from -128 to 127: cells 0 to 3 of 8, and one more that a linear probe reads."""
    counts = np.zeros((1, 8, 1), np.int8)
    grid = hashes([[[1]]], cell_bits=3, shifts=5)
    assert reachable_columns(model(hashes=grid, counts=counts)).tolist() == [[True] * 4 + [False] * 4]
    assert reachable_columns(model(hashes=grid, counts=counts, probe="linear")).tolist() == [[True] * 5 + [False] * 3]
    beyond = hashes([[[1]]], cell_bits=3, offsets=1000)  # every t is past the last node: R - 2 and R - 1 are read
    assert reachable_columns(model(hashes=beyond, counts=counts)).tolist() == [[False] * 7 + [True]]
    assert reachable_columns(model(hashes=beyond, counts=counts, probe="linear")).tolist() == [[False] * 6 + [True] * 2]


def test_reachable_columns_of_two_hashes_and_of_signs() -> None:
    pair = hashes([[[1], [0]]], cell_bits=1, shifts=6, offsets=[[0, 64]])  # cells 0 or 1, and always 1
    assert reachable_columns(model(hashes=pair, counts=np.zeros((1, 4, 1), np.int8))).tolist() == [
        [False, True, False, True]
    ]
    signs = hashes([[[1], [0]]], "srp", offsets=[[200, -1]])  # always 1, always 0
    assert reachable_columns(model(hashes=signs, counts=np.zeros((1, 4, 1), np.int8))).tolist() == [
        [False, False, True, False]
    ]


def test_coverage_counts_what_was_reached() -> None:
    subject = model(hashes=hashes([[[1]]], cell_bits=2, shifts=5), counts=np.zeros((1, 4, 1), np.int8))
    raw = np.array([[0], [40], [41]], np.int8)
    found = coverage(subject, raw)
    assert (found.reached, found.reachable, found.share) == (2, 4, 0.5)
    assert coverage(subject, raw[:0]).share == 0


@pytest.mark.parametrize("offset_shift", [0, 6])
def test_vectors_are_found_on_both_sides_of_every_edge(offset_shift: int) -> None:
    """Both rows reach all their cells, and any hash value, for a weight is 1 or -1."""
    subject = model(
        raw_type="int16",
        features=3,
        hashes=hashes(
            [[[1, 7, -5]], [[90, -1, 33]]], cell_bits=3, shifts=9, offsets=[[35], [29]], offset_shift=offset_shift
        ),
        counts=np.zeros((2, 8, 1), np.int8),
    )
    rng = np.random.default_rng(3)
    found = edge_and_column_vectors(subject, rng, window_vectors(subject, rng, 50))
    t = rows_of(subject).hashes.values(read_by_blocks(subject, found))[:, :, 0]
    edges = np.arange(9) << 9
    for row in range(2):
        assert np.isin(edges, t[:, row]).all()
        assert np.isin(edges - 1, t[:, row]).all()


def test_vectors_are_found_next_to_every_edge_of_scaled_hashes() -> None:
    """A sum can be any integer, so that the nearest hash values on both sides of an edge are a scale apart."""
    scales = np.array([7, 255])
    subject = model(
        raw_type="int16",
        features=3,
        hashes=hashes(
            [[[1, 7, -5]], [[90, -1, 33]]], cell_bits=3, shifts=14, offsets=[[35], [29]], scales=scales[:, None]
        ),
        counts=np.zeros((2, 8, 1), np.int8),
    )
    rng = np.random.default_rng(3)
    raw = edge_and_column_vectors(subject, rng, window_vectors(subject, rng, 50))
    t = rows_of(subject).hashes.values(read_by_blocks(subject, raw))[:, :, 0]
    edges = np.arange(9) << 14
    for row, (scale, offset) in enumerate(zip(scales, (35, 29), strict=True)):
        first = edges + (offset - edges) % scale
        assert np.isin(first, t[:, row]).all()
        assert np.isin(first - scale, t[:, row]).all()
