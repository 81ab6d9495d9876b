"""Files that are right in all but what an edit changes in their section `integer`."""

from __future__ import annotations

import copy
import struct
from collections.abc import Callable
from typing import Any

from rs2c.model import file as model_file
from tests.spec import independent_file
from tests.spec.independent_file import CODES
from tests.support.random_models import random_model
from tests.support.random_shapes import Shape

Manifest = dict[str, Any]
Data = dict[str, bytes]
Edit = Callable[[Manifest, Data], None]

FLOAT = Shape(features=4, indicators=1, projected=3, z_bits=16, outputs=3, groups=3, rows_a_group=1)
REHASH = Shape(raw_type="int8", features=3, front_bits=0, kind="rehash", hashes=2, task="regress", outputs=2)
SRP = Shape(raw_type="uint16", features=3, front_bits=16, kind="srp", hashes=3, outputs=2, layout="ternary")
LINEAR = Shape(features=3, linear=True, outputs=2, count_bits=16)
LEARNED = Shape(
    features=3, front_bits=12, indicators=1, linear=True, layout="sparse", arrays=2, factored=True, tail="dense",
    outputs=3, rows_a_group=4, offset_shift=3, bias_shift=5, shifts="least", scaled=True,
)  # fmt: skip
TAILED = Shape(raw_type="uint8", features=2, front_bits=0, arrays=1, tail="sparse", task="regress", outputs=2)
SHAPES = {"float": FLOAT, "rehash": REHASH, "srp": SRP, "linear": LINEAR, "learned": LEARNED, "tailed": TAILED}


def parts_of(shape: Shape) -> tuple[Manifest, Data]:
    found = independent_file.read(model_file.to_bytes(model_file.ModelFile(random_model(shape, 3))))
    return copy.deepcopy(found.manifest), dict(found.data)


def edited(shape: Shape, edit: Edit) -> bytes:
    """A file that is right in all but what `edit` changes."""
    manifest, data = parts_of(shape)
    edit(manifest, data)
    manifest["model_hash"] = independent_file.model_hash(manifest, data)
    return independent_file.write(manifest, data)


def put(name: str, value: Any) -> Edit:
    """Set one value of section integer."""

    def edit(manifest: Manifest, _: Data) -> None:
        part, _, field = name.rpartition(".")
        values = manifest["sections"]["integer"]["values"]
        (values[part] if part else values)[field] = value

    return edit


def entry(name: str, value: int, index: int = 0) -> Edit:
    """Set one entry of an array of section integer."""

    def edit(manifest: Manifest, data: Data) -> None:
        code = CODES[manifest["sections"]["integer"]["arrays"][name][0]][1]
        flat = bytearray(data[f"integer/{name}.npy"])
        struct.pack_into(f"<{code}", flat, index * struct.calcsize(code), value)
        data[f"integer/{name}.npy"] = bytes(flat)

    return edit


def array(name: str, kind: str, shape: list[int]) -> Edit:
    """Replace an array of section integer by zeros of another type or shape, or add it."""

    def edit(manifest: Manifest, data: Data) -> None:
        manifest["sections"]["integer"]["arrays"][name] = [kind, shape]
        size = struct.calcsize(CODES[kind][1])
        for n in shape:
            size *= n
        data[f"integer/{name}.npy"] = bytes(size)

    return edit


def without(name: str) -> Edit:
    """Drop one value of section integer."""
    return lambda manifest, _: manifest["sections"]["integer"]["values"].pop(name)


def silent(shift: int) -> Edit:
    """No counts and no bias, so that any output shift passes the proof."""

    def edit(manifest: Manifest, data: Data) -> None:
        for name in ("counts", "bias", "tail.weights"):
            if name in manifest["sections"]["integer"]["arrays"]:
                array(name, *manifest["sections"]["integer"]["arrays"][name])(manifest, data)
        for name in ("output_shifts", "tail.shifts"):
            if name in manifest["sections"]["integer"]["arrays"]:
                entry(name, shift)(manifest, data)

    return edit
