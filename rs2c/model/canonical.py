"""The canonical content of an integer model: its arrays, the rest as JSON, and the hash of both (SPEC section 8).

Both follow from the fields of the parts, so that a new kind of block has them without a line here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError
from rs2c.model.block import Block
from rs2c.model.front_end import FrontEnd
from rs2c.model.hashes import Hashes
from rs2c.model.integer_model import IntegerModel, Output
from rs2c.model.kinds import BLOCK_KINDS
from rs2c.model.projection import Projection

_TEXTS = ("Task", "RawType", "HashKind", "Layout", "Probe")
_JSON_TYPES = {"int": int, **dict.fromkeys(_TEXTS, str)}
_PARTS = {part.__name__: part for part in (FrontEnd, Projection, Hashes, Output)}


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


def _described(values: dict[str, Any], contents: Mapping[str, Array]) -> dict[str, Any]:
    listing = {name: [array.dtype.name, list(array.shape)] for name, array in sorted(contents.items())}
    return {"values": values, "arrays": listing}


def from_parts(values: dict[str, Any], contents: dict[str, Array]) -> IntegerModel:
    """Rebuild a model from `manifest(model)["values"]` and `arrays(model)`; raises ModelError on any broken rule."""
    try:
        model = _model(values, contents)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise ModelError(f"invalid integer model: a field is missing or of the wrong kind ({error})") from None
    if canonical_json(manifest(model)["values"]) != canonical_json(values) or arrays(model).keys() != contents.keys():
        raise ModelError("invalid integer model: a field is unknown, missing or of the wrong kind")
    return model


def _model(values: dict[str, Any], contents: dict[str, Array]) -> IntegerModel:
    blocks = []
    for i, block in enumerate(values["blocks"]):
        if block["kind"] not in BLOCK_KINDS:
            raise ModelError(f"invalid integer model: unknown kind of block {block['kind']!r:.40}")
        blocks.append(_part(BLOCK_KINDS[block["kind"]], block, contents, f"blocks.{i}."))
    names: dict[str, Any] = {
        "feature_names": tuple(_text(item) for item in values["feature_names"]),
        "class_names": tuple(_text(item) for item in values["class_names"]),
        "categories": tuple(tuple(_text(item) for item in table) for table in values["categories"]),
    }
    rest = {"task": values["task"], "raw_type": values["raw_type"]}
    rest |= {part: values[part] for part in ("front_end", "projection", "output")}
    given = _given(IntegerModel, rest, contents, "")
    return IntegerModel(**{name: given[name] for name in rest}, **names, blocks=tuple(blocks))


def _part(kind: type, values: dict[str, Any], contents: dict[str, Array], prefix: str) -> Any:
    return kind(**_given(kind, {k: v for k, v in values.items() if k != "kind" or kind is Hashes}, contents, prefix))


def _given(kind: type, values: dict[str, Any], contents: dict[str, Array], prefix: str) -> dict[str, Any]:
    """The arguments of a part; a scalar whose type is not the annotated one is refused, for JSON is not trusted."""
    given: dict[str, Any] = {}
    for entry in fields(kind):
        name, wanted = entry.name, str(entry.type).removesuffix(" | None")
        if prefix + name in contents:
            given[name] = contents[prefix + name]
        elif name in values:
            value = values[name]
            if wanted in _PARTS and value is not None:
                value = _part(_PARTS[wanted], value, contents, f"{prefix}{name}.")
            elif wanted in _JSON_TYPES and type(value) is not _JSON_TYPES[wanted]:
                raise ModelError(f"invalid integer model: {name} has the value {value!r:.80}")
            given[name] = value
    return given


def _text(item: Any) -> str:
    if not isinstance(item, str):
        raise ModelError(f"invalid integer model: {item!r} is not a name")
    return item


def model_hash(model: IntegerModel) -> str:
    """SHA-256 of the canonical integer content, in hexadecimal (SPEC section 8)."""
    return content_hash(manifest(model)["values"], arrays(model))


def content_hash(values: dict[str, Any], contents: Mapping[str, Array]) -> str:
    """SHA-256, in hexadecimal, of a section of a file, of whatever version: its values and its arrays."""
    digest = hashlib.sha256(canonical_json(_described(values, contents)))
    for name, array in sorted(contents.items()):
        digest.update(name.encode() + b"\0" + array.tobytes())
    return digest.hexdigest()


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
