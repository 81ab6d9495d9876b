"""Files of format 1.0 are read, and compute what they computed when they were written."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest

from rs2c.base.errors import ModelFileError
from rs2c.model import reference
from rs2c.model.canonical import model_hash
from rs2c.model.file import from_bytes, to_bytes
from tests.emit.models import GOLDENS
from tests.support.version_1 import HASHES, file_of, stored


@pytest.mark.parametrize("name", HASHES)
def test_a_file_of_format_1_computes_what_it_did(name: str) -> None:
    subject, raw = from_bytes(file_of(name)).model, stored(name, "raw")
    assert len(raw) == 16
    scores = reference.scores(subject, reference.quantize(subject, raw))
    np.testing.assert_array_equal(scores, stored(name, "scores"), strict=True)
    np.testing.assert_array_equal(reference.answers(subject, scores), stored(name, "answers"), strict=True)


@pytest.mark.parametrize("name", HASHES)
def test_it_is_written_again_in_the_format_of_today(name: str) -> None:
    before = from_bytes(file_of(name))
    again = from_bytes(to_bytes(before))
    assert model_hash(again.model) == model_hash(before.model) != HASHES[name]
    assert again.sections.keys() == before.sections.keys()
    raw = stored(name, "raw")
    scores = reference.scores(again.model, reference.quantize(again.model, raw))
    np.testing.assert_array_equal(scores, stored(name, "scores"), strict=True)


@pytest.mark.parametrize("name", GOLDENS)
def test_a_model_is_the_same_whichever_format_it_comes_from(name: str) -> None:
    upgraded = from_bytes(file_of(f"golden {name}")).model
    assert model_hash(upgraded) == model_hash(GOLDENS[name].model)


def test_the_hash_of_format_1_is_checked() -> None:
    raw = file_of("golden gesture")
    assert raw.count(HASHES["golden gesture"].encode()) == 1
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    digest = HASHES["golden gesture"].encode()
    entries["manifest.json"] = entries["manifest.json"].replace(digest, digest[::-1])
    forged = io.BytesIO()
    with zipfile.ZipFile(forged, "w") as archive:
        for entry, body in entries.items():
            archive.writestr(entry, body)
    with pytest.raises(ModelFileError, match="does not match its hash"):
        from_bytes(forged.getvalue())


def test_the_files_are_of_every_kind_that_format_1_has() -> None:
    found: dict[str, set[Any]] = {}
    for name in HASHES:
        with zipfile.ZipFile(io.BytesIO(file_of(name))) as archive:
            head = json.loads(archive.read("manifest.json"))
        assert head["version"] == [1, 0]
        integer = head["sections"]["integer"]
        values, arrays = integer["values"], integer["arrays"]
        flat = values | {f"{part}.{key}": v for part in ("hashes", "tail") for key, v in (values[part] or {}).items()}
        flat |= {f"{part}.bits": (values[part] or {}).get("bits") for part in ("front_end", "projection")}
        flat |= {name: name in arrays for name in ("factors", "hashes.scales", "tail.weights")}
        flat |= {"counts": arrays["counts"][0], "shared": arrays["counts"][1][0] < arrays["hashes.weights"][1][0]}
        for key, value in flat.items():
            found.setdefault(key, set()).add(str(value))
    expected = {
        "task": "classify regress",
        "raw_type": "float32 int8 uint8 int16 uint16",
        "front_end.bits": "None 8 12 16",
        "projection.bits": "None 8 16",
        "hashes.kind": "grid srp rehash",
        "hashes.cell_bits": "1 2 3 4 8 16",
        "hashes.layout": "dense sparse ternary",
        "hashes.scales": "False True",
        "counts": "int8 int16",
        "shared": "False True",
        "factors": "False True",
        "tail.weights": "False True",
        "tail.layout": "dense sparse",
        "probe": "nearest linear",
        "groups": "1 3 5 15",
    }
    assert {key: found[key] >= set(values.split()) for key, values in expected.items()} == dict.fromkeys(expected, True)
    assert len(HASHES) >= 71
