"""Canonical bytes and operations, counted by hand, and what of them the emitted tables store (SPEC section 9)."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from rs2c.cost import model_cost, narrowest_width, stored_bytes
from rs2c.emit.context import tables
from rs2c.emit.tables import Table
from rs2c.integer_model import Array, IntegerModel
from tests.support.random_models import OPTIONS, Shape, random_model, shape_of
from tests.support.small_models import front_end, hashes, model, projection

CASES = [(option, value) for option, values in OPTIONS.items() for value in values]


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
        ([300, 300], 2, 2),
        ([-70000], 4, 4),
        ([], 1, 0),
    ],
)
def test_an_array_is_stored_narrow_and_once_where_it_is_constant(values: list[int], width: int, stored: int) -> None:
    assert (narrowest_width(np.array(values, np.int64)), stored_bytes(np.array(values, np.int64))) == (width, stored)


def test_a_dense_grid_on_raw_integers() -> None:
    """Two rows of one hash on three features, four columns, two classes; no front end."""
    subject = model(
        task="classify",
        class_names=("no", "yes"),
        features=3,
        hashes=hashes([[[1, 2, 3]], [[4, 5, 6]]], cell_bits=2, offsets=[[100], [-200]], shifts=[[3], [4]]),
        counts=np.arange(8, dtype=np.int8).reshape(2, 4, 1),
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
        hashes=hashes([[[1, -1], [0, 1], [1, 1]]], "srp", ternary=True),
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
    assert model_cost(linear).bytes_of == {"front end": 3, "directions": 4, "rows": 2, "counts": 20, "output": 1}
    assert model_cost(linear).operations_of == {"front end": 4, "directions": 4, "counts": 20, "output": 5}
    rehash = model(
        hashes=hashes(
            [[[1], [2]]] * 3, "rehash", cell_bits=16, column_bits=2, multipliers=[[1, 2]] * 3, addends=[1, 2, 3]
        ),
        counts=np.zeros((3, 4, 1), np.int8),
    )
    assert model_cost(rehash).bytes_of == {"directions": 6, "rows": 2, "rehash": 4 * 9, "counts": 12, "output": 1}
    assert model_cost(rehash).operations_of == {"directions": 6, "rehash": 6, "counts": 3, "output": 1}


@pytest.mark.parametrize(("p", "index", "end"), [(255, 1, 1), (256, 1, 2), (257, 2, 2)])
def test_indices_of_ternary_directions(p: int, index: int, end: int) -> None:
    weights = np.zeros((2, 1, p), np.int8)
    weights[0, 0, :3], weights[1, 0, -1] = 1, -1
    cost = model_cost(model(features=p, hashes=hashes(weights, ternary=True), counts=np.zeros((2, 2, 1), np.int8)))
    assert cost.bytes_of["directions"] == 4 * index + 2 * 2 * end
    assert cost.operations_of["directions"] == 4


# ------------------------------------------------------------- emitted tables

PART_OF = {
    **dict.fromkeys(("source", "indicator", "exponent", "centre", "multiplier", "shift"), "front end"),
    **dict.fromkeys(("projection", "projection_bias"), "projection"),
    **dict.fromkeys(("list", "list_end", "direction"), "directions"),
    **dict.fromkeys(("offset", "cell_shift"), "rows"),
    **dict.fromkeys(("mix", "addend"), "rehash"),
    "count": "counts",
    **dict.fromkeys(("output_shift", "bias"), "output"),
}


def width_of(table: Table) -> int:
    return int(re.sub(r"\D", "", table.c_type)) // 8


def entries_of(table: Table) -> int:
    """1 for a constant that is a literal in the code."""
    return 1 if table.literal is not None else sum(line.count(",") for line in table.lines)


def emitted_bytes(subject: IntegerModel) -> dict[str, int]:
    """Bytes of the tables of the emitted source by the parts of the cost; a literal counts as one entry."""
    found: dict[str, int] = {}
    for table in tables(subject):
        part = PART_OF[table.name]
        found[part] = found.get(part, 0) + width_of(table) * entries_of(table)
    return found


def constant(array: Array) -> bool:
    return bool((array == array.flat[0]).all())


@pytest.mark.parametrize(("option", "value"), CASES, ids=[f"{o}={v}" for o, v in CASES])
def test_canonical_bytes_are_those_of_the_emitted_tables(option: str, value: Any) -> None:
    """Part by part, but for what SPEC section 9 counts by a fixed rule and C stores in less."""
    seed = CASES.index((option, value)) + 50
    subject = random_model(shape_of({option: value}, seed), seed)
    canonical, emitted = model_cost(subject).bytes_of, emitted_bytes(subject)
    front, hashes_ = subject.front_end, subject.hashes
    assert canonical.keys() == emitted.keys()
    assert canonical["rows"] == emitted["rows"]
    assert canonical["output"] == emitted["output"]
    if front is not None:  # C marks an indicator by a shift that no other input has
        shifts = np.where(front.indicator == 1, 255, front.shift)
        merged = stored_bytes(shifts) - stored_bytes(front.shift)
        merged -= stored_bytes(front.indicator) if front.indicator.any() else 0
        assert emitted["front end"] == canonical["front end"] + merged
    if subject.projection is not None:  # the shift of all dimensions is a literal
        weights = subject.projection.weights
        assert canonical["projection"] - emitted["projection"] == 1 + (weights.size - 1 if constant(weights) else 0)
    if not hashes_.ternary:
        size = hashes_.weights.size
        assert canonical["directions"] - emitted["directions"] in ((0, size - 1) if constant(hashes_.weights) else (0,))
    if hashes_.kind == "rehash":
        assert emitted["rehash"] <= canonical["rehash"]
    counts = stored_bytes(subject.counts), subject.counts.size * narrowest_width(subject.counts)
    assert emitted["counts"] in counts
    assert emitted["counts"] <= canonical["counts"] == subject.counts.nbytes


@pytest.mark.parametrize("features", [3, 17, 300])
def test_ternary_lists_store_one_index_an_entry_and_their_ends(features: int) -> None:
    """C counts ends through all rows, so that they may be wider than the canonical ones, which start anew each row."""
    subject = random_model(Shape(features=features, ternary=True, rows_a_group=3), 7)
    found = {table.name: table for table in tables(subject)}
    assert entries_of(found["list"]) == np.count_nonzero(subject.hashes.weights)
    assert entries_of(found["list_end"]) == 2 * 3
    canonical, emitted = model_cost(subject).bytes_of["directions"], emitted_bytes(subject)["directions"]
    wider = width_of(found["list_end"]) - (1 if features < 256 else 2)
    assert emitted - canonical == 2 * 3 * wider
