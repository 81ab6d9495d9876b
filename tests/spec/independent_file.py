"""Reader of `.rs2c` files of version 1 and 2, and writer, from docs/SPEC.md section 8 alone."""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import zipfile
import zlib
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from tests.spec.independent import bounds
from tests.spec.independent_rules import RefusedError, check, need

Arrays = dict[str, tuple[str, list[int], Any]]  # type, shape and nested lists by name

CODES = {
    "int8": ("|i1", "b"), "int16": ("<i2", "h"), "int32": ("<i4", "i"), "int64": ("<i8", "q"),
    "uint8": ("|u1", "B"), "uint16": ("<u2", "H"), "uint32": ("<u4", "I"), "float32": ("<f4", "f"),
}  # fmt: skip
MODEL_OF_1 = ("task", "raw_type", "feature_names", "categories", "class_names", "front_end", "projection")


@dataclass
class File:
    manifest: dict[str, Any]
    data: dict[str, bytes]  # by entry name, without .npy header
    model: SimpleNamespace


def read(raw: bytes) -> File:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            manifest, data = _contents(archive)
        model = model_of(*parts_of_2(manifest, data))
        check(model)
    except RefusedError:
        raise
    except Exception as error:  # of a part that is missing or of another kind
        raise RefusedError(repr(error)) from error
    for name, largest, limit in bounds(model):
        need(largest < limit, f"{name} bound")
    need(manifest.get("model_hash") == model_hash(manifest, data), "model hash")
    return File(manifest, data, model)


def _contents(archive: zipfile.ZipFile) -> tuple[dict[str, Any], dict[str, bytes]]:
    first, *others = archive.infolist()
    need(first.filename == "manifest.json" and first.file_size <= 2**24, "first entry")
    need(all(e.compress_type == 0 and e.file_size == e.compress_size for e in (first, *others)), "compressed")
    manifest = json.loads(archive.read(first))
    major, minor = manifest["version"]
    need(manifest["format"] == "rs2c" and type(major) is type(minor) is int and major in (1, 2), "format")
    named = {
        f"{section}/{array}.npy": kind
        for section, parts in manifest["sections"].items()
        for array, kind in parts["arrays"].items()
    }
    need(sorted(e.filename for e in others) == sorted(named), "entries")
    data = {}
    for entry in others:
        kind, shape = named[entry.filename]
        need(kind in CODES and len(shape) <= 4 and all(type(n) is int and n >= 0 for n in shape), "array type")
        header = npy_header(kind, shape)
        size = struct.calcsize(f"<{CODES[kind][1]}") * math.prod(shape)
        need(entry.file_size == len(header) + size, "array size")
        body = archive.read(entry)
        need(body[: len(header)] == header, "array header")
        data[entry.filename] = body[len(header) :]
    return manifest, data


def npy_header(kind: str, shape: list[int]) -> bytes:
    sizes = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
    text = f"{{'descr': '{CODES[kind][0]}', 'fortran_order': False, 'shape': ({sizes}), }}"
    while (10 + len(text) + 1) % 64:
        text += " "
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text.encode() + b"\n"


def parts_of_2(manifest: dict[str, Any], data: dict[str, bytes]) -> tuple[dict[str, Any], Arrays]:
    """Values and arrays of section integer by their names of version 2.0."""
    section = manifest["sections"]["integer"]
    values, arrays = section["values"], {}
    need(type(values) is dict, "values")
    for name, (kind, shape) in section["arrays"].items():
        flat = list(struct.unpack(f"<{math.prod(shape)}{CODES[kind][1]}", data[f"integer/{name}.npy"]))
        arrays[name] = (kind, shape, _nested(flat, shape))
    return _upgraded(values, arrays) if manifest["version"][0] == 1 else (values, arrays)


