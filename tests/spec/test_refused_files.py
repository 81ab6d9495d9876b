"""Both readers refuse files that docs/SPEC.md section 8 tells a reader to refuse, and judge random edits alike."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from tests.spec import independent_file
from tests.spec.edits import FILES, Edit, array, edited, entry, verdicts
from tests.spec.independent_file import CODES

BROKEN_FILES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "truncated": lambda raw: raw[:-1],
    "no zip": lambda raw: b"rs2c" * 100,
    "format": lambda raw: rewritten(raw, lambda m, d: m.update(format="tflite")),
    "major": lambda raw: rewritten(raw, lambda m, d: m.update(version=[3, 0])),
    "version type": lambda raw: rewritten(raw, lambda m, d: m.update(version=[2.0, 0])),
    "version boolean": lambda raw: rewritten(raw, lambda m, d: m.update(version=[True, 0])),
    "version 1": lambda raw: rewritten(raw, lambda m, d: m.update(version=[1, 0])),
    "version length": lambda raw: rewritten(raw, lambda m, d: m.update(version=[2])),
    "hash": lambda raw: rewritten(raw, lambda m, d: m.update(model_hash="0" * 64)),
    "no hash": lambda raw: rewritten(raw, lambda m, d: m.pop("model_hash")),
    "no integer": lambda raw: rewritten(raw, lambda m, d: m["sections"].pop("integer")),
    "count": lambda raw: rewritten(raw, entry("blocks.0.counts", 99)),
    "size": lambda raw: rewritten(raw, lambda m, d: d.update({"integer/output.bias.npy": bytes(16)})),
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
    raw = FILES["float"]
    assert verdicts(raw) == (True, True)
    assert verdicts(BROKEN_FILES[name](raw)) == (False, False)


@pytest.mark.parametrize("name", FILES)
def test_both_readers_judge_random_edits_alike(name: str) -> None:
    random.seed(17)
    seen = set()
    arrays = independent_file.read(FILES[name]).manifest["sections"]["integer"]["arrays"]
    names = [n for n, (_, sizes) in arrays.items() if sizes[0]]
    for _ in range(60):
        target = random.choice(names)
        code = CODES[arrays[target][0]][1]
        value = random.getrandbits(8 * struct.calcsize(code)) >> random.randrange(8 * struct.calcsize(code))
        value = struct.unpack(f"<{code}", value.to_bytes(struct.calcsize(code), "little"))[0]
        mine, theirs = verdicts(edited(FILES[name], entry(target, value)))
        assert mine == theirs, (target, value)
        seen.add(mine)
    assert seen == {True, False}
