"""docs/SPEC.md section 8.1 is enough to read files of version 1.x: the same scores, and the same refusals."""

from __future__ import annotations

import pytest

from tests.spec import independent, independent_file
from tests.spec.edits import Edit, array, both, edited, entry, listed, put, renamed, verdicts, without, without_array
from tests.support.version_1 import HASHES, file_of, stored

GRID, REHASH, TAILED, SHARED = "golden gesture", "sections rehash", "sections learned", "golden meter"


@pytest.mark.parametrize("name", HASHES)
def test_a_file_of_version_1_computes_what_it_did(name: str) -> None:
    raw = file_of(name)
    found = independent_file.read(raw)
    assert independent_file.write(found.manifest, found.data) == raw
    assert independent_file.model_hash(found.manifest, found.data) == HASHES[name]
    vectors = stored(name, "raw")
    bits = vectors.view("<u4") if found.model.raw_type == "float32" else vectors
    scores = [independent.scores(found.model, independent.inputs(found.model, vector)) for vector in bits.tolist()]
    assert scores == stored(name, "scores").tolist()
    assert [independent.answers(found.model, score) for score in scores] == stored(name, "answers").tolist()


KEPT: list[tuple[str, Edit]] = [
    *((name, lambda manifest, data: None) for name in (GRID, REHASH, TAILED, SHARED)),
    (GRID, lambda manifest, data: manifest.update(version=[1, 7], extra={"a": 1})),
    (GRID, put("bias_shift", 3)),
    (GRID, put("hashes.layout", "sparse")),
    (TAILED, put("tail.layout", "sparse")),
    (TAILED, both(put("tail", None), without_array("tail.weights"), without_array("tail.shifts"))),
    (SHARED, entry("tail.shifts", 1)),
]
BROKEN: list[tuple[str, Edit]] = [
    (GRID, lambda manifest, data: manifest.update(version=[2, 0])),
    (GRID, lambda manifest, data: manifest.update(version=[3, 0])),
    (GRID, lambda manifest, data: manifest.update(version=[0, 1])),
    (GRID, listed("")),
    (GRID, listed("hashes")),
    (GRID, listed("front_end")),
    (TAILED, listed("tail")),
    # names of either version
    (GRID, without("groups")),
    (GRID, without("probe")),
    (GRID, without("factors")),
    (GRID, without("tail")),
    (GRID, without("hashes")),
    (GRID, without("bias_shift")),
    (GRID, without("value_frac_bits")),
    (GRID, without("front_end")),
    (GRID, without("hashes.scales")),
    (GRID, without("hashes.offset_shift")),
    (GRID, without_array("counts")),
    (GRID, without_array("bias")),
    (GRID, without_array("output_shifts")),
    (GRID, put("wings", 2)),
    (GRID, put("blocks", [])),
    (GRID, put("output", None)),
    (GRID, put("output", {"bias_shift": 0, "value_frac_bits": 0})),
    (GRID, put("kind", "hashed_rows")),
    (GRID, put("hashes.wings", 2)),
    (GRID, put("hashes", None)),
    (GRID, put("hashes", [])),
    (GRID, array("wings", "int8", [1])),
    (GRID, array("hashes", "int8", [1])),
    (GRID, array("hashes.wings", "int8", [1])),
    (GRID, array("counts.wings", "int8", [1])),
    (GRID, array("output.bias", "int32", [3])),
    (GRID, array("blocks.0.counts", "int8", [5, 16, 3])),
    (GRID, renamed("counts", "blocks.0.counts")),
    (GRID, renamed("hashes.", "blocks.0.hashes.")),
    (GRID, renamed("output_shifts", "blocks.0.output_shifts")),
    (GRID, renamed("bias", "output.bias")),
    (TAILED, renamed("tail.weights", "blocks.1.weights")),
    (TAILED, renamed("tail.shifts", "tail.output_shifts")),
    (GRID, both(without("groups"), array("groups", "int64", []))),
    # the constants of a rehash
    (GRID, without_array("hashes.multipliers")),
    (GRID, without_array("hashes.addends")),
    (GRID, array("hashes.multipliers", "uint32", [0])),
    (GRID, array("hashes.multipliers", "uint32", [0, 1])),
    (GRID, array("hashes.multipliers", "uint32", [5, 2])),
    (GRID, array("hashes.multipliers", "int32", [0, 0])),
    (GRID, array("hashes.addends", "uint32", [0, 0])),
    (GRID, array("hashes.addends", "uint32", [5])),
    (GRID, put("hashes.multipliers", None)),
    (GRID, put("hashes.addends", None)),
    (GRID, both(without_array("hashes.multipliers"), put("hashes.multipliers", None))),
    (GRID, put("hashes.kind", "rehash")),
    (REHASH, put("hashes.kind", "grid")),
    (REHASH, array("hashes.multipliers", "uint32", [0, 0])),
    (REHASH, without_array("hashes.addends")),
    # factors and scales, and the tail
    (GRID, put("factors", [[1]])),
    (GRID, array("factors", "int8", [5, 3])),
    (TAILED, put("factors", None)),
    (TAILED, put("factors", [[1]])),
    (TAILED, put("hashes.scales", None)),
    (TAILED, put("tail", None)),
    (TAILED, put("tail", [])),
    (TAILED, put("tail", [["layout", "dense"]])),
    (TAILED, put("tail", "dense")),
    (TAILED, put("tail", {})),
    (TAILED, put("tail.kind", "linear_term")),
    (TAILED, put("tail.kind", "hashed_rows")),
    (TAILED, put("tail.wings", 1)),
    (TAILED, put("tail.layout", "ternary")),
    (TAILED, without_array("tail.weights")),
    (TAILED, without_array("tail.shifts")),
    (TAILED, array("tail.output_shifts", "uint8", [3])),
    (TAILED, array("tail.weights", "int8", [2, 3])),
    (TAILED, entry("tail.shifts", 1, index=1)),
    (GRID, put("tail", {"layout": "dense"})),
    (GRID, array("tail.weights", "int8", [3, 6])),
    # rules that are those of version 2
    (GRID, put("groups", 2)),
    (GRID, put("probe", "cubic")),
    (GRID, put("bias_shift", 25)),
    (GRID, put("bias_shift", True)),
    (GRID, put("value_frac_bits", 1)),
    (GRID, entry("output_shifts", 9)),
    (GRID, entry("bias", 2**30)),
    (SHARED, entry("tail.shifts", 25)),
]


@pytest.mark.parametrize(("name", "edit"), KEPT, ids=range(len(KEPT)))
def test_what_keeps_the_rules_is_accepted(name: str, edit: Edit) -> None:
    assert verdicts(edited(file_of(name), edit)) == (True, True)


@pytest.mark.parametrize(("name", "edit"), BROKEN, ids=range(len(BROKEN)))
def test_one_broken_rule_is_refused(name: str, edit: Edit) -> None:
    assert verdicts(edited(file_of(name), edit)) == (False, False)
