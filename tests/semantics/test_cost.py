"""Canonical bytes and operations, counted by hand (SPEC section 9)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rs2c.emit.tables import packed_table
from rs2c.model.cost import model_cost
from rs2c.model.integer_model import IntegerModel
from rs2c.model.reference import predict
from rs2c.model.storage import cheaper_layout, is_packed, narrowest_width, packed_bytes, stored_bytes
from rs2c.quantize.model import without_unread_inputs
from tests.support.small_models import front_end, hashes, model, projection, tail


@pytest.mark.parametrize(
    ("values", "width", "stored"),
    [
        ([0, 255], 1, 2),
        ([0, 256], 2, 4),
        ([-128, 127], 1, 2),
        ([-1, 128], 2, 4),
        ([-129, 0], 2, 4),
        ([0, 65535], 2, 4),
        ([0, 65536], 4, 8),
        ([-32768, 32767], 2, 4),
        ([-1, 32768], 4, 8),
        ([-32769, 0], 4, 8),
        ([-(1 << 31), (1 << 31) - 1], 4, 8),
        ([(1 << 32) - 1, 0], 4, 8),
        ([7, 7, 7], 1, 1),
        # a run at the end, of which 8 bytes can be left out
        ([1] + [2] * 9, 1, 2),
        ([1] + [2] * 8, 1, 9),
        ([1, 3] + [2] * 10, 1, 3),
        ([300] + [2] * 5, 2, 4),
        ([300] + [2] * 4, 2, 10),
        ([70000] + [2] * 3, 4, 8),
        ([70000] + [2] * 2, 4, 12),
        ([2] * 20 + [1], 1, 21),
        ([2] * 20 + [1] * 20, 1, 21),
        ([300, 300], 2, 2),
        ([-70000], 4, 4),
        ([], 1, 0),
    ],
)
def test_an_array_is_stored_narrow_and_without_its_last_run(values: list[int], width: int, stored: int) -> None:
    assert (narrowest_width(np.array(values, np.int64)), stored_bytes(np.array(values, np.int64))) == (width, stored)


@pytest.mark.parametrize(
    ("values", "dtype", "size", "packed"),
    [
        ([-8, 7, 0], "int8", 2, True),
        ([7, -8, 0, 1], "int8", 2, True),
        ([-9, 7, 0], "int8", 3, False),
        ([8, 7, 0], "int8", 3, False),
        ([5], "int8", 1, True),
        ([], "int8", 0, True),
        ([-8, 7, 0], "int16", 6, False),
        ([3] * 9, "int8", 5, True),
    ],
)
def test_small_entries_are_stored_two_to_a_byte(values: list[int], dtype: str, size: int, packed: bool) -> None:
    array = np.array(values, dtype)
    assert (packed_bytes(array), is_packed(array)) == (size, packed)


def test_packed_tables_put_the_first_entry_in_the_low_half() -> None:
    table = packed_table("count", np.array([[-8, 7], [0, -1], [3, 3], [5, -2]], np.int8), "")
    assert (table.packed, table.c_type, table.lines) == (True, "uint8_t", ("120, 240,  51, 229,",))
    odd = packed_table("count", np.array([1, -1, 2], np.int8), "")
    assert odd.lines == ("241,   2,",)
    wide = packed_table("count", np.array([1, -1, 8], np.int8), "")
    assert (wide.packed, wide.c_type, wide.lines) == (False, "int8_t", (" 1, -1,  8,",))
    same = packed_table("count", np.array([4, 4, 4], np.int8), "")
    assert (same.packed, same.literal) == (False, "4")


def test_a_dense_grid_on_raw_integers() -> None:
    """Two rows of one hash on three features, four columns, two classes; no front end."""
    subject = model(
        task="classify",
        class_names=("no", "yes"),
        features=3,
        hashes=hashes([[[1, 2, 3]], [[4, 5, 60]]], cell_bits=2, offsets=[[100], [-200]], shifts=[[3], [4]]),
        counts=np.arange(10, 18, dtype=np.int8).reshape(2, 4, 1),
        bias=np.array([1000], np.int32),
    )
    cost = model_cost(subject)
    # 6 weights; 2 offsets of 2 bytes and 2 shifts of 1; 8 counts; a bias of 2 bytes
    assert cost.bytes_of == {"directions": 6, "rows": 2 * 2 + 2, "counts": 8, "output": 2}
    # 6 multiply-adds, a look-up for each row, the bias
    assert cost.operations_of == {"directions": 6, "counts": 2, "output": 1}
    assert (cost.bytes, cost.operations) == (22, 9)


def test_floats_with_indicators_a_projection_and_signs() -> None:
    """Four inputs from three floats, two projected dimensions, one row of three ternary signs, three scores."""
    front = front_end(
        8,
        source=[0, 1, 2, 2],
        exponent=[3, 3, 0, 0],
        centre=[70_000, -5, 0, 1],
        multiplier=[900, 70, 100, 100],
        shift=[9, 9, 0, 0],
        indicator=[0, 0, 1, 1],
    )
    subject = model(
        raw_type="float32",
        front_end=front,
        projection=projection([[1, 2, 3, 4], [-4, -3, -2, -1]], [300, 5], shift=4),
        hashes=hashes([[[1, -1], [0, 1], [1, 1]]], "srp", layout="ternary"),
        counts=np.zeros((1, 8, 3), np.int16),
        output_shifts=np.array([1, 0, 2], np.uint8),
        bias=np.array([0, 0, 0], np.int32),
    )
    cost = model_cost(subject)
    assert cost.bytes_of == {
        "front end": 4 * 4 + 4 * 2 + 4 + 4 + 4 + 4,  # centre, multiplier, shift, exponent, source, indicator
        "projection": 8 + 2 * 2 + 1,
        "directions": 5 + 2 * 3,  # five entries not 0, and where the +1 and the -1 of three hashes end
        "rows": 1,  # one offset for all, and no shift
        "counts": 8 * 3 * 2,
        "output": 1 + 3,
    }
    assert cost.operations_of == {
        "front end": 2 * 2 + 2,
        "projection": 8 + 2,
        "directions": 5,
        "counts": 3,
        "output": 3,
    }


def test_a_linear_probe_and_a_rehash() -> None:
    linear = model(
        raw_type="uint8",
        front_end=front_end(16, centre=[128, 128], multiplier=[1, 1]),
        hashes=hashes([[[1, 2]], [[3, 4]]], cell_bits=1, shifts=8),
        counts=np.zeros((2, 2, 5), np.int8),
        probe="linear",
    )
    # in order and without exponents: centre 1, multiplier 1, shift 1
    assert model_cost(linear).bytes_of == {"front end": 3, "directions": 2, "rows": 2, "counts": 10, "output": 1}
    assert model_cost(linear).operations_of == {"front end": 4, "directions": 4, "counts": 20, "output": 5}
    rehash = model(
        hashes=hashes(
            [[[1], [2]]] * 3, "rehash", cell_bits=16, column_bits=2, multipliers=[[1, 2]] * 3, addends=[1, 2, 3]
        ),
        counts=np.zeros((3, 4, 1), np.int8),
    )
    assert model_cost(rehash).bytes_of == {"directions": 3, "rows": 2, "rehash": 4 * 9, "counts": 6, "output": 1}
    assert model_cost(rehash).operations_of == {"directions": 6, "rehash": 6, "counts": 3, "output": 1}


def learned(weights: list[list[int]], **changes: Any) -> IntegerModel:
    """Four rows on five inputs, two arrays of eight columns, three scores, and all that a learned sketch may have."""
    given: dict[str, Any] = {
        "features": 5,
        "hashes": hashes(
            [[w] for w in weights],
            cell_bits=3,
            shifts=9,
            offsets=[[400], [-3], [7], [0]],
            offset_shift=2,
            layout="sparse",
            scales=[[9], [8], [255], [1]],
        ),
        "counts": np.arange(-8, 8, dtype=np.int8).reshape(2, 8, 1),
        "factors": np.full((4, 3), -100, np.int8),
        "tail": tail([[1, 0, 0, 0, 2], [0, 0, 0, 0, 0], [0, 0, 7, 0, 0]], [1, 2, 3], "sparse"),
        "probe": "linear",
        "output_shifts": np.array([2, 2, 2], np.uint8),
        "bias": np.array([1000, -1000, 0], np.int32),
        "bias_shift": 3,
    }
    return model(**given | changes)


def test_a_learned_sketch() -> None:
    cost = model_cost(learned([[5, 0, 0, -7, 0], [0, 0, 0, 0, 0], [0, 1, 2, 3, 0], [0, 0, 0, 0, -8]]))
    assert cost.bytes_of == {
        "directions": 3 + 6 + 4,  # six weights two to a byte, their indices, four lengths
        "rows": 2 * 4 + 1 + 1 + 4,  # offsets of two bytes, their shift, one cell shift for all, scales
        "counts": 8,
        "factors": 12,
        "tail": 2 + 3 + 3 + 3,  # three weights two to a byte, indices, lengths, shifts
        "output": 2 * 3 + 1 + 1,
    }
    assert cost.operations_of == {
        "directions": 6,
        "rows": 4,
        "counts": 2 * 4,
        "factors": 12,
        "tail": 3 + 3,
        "output": 3,
    }


def test_a_weight_past_seven_makes_each_weight_a_byte() -> None:
    weights = [[5, 0, 0, -7, 0], [0, 0, 0, 0, 0], [0, 1, 2, 3, 0], [0, 0, 0, 0, 8]]
    assert model_cost(learned(weights)).bytes_of["directions"] == 6 + 6 + 4
    small = learned(weights, factors=np.full((4, 3), 7, np.int8), counts=np.full((2, 8, 1), 8, np.int8))
    assert model_cost(small).bytes_of["factors"] == 6
    assert model_cost(small).bytes_of["counts"] == 16


def test_equal_lengths_are_stored_once() -> None:
    assert model_cost(learned([[0, 0, 90, 0, 1]] * 4)).bytes_of["directions"] == 8 + 8 + 1
    dense = learned([[0, 0, 90, 0, 1]] * 4, tail=tail([[0, 0, 0, 0, 1]] * 3, 1))
    assert model_cost(dense).bytes_of["tail"] == (15 + 1) // 2 + 1
    assert model_cost(dense).operations_of["tail"] == 15 + 3


@pytest.mark.parametrize(("probe", "converted"), [("linear", 12), ("nearest", 11)])
def test_an_input_that_is_not_read_goes_where_operations_count(probe: str, converted: int) -> None:
    """Without the first of twelve inputs that are all alike, the other eleven must be named: a byte each."""
    whole = model(
        front_end=front_end(source=range(12)),
        hashes=hashes([[[0] + [1] * 11]], cell_bits=3, shifts=2),
        counts=np.arange(8, dtype=np.int8).reshape(1, 8, 1),
        probe=probe,
    )
    found = without_unread_inputs(whole)
    assert model_cost(found).operations_of["front end"] == 2 * converted
    raw = np.random.Generator(np.random.PCG64(0)).integers(-8, 8, (300, 12)).astype(whole.raw_type)
    assert np.array_equal(predict(found, raw), predict(whole, raw))


@pytest.mark.parametrize(("p", "index"), [(255, 1), (256, 1), (257, 2)])
def test_indices_of_sparse_weights(p: int, index: int) -> None:
    weights = np.zeros((2, 1, p), np.int8)
    weights[0, 0, :3], weights[1, 0, -1] = 100, -1
    line = np.zeros((1, p), np.int8)
    line[0, -2:] = 50
    subject = model(
        features=p,
        hashes=hashes(weights, layout="sparse"),
        counts=np.zeros((2, 2, 1), np.int8),
        tail=tail(line, layout="sparse"),
    )
    cost = model_cost(subject)
    assert cost.bytes_of["directions"] == 4 + 4 * index + 2
    assert cost.bytes_of["tail"] == 2 + 2 * index + 1 + 1
    assert (cost.operations_of["directions"], cost.operations_of["tail"]) == (4, 2 + 1)


def test_the_cheaper_layout() -> None:
    """Of packed weights half a byte is stored, and an index and half a byte in a list, beside the length."""
    assert cheaper_layout(np.array([[1, 1, 0, 0, 0]], np.int8)) == "dense"  # 3 bytes, or 1 + 2 + 1
    assert cheaper_layout(np.array([[1] + [0] * 9], np.int8)) == "sparse"  # 5 bytes, or 1 + 1 + 1
    assert cheaper_layout(np.array([[90, 90, 0, 0, 0, 0]], np.int8)) == "sparse"  # 6 bytes, or 2 + 2 + 1
    assert cheaper_layout(np.array([[90, 90, 0, 0, 0]], np.int8)) == "dense"  # 5 bytes either way


def test_the_layout_of_fewer_operations() -> None:
    """One weight in eight must go before a list, with its indices, is worth it."""
    assert cheaper_layout(np.array([[1, 1, 0, 0, 0]], np.int8), "operations") == "sparse"
    assert cheaper_layout(np.array([[90] * 7 + [0]], np.int8), "operations") == "sparse"
    assert cheaper_layout(np.array([[90] * 8 + [0]], np.int8), "operations") == "dense"
    assert cheaper_layout(np.full((2, 1, 3), 5, np.int8), "operations") == "dense"


@pytest.mark.parametrize(("p", "index", "end"), [(255, 1, 1), (256, 1, 2), (257, 2, 2)])
def test_indices_of_ternary_directions(p: int, index: int, end: int) -> None:
    weights = np.zeros((2, 1, p), np.int8)
    weights[0, 0, :3], weights[1, 0, -1] = 1, -1
    cost = model_cost(model(features=p, hashes=hashes(weights, layout="ternary"), counts=np.zeros((2, 2, 1), np.int8)))
    assert cost.bytes_of["directions"] == 4 * index + 2 * 2 * end
    assert cost.operations_of["directions"] == 4
