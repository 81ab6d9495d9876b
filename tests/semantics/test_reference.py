"""Every rule of the reference on numbers worked out by hand (SPEC sections 3 to 6)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rs2c.base.arrays import Array
from rs2c.base.errors import DataError
from rs2c.model import reference
from rs2c.model.front_end import FrontEnd, float_to_value
from rs2c.model.integer_model import IntegerModel
from tests.support.sketches import rows_of
from tests.support.small_models import front_end, hashes, model, projection


def x_of(front: FrontEnd, values: list[Any], raw_type: str) -> list[int]:
    """x[0] of each raw value."""
    weights = np.zeros((1, 1, len(front.source)), np.int8)
    subject = model(raw_type=raw_type, front_end=front, hashes=hashes(weights))
    return reference.quantize(subject, np.array(values, raw_type)[:, None])[:, 0].tolist()


def scores_of(subject: IntegerModel, values: list[int]) -> list[list[int]]:
    """Scores of each x[0], whatever the raw type."""
    return reference.scores(subject, np.array(values, np.int64)[:, None]).tolist()


def counts(*values: int) -> Any:
    """One row of one score."""
    return np.array(values, np.int16)[None, :, None]


# ------------------------------------------------------------------ front end


def test_the_front_end_rounds_down() -> None:
    halves = front_end(shift=[1])
    assert x_of(halves, [-4, -3, -2, -1, 0, 1, 2, 3], "int8") == [-2, -2, -1, -1, 0, 0, 1, 1]
    three_eighths = front_end(multiplier=[3], shift=[3], centre=[10])
    assert x_of(three_eighths, [9, 10, 11, 12, 13, 7, 2], "int8") == [-1, 0, 0, 0, 1, -2, -3]


def test_the_front_end_clamps_x() -> None:
    assert x_of(front_end(), [-32768, -129, -128, 127, 128, 32767], "int16") == [-128, -128, -128, 127, 127, 127]
    wide = front_end(16, multiplier=[32767])
    assert x_of(wide, [-2, -1, 0, 1, 2], "int16") == [-32768, -32767, 0, 32767, 32767]


def test_the_front_end_clamps_the_difference_to_16_bits_before_it_multiplies() -> None:
    below, above = front_end(16, multiplier=[3], shift=[2], centre=[-1000]), front_end(16, shift=[1], centre=[1000])
    # 65535 + 1000 is 32767 after the clamp, and 3 * 32767 / 4 = 24575.25
    assert x_of(below, [0, 31767, 31768, 65535], "uint16") == [750, 24575, 24575, 24575]
    assert x_of(above, [-32768, -31769, -31768, -31767, -31766], "int16") == [-16384, -16384, -16384, -16384, -16383]


def test_the_extreme_centres_do_not_overflow() -> None:
    least, most = front_end(16, centre=[-(1 << 30)]), front_end(16, centre=[1 << 30])
    assert x_of(least, [np.inf, -np.inf, 0.0], "float32") == [32767, 1, 32767]
    assert x_of(most, [np.inf, -np.inf, 0.0], "float32") == [-1, -32768, -32768]


def test_an_indicator_is_its_multiplier_at_its_code_and_else_0() -> None:
    codes = front_end(indicator=[1], multiplier=[100], centre=[3], shift=[22])
    assert x_of(codes, [0, 2, 3, 4, 255], "uint8") == [0, 0, 100, 0, 0]


def test_inputs_read_their_source() -> None:
    subject = model(
        features=3,
        raw_type="uint8",
        front_end=front_end(source=[2, 0, 2], centre=[0, 10, 5]),
        hashes=hashes([[[1, 1, 1]]]),
    )
    assert reference.quantize(subject, np.array([[7, 99, 9]], np.uint8)).tolist() == [[9, -3, 4]]


def test_without_a_front_end_x_is_the_raw_value() -> None:
    for raw_type, least, most in [
        ("int8", -128, 127),
        ("uint8", 0, 255),
        ("int16", -32768, 32767),
        ("uint16", 0, 65535),
    ]:
        raw = np.array([[least], [most]], raw_type)
        assert reference.quantize(model(raw_type=raw_type), raw).tolist() == [[least], [most]]


# --------------------------------------------------------------------- floats


@pytest.mark.parametrize(
    ("raw", "exponent", "value"),
    [
        (1.0, 0, 1),
        (0.999, 0, 0),
        (-0.001, 0, -1),
        (-1.0, 0, -1),
        (-1.5, 0, -2),
        (2.75, 2, 11),
        (-2.75, 1, -6),
        (0.0, 256, 0),
        (-0.0, 256, 0),
        (2.0**29, 0, 1 << 29),
        (2.0**30 - 64, 0, (1 << 30) - 64),
        (2.0**30, 0, (1 << 30) - 1),
        (-(2.0**30), 0, 1 - (1 << 30)),
        (3e38, -128, 0),
        (-3e38, -128, -1),
        (3e38, -127, 1),
        (np.inf, -256, (1 << 30) - 1),
        (-np.inf, -256, 1 - (1 << 30)),
        (2.0**-126, 126, 1),
        (2.0**-126, 125, 0),
        (-(2.0**-126), -256, -1),
        (2.0**-127, 256, 0),  # subnormal
        (-(2.0**-149), 256, 0),
    ],
)
def test_a_float_is_floored_and_saturated(raw: float, exponent: int, value: int) -> None:
    found, is_number = float_to_value(np.array([raw], np.float32), np.array([exponent]))
    assert (found.tolist(), is_number.tolist()) == ([value], [True])


def test_not_a_number_is_x_0_for_any_input() -> None:
    nans = np.array([0x7F800001, 0xFF800001, 0x7FC00000, 0x7FFFFFFF, 0xFFFFFFFF], np.uint32).view(np.float32).tolist()
    assert x_of(front_end(centre=[5]), [*nans, 1.0], "float32") == [0, 0, 0, 0, 0, -4]
    value = int(float_to_value(np.array(nans[:1], np.float32), np.array([0]))[0][0])
    code = front_end(indicator=[1], multiplier=[9], centre=[value])
    assert x_of(code, nans, "float32") == [0] * 5


# ----------------------------------------------------------------- projection


def test_a_projection_rounds_to_nearest_with_ties_up() -> None:
    subject = model(projection=projection([[1]], shift=1), hashes=hashes([[[1]]]))
    x = np.arange(-5, 6)[:, None]
    assert reference.project(subject, x)[:, 0].tolist() == [-2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3]
    subject = model(projection=projection([[1]], [2], shift=3), hashes=hashes([[[1]]]))
    x = np.array([[-15], [-14], [-7], [-6], [1], [2], [9], [10]])  # t = x + 2: ties at -12, -4, 4 and 12
    assert reference.project(subject, x)[:, 0].tolist() == [-2, -1, -1, 0, 0, 1, 1, 2]


def test_a_projection_without_a_shift_does_not_round() -> None:
    subject = model(features=2, projection=projection([[1, -2], [0, 1]], [5, -1]), hashes=hashes([[[1, 1]]]))
    assert reference.project(subject, np.array([[3, 4], [-128, 127]])).tolist() == [[0, 3], [-128, 126]]


@pytest.mark.parametrize("bits", [8, 16])
def test_a_projection_saturates(bits: int) -> None:
    subject = model(raw_type="int16", projection=projection([[127]], bits=bits), hashes=hashes([[[1]]]))
    half = 1 << (bits - 1)
    x = np.array([[-32768], [-1], [1], [32767]])
    assert reference.project(subject, x)[:, 0].tolist() == [-half, -127, 127, half - 1]


# --------------------------------------------------------------------- hashes


def columns(subject: IntegerModel, t: Array) -> Array:
    hashed = rows_of(subject).hashes
    return hashed.columns_of_cells(hashed.cells(t))


def test_a_hash_value_is_the_offset_and_the_weighted_sum() -> None:
    subject = model(
        features=2,
        hashes=hashes([[[3, -1], [0, 2]]], offsets=[[4, -7]]),
        counts=np.zeros((1, 4, 1), np.int8),
    )
    assert rows_of(subject).hashes.values(np.array([[5, -6]])).tolist() == [[[25, -19]]]


def test_a_grid_clamps_and_shifts() -> None:
    subject = model(hashes=hashes([[[1]]], cell_bits=2, shifts=3), counts=counts(1, 2, 3, 4))
    t = np.array([-1000, -1, 0, 7, 8, 15, 16, 31, 32, 1000])[:, None, None]
    assert columns(subject, t)[:, 0].tolist() == [0, 0, 0, 0, 1, 1, 2, 3, 3, 3]


def test_hash_0_is_the_top_of_the_column() -> None:
    subject = model(
        hashes=hashes([[[1], [1], [1]]], cell_bits=2, shifts=[[0, 1, 2]]), counts=np.zeros((1, 64, 1), np.int8)
    )
    t = np.array([[[3, 2, 12]], [[1, 7, 0]]])
    assert columns(subject, t)[:, 0].tolist() == [0b11_01_11, 0b01_11_00]


def test_a_sign_of_0_is_1() -> None:
    subject = model(hashes=hashes([[[1], [1]]], "srp"), counts=np.zeros((1, 4, 1), np.int8))
    t = np.array([[[0, 0]], [[-1, 0]], [[0, -1]], [[-1, -1]], [[1, -5]]])
    assert columns(subject, t)[:, 0].tolist() == [3, 1, 2, 0, 2]


def test_the_rehash_formula() -> None:
    a, b = (0x9E3779B1, 0x85EBCA77), 0xDEADBEEF
    subject = model(
        hashes=hashes(
            [[[1], [1]]], "rehash", cell_bits=16, column_bits=5, shifts=[[0, 3]], multipliers=[a], addends=[b]
        ),
        counts=np.zeros((1, 32, 1), np.int8),
    )
    t = np.array([[[0, 0]], [[1, 0]], [[0, 8]], [[65535, 70000]], [[1 << 20, 1 << 20]], [[-3, -9]]])
    cells = [(0, 0), (1, 0), (0, 1), (65535, 8750), (65535, 65535), (0, 0)]
    expected = [((b + a[0] * u + a[1] * v) % 2**32) >> 27 for u, v in cells]
    assert expected[:3] == [0b11011, (0xDEADBEEF + 0x9E3779B1 - 2**32) >> 27, (0xDEADBEEF + 0x85EBCA77 - 2**32) >> 27]
    assert columns(subject, t)[:, 0].tolist() == expected


# --------------------------------------------------------------------- counts


def test_rows_are_added() -> None:
    subject = model(
        hashes=hashes([[[1]], [[-1]], [[1]]], shifts=[[6], [6], [5]]),
        counts=np.array([[[1], [10]], [[2], [20]], [[4], [40]]], np.int8),
    )
    # x = 70: cells 1, 0, 1; x = -70: cells 0, 1, 0; x = 40: cells 0, 0, 1
    assert scores_of(subject, [70, -70, 40]) == [[52], [25], [43]]


@pytest.mark.parametrize("shift", [0, 3, 8, 9, 20])
def test_a_linear_probe_interpolates(shift: int) -> None:
    subject = model(
        raw_type="int16",
        hashes=hashes([[[1]]], cell_bits=2, shifts=shift),
        counts=counts(-100, 50, 3, 7),
        probe="linear",
    )
    size = 1 << shift
    t = np.array([-(1 << 30), -1, 0, size // 2, size - 1, size, 2 * size, 3 * size - 1, 3 * size, 1 << 30])
    last = (255 if shift >= 8 else (size - 1) << (8 - shift)) if shift else 0  # the fraction just before a node
    half = 128 if shift else 0
    expected = [-25600, -25600, -25600, -25600 + 150 * half, -25600 + 150 * last, 12800, 768]
    expected += [768 + 4 * last] * 3  # past the last node nothing changes
    if shift == 0:  # no fraction at all: the last node is never read
        expected[-4:] = [768] * 4
    assert rows_of(subject).row_reads(t[:, None, None])[:, 0, 0].tolist() == expected


def test_the_fraction_of_a_linear_probe_is_its_top_8_bits() -> None:
    subject = model(raw_type="int16", hashes=hashes([[[1]]], shifts=10), counts=counts(0, 1), probe="linear")
    t = np.array([0, 3, 4, 7, 8, 511, 512, 1019, 1020, 1023])
    assert rows_of(subject).row_reads(t[:, None, None])[:, 0, 0].tolist() == [0, 0, 1, 1, 2, 127, 128, 254, 255, 255]


def test_the_median_of_consecutive_groups() -> None:
    """Six rows with constant counts 1, 2, 30, 40, -5, 0: group sums 3, 70 and -5."""
    subject = model(
        hashes=hashes([[[1]]] * 6),
        counts=np.array([1, 2, 30, 40, -5, 0], np.int8)[:, None, None].repeat(2, axis=1),
        groups=3,
    )
    assert scores_of(subject, [0, 1]) == [[3], [3]]


def test_the_median_is_taken_for_each_score_alone() -> None:
    values = np.array([[1, 9, 5], [2, 8, 5], [3, 7, 4], [4, 6, 6], [5, 5, 5]], np.int8)
    subject = model(hashes=hashes([[[1]]] * 5), counts=values[:, None, :].repeat(2, axis=1), groups=5)
    assert scores_of(subject, [0]) == [[3, 7, 5]]


# -------------------------------------------------------------------- answers


def test_output_shift_then_bias() -> None:
    subject = model(
        counts=np.array([[[-3, 5], [7, -1]]], np.int8),
        output_shifts=np.array([4, 0], np.uint8),
        bias=np.array([1, -10], np.int32),
        value_frac_bits=3,
    )
    assert scores_of(subject, [0, 1]) == [[-47, -5], [113, -11]]
    values = reference.predict(subject, np.array([[0], [1]], np.int8))
    assert values.tolist() == [[-47 / 8, -5 / 8], [113 / 8, -11 / 8]]


@pytest.mark.parametrize(("frac_bits", "value"), [(-2, 400.0), (0, 100.0), (1024, 100 * 2.0**-1024)])
def test_value_frac_bits_of_either_sign(frac_bits: int, value: float) -> None:
    subject = model(counts=counts(100, 100), value_frac_bits=frac_bits)
    assert reference.predict(subject, np.zeros((1, 1), np.int8)).tolist() == [value]


def classifier(scores: list[list[int]], classes: int) -> IntegerModel:
    """Two columns with these scores, for x = 0 and x = 1."""
    return model(task="classify", class_names=tuple(map(str, range(classes))), counts=np.array([scores], np.int8))


def test_the_lowest_index_wins_a_tie() -> None:
    subject = classifier([[5, 7, 7, 7], [2, 2, 2, 2]], 4)
    assert reference.predict(subject, np.array([[0], [1]], np.int8)).tolist() == [1, 0]


def test_a_score_of_0_is_class_0() -> None:
    two = classifier([[0], [1]], 2)
    assert reference.predict(two, np.array([[0], [1]], np.int8)).tolist() == [0, 1]
    assert reference.answers(two, np.array([[-1], [0], [1]], np.int32)).tolist() == [[0], [0], [1]]


def test_answers_have_one_line_a_vector() -> None:
    raw = np.zeros((3, 1), np.int8)
    assert reference.predict(classifier([[1, 2, 3], [3, 2, 1]], 3), raw).shape == (3,)
    assert reference.predict(model(), raw).shape == (3,)
    assert reference.predict(model(counts=np.zeros((1, 2, 2), np.int8)), raw).shape == (3, 2)
    assert reference.predict(model(), raw[:0]).shape == (0,)


def test_many_vectors_are_computed_in_slices_alike() -> None:
    subject = model(hashes=hashes([[[1]]] * 300), counts=np.array([[[1], [2]]] * 300, np.int8))
    x = np.tile([[0], [1]], (20_000, 1))
    assert (reference.scores(subject, x).reshape(-1, 2) == [300, 600]).all()


@pytest.mark.parametrize(
    "raw", [np.zeros((1, 1), np.int16), np.zeros((1, 2), np.int8), np.zeros(1, np.int8), [[0]], np.zeros((1, 1))]
)
def test_raw_vectors_of_another_type_or_shape_are_refused(raw: Any) -> None:
    with pytest.raises(DataError, match="1 features of type int8"):
        reference.quantize(model(), raw)
