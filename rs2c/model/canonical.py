"""The canonical content of an integer model: its arrays, the rest as JSON, and the hash of both."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError
from rs2c.model.integer_model import FrontEnd, Hashes, IntegerModel, Projection, Tail

_JSON_TYPES = {"int": int, "bool": bool, **dict.fromkeys(("str", "Task", "RawType", "HashKind", "Layout"), str)}
_PARTS = {"front_end": FrontEnd, "projection": Projection, "hashes": Hashes, "tail": Tail}


def arrays(model: IntegerModel) -> dict[str, Array]:
    """Every array of a model by a dotted name, such as `hashes.weights`."""
    found = {e.name: getattr(model, e.name) for e in fields(model)}
    for part in _PARTS:
        value = found.pop(part)
        if value is not None:
            found |= {f"{part}.{e.name}": getattr(value, e.name) for e in fields(value)}
    return {name: value for name, value in found.items() if isinstance(value, np.ndarray)}


def manifest(model: IntegerModel) -> dict[str, Any]:
    """Everything of a model that is not an array, as JSON values, with the type and shape of each array."""
    values: dict[str, Any] = {}
    for entry in fields(model):
        value = getattr(model, entry.name)
        if isinstance(value, np.ndarray):
            continue
        if entry.name in _PARTS and value is not None:
            value = {e.name: getattr(value, e.name) for e in fields(value)}
            value = {k: v for k, v in value.items() if not isinstance(v, np.ndarray)}
        values[entry.name] = json.loads(json.dumps(value))
    listing = {name: [array.dtype.name, list(array.shape)] for name, array in arrays(model).items()}
    return {"values": values, "arrays": dict(sorted(listing.items()))}


def from_parts(values: dict[str, Any], contents: dict[str, Array]) -> IntegerModel:
    """Rebuild a model from `manifest(model)["values"]` and `arrays(model)`; raises ModelError on any broken rule."""
    try:
        keywords = dict(values)
        for part, kind in _PARTS.items():
            if keywords[part] is not None:
                prefix = part + "."
                members = {n[len(prefix) :]: a for n, a in contents.items() if n.startswith(prefix)}
                keywords[part] = kind(**_typed(kind, {**keywords[part], **members}))
        keywords |= {name: array for name, array in contents.items() if "." not in name}
        for name in ("feature_names", "class_names"):
            keywords[name] = tuple(_text(item) for item in keywords[name])
        keywords["categories"] = tuple(tuple(_text(item) for item in table) for table in keywords["categories"])
        model = IntegerModel(**_typed(IntegerModel, keywords))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise ModelError(f"invalid integer model: a field is missing or of the wrong kind ({error})") from None
    if canonical_json(manifest(model)["values"]) != canonical_json(values) or arrays(model).keys() != contents.keys():
        raise ModelError("invalid integer model: a field is unknown, missing or of the wrong kind")
    return model


def _text(item: Any) -> str:
    if not isinstance(item, str):
        raise ModelError(f"invalid integer model: {item!r} is not a name")
    return item


def _typed(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """Reject scalars whose type is not the annotated one: JSON is not trusted."""
    expected = {e.name: e.type for e in fields(kind)}
    for name, value in values.items():
        wanted = _JSON_TYPES.get(str(expected.get(name)))
        if wanted is not None and type(value) is not wanted:
            raise ModelError(f"invalid integer model: {name} has the value {value!r}")
    return values


def model_hash(model: IntegerModel) -> str:
    """SHA-256 of the canonical integer content, in hexadecimal (SPEC section 8)."""
    digest = hashlib.sha256(canonical_json(manifest(model)))
    for name, array in sorted(arrays(model).items()):
        digest.update(name.encode() + b"\0" + array.tobytes())
    return digest.hexdigest()


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
