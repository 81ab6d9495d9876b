"""The canonical content of an integer model: its arrays, the rest as JSON, and the hash of both (SPEC section 8).

Both follow from the fields of the parts, so that a new kind of block has them without a line here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError
from rs2c.model.block import Block
from rs2c.model.integer_model import IntegerModel
from rs2c.model.kinds import BLOCK_KINDS

_declared = cache(get_type_hints)  # slow beside the rest of reading a small file


def arrays(model: IntegerModel) -> dict[str, Array]:
    """Every array of a model by a dotted name, such as `blocks.0.hashes.weights`."""
    found: dict[str, Array] = {}
    _collect(model, "", found)
    return found


def manifest(model: IntegerModel) -> dict[str, Any]:
    """Everything of a model that is not an array, as JSON values, with the type and shape of each array."""
    found: dict[str, Array] = {}
    values = _collect(model, "", found)
    return _described(json.loads(json.dumps(values)), found)


def _collect(part: Any, prefix: str, found: dict[str, Array]) -> Any:
    """The values of a part that are not arrays; its arrays go into `found` by their dotted names."""
    if isinstance(part, tuple) and part and isinstance(part[0], Block):
        return [_collect(block, f"{prefix}{i}.", found) for i, block in enumerate(part)]
    if not is_dataclass(part):
        return part
    values: dict[str, Any] = {"kind": part.kind} if isinstance(part, Block) else {}
    for entry in fields(part):
        value = getattr(part, entry.name)
        if isinstance(value, np.ndarray):
            found[prefix + entry.name] = value
        else:
            values[entry.name] = _collect(value, f"{prefix}{entry.name}.", found)
    return values


def _described(values: Mapping[str, Any], contents: Mapping[str, Array]) -> dict[str, Any]:
    listing = {name: [array.dtype.name, list(array.shape)] for name, array in sorted(contents.items())}
    return {"values": values, "arrays": listing}


def from_parts(values: Mapping[str, Any], contents: Mapping[str, Array]) -> IntegerModel:
    """Rebuild a model from `manifest(model)["values"]` and `arrays(model)`; raises ModelError on any broken rule."""
    try:
        model: IntegerModel = _part(IntegerModel, values, contents, "")
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise ModelError(f"invalid integer model: a field is missing or of the wrong kind ({error})") from None
    if canonical_json(manifest(model)["values"]) != canonical_json(values) or arrays(model).keys() != contents.keys():
        raise ModelError("invalid integer model: a field is unknown, missing or of the wrong kind")
    return model


def _part(kind: Any, values: Any, contents: Mapping[str, Array], prefix: str) -> Any:
    """A part, a block or a model from its fields: each either an array of `contents` or one of the JSON `values`."""
    given: dict[str, Any] = {}
    hints = _declared(kind)
    for name in (entry.name for entry in fields(kind)):
        path = prefix + name
        if path in contents:
            if Array not in (hints[name], *get_args(hints[name])):
                raise ModelError(f"invalid integer model: {path} is an array")
            given[name] = contents[path]
        elif name in values:
            given[name] = _value(hints[name], values[name], contents, path)
    return kind(**given)


def _value(wanted: Any, value: Any, contents: Mapping[str, Array], path: str) -> Any:
    """A JSON value as what a field is declared to be; one of another type is refused, for JSON is not trusted."""
    if get_origin(wanted) is UnionType:
        wanted = get_args(wanted)[0]
        if value is None:
            return None
    if get_origin(wanted) is tuple:
        return tuple(_value(get_args(wanted)[0], item, contents, f"{path}.{i}") for i, item in enumerate(value))
    if wanted is Block:
        if value["kind"] not in BLOCK_KINDS:
            raise ModelError(f"invalid integer model: unknown kind of block {value['kind']!r:.40}")
        wanted = BLOCK_KINDS[value["kind"]]
    if is_dataclass(wanted):
        return _part(wanted, value, contents, f"{path}.")
    if type(value) is not (str if get_origin(wanted) is Literal else wanted):
        raise ModelError(f"invalid integer model: {path} has the value {value!r:.80}")
    return value


def model_hash(model: IntegerModel) -> str:
    """SHA-256 of the canonical integer content, in hexadecimal (SPEC section 8)."""
    return content_hash(manifest(model)["values"], arrays(model))


def content_hash(values: Mapping[str, Any], contents: Mapping[str, Array]) -> str:
    """SHA-256, in hexadecimal, of a section of a file, of whatever version: its values and its arrays."""
    digest = hashlib.sha256(canonical_json(_described(values, contents)))
    for name, array in sorted(contents.items()):
        digest.update(name.encode() + b"\0" + array.tobytes())
    return digest.hexdigest()


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
