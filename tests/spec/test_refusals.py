"""Both readers refuse what docs/SPEC.md sections 2, 5, 7 and 8 tell a reader to refuse, and accept the rest."""

from __future__ import annotations

import pytest

from tests.spec import independent_file
from tests.spec.edits import FILES, Edit, array, edited, entry, put, reordered, silent, values_of, verdicts, without

BROKEN: list[tuple[str, Edit]] = [
    ("float", put("task", "rank")),
    ("float", put("task", "regress")),
    ("float", put("raw_type", "int8")),
    ("float", put("raw_type", "int32")),
    ("float", put("feature_names", [])),
    ("float", put("feature_names", ["a", "b", "c"])),
    ("float", put("feature_names", ["a", "b", "c", 1])),
    ("float", put("categories", [[], [], []])),
    ("float", put("categories", [[], [], [], [1]])),
    ("float", put("class_names", ["a"])),
    ("float", put("class_names", ["a", "b", "c", "d"])),
    ("rehash", put("class_names", ["a"])),
    ("float", put("front_end", None)),
    ("float", put("front_end.bits", 7)),
    ("float", put("front_end.bits", 17)),
    ("float", put("front_end.bits", "8")),
    ("learned", entry("front_end.multiplier", 2048, index=2)),
    ("float", put("front_end.bits", 16.0)),
    ("float", put("front_end.bits", True)),
    ("float", put("front_end.colour", 1)),
    ("float", entry("front_end.source", 4)),
    ("float", entry("front_end.indicator", 2)),
    ("float", entry("front_end.exponent", 257)),
    ("float", entry("front_end.exponent", -257)),
    ("srp", entry("front_end.exponent", 1)),
    ("float", entry("front_end.centre", 2**30 + 1)),
    ("float", entry("front_end.centre", -(2**30) - 1)),
    ("float", entry("front_end.multiplier", 32768)),
    ("float", entry("front_end.multiplier", 128, index=3)),
    ("float", entry("front_end.shift", 23)),
    ("srp", entry("front_end.shift", 15)),
    ("learned", entry("front_end.shift", 19)),
    ("float", array("front_end.source", "uint8", [4])),
    ("float", array("front_end.centre", "int32", [5])),
    ("float", put("projection.bits", 32)),
    ("float", put("projection.shift", 15)),
    ("float", put("projection.shift", -1)),
    ("float", array("projection.bias", "int32", [2])),
    ("float", array("projection.weights", "int8", [3, 3])),
    ("float", array("projection.weights", "int16", [3, 4])),
    ("float", put("blocks.0.hashes.kind", "sphere")),
    ("float", put("blocks.0.hashes.kind", "srp")),
    ("float", put("blocks.0.hashes.cell_bits", 2)),
    ("rehash", put("blocks.0.hashes.cell_bits", 8)),
    ("rehash", put("blocks.0.hashes.column_bits", 17)),
    ("rehash", put("blocks.0.hashes.column_bits", 2)),
    ("float", put("blocks.0.hashes.layout", "ternary")),
    ("float", put("blocks.0.hashes.layout", "")),
    ("float", put("blocks.0.hashes.layout", True)),
    ("float", put("blocks.0.hashes.layout", ["dense"])),
    ("float", put("blocks.0.hashes.ternary", False)),
    ("float", put("blocks.0.hashes.offset_shift", -1)),
    ("float", put("blocks.0.hashes.offset_shift", 25)),
    ("float", put("blocks.0.hashes.offset_shift", 3.0)),
    ("float", put("blocks.0.hashes.offset_shift", False)),
    ("srp", entry("blocks.0.hashes.weights", 2)),
    ("srp", entry("blocks.0.hashes.shifts", 1)),
    ("learned", entry("blocks.0.hashes.scales", 0)),
    ("learned", array("blocks.0.hashes.scales", "uint8", [3, 1])),
    ("learned", array("blocks.0.hashes.scales", "int8", [4, 1])),
    ("srp", array("blocks.0.hashes.scales", "uint8", [2, 3])),
    ("float", put("blocks.0.hashes.scales", 1)),
    ("float", put("blocks.0.hashes.scales", [1])),
    ("rehash", entry("blocks.0.hashes.shifts", 15)),
    ("float", entry("blocks.0.hashes.shifts", 28)),
    ("float", array("blocks.0.hashes.weights", "int8", [3, 1, 4])),
    ("float", array("blocks.0.hashes.weights", "int8", [3, 17, 3])),
    ("float", array("blocks.0.hashes.offsets", "int32", [3])),
    ("float", array("blocks.0.hashes.multipliers", "uint32", [3, 1])),
    ("rehash", array("blocks.0.hashes.addends", "uint32", [0])),
    ("float", array("blocks.0.counts", "int32", [3, 8, 3])),
    ("float", array("blocks.0.counts", "int8", [3, 4, 3])),
    ("float", array("blocks.0.counts", "int8", [3, 8, 2])),
    ("float", array("blocks.0.counts", "int8", [0, 8, 3])),
    ("float", array("blocks.0.counts", "int8", [4, 8, 3])),
    ("learned", array("blocks.0.counts", "int8", [5, 8, 1])),
    ("learned", array("blocks.0.counts", "int8", [2, 8, 3])),
    ("learned", array("blocks.0.counts", "int8", [2, 8, 0])),
    ("learned", array("blocks.0.factors", "int8", [4])),
    ("learned", array("blocks.0.factors", "int8", [3, 3])),
    ("learned", array("blocks.0.factors", "int8", [4, 2])),
    ("learned", array("blocks.0.factors", "int8", [4, 3, 1])),
    ("learned", array("blocks.0.factors", "int16", [4, 3])),
    ("learned", put("blocks.0.factors", None)),
    ("float", put("blocks.0.factors", [[1]])),
    ("float", without("blocks.0.factors")),
    ("float", array("blocks.0.factors", "int8", [3, 3])),
    ("learned", lambda manifest, data: values_of(manifest)["blocks"].pop()),
    ("learned", put("blocks.1.layout", "ternary")),
    ("learned", put("blocks.1.layout", 1)),
    ("learned", put("blocks.1.bits", 8)),
    ("learned", array("blocks.1.weights", "int8", [3, 2])),
    ("learned", array("blocks.1.weights", "int8", [2, 3])),
    ("learned", array("blocks.1.weights", "int16", [3, 3])),
    ("learned", array("blocks.1.output_shifts", "uint8", [2])),
    ("learned", entry("blocks.1.output_shifts", 1, index=1)),
    ("tailed", entry("blocks.1.output_shifts", 25)),
    ("float", lambda manifest, data: values_of(manifest)["blocks"].append({"kind": "linear_term", "layout": "dense"})),
    ("float", array("blocks.1.weights", "int8", [3, 3])),
    ("float", without("blocks")),
    ("float", put("blocks.0.probe", "cubic")),
    ("srp", put("blocks.0.probe", "linear")),
    ("float", put("blocks.0.groups", 2)),
    ("float", put("blocks.0.groups", 5)),
    ("float", put("blocks.0.groups", 0)),
    ("rehash", put("blocks.0.groups", 2)),
    ("float", entry("blocks.0.output_shifts", 9)),
    ("learned", entry("blocks.0.output_shifts", 1, index=2)),
    ("rehash", entry("blocks.0.output_shifts", 25)),
    ("float", array("blocks.0.output_shifts", "uint8", [2])),
    ("float", array("output.bias", "int32", [1])),
    ("float", put("output.bias_shift", -1)),
    ("rehash", put("output.bias_shift", 25)),
    ("float", put("output.bias_shift", None)),
    ("float", put("output.bias_shift", True)),
    ("float", without("output.bias_shift")),
    ("float", put("output.value_frac_bits", 1)),
    ("rehash", put("output.value_frac_bits", 1025)),
    ("rehash", put("output.value_frac_bits", 10**400)),
    ("float", put("wings", 2)),
    ("float", array("wings", "int8", [1])),
    ("float", array("front_end.wings", "int8", [4])),
    ("rehash", entry("output.bias", 2**30)),
    ("rehash", entry("output.bias", -(2**31))),
    ("rehash", entry("blocks.0.hashes.offsets", -(2**31))),
    ("rehash", entry("blocks.0.hashes.offsets", 2**31 - 1)),
]


