"""The `.rs2c` file: a zip of a JSON manifest and `.npy` arrays, the same bytes for the same content (SPEC section 8).

Reading trusts nothing: names, types and sizes are checked against the manifest and the length of the file before an
array is made, each array's header must be the very bytes that its type and shape call for, and the model must hash
to what the manifest says and pass the overflow proof.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.atomic import write_file
from rs2c.base.errors import ModelError, ModelFileError
from rs2c.model.bounds import prove
from rs2c.model.canonical import arrays, canonical_json, content_hash, from_parts, manifest, model_hash
from rs2c.model.integer_model import IntegerModel
from rs2c.model.version_1 import upgraded

FORMAT_MAJOR, FORMAT_MINOR = 2, 0
_READ = (1, FORMAT_MAJOR)  # major versions
ARRAY_TYPES = {np.dtype(code).name: code for code in ("|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<f4")}
_DATE = (1980, 1, 1, 0, 0, 0)
_MANIFEST = "manifest.json"
_MAX_MANIFEST = 1 << 24
_MAX_NESTING = 64  # lists and objects within each other; a deeper manifest could not be written again


@dataclass(frozen=True)
class Section:
    """An optional part of a file: JSON values and arrays of the types in ARRAY_TYPES."""

    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelFile:
    """An integer model with its optional sections (`sketch`, `card`, and any that a newer version wrote)."""

    model: IntegerModel
    sections: Mapping[str, Section] = field(default_factory=dict)


def to_bytes(content: ModelFile) -> bytes:
    """The file as bytes; equal content gives equal bytes."""
    parts = {"integer": Section(manifest(content.model)["values"], arrays(content.model)), **content.sections}
    described = {
        name: {
            "values": section.values,
            "arrays": {key: [array.dtype.name, list(array.shape)] for key, array in sorted(section.arrays.items())},
        }
        for name, section in parts.items()
    }
    head = {
        "format": "rs2c",
        "version": [FORMAT_MAJOR, FORMAT_MINOR],
        "model_hash": model_hash(content.model),
        "sections": described,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry(_MANIFEST), canonical_json(head))
        for name, section in sorted(parts.items()):
            for key, array in sorted(section.arrays.items()):
                stored = np.ascontiguousarray(array, ARRAY_TYPES[array.dtype.name])
                body = _npy_header(array.dtype.name, array.shape) + stored.tobytes()
                archive.writestr(_entry(f"{name}/{key}.npy"), body)
    return buffer.getvalue()


def save(path: Path, content: ModelFile) -> None:
    """Write a model file, whole or not at all."""
    write_file(path, to_bytes(content))


def load(path: Path) -> ModelFile:
    """Read a model file; raises ModelFileError, and nothing else, on any damage."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"cannot read {path} ({error.strerror}); check the path") from None
    try:
        return from_bytes(raw)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None


def from_bytes(raw: bytes) -> ModelFile:
    """The content of a model file; raises ModelFileError, and nothing else, on any damage."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            head = _read_manifest(archive, len(raw))
            found = _read_sections(archive, head["sections"])
        integer = found.pop("integer")
        values, contents = integer.values, dict(integer.arrays)
        digest = content_hash(values, contents)
        if head["version"][0] == 1:
            values, contents = upgraded(values, contents)
        model = from_parts(values, contents)
        prove(model)
        if digest != head["model_hash"]:
            raise ModelFileError("the content does not match its hash; the file was changed, so make it again")
        return ModelFile(model, found)
    except ModelFileError:
        raise
    except (
        ModelError, zipfile.BadZipFile, struct.error, NotImplementedError, RuntimeError,
        ArithmeticError, AttributeError, EOFError, LookupError, OSError, TypeError, ValueError,
    ) as error:  # fmt: skip
        raise ModelFileError(f"not an intact rs2c model ({error!s:.200}); make it again with rs2c fit") from None


def _read_manifest(archive: zipfile.ZipFile, length: int) -> dict[str, Any]:
    entries = archive.infolist()
    if not entries or entries[0].filename != _MANIFEST or entries[0].file_size > _MAX_MANIFEST:
        raise ModelFileError("this is not an rs2c model file; give one that rs2c fit wrote")
    if any(e.compress_type != zipfile.ZIP_STORED or e.file_size != e.compress_size for e in entries):
        raise ModelFileError("an entry is compressed, which rs2c never writes; make the file again with rs2c fit")
    if sum(e.file_size for e in entries) > length:
        raise ModelFileError("entries overlap and are longer than the file; make the file again with rs2c fit")
    head = json.loads(archive.read(entries[0]))
    _check_nesting(head)
    if head["format"] != "rs2c":
        raise ModelFileError("this is not an rs2c model file; give one that rs2c fit wrote")
    major, minor = head["version"]
    if type(major) is not int or type(minor) is not int or major not in _READ:
        found, read = f"{major!r:.9}.{minor!r:.9}", " or ".join(f"{known}.x" for known in _READ)
        raise ModelFileError(f"file format {found} is not {read}; install a matching version of rs2c")
    return dict(head)


def _check_nesting(value: Any) -> None:
    level = [value]
    for _ in range(_MAX_NESTING):
        inner = (node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list))
        level = [child for children in inner for child in children]
        if not level:
            return
    raise ModelFileError(f"the manifest is nested more than {_MAX_NESTING} deep; make the file again with rs2c fit")


def _read_sections(archive: zipfile.ZipFile, described: dict[str, Any]) -> dict[str, Section]:
    listing = [
        (section, key, dtype, tuple(shape))
        for section, parts in described.items()
        for key, (dtype, shape) in parts["arrays"].items()
    ]
    entries = {entry.filename: entry for entry in archive.infolist()[1:]}
    if sorted(entries) != sorted(f"{section}/{key}.npy" for section, key, _, _ in listing) or len(entries) != len(
        archive.infolist()[1:]
    ):
        raise ModelFileError("the arrays in the file are not those its manifest names; make it again with rs2c fit")
    contents: dict[str, dict[str, Array]] = {section: {} for section in described}
    for section, key, dtype, shape in listing:
        contents[section][key] = _read_array(archive, entries[f"{section}/{key}.npy"], dtype, shape)
    return {section: Section(parts["values"], contents[section]) for section, parts in described.items()}


def _read_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, dtype: str, shape: tuple[Any, ...]) -> Array:
    if dtype not in ARRAY_TYPES or not all(type(n) is int and n >= 0 for n in shape) or len(shape) > 4:
        raise ModelFileError(f"{entry.filename!r} has the type {dtype!r:.40} and shape {shape!r:.80}; make it again")
    header = _npy_header(dtype, shape)
    if entry.file_size != len(header) + math.prod(shape) * np.dtype(dtype).itemsize:
        raise ModelFileError(f"{entry.filename!r} is not as long as the manifest says; make the file again")
    body = archive.read(entry)
    if not body.startswith(header):
        raise ModelFileError(f"{entry.filename!r} has a header that differs from the manifest; make the file again")
    return np.frombuffer(body, dtype=ARRAY_TYPES[dtype], offset=len(header)).reshape(shape)


def _npy_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """The .npy version 1.0 header, padded to a multiple of 64 bytes (NumPy's NEP 1)."""
    text = f"{{'descr': '{ARRAY_TYPES[dtype]}', 'fortran_order': False, 'shape': {tuple(shape)}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry
