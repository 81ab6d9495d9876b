"""The overflow proof at each of its limits, and its intervals against what random and hostile vectors reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rs2c import bounds, reference
from rs2c.coverage import coverage, hash_values_of, reachable_columns, reached_columns
from rs2c.errors import BoundError
from rs2c.integer_model import Array, IntegerModel
from rs2c.raw_types import RAW_TYPES, type_limits
from rs2c.vectors import corner_vectors, palettes, random_vectors, window_vectors
from tests.support.random_models import OPTIONS, random_model, shape_of
from tests.support.small_models import front_end, hashes, model, projection

CASES = [(option, value) for option, values in OPTIONS.items() for value in values]
each_case = pytest.mark.parametrize(("option", "value"), CASES, ids=[f"{o}={v}" for o, v in CASES])


def largest(subject: IntegerModel) -> dict[str, int]:
    return {bound.name: bound.largest for bound in bounds.prove(subject)}


def refused(subject: IntegerModel) -> str:
    """Which accumulator cannot be proved."""
    with pytest.raises(BoundError) as caught:
        bounds.prove(subject)
    return str(caught.value).removeprefix("the ").split(" can reach")[0]


# ---------------------------------------------------------------- each bound


def test_the_front_end_always_fits() -> None:
    """No entry that the schema allows comes near: 2^15 * 32767 + 2^29 is below 2^31."""
    subject = model(raw_type="int16", front_end=front_end(16, multiplier=[32767], shift=[14]))
    assert largest(subject)["front end"] == (32767 << 15) + (1 << 29)
    code = front_end(16, indicator=[1], multiplier=[32767], shift=[14])
    assert largest(model(raw_type="int16", front_end=code))["front end"] == 1 << 29


@pytest.mark.parametrize("sign", [1, -1])
def test_the_projection_at_its_limit(sign: int) -> None:
    """|weights| . |x| + |bias| + half + range reaches 2^31 - 1 and no more."""
    room = (1 << 31) - 1 - 127 * 32768 - 3 * 32768 - (1 << (5 + 15)) - (1 << 4)

    def at(bias: int) -> IntegerModel:
        return model(
            raw_type="int16",
            features=2,
            projection=projection([[127, -3]], [sign * bias], shift=5, bits=16),
            hashes=hashes([[[1]]]),
        )

    assert largest(at(room))["projection"] == (1 << 31) - 1
    assert refused(at(room + 1)) == "projection"


def test_the_projection_at_the_end_of_int32_is_refused_and_nothing_else_happens() -> None:
    for bias in (-(1 << 31), (1 << 31) - 1):
        assert refused(model(projection=projection([[1]], [bias], shift=22), hashes=hashes([[[1]]]))) == "projection"


@pytest.mark.parametrize("sign", [1, -1])
def test_the_hash_value_at_its_limit(sign: int) -> None:
    def at(offset: int) -> IntegerModel:
        return model(raw_type="uint16", features=2, hashes=hashes([[[-128, 5]]], offsets=sign * offset, shifts=29))

    room = (1 << 31) - 1 - 133 * 65535
    assert largest(at(room))["hash value"] == (1 << 31) - 1
    assert refused(at(room + 1)) == "hash value"
    assert refused(model(hashes=hashes([[[1]]], offsets=-(1 << 31)))) == "hash value"


def test_a_projected_hash_value_is_bounded_by_what_the_projection_reaches() -> None:
    """z = 2 x, at most 254 and at least -256, which 16 bits hold."""
    subject = model(projection=projection([[2]], bits=16), hashes=hashes([[[-128]]], offsets=-7))
    assert largest(subject)["hash value"] == 128 * 256 + 7
    narrow = model(projection=projection([[2]], bits=8), hashes=hashes([[[-128]]], offsets=-7))
    assert largest(narrow)["hash value"] == 128 * 128 + 7


def sums(rows: int, count: int, *, linear: bool = False, bias: int = 0, shift: int = 0) -> IntegerModel:
    """Rows that each hold the counts `count` and -`count`."""
    return model(
        hashes=hashes([[[1]]] * rows, shifts=8),
        counts=np.array([[[count], [-count]]] * rows, np.int16),
        probe="linear" if linear else "nearest",
        bias=np.array([bias], np.int32),
        output_shifts=np.array([shift], np.uint8),
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_the_score_at_its_limit(sign: int) -> None:
    room = (1 << 30) - 1 - (3 * 1000 << 4)
    assert largest(sums(3, 1000, bias=sign * room, shift=4))["score"] == (1 << 30) - 1
    assert refused(sums(3, 1000, bias=sign * (room + 1), shift=4)) == "score"


def test_a_linear_read_counts_256_nodes_and_255_differences() -> None:
    assert largest(sums(1, 100, linear=True))["sum of counts"] == 256 * 100 + 255 * 200
    assert largest(sums(1, 100))["sum of counts"] == 100


def test_the_sum_of_counts_at_its_limit() -> None:
    """85 rows of 256 * 32767 + 255 * 65534 and four that fill up to 2^31 - 1: then only the score is too large."""
    row = 256 * 32767 + 255 * 65534
    rows, rest = divmod((1 << 31) - 1, row)
    fill = rest // (4 * 256)
    counts = np.array([[[32767], [-32767]]] * rows + [[[fill], [fill]]] * 4, np.int16)

    def at(values: Array) -> IntegerModel:
        return model(hashes=hashes([[[1]]] * len(values), shifts=8), counts=values, probe="linear")

    assert refused(at(counts)) == "score"
    counts[-4:] += 1
    assert refused(at(counts)) == "sum of counts"


def test_output_shifts_do_not_wrap_around() -> None:
    for shift in (15, 24):
        assert refused(sums(64, 32767, shift=shift)) == "score"
    assert refused(replace(sums(8192, 32767), output_shifts=np.array([24], np.uint8))) == "score"


def test_the_refusal_says_what_to_do() -> None:
    with pytest.raises(
        BoundError, match=r"the score can reach 1073741824, past the limit of 1073741823, .*; use fewer"
    ):
        bounds.prove(sums(1, 0, bias=1 << 30))


# ------------------------------------------------------------------ intervals


def hostile_vectors(subject: IntegerModel, rng: np.random.Generator) -> Array:
    """Random, corner and window vectors, and those that take some hash values to their two ends."""
    parts = [random_vectors(subject, rng, 200), corner_vectors(subject, rng, 200), window_vectors(subject, rng, 200)]
    weights = subject.hashes.weights.astype(np.int64)
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
    t = hash_values_of(subject, raw)
    for values, (low, high) in (
        (x, bounds.input_range(subject)),
        (z, bounds.projected_range(subject)),
        (t, bounds.hash_range(subject)),
    ):
        assert (values >= low).all()
        assert (values <= high).all()
    proved = largest(subject)
    assert np.abs(t).max() <= proved["hash value"]
    assert np.abs(reference.scores(subject, x)).max() <= proved["score"]


@each_case
def test_reached_columns_are_reachable(option: str, value: object) -> None:
    seed = CASES.index((option, value)) + 1000
    subject = random_model(shape_of({option: value}, seed), seed)
    raw = hostile_vectors(subject, np.random.default_rng(seed))
    reached, reachable = reached_columns(subject, raw), reachable_columns(subject)
    assert reached.any(axis=1).all()
    assert not (reached & ~reachable).any()
    found = coverage(subject, raw)
    assert (found.reached, found.reachable) == (reached.sum(), reachable.sum())


def test_input_ranges_by_hand() -> None:
    front = front_end(8, centre=[0, 200, -3, 7], shift=[1, 0, 0, 0], multiplier=[1, 1, 3, 90], indicator=[0, 0, 0, 1])
    low, high = bounds.input_range(model(raw_type="uint8", front_end=front, hashes=hashes([[[1, 1, 1, 1]]])))
    # 0..255 halved; 0..255 less 200, clamped; three times 3..258, clamped, and 0; the indicator
    assert low.tolist() == [0, -128, 0, 0]
    assert high.tolist() == [127, 55, 127, 90]


@pytest.mark.parametrize("raw_type", ["int8", "uint8", "int16", "uint16"])
def test_hash_ranges_without_a_front_end_are_exact(raw_type: str) -> None:
    least, most = type_limits(raw_type)
    subject = model(raw_type=raw_type, features=2, hashes=hashes([[[3, -2]]], offsets=11, shifts=20))
    low, high = bounds.hash_range(subject)
    assert (low.item(), high.item()) == (3 * least - 2 * most + 11, 3 * most - 2 * least + 11)


def test_a_projection_that_cannot_saturate_gives_a_tighter_interval() -> None:
    """z0 = z1 = x, t = z0 - z1 = 0: two independent z would give +-255."""
    twins = projection([[1], [1]], bits=16)
    low, high = bounds.hash_range(model(projection=twins, hashes=hashes([[[1, -1]]])))
    assert (low.item(), high.item()) == (-2, 2)  # one half of rounding a dimension, and the next integer
    saturating = projection([[1], [1]], bits=8)
    low, high = bounds.hash_range(model(projection=saturating, hashes=hashes([[[1, -1]]])))
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
