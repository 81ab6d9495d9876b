"""Every rule on the fields of a model and its blocks, written from docs/SPEC.md sections 2 and 5 alone.

Each part knows the `names` of its JSON values, and under `kinds` the type and shape of each of its arrays.
"""

from __future__ import annotations

from types import SimpleNamespace as Model
from typing import Any

Arrays = dict[str, tuple[str, list[int]]]


class RefusedError(Exception):
    """What every reader must say of a file that breaks a rule."""


def need(condition: object, what: str) -> None:
    if not condition:
        raise RefusedError(what)


def check(model: Model) -> None:
    """Every rule of section 2, and those of section 5."""
    names = ("task", "raw_type", "feature_names", "categories", "class_names")
    exactly(model, (*names, "front_end", "projection", "blocks", "output"), {})
    for name in ("feature_names", "class_names"):
        _texts(getattr(model, name))
    need(type(model.categories) is list, "categories")
    for table in model.categories:
        _texts(table)
    d, m = len(model.feature_names), len(model.class_names)
    need(model.task in ("classify", "regress") and (m >= 2 if model.task == "classify" else m == 0), "task")
    need(model.raw_type in ("int8", "uint8", "int16", "uint16", "float32"), "raw type")
    need(1 <= d <= 4096 and len(model.categories) == d, "features")
    need(model.front_end is not None or model.raw_type != "float32", "float without front end")
    n = d if model.front_end is None else _front_end(model.front_end, model.raw_type, d)
    p = n if model.projection is None else _projection(model.projection, n)
    c = _output(model.output, model.task)
    need(model.task == "regress" or c == (1 if m == 2 else m), "scores")
    kinds = [block.kind for block in model.blocks]
    need(kinds and kinds == [kind for kind in BLOCKS if kind in kinds], "blocks")
    for block in model.blocks:
        BLOCKS[block.kind](block, c, p)
        need(max(block.output_shifts) <= 24, "output shifts")
        need(model.task == "regress" or len(set(block.output_shifts)) == 1, "classifier shifts")


def exactly(part: Model, values: tuple[str, ...], arrays: Arrays, optional: tuple[str, ...] = ()) -> None:
    """A part has these values and arrays, and no other, the arrays of that type and shape; the optional may be null."""
    null = [name for name in optional if name not in part.kinds]
    need(sorted(part.names) == sorted((*values, *null)), "values")
    need(all(getattr(part, name) is None for name in null), "null")
    need(part.kinds == {name: kind for name, kind in arrays.items() if name not in null}, "arrays")


def _integer(value: Any, low: int, high: int) -> None:
    need(type(value) is int and low <= value <= high, f"not {low} to {high}")


def _texts(value: Any) -> None:
    need(type(value) is list and all(type(text) is str for text in value), "texts")
    need(not any(0xD800 <= ord(letter) < 0xE000 for text in value for letter in text), "half a surrogate pair")


def _front_end(front: Model, raw_type: str, d: int) -> int:
    (n,) = front.kinds["source"][1]
    kinds = {"source": "uint16", "indicator": "uint8", "exponent": "int16"}
    kinds |= {"centre": "int32", "multiplier": "uint16", "shift": "uint8"}
    exactly(front, ("bits",), {name: (kind, [n]) for name, kind in kinds.items()})
    _integer(front.bits, 8, 16)
    need(1 <= n <= 4096, "inputs")
    need(max(front.source) < d and max(front.indicator) <= 1, "source, indicator")
    need(max(map(abs, front.exponent)) <= (256 if raw_type == "float32" else 0), "exponent")
    need(max(map(abs, front.centre)) <= 2**30 and max(front.shift) <= 30 - front.bits, "centre, shift")
    top = [2 ** (front.bits - 1) - 1 if i else 32767 for i in front.indicator]
    need(all(v <= most for v, most in zip(front.multiplier, top, strict=True)), "multiplier")
    return int(n)


