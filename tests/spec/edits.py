"""Files that are right in all but what an edit changes in their section `integer`, and what readers say of them."""

from __future__ import annotations

import copy
import struct
from collections.abc import Callable
from typing import Any

from rs2c.base.errors import ModelFileError
from rs2c.model import file as model_file
from rs2c.model.integer_model import IntegerModel
from tests.spec import independent_file
from tests.spec.independent_file import CODES, RefusedError
from tests.support.random_models import random_model
from tests.support.random_shapes import Shape
from tests.support.sketches import tail_alone

Manifest = dict[str, Any]
Data = dict[str, bytes]
Edit = Callable[[Manifest, Data], None]

SHAPES = {
    "float": Shape(features=4, indicators=1, projected=3, z_bits=16, outputs=3, groups=3, rows_a_group=1),
    "rehash": Shape(raw_type="int8", features=3, front_bits=0, kind="rehash", hashes=2, task="regress", outputs=2),
    "srp": Shape(raw_type="uint16", features=3, front_bits=16, kind="srp", hashes=3, outputs=2, layout="ternary"),
    "linear": Shape(features=3, linear=True, outputs=2, count_bits=16),
    "learned": Shape(
        features=3, front_bits=12, indicators=1, linear=True, layout="sparse", arrays=2, factored=True, tail="dense",
        outputs=3, rows_a_group=4, offset_shift=3, bias_shift=5, shifts="least", scaled=True,
    ),
    "tailed": Shape(raw_type="uint8", features=2, front_bits=0, arrays=1, tail="sparse", task="regress", outputs=2),
}  # fmt: skip


def _written(model: IntegerModel) -> bytes:
    return model_file.to_bytes(model_file.ModelFile(model))


FILES = {name: _written(random_model(shape, 3)) for name, shape in SHAPES.items()}
FILES["tail"] = _written(tail_alone(random_model(SHAPES["learned"], 3)))


def edited(raw: bytes, edit: Edit) -> bytes:
    """A file that is right in all but what `edit` changes."""
    found = independent_file.read(raw)
    manifest, data = copy.deepcopy(found.manifest), dict(found.data)
    edit(manifest, data)
    manifest["model_hash"] = independent_file.model_hash(manifest, data)
    return independent_file.write(manifest, data)


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


def values_of(manifest: Manifest) -> Any:
    """The values of section integer."""
    return manifest["sections"]["integer"]["values"]


def both(*edits: Edit) -> Edit:
    """One edit after the other."""

    def edit(manifest: Manifest, data: Data) -> None:
        for one in edits:
            one(manifest, data)

    return edit


def _owner(manifest: Manifest, name: str) -> tuple[Any, str | int]:
    """The part, or list, that a value by a dotted name belongs to, and its field there."""
    *path, field = (int(key) if key.isdecimal() else key for key in name.split("."))
    owner = values_of(manifest)
    for key in path:
        owner = owner[key]
    return owner, field


def put(name: str, value: Any) -> Edit:
    """Set one value of section integer."""

    def edit(manifest: Manifest, _: Data) -> None:
        owner, field = _owner(manifest, name)
        owner[field] = value

    return edit


def without(name: str) -> Edit:
    """Drop one value of section integer."""

    def edit(manifest: Manifest, _: Data) -> None:
        owner, field = _owner(manifest, name)
        del owner[field]

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


def without_array(name: str) -> Edit:
    """Drop one array of section integer."""

    def edit(manifest: Manifest, data: Data) -> None:
        del manifest["sections"]["integer"]["arrays"][name]
        del data[f"integer/{name}.npy"]

    return edit


def renamed(before: str, after: str) -> Edit:
    """Give the arrays of section integer whose names start with `before` names that start with `after`."""

    def edit(manifest: Manifest, data: Data) -> None:
        arrays = manifest["sections"]["integer"]["arrays"]
        for name in [name for name in arrays if name.startswith(before)]:
            to = after + name.removeprefix(before)
            arrays[to] = arrays.pop(name)
            data[f"integer/{to}.npy"] = data.pop(f"integer/{name}.npy")

    return edit


def reordered(*order: int) -> Edit:
    """The blocks, with their arrays, in another order; one may stand twice, and one may be left out."""

    def edit(manifest: Manifest, data: Data) -> None:
        blocks, arrays = values_of(manifest)["blocks"], manifest["sections"]["integer"]["arrays"]
        kinds = {name: arrays.pop(name) for name in list(arrays) if name.startswith("blocks.")}
        contents = {name: data.pop(f"integer/{name}.npy") for name in kinds}
        for to, source in enumerate(order):
            for name in [name for name in kinds if name.startswith(f"blocks.{source}.")]:
                moved = f"blocks.{to}." + name.removeprefix(f"blocks.{source}.")
                arrays[moved], data[f"integer/{moved}.npy"] = kinds[name], contents[name]
        values_of(manifest)["blocks"] = [copy.deepcopy(blocks[source]) for source in order]

    return edit


def listed(name: str) -> Edit:
    """Give a part, or with an empty name all values of section integer, as a list of pairs."""

    def edit(manifest: Manifest, _: Data) -> None:
        owner, field = _owner(manifest, name) if name else (manifest["sections"]["integer"], "values")
        owner[field] = [list(pair) for pair in owner[field].items()]

    return edit


def silent(shift: int) -> Edit:
    """No counts, slopes or bias, so that any output shift passes the proof."""

    def edit(manifest: Manifest, data: Data) -> None:
        for name, (kind, shape) in list(manifest["sections"]["integer"]["arrays"].items()):
            if name in ("blocks.0.counts", "output.bias") or name.endswith((".0.weights", ".1.weights")):
                array(name, kind, shape)(manifest, data)
        for name in manifest["sections"]["integer"]["arrays"]:
            if name.endswith("output_shifts"):
                for i in range(manifest["sections"]["integer"]["arrays"][name][1][0]):
                    entry(name, shift, i)(manifest, data)

    return edit
