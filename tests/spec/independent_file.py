"""Reader and writer of `.rs2c` files, written from docs/SPEC.md sections 2 and 8 alone."""

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

CODES = {
    "int8": ("|i1", "b"), "int16": ("<i2", "h"), "int32": ("<i4", "i"), "int64": ("<i8", "q"),
    "uint8": ("|u1", "B"), "uint16": ("<u2", "H"), "uint32": ("<u4", "I"), "float32": ("<f4", "f"),
}  # fmt: skip
PARTS = ("front_end", "projection", "hashes", "tail")
NAMES = {
    "": (
        "task",
        "raw_type",
        "feature_names",
        "categories",
        "class_names",
        *PARTS,
        "probe",
        "groups",
        "bias_shift",
        "value_frac_bits",
    ),
    "front_end": ("bits",),
    "projection": ("bits", "shift"),
    "hashes": ("kind", "cell_bits", "column_bits", "offset_shift", "layout"),
    "tail": ("layout",),
}


class RefusedError(Exception):
    """What every reader must say of a file that breaks a rule."""


@dataclass
class File:
    manifest: dict[str, Any]
    data: dict[str, bytes]  # by entry name, without .npy header
    model: SimpleNamespace


def read(raw: bytes) -> File:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            manifest, data = _contents(archive)
        model = _model(manifest["sections"]["integer"], data)
        _check(model)
    except RefusedError:
        raise
    except Exception as error:  # of a part that is missing or of another kind
        raise RefusedError(repr(error)) from error
    for name, largest, limit in bounds(model):
        _need(largest < limit, f"{name} bound")
    _need(manifest.get("model_hash") == model_hash(manifest, data), "model hash")
    return File(manifest, data, model)


def _need(condition: object, what: str) -> None:
    if not condition:
        raise RefusedError(what)


def _contents(archive: zipfile.ZipFile) -> tuple[dict[str, Any], dict[str, bytes]]:
    first, *others = archive.infolist()
    _need(first.filename == "manifest.json" and first.file_size <= 2**24, "first entry")
    _need(all(e.compress_type == 0 and e.file_size == e.compress_size for e in (first, *others)), "compressed")
    manifest = json.loads(archive.read(first))
    major, minor = manifest["version"]
    _need(manifest["format"] == "rs2c" and type(major) is type(minor) is int and major == 1, "format")
    named = {
        f"{section}/{array}.npy": kind
        for section, parts in manifest["sections"].items()
        for array, kind in parts["arrays"].items()
    }
    _need(sorted(e.filename for e in others) == sorted(named), "entries")
    data = {}
    for entry in others:
        kind, shape = named[entry.filename]
        _need(kind in CODES and len(shape) <= 4 and all(type(n) is int and n >= 0 for n in shape), "array type")
        header = npy_header(kind, shape)
        size = struct.calcsize(f"<{CODES[kind][1]}") * math.prod(shape)
        _need(entry.file_size == len(header) + size, "array size")
        body = archive.read(entry)
        _need(body[: len(header)] == header, "array header")
        data[entry.filename] = body[len(header) :]
    return manifest, data


def npy_header(kind: str, shape: list[int]) -> bytes:
    sizes = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
    text = f"{{'descr': '{CODES[kind][0]}', 'fortran_order': False, 'shape': ({sizes}), }}"
    while (10 + len(text) + 1) % 64:
        text += " "
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) + 1) + text.encode() + b"\n"