@pytest.mark.parametrize(("shape", "edit"), BROKEN, ids=range(len(BROKEN)))
def test_one_broken_rule_is_refused(shape: str, edit: Edit) -> None:
    assert verdicts(edited(FILES[shape], edit)) == (False, False)


def test_a_projection_past_the_proof_is_refused() -> None:
    assert verdicts(edited(FILES["float"], entry("projection.bias", 2**31 - 1))) == (False, False)


def test_a_tail_past_the_proof_is_refused() -> None:
    for shift, accepted in ((15, True), (24, False)):
        assert verdicts(edited(FILES["tailed"], entry("blocks.1.output_shifts", shift))) == (accepted, accepted)


KEPT: list[tuple[str, Edit]] = [
    *((name, lambda manifest, data: None) for name in FILES),
    ("float", lambda manifest, data: manifest.update(version=[2, 7], extra={"a": 1})),
    ("float", lambda manifest, data: manifest["sections"]["integer"].update(extra=1)),
    ("float", lambda manifest, data: manifest["sections"].update(extra={"values": [1], "arrays": {}})),
    ("float", put("categories", [["x"], [], [], ["y", "y"]])),
    ("float", entry("front_end.centre", -(2**30))),
    ("float", entry("front_end.exponent", -256)),
    ("rehash", put("output.value_frac_bits", -1024)),
    ("rehash", silent(24)),
    ("tailed", silent(24)),
    ("tail", silent(24)),
    ("tail", put("blocks.0.layout", "sparse")),
    ("learned", reordered(0)),
    ("learned", reordered(1)),
    ("tailed", reordered(1)),
    ("float", put("front_end.bits", 9)),
    ("float", put("blocks.0.hashes.layout", "sparse")),
    ("learned", put("blocks.0.hashes.layout", "dense")),
    ("learned", entry("front_end.multiplier", 2047, index=2)),
    ("learned", put("blocks.1.layout", "sparse")),
    ("learned", put("blocks.0.hashes.offset_shift", 0)),
    ("learned", entry("blocks.0.hashes.scales", 1)),
    ("learned", put("output.bias_shift", 0)),
    ("linear", put("output.bias_shift", 3)),
    ("learned", array("blocks.0.counts", "int8", [1, 8, 1])),
    ("learned", array("blocks.0.counts", "int16", [4, 8, 1])),
    ("tailed", array("blocks.0.counts", "int8", [2, 8, 2])),
    ("float", lambda manifest, data: [entry("blocks.0.output_shifts", 1, index=i)(manifest, data) for i in range(3)]),
    ("learned", lambda manifest, data: [entry("blocks.1.output_shifts", 1, index=i)(manifest, data) for i in range(3)]),
]


@pytest.mark.parametrize(("shape", "edit"), KEPT, ids=range(len(KEPT)))
def test_what_keeps_the_rules_is_accepted(shape: str, edit: Edit) -> None:
    assert verdicts(edited(FILES[shape], edit)) == (True, True)


def test_the_output_shift_limit_is_exact() -> None:
    assert verdicts(edited(FILES["rehash"], silent(25))) == (False, False)


def test_the_score_limit_is_exact() -> None:
    own = independent_file.read(edited(FILES["rehash"], lambda m, d: None)).model
    (rows,) = own.blocks
    totals = sum(max(abs(line[0]) for line in array) for array in rows.counts)
    room = 2**30 - 1 - (totals << rows.output_shifts[0])
    assert verdicts(edited(FILES["rehash"], entry("output.bias", room))) == (True, True)
    assert verdicts(edited(FILES["rehash"], entry("output.bias", room + 1))) == (False, False)
