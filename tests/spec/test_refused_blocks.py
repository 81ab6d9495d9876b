"""Both readers refuse lists of blocks, and fields of blocks and of the output, that docs/SPEC.md does not allow."""

from __future__ import annotations

import pytest

from tests.spec.edits import (
    FILES,
    Edit,
    array,
    both,
    edited,
    listed,
    put,
    renamed,
    reordered,
    values_of,
    verdicts,
    without,
    without_array,
)

BROKEN: list[tuple[str, Edit]] = [
    # the list of blocks
    ("float", put("blocks", [])),
    ("float", reordered()),
    ("float", put("blocks", None)),
    ("float", lambda manifest, data: put("blocks", {"0": values_of(manifest)["blocks"][0]})(manifest, data)),
    ("float", lambda manifest, data: values_of(manifest)["blocks"].append(None)),
    ("float", lambda manifest, data: values_of(manifest)["blocks"].append({})),
    ("float", put("blocks.0.kind", "sketch")),
    ("float", put("blocks.0.kind", "linear_term")),
    ("float", put("blocks.0.kind", None)),
    ("float", put("blocks.0.kind", ["hashed_rows"])),
    ("float", put("blocks.0.kind", "HashedRows")),
    ("float", without("blocks.0.kind")),
    ("float", reordered(0, 0)),
    ("tail", reordered(0, 0)),
    ("learned", reordered(0, 1, 1)),
    ("learned", reordered(1, 0)),
    ("tailed", reordered(1, 0)),
    ("learned", renamed("blocks.1.", "blocks.2.")),
    ("float", renamed("blocks.0.", "blocks.00.")),
    # the fields of a block
    ("tail", array("blocks.0.weights", "int8", [2, 3])),
    ("tail", both(array("blocks.0.weights", "int8", [2, 3]), array("blocks.0.output_shifts", "uint8", [2]))),
    ("learned", both(array("blocks.1.weights", "int8", [2, 3]), array("blocks.1.output_shifts", "uint8", [2]))),
    ("learned", both(array("blocks.0.factors", "int8", [4, 2]), array("blocks.0.output_shifts", "uint8", [2]))),
    ("tail", array("blocks.0.weights", "int8", [3, 4])),
    ("tail", array("output.bias", "int32", [2])),
    ("float", array("blocks.0.hashes.weights", "int8", [3, 1, 2])),
    ("float", without("blocks.0.groups")),
    ("float", without("blocks.0.probe")),
    ("float", without("blocks.0.hashes")),
    ("float", without_array("blocks.0.counts")),
    ("float", without_array("blocks.0.output_shifts")),
    ("tail", without("blocks.0.layout")),
    ("tail", without_array("blocks.0.output_shifts")),
    ("tail", without_array("blocks.0.weights")),
    ("float", put("blocks.0.wings", 2)),
    ("float", put("blocks.0.output_shifts", None)),
    ("float", put("blocks.0.counts", [1])),
    ("float", put("blocks.0.hashes", None)),
    ("float", put("blocks.0.hashes", [])),
    ("tail", put("blocks.0.groups", 1)),
    ("tail", put("blocks.0.factors", None)),
    ("tail", put("blocks.0.layout", None)),
    ("float", array("blocks.0.wings", "int8", [1])),
    ("float", array("blocks.0", "int8", [1])),
    ("float", array("blocks.1.weights", "int8", [3, 3])),
    ("tail", array("blocks.0.hashes.weights", "int8", [1])),
    # the constants of a rehash
    ("float", put("blocks.0.hashes.multipliers", 1)),
    ("float", without("blocks.0.hashes.multipliers")),
    ("float", without("blocks.0.hashes.addends")),
    ("float", both(without("blocks.0.hashes.multipliers"), array("blocks.0.hashes.multipliers", "uint32", [3, 1]))),
    ("float", both(without("blocks.0.hashes.multipliers"), array("blocks.0.hashes.multipliers", "uint32", [0, 0]))),
    ("srp", both(without("blocks.0.hashes.addends"), array("blocks.0.hashes.addends", "uint32", [6]))),
    ("rehash", without_array("blocks.0.hashes.multipliers")),
    ("rehash", both(without_array("blocks.0.hashes.multipliers"), put("blocks.0.hashes.multipliers", None))),
    ("rehash", both(without_array("blocks.0.hashes.addends"), put("blocks.0.hashes.addends", None))),
    ("rehash", put("blocks.0.hashes.kind", "grid")),
    # the output
    ("float", put("output", None)),
    ("float", without("output")),
    ("float", put("output.wings", 1)),
    ("float", array("output.wings", "int8", [1])),
    ("float", without_array("output.bias")),
    ("float", put("output.bias", [0, 0, 0])),
    ("float", renamed("output.bias", "bias")),
    ("float", array("groups", "int64", [])),
    ("float", both(without("blocks.0.groups"), array("blocks.0.groups", "int64", []))),
    ("float", listed("")),
    ("float", listed("output")),
    ("float", listed("blocks.0")),
    ("float", listed("blocks.0.hashes")),
]


@pytest.mark.parametrize(("file", "edit"), BROKEN, ids=range(len(BROKEN)))
def test_one_broken_rule_is_refused(file: str, edit: Edit) -> None:
    assert verdicts(FILES[file]) == (True, True)
    assert verdicts(edited(FILES[file], edit)) == (False, False)
