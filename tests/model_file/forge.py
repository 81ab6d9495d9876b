"""Files to damage, and hostile ones: the same zip and JSON as rs2c writes, with anything in them."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from rs2c.model.canonical import canonical_json
from rs2c.model.file import ModelFile, Section
from rs2c.sketch.hash_family import HashFamily, draw_hashes, learned_hashes
from rs2c.sketch.sketch import RepresenterSketch, build
from rs2c.sketch.state import to_state
from tests.support.random_models import random_model
from tests.support.random_shapes import Shape

Manifest = dict[str, Any]
Bodies = dict[str, bytes]
Edit = Callable[[Manifest, Bodies], None]

SHAPES = {
    "floats": Shape(features=3, indicators=1, projected=2, rows_a_group=2, source="unsorted"),
    "rehash": Shape(raw_type="int16", features=2, kind="rehash", hashes=2, task="regress", outputs=2, groups=3),
    "signs": Shape(raw_type="uint8", front_bits=0, features=2, kind="srp", hashes=2, layout="ternary", outputs=2),
    "linear": Shape(raw_type="int8", front_bits=16, features=2, linear=True, count_bits=16),
    "learned": Shape(
        features=3,
        front_bits=12,
        linear=True,
        layout="sparse",
        offset_shift=3,
        scaled=True,
        arrays=2,
        factored=True,
        tail="dense",
        bias_shift=5,
        small=True,
    ),
}


def sketch_section(name: str) -> Section:
    """A small sketch, as `rs2c fit` keeps it; a learned one for the model `learned`."""
    rng = np.random.default_rng(4)
    if name == "learned":
        return Section(*to_state(learned_sketch()))
    hashes = draw_hashes(HashFamily("l2", dimensions=2, hashes=1, columns=4), 3, 9)
    sketch = build(hashes, rng.normal(size=(5, 2)), rng.normal(size=(5, 2)), projection=rng.normal(size=(3, 2)))
    return Section(*to_state(sketch))


def learned_sketch() -> RepresenterSketch:
    """Trained directions, two count arrays for three rows, factors and a tail."""
    rng = np.random.default_rng(5)
    return RepresenterSketch(
        hashes=learned_hashes(rng.normal(size=(3, 2)), rng.normal(size=3), 4),
        projection=rng.normal(size=(3, 2)),
        counts=rng.normal(size=(2, 4, 1)).astype(np.float32),
        step_bits=None,
        weight_sum=None,
        bias=rng.normal(size=2),
        probe="linear",
        factors=rng.normal(size=(3, 2)).astype(np.float32),
        tail=rng.normal(size=(2, 2)),
    )


def content(name: str) -> ModelFile:
    """A model of SHAPES with a sketch, a card and a section that this version does not know."""
    card = {"facts": {"dataset": "moons"}, "stages": [{"stage": "teacher", "metric": "accuracy", "value": 0.5}]}
    future = Section({"depth": [1, [2, None]]}, {"weights": np.array([[1.5, -2.0]], np.float32)})
    sections = {"sketch": sketch_section(name), "card": Section(card), "wavelets": future}
    return ModelFile(random_model(SHAPES[name], 5), sections)


def unpack(raw: bytes) -> tuple[Manifest, Bodies]:
    """The manifest and the other entries."""
    text, bodies = _entries(raw)
    return json.loads(text), dict(bodies)


@cache
def _entries(raw: bytes) -> tuple[bytes, Bodies]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        bodies = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    return bodies.pop("manifest.json"), bodies


def pack(manifest: Any, bodies: Bodies, compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of them; a manifest that is bytes is taken as it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        text = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        archive.writestr("manifest.json", text)
        for name, body in bodies.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def forged(raw: bytes, edit: Edit) -> bytes:
    """The file with its manifest and entries changed by `edit`, and its hash made right again."""
    manifest, bodies = unpack(raw)
    edit(manifest, bodies)
    manifest["model_hash"] = digest(manifest, bodies)
    return pack(manifest, bodies)


def digest(manifest: Manifest, bodies: Bodies) -> str:
    """The model hash of SPEC section 8, where it can be computed at all."""
    try:
        section = manifest["sections"]["integer"]
        found = hashlib.sha256(canonical_json({key: section[key] for key in ("arrays", "values")}))
        for name in sorted(section["arrays"]):
            body = bodies[f"integer/{name}.npy"]
            (length,) = struct.unpack_from("<H", body, 8)
            found.update(name.encode() + b"\0" + body[10 + length :])
        return found.hexdigest()
    except (KeyError, TypeError, AttributeError, ValueError, struct.error, RecursionError):
        return ""


def npy(kind: str, shape: tuple[Any, ...], data: bytes) -> bytes:
    """A .npy of any description."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def overlapping(entries: int) -> bytes:
    """A zip whose entries all end where the last one ends: the sum of their sizes grows with their square."""
    names = [f"integer/a{i:05d}.npy" for i in range(entries)]
    header = len(npy("|i1", (10_000_000,), b""))
    step = 30 + len(names[0]) + header
    sizes = [header + (entries - 1 - i) * step for i in range(entries)]
    shapes = [size - header for size in sizes]
    listing = {name[8:-4]: ["int8", [shape]] for name, shape in zip(names, shapes, strict=True)}
    manifest = canonical_json(
        {
            "format": "rs2c",
            "version": [2, 0],
            "model_hash": "",
            "sections": {"integer": {"values": {}, "arrays": listing}},
        }
    )
    tail, starts = b"", []
    for name, size, shape in reversed(list(zip(names, sizes, shapes, strict=True))):
        tail = npy("|i1", (shape,), b"").ljust(header) + tail
        assert len(tail) == size
        tail = local_header(name, tail) + tail
    front = local_header("manifest.json", manifest) + manifest
    starts = [len(front) + i * step for i in range(entries)]
    body = front + tail
    directory = central_header("manifest.json", manifest, 0)
    for name, start, size in zip(names, starts, sizes, strict=True):
        directory += central_header(name, body[start + 30 + len(name) :], start)
        assert len(body) - start - 30 - len(name) == size
    return body + directory + end_of_directory(entries + 1, len(directory), len(body))


def local_header(name: str, data: bytes) -> bytes:
    sizes = (zlib.crc32(data), len(data), len(data), len(name), 0)
    return b"PK\x03\x04" + struct.pack("<5H3L2H", 20, 0, 0, 0, 0x21, *sizes) + name.encode()


def central_header(name: str, data: bytes, start: int) -> bytes:
    sizes = (zlib.crc32(data), len(data), len(data), len(name), 0, 0, 0, 0, 0, start)
    return b"PK\x01\x02" + struct.pack("<6H3L5H2L", 20, 20, 0, 0, 0, 0x21, *sizes) + name.encode()


def end_of_directory(entries: int, size: int, start: int) -> bytes:
    return b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, entries, entries, size, start, 0)
