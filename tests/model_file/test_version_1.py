"""Files of format 1.0 are read, and compute what they computed when they were written.

`v1/models.zip` holds the goldens of `tests.emit.models`, the models of this folder's tests and random ones over the
whole schema. Each has a folder: `model.rs2c`, the very bytes of the writer of format 1.0; 16 raw vectors, corners, of
the windows and of any bits, as `raw.npy`; and their `scores.npy` and `answers.npy` by the reference of that day.
`hashes.json` holds the model hashes, which stand as long as the canonical content of a model is that of format 1.0.
The bundle is never made anew: later versions write another format.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs2c.model import reference
from rs2c.model.canonical import model_hash
from rs2c.model.file import from_bytes

BUNDLE = zipfile.ZipFile(Path(__file__).parent / "v1" / "models.zip")
HASHES: dict[str, str] = json.loads(BUNDLE.read("hashes.json"))


def stored(name: str, array: str) -> Any:
    return np.load(io.BytesIO(BUNDLE.read(f"{name}/{array}.npy")), allow_pickle=False)


@pytest.mark.parametrize("name", HASHES)
def test_a_file_of_format_1_computes_what_it_did(name: str) -> None:
    subject, raw = from_bytes(BUNDLE.read(f"{name}/model.rs2c")).model, stored(name, "raw")
    assert len(raw) == 16
    scores = reference.scores(subject, reference.quantize(subject, raw))
    np.testing.assert_array_equal(scores, stored(name, "scores"), strict=True)
    np.testing.assert_array_equal(reference.answers(subject, scores), stored(name, "answers"), strict=True)


@pytest.mark.parametrize("name", HASHES)
def test_its_model_has_the_hash_that_it_had(name: str) -> None:
    assert model_hash(from_bytes(BUNDLE.read(f"{name}/model.rs2c")).model) == HASHES[name]


def test_the_files_are_of_every_kind_that_format_1_has() -> None:
    found: dict[str, set[Any]] = {}
    for name in HASHES:
        with zipfile.ZipFile(io.BytesIO(BUNDLE.read(f"{name}/model.rs2c"))) as archive:
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
