"""Canonical bytes against those that the tables of the emitted source take (SPEC section 9)."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from rs2c.base.arrays import Array
from rs2c.emit.plan import plan_of
from rs2c.emit.tables import Table
from rs2c.model.cost import model_cost
from rs2c.model.integer_model import IntegerModel
from rs2c.model.storage import is_packed, narrowest_width, packed_bytes, stored_bytes, weights_cost
from tests.support.random_models import random_model
from tests.support.random_shapes import OPTIONS, Shape, shape_of
from tests.support.sketches import rows_of, tail_of

CASES = [(option, value) for option, values in OPTIONS.items() for value in values]

PART_OF = {
    **dict.fromkeys(("source", "indicator", "exponent", "centre", "multiplier", "shift"), "front end"),
    **dict.fromkeys(("projection", "projection_bias"), "projection"),
    **dict.fromkeys(("list", "list_end", "direction", "weight", "index", "length"), "directions"),
    **dict.fromkeys(("offset", "cell_shift", "scale"), "rows"),
    **dict.fromkeys(("mix", "addend"), "rehash"),
    "count": "counts",
    "factor": "factors",
    **dict.fromkeys(("slope", "tail_weight", "tail_index", "tail_length", "tail_shift"), "tail"),
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
    for table in plan_of(subject).tables:
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
    rows, tail = rows_of(subject), tail_of(subject)
    front, hashes_ = subject.front_end, rows.hashes
    assert canonical.keys() == emitted.keys()
    # shifts of all offsets and of all biases are literals
    assert canonical["rows"] == emitted["rows"] + (hashes_.offset_shift > 0)
    assert canonical["output"] == emitted["output"] + (subject.output.bias_shift > 0)
    if front is not None:  # C marks an indicator by a shift that no other input has
        shifts = np.where(front.indicator == 1, 255, front.shift)
        merged = stored_bytes(shifts) - stored_bytes(front.shift)
        merged -= stored_bytes(front.indicator) if front.indicator.any() else 0
        assert emitted["front end"] == canonical["front end"] + merged
    if subject.projection is not None:  # the shift of all dimensions is a literal
        weights = subject.projection.weights
        assert canonical["projection"] - emitted["projection"] == 1 + (weights.size - 1 if constant(weights) else 0)
    flat = hashes_.weights.reshape(-1, subject.dimensions)
    if hashes_.layout != "ternary":
        assert emitted["directions"] == emitted_weights(flat, hashes_.layout)
        assert canonical["directions"] == weights_cost(flat, hashes_.layout)[0]
    if rows.factors is not None:
        assert canonical["factors"] == packed_bytes(rows.factors)
        assert emitted["factors"] == as_emitted(rows.factors)
    if tail is not None:
        shifts = stored_bytes(tail.output_shifts)
        assert canonical["tail"] == weights_cost(tail.weights, tail.layout)[0] + shifts
        assert emitted["tail"] == emitted_weights(tail.weights, tail.layout) + shifts
    if hashes_.kind == "rehash":
        assert emitted["rehash"] <= canonical["rehash"]
    assert canonical["counts"] == packed_bytes(rows.counts)
    assert emitted["counts"] == as_emitted(rows.counts) <= canonical["counts"]


def as_emitted(array: Array) -> int:
    """Bytes of weights, factors or counts in C: one literal where all are equal, else narrow, or two to a byte."""
    if not array.size or constant(array):
        return narrowest_width(array) if array.size else 1
    return packed_bytes(array) if is_packed(array) else array.size * narrowest_width(array)


def emitted_weights(weights: Array, layout: str) -> int:
    """Bytes of weights (m, p) in C: the whole table, or the lists of those that are not 0."""
    if layout == "dense":
        return as_emitted(weights)
    _, index = np.nonzero(weights)
    one_index = 1 if not len(index) or constant(index) else len(index)
    width = narrowest_width(index) if len(index) else 1
    return as_emitted(weights[weights != 0]) + one_index * width + stored_bytes(np.count_nonzero(weights, axis=1))


@pytest.mark.parametrize("features", [3, 17, 300])
def test_ternary_lists_store_one_index_an_entry_and_their_ends(features: int) -> None:
    """C counts ends through all rows, so that they may be wider than the canonical ones, which start anew each row."""
    subject = random_model(Shape(features=features, layout="ternary", rows_a_group=3), 7)
    found = {table.name: table for table in plan_of(subject).tables}
    assert entries_of(found["list"]) == np.count_nonzero(rows_of(subject).hashes.weights)
    assert entries_of(found["list_end"]) == 2 * 3
    canonical, emitted = model_cost(subject).bytes_of["directions"], emitted_bytes(subject)["directions"]
    wider = width_of(found["list_end"]) - (1 if features < 256 else 2)
    assert emitted - canonical == 2 * 3 * wider
