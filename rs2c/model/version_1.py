"""Files of format 1.x: one set of hashed rows and perhaps a tail, whose fields stood beside those of the model.

SPEC section 8.1 has the table of names. The scores of a model do not change; its hash does, for it covers the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError
from rs2c.model.rules import check_array

_MODEL = ("task", "raw_type", "feature_names", "categories", "class_names", "front_end", "projection")
_ROWS = ("hashes", "counts", "factors", "output_shifts", "probe", "groups")
_OUTPUT = ("bias", "bias_shift", "value_frac_bits")
_TAIL = {"tail.weights": "blocks.1.weights", "tail.shifts": "blocks.1.output_shifts"}
_EMPTY = {"hashes.multipliers": (0, 0), "hashes.addends": (0,)}  # of hashes that are no rehash


def upgraded(values: Mapping[str, Any], contents: Mapping[str, Array]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Values and arrays of section `integer` of format 1.x as those of format 2.0.

    Raises ModelError where a name is not one of 1.x; all other rules are checked when the model is made.
    """
    try:
        rest, found = {**values}, {_renamed(name): array for name, array in contents.items()}
        hashes, tail = {**rest.pop("hashes")}, rest.pop("tail")
        if hashes["kind"] != "rehash":
            for name, shape in _EMPTY.items():
                check_array(name, found.pop(f"blocks.0.{name}"), ("uint32",), shape)
            hashes = _with(hashes, multipliers=None, addends=None)
        blocks = [_with({"hashes": hashes, **_taken(rest, _ROWS)}, kind="hashed_rows")]
        if tail is not None:
            blocks.append(_with(tail, kind="linear_term"))
        whole = {**_taken(rest, _MODEL), "blocks": blocks, "output": _taken(rest, _OUTPUT)}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"invalid integer model: a field is missing or of the wrong kind ({error})") from None
    if rest:
        raise ModelError(f"invalid integer model: the field {min(rest)!r:.40} is unknown")
    return whole, found


def _renamed(name: str) -> str:
    """The name of an array in format 2.0; raises ModelError where 1.x has no such array."""
    first = name.partition(".")[0]
    if first in _ROWS:
        return f"blocks.0.{name}"
    if name in _TAIL:
        return _TAIL[name]
    if name in _OUTPUT:
        return f"output.{name}"
    if first in _MODEL:
        return name
    raise ModelError(f"invalid integer model: the array {name!r:.40} is unknown")


def _with(part: Mapping[str, Any], **added: Any) -> dict[str, Any]:
    """A part with fields that 1.x does not write; raises ModelError where it has one of them all the same."""
    if added.keys() & part.keys():
        raise ModelError(f"invalid integer model: the field {min(added.keys() & part.keys())!r} is unknown")
    return {**part, **added}


def _taken(rest: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Those fields of the rest that have these names, which are taken out of it."""
    return {name: rest.pop(name) for name in names if name in rest}