def _projection(part: Model, n: int) -> int:
    (p,) = part.kinds["bias"][1]
    exactly(part, ("bits", "shift"), {"weights": ("int8", [p, n]), "bias": ("int32", [p])})
    need(1 <= p <= 4096 and type(part.bits) is int and part.bits in (8, 16), "projection")
    _integer(part.shift, 0, 30 - part.bits)
    return int(p)


def _output(part: Model, task: str) -> int:
    (c,) = part.kinds["bias"][1]
    exactly(part, ("bias_shift", "value_frac_bits"), {"bias": ("int32", [c])})
    need(1 <= c <= 1024, "scores")
    _integer(part.bias_shift, 0, 24)
    most = 1024 if task == "regress" else 0
    _integer(part.value_frac_bits, -most, most)
    return int(c)


def _hashed_rows(block: Model, c: int, p: int) -> None:
    """Section 5.1."""
    rows, hashes = _hashes(block.hashes, p)
    kind, (arrays, *_) = block.kinds["counts"]
    columns, width = 2**block.hashes.column_bits, c if block.factors is None else 1
    exactly(
        block,
        ("kind", "hashes", "probe", "groups"),
        {
            "counts": (kind, [arrays, columns, width]),
            "factors": ("int8", [rows, c]),
            "output_shifts": ("uint8", [c]),
        },
        optional=("factors",),
    )
    need(kind in ("int8", "int16") and 1 <= arrays <= rows and arrays * columns * width <= 2**26, "counts")
    linear_fits = block.hashes.kind == "grid" and hashes == 1
    need(block.probe == "nearest" or (block.probe == "linear" and linear_fits), "probe")
    _integer(block.groups, 1, 255)
    need(block.groups % 2 == 1 and rows % block.groups == 0, "groups")


def _hashes(part: Model, p: int) -> tuple[int, int]:
    rows, hashes, _ = part.kinds["weights"][1]
    size = [rows, hashes]
    need(part.kind in ("grid", "srp", "rehash") and part.layout in ("dense", "sparse", "ternary"), "hash kind")
    rehash = part.kind == "rehash"
    exactly(
        part,
        ("kind", "cell_bits", "column_bits", "offset_shift", "layout"),
        {
            "weights": ("int8", [*size, p]),
            "offsets": ("int32", size),
            "shifts": ("uint8", size),
            "scales": ("uint8", size),
            "multipliers": ("uint32", size),
            "addends": ("uint32", [rows]),
        },
        optional=("scales",) if rehash else ("scales", "multipliers", "addends"),
    )
    need(rehash or part.multipliers is part.addends is None, "multipliers and addends")
    need(part.scales is None or (part.kind == "grid" and min(map(min, part.scales)) >= 1), "scales")
    need(1 <= rows <= 8192 and 1 <= hashes <= 16, "hash sizes")
    _integer(part.offset_shift, 0, 24)
    _integer(part.column_bits, 1, 16)
    _integer(part.cell_bits, 1, 16)
    need(rehash or part.column_bits == hashes * part.cell_bits, "columns")
    need(part.cell_bits == {"srp": 1, "rehash": 16}.get(part.kind, part.cell_bits), "cells")
    need(max(map(max, part.shifts)) <= (0 if part.kind == "srp" else 30 - part.cell_bits), "hash shifts")
    signs = all(abs(v) <= 1 for row in part.weights for w in row for v in w)
    need(part.layout != "ternary" or signs, "ternary")
    return rows, hashes


def _linear_term(block: Model, c: int, p: int) -> None:
    """Section 5.2."""
    exactly(block, ("kind", "layout"), {"weights": ("int8", [c, p]), "output_shifts": ("uint8", [c])})
    need(block.layout in ("dense", "sparse"), "layout")


BLOCKS = {"hashed_rows": _hashed_rows, "linear_term": _linear_term}
