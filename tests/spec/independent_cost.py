"""Canonical bytes of a model, each of them, and operations, written from docs/SPEC.md sections 5 and 9 alone.

`device_bytes` lays out what a device stores, so that the cost is the length of something that can be read back.
"""

from __future__ import annotations

from types import SimpleNamespace as Model
from typing import Any


def cost(model: Model) -> tuple[int, int]:
    """Canonical bytes and operations."""
    return sum(len(part) for _, part in device_bytes(model)), operations(model)


def device_bytes(model: Model) -> list[tuple[str, bytes]]:
    """Each table of the model as a device stores it, by its name, little-endian; hash constants and lists included."""
    front, projection = model.front_end, model.projection
    found: list[tuple[str, bytes]] = []
    if front is not None:
        found += [(f"front_end.{name}", stored(getattr(front, name))) for name in ("centre", "multiplier", "shift")]
        if model.raw_type == "float32":
            found.append(("front_end.exponent", stored(front.exponent)))
        if front.source != list(range(len(model.feature_names))):
            found.append(("front_end.source", stored(front.source)))
        if any(front.indicator):
            found.append(("front_end.indicator", stored(front.indicator)))
    if projection is not None:
        found += [
            ("projection.weights", _little_endian(flat(projection.weights), 1)),
            ("projection.bias", stored(projection.bias)),
            ("projection.shift", bytes([projection.shift])),
        ]
    for block in model.blocks:
        found += [(f"{block.kind}.{name}", table) for name, table in BYTES[block.kind](block)]
    found.append(("output.bias", stored(model.output.bias)))
    if model.output.bias_shift:
        found.append(("output.bias_shift", bytes([model.output.bias_shift])))
    return found


def hashed_rows_bytes(block: Model) -> list[tuple[str, bytes]]:
    """Section 5.1."""
    hashes = block.hashes
    found = _weights("hashes.weights", [weights for row in hashes.weights for weights in row], hashes.layout)
    found.append(("hashes.offsets", stored(hashes.offsets)))
    if hashes.offset_shift:
        found.append(("hashes.offset_shift", bytes([hashes.offset_shift])))
    if hashes.kind != "srp":
        found.append(("hashes.shifts", stored(hashes.shifts)))
    if hashes.scales is not None:
        found.append(("hashes.scales", stored(hashes.scales)))
    if hashes.kind == "rehash":
        found.append(("hashes.multipliers", _little_endian(flat(hashes.multipliers), 4)))
        found.append(("hashes.addends", _little_endian(flat(hashes.addends), 4)))
    found.append(("counts", packed(flat(block.counts), 2 if block.kinds["counts"][0] == "int16" else 1)))
    if block.factors is not None:
        found.append(("factors", packed(flat(block.factors))))
    if any(block.output_shifts):
        found.append(("output_shifts", stored(block.output_shifts)))
    return found


def linear_term_bytes(block: Model) -> list[tuple[str, bytes]]:
    """Section 5.2."""
    return [*_weights("weights", block.weights, block.layout), ("output_shifts", stored(block.output_shifts))]


def _weights(name: str, directions: list[list[int]], layout: str) -> list[tuple[str, bytes]]:
    p = len(directions[0])
    if layout == "dense":
        return [(name, packed(flat(directions)))]
    index = 1 if p <= 256 else 2
    places = [[j for j in range(p) if weights[j]] for weights in directions]
    if layout == "sparse":
        values = [weights[j] for weights, listed in zip(directions, places, strict=True) for j in listed]
        return [
            (name, packed(values)),
            (f"{name} indices", _little_endian(flat(places), index)),
            (f"{name} lengths", stored([len(listed) for listed in places])),
        ]
    lists, ends = [], []
    for weights in directions:
        start = len(lists)
        for sign in (1, -1):
            lists += [j for j in range(p) if weights[j] == sign]
            ends.append(len(lists) - start)  # of the direction, so that p of them fit
    return [
        (f"{name} indices", _little_endian(lists, index)),
        (f"{name} ends", _little_endian(ends, 1 if p < 256 else 2)),
    ]


def operations(model: Model) -> int:
    work = len(model.output.bias)
    if model.front_end is not None:
        work += sum(1 if i else 2 for i in model.front_end.indicator)
    if model.projection is not None:
        work += len(model.projection.weights) * (len(model.projection.weights[0]) + 1)
    return work + sum(OPERATIONS[block.kind](block) for block in model.blocks)


def hashed_rows_operations(block: Model) -> int:
    """Section 5.1."""
    hashes, rows, c = block.hashes, len(block.hashes.weights), len(block.output_shifts)
    work = _multiply_adds(hashes.weights, hashes.layout)
    if hashes.kind == "rehash" or hashes.scales is not None:
        work += rows * len(hashes.weights[0])
    work += rows * (c if block.factors is None else 1) * (1 if block.probe == "nearest" else 2)
    return work + (0 if block.factors is None else rows * c)


def linear_term_operations(block: Model) -> int:
    """Section 5.2."""
    return _multiply_adds(block.weights, block.layout) + len(block.weights)


def _multiply_adds(weights: Any, layout: str) -> int:
    return len(flat(weights)) if layout == "dense" else sum(v != 0 for v in flat(weights))


def stored(array: Any) -> bytes:
    values = flat(array)
    low, high = min(values), max(values)
    fits = [
        w for w in (1, 2) if 0 <= low <= high < 2 ** (8 * w) or -(2 ** (8 * w - 1)) <= low <= high < 2 ** (8 * w - 1)
    ]
    width, e = (fits or [4])[0], len(values)
    while e > 1 and values[e - 1] == values[e - 2]:
        e -= 1
    return _little_endian(values[: e if e == 1 or (len(values) - e) * width >= 8 else len(values)], width)


def packed(values: list[int], width: int = 1) -> bytes:
    if width > 1 or not all(-8 <= v <= 7 for v in values):
        return _little_endian(values, width)
    halves = [v % 16 for v in values] + [0] * (len(values) % 2)
    return bytes(low + 16 * high for low, high in zip(halves[::2], halves[1::2], strict=True))


def _little_endian(values: list[int], width: int) -> bytes:
    return b"".join((v % 256**width).to_bytes(width, "little") for v in values)


def flat(array: Any) -> list[int]:
    return [v for part in array for v in flat(part)] if isinstance(array, list) else [array]


BYTES = {"hashed_rows": hashed_rows_bytes, "linear_term": linear_term_bytes}
OPERATIONS = {"hashed_rows": hashed_rows_operations, "linear_term": linear_term_operations}
