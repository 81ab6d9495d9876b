"""The rules of the reference that learned sketches use, on numbers worked out by hand (SPEC sections 3, 5 and 6).

Inputs of 12 bits, steps of offsets, layouts of weights, shared count arrays, factors, linear tail, shifts of scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rs2c.model import reference
from tests.semantics.test_reference import scores_of, x_of
from tests.support.sketches import rows_of
from tests.support.small_models import front_end, hashes, model, projection, tail


def test_a_front_end_of_12_bits() -> None:
    ends = [-2049, -2048, -1, 0, 2047, 2048, 32767]
    assert x_of(front_end(12), ends, "int16") == [-2048, -2048, -1, 0, 2047, 2047, 2047]
    # 5 * 1000 / 4 = 1250; 5 * -3 / 4 = -3.75 and 16000 * 32767 / 2^18 = 1999.9 round down
    assert x_of(front_end(12, multiplier=[5], shift=[2]), [1000, -3], "int16") == [1250, -4]
    assert x_of(front_end(12, multiplier=[16000], shift=[18]), [32767, -32768], "int16") == [1999, -2000]
    assert x_of(front_end(12, indicator=[1], multiplier=[2047], centre=[9]), [9, 8], "uint8") == [2047, 0]


def test_offsets_count_in_steps() -> None:
    weights, offsets = [[[3], [1]]], [[5, -7]]
    plain, steps = (
        model(hashes=hashes(weights, offsets=offsets, offset_shift=shift), counts=np.zeros((1, 4, 1), np.int8))
        for shift in (0, 4)
    )
    x = np.array([[10], [-1]])
    assert rows_of(plain).hashes.values(x).tolist() == [[[35, 3]], [[2, -8]]]
    assert rows_of(steps).hashes.values(x).tolist() == [[[30 + 80, 10 - 112]], [[-3 + 80, -1 - 112]]]


def test_scales_multiply_the_sum_before_the_offset() -> None:
    scaled = model(
        hashes=hashes([[[3], [1]]], offsets=[[5, -7]], offset_shift=4, scales=[[2, 255]]),
        counts=np.zeros((1, 4, 1), np.int8),
    )
    found = rows_of(scaled).hashes.values(np.array([[10], [-1]]))
    assert found.tolist() == [[[60 + 80, 2550 - 112]], [[-6 + 80, -255 - 112]]]


@pytest.mark.parametrize("layout", ["dense", "sparse", "ternary"])
def test_the_layout_changes_no_result(layout: Any) -> None:
    subject = model(
        features=3,
        hashes=hashes([[[0, -1, 1]], [[0, 0, 0]], [[1, 0, 0]]], layout=layout, shifts=2),
        counts=np.array([[[1], [2]], [[4], [8]], [[16], [32]]], np.int8),
    )
    x = np.array([[9, 9, 9], [0, -4, 0], [4, 0, 0]])
    assert reference.scores(subject, x).tolist() == [[1 + 4 + 32], [2 + 4 + 16], [1 + 4 + 32]]


def test_rows_share_count_arrays_in_turn() -> None:
    """Five rows with two arrays: 0, 1, 0, 1, 0. Row l has the hash value x - l."""
    subject = model(
        hashes=hashes([[[1]]] * 5, offsets=[[0], [-1], [-2], [-3], [-4]]),
        counts=np.array([[[0], [1]], [[0], [100]]], np.int8),
    )
    # t > 0 reads column 1: for x = 3 rows 0 (t = 3), 1 (2) and 2 (1)
    assert scores_of(subject, [0, 1, 2, 3, 4, 5]) == [[0], [1], [101], [102], [202], [203]]
    t = np.arange(5)[None, :, None]
    assert rows_of(subject).row_reads(t)[0, :, 0].tolist() == [0, 100, 1, 100, 1]


def test_one_array_serves_all_rows() -> None:
    subject = model(hashes=hashes([[[1]]] * 3), counts=np.array([[[2, -3], [5, 7]]], np.int8))
    assert scores_of(subject, [0, 1]) == [[6, -9], [15, 21]]


def test_shared_arrays_keep_their_turn_across_groups() -> None:
    """Six rows, four arrays and three groups of two rows: arrays 0 1 | 2 3 | 0 1."""
    subject = model(
        hashes=hashes([[[1]]] * 6),
        counts=np.array([1, 2, 30, 40], np.int8)[:, None, None].repeat(2, axis=1),
        groups=3,
    )
    assert scores_of(subject, [0]) == [[3]]


def test_factors_multiply_what_a_row_reads() -> None:
    subject = model(
        hashes=hashes([[[1]], [[-1]]]),
        counts=np.array([[[5], [-7]], [[11], [13]]], np.int8),
        factors=np.array([[1, -2, 0], [-128, 127, 3]], np.int8),
    )
    # x = 1: row 0 reads -7, row 1 reads 11; x = -1: 5 and 13
    one = [-7 - 128 * 11, 14 + 127 * 11, 33]
    minus_one = [5 - 128 * 13, -10 + 127 * 13, 39]
    assert scores_of(subject, [1, -1]) == [one, minus_one]


def test_factors_multiply_an_interpolated_read() -> None:
    subject = model(
        raw_type="int16",
        hashes=hashes([[[1]], [[1]], [[1]]], cell_bits=1, shifts=4, offsets=[[0], [8], [0]]),
        counts=np.array([[[10], [20]], [[0], [-4]]], np.int8),
        factors=np.array([[2], [3], [-1]], np.int8),
        probe="linear",
    )
    # x = 4 is a quarter of the way: 256 * 12.5; row 1 is at 12, three quarters, of array 1; row 2 reads array 0 again
    assert scores_of(subject, [4]) == [[2 * 3200 - 3 * 768 - 3200]]


def test_factors_come_before_the_median() -> None:
    """Reads 10, 10, 10 with factors 1, -5, 3: the sums are 10, -50 and 30."""
    subject = model(
        hashes=hashes([[[1]]] * 3),
        counts=np.full((1, 2, 1), 10, np.int8),
        factors=np.array([[1], [-5], [3]], np.int8),
        groups=3,
    )
    assert scores_of(subject, [0]) == [[10]]


def test_the_tail_is_shifted_and_added() -> None:
    subject = model(
        features=2,
        hashes=hashes([[[1, 0]]]),
        counts=np.array([[[1, 2], [10, 20]]], np.int8),
        tail=tail([[3, -1], [0, 2]], [2, 0]),
        output_shifts=np.array([1, 3], np.uint8),
        bias=np.array([-5, 6], np.int32),
        bias_shift=4,
    )
    # x = (7, -2): (10 << 1) + (23 << 2) - (5 << 4) and (20 << 3) - 4 + (6 << 4)
    assert reference.scores(subject, np.array([[7, -2]])).tolist() == [[20 + 92 - 80, 160 - 4 + 96]]
    assert reference.scores(subject, np.array([[-7, 2]])).tolist() == [[2 - 92 - 80, 16 + 4 + 96]]


def test_the_tail_reads_projected_values() -> None:
    """z = round(x / 2) with ties up: 3 of x = 5 and -2 of x = -5."""
    subject = model(
        projection=projection([[1]], shift=1),
        hashes=hashes([[[0]]]),
        counts=np.zeros((1, 2, 1), np.int8),
        tail=tail([[10]], layout="sparse"),
    )
    assert scores_of(subject, [5, -5]) == [[30], [-20]]


def test_the_tail_is_added_once_and_not_to_each_group() -> None:
    subject = model(
        hashes=hashes([[[0]]] * 3),
        counts=np.array([5, 6, 7], np.int8)[:, None, None].repeat(2, axis=1),
        groups=3,
        tail=tail([[1]]),
    )
    assert scores_of(subject, [100]) == [[106]]


def test_a_classifier_may_shift_all_its_scores() -> None:
    subject = model(
        task="classify",
        class_names=("a", "b", "c"),
        counts=np.array([[[0, 3, 2], [9, 0, 0]]], np.int8),
        output_shifts=np.full(3, 5, np.uint8),
        bias=np.array([95, 0, 31], np.int32),
    )
    # x = 0: 95, 96, 95; the bias counts in the finer steps
    assert scores_of(subject, [0, 1]) == [[95, 96, 95], [383, 0, 31]]
    assert reference.predict(subject, np.array([[0], [1]], np.int8)).tolist() == [1, 0]
