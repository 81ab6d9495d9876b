"""The overflow proof at each of its limits (SPEC section 7)."""

from __future__ import annotations

import numpy as np
import pytest

from rs2c.base.arrays import Array
from rs2c.base.errors import BoundError
from rs2c.model import bounds
from rs2c.model.integer_model import IntegerModel
from tests.support.sketches import changed
from tests.support.small_models import front_end, hashes, model, projection, tail


def largest(subject: IntegerModel) -> dict[str, int]:
    return {bound.name: bound.largest for bound in bounds.prove(subject)}


def refused(subject: IntegerModel) -> str:
    """Which accumulator cannot be proved."""
    with pytest.raises(BoundError) as caught:
        bounds.prove(subject)
    return str(caught.value).removeprefix("the ").split(" can reach")[0]


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


def test_the_hash_value_takes_offsets_in_their_steps() -> None:
    def at(offset: int, shift: int) -> IntegerModel:
        return model(hashes=hashes([[[3]]], offsets=offset, offset_shift=shift))

    assert largest(at(4 - (1 << 24), 7))["hash value"] == ((1 << 24) - 4 << 7) + 3 * 128 == (1 << 31) - 128
    assert refused(at((1 << 24) - 3, 7)) == "hash value"
    assert refused(at(-(1 << 31), 24)) == "hash value"  # nothing wraps around


def test_the_hash_value_takes_scales() -> None:
    def at(offset: int) -> IntegerModel:
        return model(hashes=hashes([[[3]]], offsets=offset, scales=255))

    most = (1 << 31) - 1 - 3 * 128 * 255
    assert largest(at(-most))["hash value"] == (1 << 31) - 1
    assert refused(at(most + 1)) == "hash value"


def test_the_sum_of_counts_weighs_each_row_by_its_factor() -> None:
    """Five rows with two arrays of at most 10 and 3: rows 0, 2, 4 read the first."""
    factors = np.array([[1, 0], [-128, 0], [2, 5], [4, 0], [-1, 0]], np.int8)
    subject = model(hashes=hashes([[[1]]] * 5), counts=np.array([[[-10], [4]], [[0], [3]]], np.int8), factors=factors)
    assert largest(subject)["sum of counts"] == 10 * (1 + 2 + 1) + 3 * (128 + 4)
    only_second = changed(subject, factors=factors * np.array([[0, 1]], np.int8))
    assert largest(only_second)["sum of counts"] == 5 * 10
    linear = changed(subject, probe="linear", hashes=hashes([[[1]]] * 5, shifts=8))
    assert largest(linear)["sum of counts"] == 4 * (256 * 10 + 255 * 14) + 132 * (255 * 3)


def test_the_sum_of_counts_weighs_shared_arrays_by_their_rows() -> None:
    """Five rows with two arrays: three read the first."""
    subject = model(hashes=hashes([[[1]]] * 5), counts=np.array([[[-10, 1], [4, 2]], [[0, 7], [3, 0]]], np.int8))
    assert largest(subject)["sum of counts"] == max(3 * 10 + 2 * 3, 3 * 2 + 2 * 7)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sum_of_counts_at_its_limit_with_factors(sign: int) -> None:
    """Rows of 256 * 32767 + 255 * 65534 with factors that add up to 85, a read below 1 more, and then one past."""
    read = 256 * 32767 + 255 * 65534
    times, rest = divmod((1 << 31) - 1, read)

    def at(fill: int) -> IntegerModel:
        counts = np.array([[[32767], [-32767]]] * 2 + [[[fill], [fill]]], np.int16)
        return model(
            hashes=hashes([[[1]]] * 3, shifts=8),
            counts=counts,
            factors=np.array([[sign * 80], [-sign * (times - 80)], [sign * 4]], np.int8),
            probe="linear",
        )

    assert refused(at(rest // 1024)) == "score"
    assert refused(at(rest // 1024 + 1)) == "sum of counts"


@pytest.mark.parametrize("sign", [1, -1])
def test_the_tail_at_its_limit(sign: int) -> None:
    """65535 * 32768 and an indicator of 32767 are 2^31 - 1: then only the score is too large."""

    def at(last: int) -> IntegerModel:
        indicator = [0] * 517 + [1]
        front = front_end(16, source=[0] * 518, multiplier=[1] * 517 + [32767], indicator=indicator)
        weights = sign * np.array([[127] * 516 + [3, last]])
        return model(raw_type="int16", front_end=front, hashes=hashes([[[0] * 518]]), tail=tail(weights))

    assert refused(at(1)) == "score"
    assert refused(at(2)) == "tail"


def test_the_tail_is_bounded_by_what_the_projection_reaches() -> None:
    subject = model(
        projection=projection([[2]], bits=16), hashes=hashes([[[1]]]), tail=tail([[-5], [3]], [0, 2]),
        counts=np.zeros((1, 2, 2), np.int8), bias=np.array([0, 9], np.int32),
    )  # fmt: skip
    assert largest(subject)["tail"] == 5 * 256
    assert largest(subject)["score"] == (3 * 256 << 2) + 9
    assert [bound.name for bound in bounds.prove(subject)][-3:] == ["sum of counts", "tail", "score"]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_score_at_its_limit_with_all_its_terms(sign: int) -> None:
    """(sum << shift) + (tail << shift) + (bias << bias_shift) reaches 2^30 - 1."""

    def at(bias: int, bias_shift: int = 0) -> IntegerModel:
        return changed(
            sums(3, 1000, bias=sign * bias, shift=4), tail=tail([[-sign * 7]], 11, "sparse"), bias_shift=bias_shift
        )

    room = (1 << 30) - 1 - (3 * 1000 << 4) - (7 * 128 << 11)
    assert largest(at(room))["score"] == (1 << 30) - 1
    assert refused(at(room + 1)) == "score"
    assert largest(at(room >> 5, 5))["score"] == (1 << 30) - 1 - room % 32
    assert refused(at((room >> 5) + 1, 5)) == "score"


def test_shifts_of_tail_and_bias_do_not_wrap_around() -> None:
    wide = model(raw_type="uint16", features=200, hashes=hashes([[[0] * 200]]), tail=tail([[127] * 200], 24))
    assert refused(wide) == "score"
    assert refused(model(bias=np.array([-(1 << 31)], np.int32), bias_shift=24)) == "score"


def test_output_shifts_do_not_wrap_around() -> None:
    for shift in (15, 24):
        assert refused(sums(64, 32767, shift=shift)) == "score"
    assert refused(changed(sums(8192, 32767), output_shifts=np.array([24], np.uint8))) == "score"


def test_the_refusal_says_what_to_do() -> None:
    with pytest.raises(
        BoundError, match=r"the score can reach 1073741824, past the limit of 1073741823, .*; use fewer"
    ):
        bounds.prove(sums(1, 0, bias=1 << 30))
