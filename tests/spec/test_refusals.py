"""Both readers refuse what docs/SPEC.md sections 2, 7 and 8 tell a reader to refuse, and accept the rest."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from rs2c.base.errors import ModelFileError
from rs2c.model import file as model_file
from tests.spec import independent_file
from tests.spec.edits import FLOAT, REHASH, SHAPES, TAILED, Edit, array, edited, entry, parts_of, put, silent, without
from tests.spec.independent_file import CODES, RefusedError
from tests.support.random_models import random_model


def verdicts(raw: bytes) -> tuple[bool, bool]:
    """Whether the independent reader and the package accept a file."""
    accepted = [True, True]
    for i, (read, refusal) in enumerate(
        ((independent_file.read, RefusedError), (model_file.from_bytes, ModelFileError))
    ):
        try:
            read(raw)
        except refusal:
            accepted[i] = False
    return accepted[0], accepted[1]


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
    ("float", put("hashes.kind", "sphere")),
    ("float", put("hashes.kind", "srp")),
    ("float", put("hashes.cell_bits", 2)),
    ("rehash", put("hashes.cell_bits", 8)),
    ("rehash", put("hashes.column_bits", 17)),
    ("rehash", put("hashes.column_bits", 2)),
    ("float", put("hashes.layout", "ternary")),
    ("float", put("hashes.layout", "")),
    ("float", put("hashes.layout", True)),
    ("float", put("hashes.layout", ["dense"])),
    ("float", put("hashes.ternary", False)),
    ("float", put("hashes.offset_shift", -1)),
    ("float", put("hashes.offset_shift", 25)),
    ("float", put("hashes.offset_shift", 3.0)),
    ("float", put("hashes.offset_shift", False)),
    ("srp", entry("hashes.weights", 2)),
    ("srp", entry("hashes.shifts", 1)),
    ("learned", entry("hashes.scales", 0)),
    ("learned", array("hashes.scales", "uint8", [3, 1])),
    ("learned", array("hashes.scales", "int8", [4, 1])),
    ("srp", array("hashes.scales", "uint8", [2, 3])),
    ("float", put("hashes.scales", 1)),
    ("float", put("hashes.scales", [1])),
    ("rehash", entry("hashes.shifts", 15)),
    ("float", entry("hashes.shifts", 28)),
    ("float", array("hashes.weights", "int8", [3, 1, 4])),
    ("float", array("hashes.weights", "int8", [3, 17, 3])),
    ("float", array("hashes.offsets", "int32", [3])),
    ("float", array("hashes.multipliers", "uint32", [3, 1])),
    ("rehash", array("hashes.addends", "uint32", [0])),
    ("float", array("counts", "int32", [3, 8, 3])),
    ("float", array("counts", "int8", [3, 4, 3])),
    ("float", array("counts", "int8", [3, 8, 2])),
    ("float", array("counts", "int8", [0, 8, 3])),
    ("float", array("counts", "int8", [4, 8, 3])),
    ("learned", array("counts", "int8", [5, 8, 1])),
    ("learned", array("counts", "int8", [2, 8, 3])),
    ("learned", array("counts", "int8", [2, 8, 0])),
    ("learned", array("factors", "int8", [4])),
    ("learned", array("factors", "int8", [3, 3])),
    ("learned", array("factors", "int8", [4, 2])),
    ("learned", array("factors", "int8", [4, 3, 1])),
    ("learned", array("factors", "int16", [4, 3])),
    ("learned", put("factors", None)),
    ("float", put("factors", [[1]])),
    ("float", without("factors")),
    ("float", array("factors", "int8", [3, 3])),
    ("learned", put("tail", None)),
    ("learned", put("tail.layout", "ternary")),
    ("learned", put("tail.layout", 1)),
    ("learned", put("tail.bits", 8)),
    ("learned", array("tail.weights", "int8", [3, 2])),
    ("learned", array("tail.weights", "int8", [2, 3])),
    ("learned", array("tail.weights", "int16", [3, 3])),
    ("learned", array("tail.shifts", "uint8", [2])),
    ("learned", entry("tail.shifts", 1, index=1)),
    ("tailed", entry("tail.shifts", 25)),
    ("float", put("tail", {"layout": "dense"})),
    ("float", array("tail.weights", "int8", [3, 3])),
    ("float", without("tail")),
    ("float", put("probe", "cubic")),
    ("srp", put("probe", "linear")),
    ("float", put("groups", 2)),
    ("float", put("groups", 5)),
    ("float", put("groups", 0)),
    ("rehash", put("groups", 2)),
    ("float", entry("output_shifts", 9)),
    ("learned", entry("output_shifts", 1, index=2)),
    ("rehash", entry("output_shifts", 25)),
    ("float", array("output_shifts", "uint8", [2])),
    ("float", array("bias", "int32", [1])),
    ("float", put("bias_shift", -1)),
    ("rehash", put("bias_shift", 25)),
    ("float", put("bias_shift", None)),
    ("float", put("bias_shift", True)),
    ("float", without("bias_shift")),
    ("float", put("value_frac_bits", 1)),
    ("rehash", put("value_frac_bits", 1025)),
    ("rehash", put("value_frac_bits", 10**400)),
    ("float", put("wings", 2)),
    ("float", array("wings", "int8", [1])),
    ("float", array("front_end.wings", "int8", [4])),
    ("rehash", entry("bias", 2**30)),
    ("rehash", entry("bias", -(2**31))),
    ("rehash", entry("hashes.offsets", -(2**31))),
    ("rehash", entry("hashes.offsets", 2**31 - 1)),
]


@pytest.mark.parametrize(("shape", "edit"), BROKEN, ids=range(len(BROKEN)))
def test_one_broken_rule_is_refused(shape: str, edit: Edit) -> None:
    assert verdicts(edited(SHAPES[shape], edit)) == (False, False)


def test_a_projection_past_the_proof_is_refused() -> None:
    assert verdicts(edited(FLOAT, entry("projection.bias", 2**31 - 1))) == (False, False)


def test_a_tail_past_the_proof_is_refused() -> None:
    for shift, accepted in ((15, True), (24, False)):
        assert verdicts(edited(TAILED, entry("tail.shifts", shift))) == (accepted, accepted)


KEPT: list[tuple[str, Edit]] = [
    *((name, lambda manifest, data: None) for name in SHAPES),
    ("float", lambda manifest, data: manifest.update(version=[1, 7], extra={"a": 1})),
    ("float", lambda manifest, data: manifest["sections"]["integer"].update(extra=1)),
    ("float", lambda manifest, data: manifest["sections"].update(extra={"values": [1], "arrays": {}})),
    ("float", put("categories", [["x"], [], [], ["y", "y"]])),
    ("float", entry("front_end.centre", -(2**30))),
    ("float", entry("front_end.exponent", -256)),
    ("rehash", put("value_frac_bits", -1024)),
    ("rehash", silent(24)),
    ("tailed", silent(24)),
    ("float", put("front_end.bits", 9)),
    ("float", put("hashes.layout", "sparse")),
    ("learned", put("hashes.layout", "dense")),
    ("learned", entry("front_end.multiplier", 2047, index=2)),
    ("learned", put("tail.layout", "sparse")),
    ("learned", put("hashes.offset_shift", 0)),
    ("learned", entry("hashes.scales", 1)),
    ("learned", put("bias_shift", 0)),
    ("linear", put("bias_shift", 3)),
    ("learned", array("counts", "int8", [1, 8, 1])),
    ("learned", array("counts", "int16", [4, 8, 1])),
    ("tailed", array("counts", "int8", [2, 8, 2])),
    ("float", lambda manifest, data: [entry("output_shifts", 1, index=i)(manifest, data) for i in range(3)]),
    ("learned", lambda manifest, data: [entry("tail.shifts", 1, index=i)(manifest, data) for i in range(3)]),
]


@pytest.mark.parametrize(("shape", "edit"), KEPT, ids=range(len(KEPT)))
def test_what_keeps_the_rules_is_accepted(shape: str, edit: Edit) -> None:
    assert verdicts(edited(SHAPES[shape], edit)) == (True, True)


def test_the_output_shift_limit_is_exact() -> None:
    assert verdicts(edited(REHASH, silent(25))) == (False, False)


def test_the_score_limit_is_exact() -> None:
    own = independent_file.read(edited(REHASH, lambda m, d: None)).model
    totals = sum(max(abs(line[0]) for line in array) for array in own.counts)
    room = 2**30 - 1 - (totals << own.output_shifts[0])
    assert verdicts(edited(REHASH, entry("bias", room))) == (True, True)
    assert verdicts(edited(REHASH, entry("bias", room + 1))) == (False, False)


BROKEN_FILES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "truncated": lambda raw: raw[:-1],
    "no zip": lambda raw: b"rs2c" * 100,
    "format": lambda raw: rewritten(raw, lambda m, d: m.update(format="tflite")),
    "major": lambda raw: rewritten(raw, lambda m, d: m.update(version=[2, 0])),
    "version type": lambda raw: rewritten(raw, lambda m, d: m.update(version=[1.0, 0])),
    "version boolean": lambda raw: rewritten(raw, lambda m, d: m.update(version=[True, 0])),
    "version length": lambda raw: rewritten(raw, lambda m, d: m.update(version=[1])),
    "hash": lambda raw: rewritten(raw, lambda m, d: m.update(model_hash="0" * 64)),
    "no hash": lambda raw: rewritten(raw, lambda m, d: m.pop("model_hash")),
    "no integer": lambda raw: rewritten(raw, lambda m, d: m["sections"].pop("integer")),
    "count": lambda raw: rewritten(raw, entry("counts", 99)),
    "size": lambda raw: rewritten(raw, lambda m, d: d.update({"integer/bias.npy": bytes(16)})),
    "crc": lambda raw: raw.replace(b"\x93NUMPY\x01", b"\x93NUMPY\x02", 1),
    "order": lambda raw: rewritten(raw, lambda m, d: None).replace(b"manifest.json", b"manifest.jsoo"),
    "array type": lambda raw: rewritten(raw, array("extra", "int8", [1])).replace(b'"int8",[1]', b'"int9",[1]'),
}


def rewritten(raw: bytes, edit: Edit) -> bytes:
    """The file with an edit, its hash as it was."""
    found = independent_file.read(raw)
    edit(found.manifest, found.data)
    return independent_file.write(found.manifest, found.data)


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_is_refused(name: str) -> None:
    raw = model_file.to_bytes(model_file.ModelFile(random_model(FLOAT, 3)))
    assert verdicts(raw) == (True, True)
    assert verdicts(BROKEN_FILES[name](raw)) == (False, False)


@pytest.mark.parametrize("name", SHAPES)
def test_both_readers_judge_random_edits_alike(name: str) -> None:
    random.seed(17)
    shape, seen = SHAPES[name], set()
    arrays = parts_of(shape)[0]["sections"]["integer"]["arrays"]
    names = [n for n, (_, sizes) in arrays.items() if sizes[0]]
    for _ in range(60):
        target = random.choice(names)
        code = CODES[arrays[target][0]][1]
        value = random.getrandbits(8 * struct.calcsize(code)) >> random.randrange(8 * struct.calcsize(code))
        value = struct.unpack(f"<{code}", value.to_bytes(struct.calcsize(code), "little"))[0]
        mine, theirs = verdicts(edited(shape, entry(target, value)))
        assert mine == theirs, (target, value)
        seen.add(mine)
    assert seen == {True, False}