def _upgraded(values: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Section 8.1."""
    kept, moved = dict(values), {}
    for name, array in arrays.items():
        part = name.split(".")[0]
        if part in ("hashes", "counts", "factors", "output_shifts"):
            moved[f"blocks.0.{name}"] = array
        elif name in ("tail.weights", "tail.shifts"):
            moved[{"weights": "blocks.1.weights", "shifts": "blocks.1.output_shifts"}[name[5:]]] = array
        elif name == "bias":
            moved["output.bias"] = array
        else:
            need(part in ("front_end", "projection"), "arrays of version 1")
            moved[name] = array
    hashes, tail = kept.pop("hashes"), kept.pop("tail")
    if hashes["kind"] != "rehash":
        empty = [moved.pop(f"blocks.0.hashes.{name}")[:2] for name in ("multipliers", "addends")]
        need(empty == [("uint32", [0, 0]), ("uint32", [0])] and "multipliers" not in hashes, "rehash")
        need("addends" not in hashes, "rehash")
        hashes = {**hashes, "multipliers": None, "addends": None}
    rows = {"kind": "hashed_rows", "hashes": hashes}
    rows |= {name: kept.pop(name) for name in ("factors", "probe", "groups") if name in kept}
    need(tail is None or list(tail) == ["layout"], "tail")
    output = {name: kept.pop(name) for name in ("bias_shift", "value_frac_bits")}
    need(sorted(kept) == sorted(MODEL_OF_1), "values of version 1")
    blocks = [rows] if tail is None else [rows, {"kind": "linear_term", **tail}]
    return {**kept, "blocks": blocks, "output": output}, moved


def model_of(values: dict[str, Any], arrays: Arrays) -> SimpleNamespace:
    """A part with its values and its arrays as fields, those of parts in it as parts of their own."""
    parts = {name: value for name, value in values.items() if type(value) is dict}
    blocks = {f"blocks.{i}": block for i, block in enumerate(values.get("blocks", ()))}
    inner: dict[str, Arrays] = {name: {} for name in (*parts, *blocks)}
    own = {name: array for name, array in arrays.items() if "." not in name}
    for name in arrays.keys() - own.keys():
        (owner,) = [part for part in inner if name.startswith(f"{part}.")]
        inner[owner][name.removeprefix(f"{owner}.")] = arrays[name]
    fields = {**values, **{name: model_of(value, inner[name]) for name, value in parts.items()}}
    if blocks:
        fields["blocks"] = [model_of(block, inner[name]) for name, block in blocks.items()]
    need(not own.keys() & values.keys(), "a value and an array of one name")
    fields |= {name: array[2] for name, array in own.items()}
    return SimpleNamespace(**fields, names=list(values), kinds={name: array[:2] for name, array in own.items()})


def _nested(flat: list[Any], shape: list[int]) -> Any:
    if not shape:
        return flat[0]
    step = math.prod(shape[1:])
    return [_nested(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]


def canonical(value: Any) -> bytes:
    """Canonical JSON, spelled out for text."""
    if isinstance(value, dict):
        return b"{" + b",".join(canonical(k) + b":" + canonical(value[k]) for k in sorted(value)) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, str):
        return b'"' + b"".join(map(_escaped, value)) + b'"'
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    return repr(value).encode()


def _escaped(character: str) -> bytes:
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    code = ord(character)
    if character in short:
        return short[character].encode()
    if 0x20 <= code <= 0x7E:
        return character.encode()
    if code < 0x10000:
        return b"\\u%04x" % code
    return b"\\u%04x\\u%04x" % (0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 1023))


def model_hash(manifest: dict[str, Any], data: dict[str, bytes]) -> str:
    section = manifest["sections"]["integer"]
    digest = hashlib.sha256(canonical({"arrays": section["arrays"], "values": section["values"]}))
    for name in sorted(section["arrays"]):
        digest.update(name.encode() + b"\0" + data[f"integer/{name}.npy"])
    return digest.hexdigest()


def write(manifest: dict[str, Any], data: dict[str, bytes]) -> bytes:
    """The very bytes of a file, zip records included."""
    entries = [("manifest.json", canonical(manifest))]
    for section in sorted(manifest["sections"]):
        for array, (kind, shape) in sorted(manifest["sections"][section]["arrays"].items()):
            name = f"{section}/{array}.npy"
            entries.append((name, npy_header(kind, shape) + data[name]))
    body = directory = b""
    for name, content in entries:
        text, flags = name.encode(), 0 if name.isascii() else 0x0800
        common = struct.pack(
            "<HHHHHIIIHH", 20, flags, 0, 0, 0x0021, zlib.crc32(content), len(content), len(content), len(text), 0
        )
        directory += b"PK\1\2" + bytes((20, 3)) + common
        directory += struct.pack("<HHHII", 0, 0, 0, 0x01A40000, len(body)) + text
        body += b"PK\3\4" + common + text + content
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end
