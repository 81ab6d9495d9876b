"""Files of format 1.x: one set of hashed rows and perhaps a tail, whose fields stood beside those of the model.

SPEC section 8.1 has the table of names. The scores of a model do not change; its hash does, for it covers the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError

_ROWS = ("factors", "probe", "groups")  # fields of 1.x that are not arrays, or may be null, and their block or part
_OUTPUT = ("bias_shift", "value_frac_bits")
_KEPT = ("task", "raw_type", "feature_names", "categories", "class_names", "front_end", "projection")
_ARRAYS = {"counts": "blocks.0.counts", "factors": "blocks.0.factors", "output_shifts": "blocks.0.output_shifts"}
_ARRAYS |= {"bias": "output.bias", "tail.weights": "blocks.1.weights", "tail.shifts": "blocks.1.output_shifts"}
_EMPTY = {"hashes.multipliers": (0, 0), "hashes.addends": (0,)}  # of hashes that are no rehash


def upgraded(values: Mapping[str, Any], contents: Mapping[str, Array]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Values and arrays of section `integer` of format 1.x as those of format 2.0.

    Raises ModelError where they are not a model of 1.x; the rules themselves are checked when the model is made.
    """
    try:
        return _values(dict(values), contents), _arrays(values, contents)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"invalid integer model: a field is missing or of the wrong kind ({error})") from None


def _values(values: dict[str, Any], contents: Mapping[str, Array]) -> dict[str, Any]:
    hashes, tail = dict(values.pop("hashes")), values.pop("tail")
    if hashes["kind"] != "rehash":
        hashes |= {"multipliers": None, "addends": None}
    rows = {"kind": "hashed_rows", "hashes": hashes}
    rows |= {name: values.pop(name) for name in _ROWS if name != "factors" or "factors" not in contents}
    blocks = [rows]
    if tail is not None:
        blocks.append({"kind": "linear_term", **tail})
    output = {name: values.pop(name) for name in _OUTPUT}
    kept = {name: values.pop(name) for name in _KEPT}
    if values:
        raise ModelError(f"invalid integer model: the field {min(values)!r:.40} is unknown")
    return {**kept, "blocks": blocks, "output": output}


def _arrays(values: Mapping[str, Any], contents: Mapping[str, Array]) -> dict[str, Array]:
    found = {}
    for name, array in contents.items():
        if name in _EMPTY and values["hashes"]["kind"] != "rehash":
            if array.dtype.name != "uint32" or array.shape != _EMPTY[name]:
                raise ModelError(f"invalid integer model: {name} has shape {array.shape}, not {_EMPTY[name]}")
        elif name.startswith("hashes."):
            found[f"blocks.0.{name}"] = array
        else:
            found[_ARRAYS.get(name, name)] = array
    if values["hashes"]["kind"] != "rehash" and not _EMPTY.keys() <= contents.keys():
        raise ModelError("invalid integer model: multipliers or addends are missing")
    return found