def _model(section: dict[str, Any], data: dict[str, bytes]) -> SimpleNamespace:
    """The fields of section 2 by name; types and shapes of the arrays under `kinds`."""
    values, kinds = section["values"], section["arrays"]
    none = () if "factors" in kinds else ("factors",)
    _need(sorted(values) == sorted((*NAMES[""], *none)), "fields")
    _need(values.get("factors") is None, "factors")
    fields = dict(values)
    for part in PARTS:
        if values[part] is not None:
            free = ("scales",) if part == "hashes" and "hashes.scales" not in kinds else ()
            _need(sorted(values[part]) == sorted((*NAMES[part], *free)), f"fields of {part}")
            _need(values[part].get("scales") is None, "scales")
            fields[part] = SimpleNamespace(**values[part])
    for name, (kind, shape) in kinds.items():
        flat = list(struct.unpack(f"<{math.prod(shape)}{CODES[kind][1]}", data[f"integer/{name}.npy"]))
        part, _, field = name.rpartition(".")
        setattr(fields[part], field, _nested(flat, shape)) if part else fields.update({field: _nested(flat, shape)})
    return SimpleNamespace(**fields, kinds=kinds, count_type=kinds["counts"][0])


def _nested(flat: list[Any], shape: list[int]) -> Any:
    if not shape:
        return flat[0]
    step = math.prod(shape[1:])
    return [_nested(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]


def _check(model: SimpleNamespace) -> None:
    """Every rule of section 2."""
    for name in ("feature_names", "class_names"):
        _texts(getattr(model, name))
    _need(type(model.categories) is list, "categories")
    for table in model.categories:
        _texts(table)
    for owner, names in (
        (model, ("groups", "value_frac_bits", "bias_shift")),
        (model.hashes, ("cell_bits", "column_bits", "offset_shift")),
    ):
        _need(all(type(getattr(owner, name)) is int for name in names), "integers")
    d, m = len(model.feature_names), len(model.class_names)
    _need(model.task in ("classify", "regress") and (m >= 2 if model.task == "classify" else m == 0), "task")
    _need(model.raw_type in ("int8", "uint8", "int16", "uint16", "float32"), "raw type")
    _need(1 <= d <= 4096 and len(model.categories) == d, "features")
    _need(model.front_end is not None or model.raw_type != "float32", "float without front end")
    used = {"counts": ("int8", "int16"), "output_shifts": ("uint8",), "bias": ("int32",)}
    n = d if model.front_end is None else _check_front_end(model, d, used)
    p = n if model.projection is None else _check_projection(model, n, used)
    rows, hashes = _check_hashes(model, p, used)
    (c,) = model.kinds["bias"][1]
    if model.tail is not None:
        _check_tail(model, c, p, used)
    if model.factors is not None:
        used["factors"] = ("int8",)
        _need(model.kinds["factors"][1] == [rows, c], "factors")
    _need(sorted(model.kinds) == sorted(used), "arrays")
    _need(all(model.kinds[name][0] in kinds for name, kinds in used.items()), "array types")
    columns, arrays = 2**model.hashes.column_bits, model.kinds["counts"][1][0]
    width = c if model.factors is None else 1
    _need(model.kinds["counts"][1] == [arrays, columns, width] and arrays * columns * width <= 2**26, "counts")
    _need(1 <= arrays <= rows, "count arrays")
    _need(1 <= c <= 1024 and (model.task == "regress" or c == (1 if m == 2 else m)), "scores")
    _need(model.kinds["output_shifts"][1] == [c] and 0 <= model.bias_shift <= 24, "output")
    linear_fits = model.hashes.kind == "grid" and hashes == 1
    _need(model.probe == "nearest" or (model.probe == "linear" and linear_fits), "probe")
    _need(1 <= model.groups <= 255 and model.groups % 2 == 1 and rows % model.groups == 0, "groups")
    _need(max(model.output_shifts) <= 24 and abs(model.value_frac_bits) <= 1024, "scale")
    alike = len(set(model.output_shifts)) == 1 and (model.tail is None or len(set(model.tail.shifts)) == 1)
    _need(model.task == "regress" or (alike and not model.value_frac_bits), "classifier scale")


def _texts(value: Any) -> None:
    _need(type(value) is list and all(type(text) is str for text in value), "texts")
    _need(not any(0xD800 <= ord(letter) < 0xE000 for text in value for letter in text), "half a surrogate pair")


def _check_front_end(model: SimpleNamespace, d: int, used: dict[str, Any]) -> int:
    front = model.front_end
    kinds = {"source": "uint16", "indicator": "uint8", "exponent": "int16"}
    kinds |= {"centre": "int32", "multiplier": "uint16", "shift": "uint8"}
    used |= {f"front_end.{name}": (kind,) for name, kind in kinds.items()}
    shape = model.kinds["front_end.source"][1]
    _need(all(model.kinds[f"front_end.{name}"][1] == shape for name in kinds) and len(shape) == 1, "front end shapes")
    _need(1 <= shape[0] <= 4096 and type(front.bits) is int and 8 <= front.bits <= 16, "front end size")
    _need(max(front.source) < d and max(front.indicator) <= 1, "source, indicator")
    _need(max(map(abs, front.exponent)) <= (256 if model.raw_type == "float32" else 0), "exponent")
    _need(max(map(abs, front.centre)) <= 2**30 and max(front.shift) <= 30 - front.bits, "centre, shift")
    top = [2 ** (front.bits - 1) - 1 if i else 32767 for i in front.indicator]
    _need(all(v <= most for v, most in zip(front.multiplier, top, strict=True)), "multiplier")
    return int(shape[0])


def _check_projection(model: SimpleNamespace, n: int, used: dict[str, Any]) -> int:
    part = model.projection
    used |= {"projection.weights": ("int8",), "projection.bias": ("int32",)}
    p = model.kinds["projection.bias"][1][0]
    _need(model.kinds["projection.weights"][1] == [p, n] and model.kinds["projection.bias"][1] == [p], "shapes")
    _need(1 <= p <= 4096 and type(part.bits) is type(part.shift) is int and part.bits in (8, 16), "projection")
    _need(0 <= part.shift <= 30 - part.bits, "projection shift")
    return int(p)


def _check_hashes(model: SimpleNamespace, p: int, used: dict[str, Any]) -> tuple[int, int]:
    part = model.hashes
    rows, hashes, width = model.kinds["hashes.weights"][1]
    rehash = part.kind == "rehash"
    size, mixing = [rows, hashes], ([rows, hashes], [rows]) if rehash else ([0, 0], [0])
    wanted = {
        "weights": ("int8", [*size, p]),
        "offsets": ("int32", size),
        "shifts": ("uint8", size),
        "multipliers": ("uint32", mixing[0]),
        "addends": ("uint32", mixing[1]),
    }
    if part.scales is not None:
        wanted["scales"] = ("uint8", size)
        _need(part.kind == "grid" and min(map(min, part.scales)) >= 1, "scales")
    used |= {f"hashes.{name}": (kind,) for name, (kind, _) in wanted.items()}
    _need(all(model.kinds[f"hashes.{name}"][1] == shape for name, (_, shape) in wanted.items()), "hash shapes")
    _need(1 <= rows <= 8192 and 1 <= hashes <= 16 and width == p, "hash sizes")
    _need(part.kind in ("grid", "srp", "rehash") and part.layout in ("dense", "sparse", "ternary"), "hash kind")
    _need(0 <= part.offset_shift <= 24, "offset shift")
    _need(1 <= part.column_bits <= 16 and (rehash or part.column_bits == hashes * part.cell_bits), "columns")
    _need(part.cell_bits == {"srp": 1, "rehash": 16}.get(part.kind, part.cell_bits), "cells")
    _need(max(map(max, part.shifts)) <= (0 if part.kind == "srp" else 30 - part.cell_bits), "hash shifts")
    signs = all(abs(v) <= 1 for row in part.weights for w in row for v in w)
    _need(part.layout != "ternary" or signs, "ternary")
    return rows, hashes


def _check_tail(model: SimpleNamespace, c: int, p: int, used: dict[str, Any]) -> None:
    used |= {"tail.weights": ("int8",), "tail.shifts": ("uint8",)}
    _need(model.kinds["tail.weights"][1] == [c, p] and model.kinds["tail.shifts"][1] == [c], "tail shapes")
    _need(max(model.tail.shifts) <= 24 and model.tail.layout in ("dense", "sparse"), "tail")


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
