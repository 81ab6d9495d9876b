"""Random integer models of every shape the schema allows, for property tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.integer_model import FrontEnd, Hashes, IntegerModel, Projection


@dataclass(frozen=True)
class Shape:
    """One point of the schema."""

    task: str = "classify"
    raw_type: str = "float32"
    features: int = 5
    front_bits: int = 8  # 0: no front end
    indicators: int = 0
    projected: int = 0  # 0: no projection
    z_bits: int = 8
    kind: str = "grid"
    rows: int = 6
    hashes: int = 1
    cell_bits: int = 3
    column_bits: int = 3  # of rehash
    ternary: bool = False
    outputs: int = 3
    count_bits: int = 8
    linear: bool = False
    groups: int = 1
    extreme: bool = False  # constants at the ends of their ranges where the proof allows


def random_model(shape: Shape, seed: int) -> IntegerModel:
    """A valid, provable model of the shape; equal arguments give an equal model."""
    rng = np.random.Generator(np.random.PCG64(seed))
    front = _front_end(shape, rng)
    n = shape.features if front is None else len(front.source)
    projection = _projection(shape, rng, n)
    classify = shape.task == "classify"
    scores = (1 if shape.outputs == 2 else shape.outputs) if classify else shape.outputs
    hashes = _hashes(shape, rng, shape.projected or n, front, projection)
    limit = (1 << (shape.count_bits - 1)) - 1
    counts = rng.integers(-limit - 1, limit + 1, (shape.rows, 1 << hashes.column_bits, scores))
    if shape.extreme:
        counts = np.where(rng.random(counts.shape) < 0.5, rng.choice([-limit - 1, limit], counts.shape), counts)
    return IntegerModel(
        task=shape.task,
        raw_type=shape.raw_type,
        feature_names=tuple(f"x{i}" for i in range(shape.features)),
        categories=tuple(() for _ in range(shape.features)),
        class_names=tuple(f"class {i}" for i in range(shape.outputs)) if classify else (),
        front_end=front,
        projection=projection,
        hashes=hashes,
        counts=counts.astype(f"int{shape.count_bits}"),
        probe="linear" if shape.linear else "nearest",
        groups=shape.groups,
        output_shifts=(np.zeros(scores) if classify else rng.integers(0, 5, scores)).astype(np.uint8),
        bias=_around(rng, 1 << (20 if shape.extreme else 6), scores, np.int32),
        value_frac_bits=0 if classify else int(rng.integers(-20, 40)),
    )


def _around(rng, limit, shape, dtype):
    return rng.integers(-limit, limit + 1, shape).astype(dtype)


def _front_end(shape: Shape, rng) -> FrontEnd | None:
    if shape.front_bits == 0:
        return None
    bits = shape.front_bits
    n = max(1, shape.features - int(rng.integers(0, 2))) + shape.indicators
    source = np.sort(rng.integers(0, shape.features, n)) if rng.random() < 0.5 else np.arange(n) % shape.features
    indicator = np.zeros(n, np.uint8)
    indicator[n - shape.indicators :] = 1
    shift = rng.integers(0, 31 - bits, n)
    # A window of about the width of x, so that vectors meet both slopes and clamps.
    multiplier = np.clip(rng.integers(1, 4, n) << np.maximum(shift - rng.integers(0, 8, n), 0), 0, 32767)
    centre = _around(rng, 1 << 30 if shape.extreme else 300, n, np.int64)
    exponent = rng.integers(-100, 120, n) if shape.extreme else rng.integers(-3, 12, n)
    if shape.raw_type != "float32":
        exponent = np.zeros(n, np.int64)
        centre = np.where(rng.random(n) < 0.7, _around(rng, 100, n, np.int64), centre)
    top = (1 << (bits - 1)) - 1
    multiplier = np.where(indicator == 1, rng.integers(0, top + 1, n), multiplier)
    if shape.extreme:
        multiplier = np.where(rng.random(n) < 0.3, np.where(indicator == 1, top, 32767), multiplier)
    return FrontEnd(
        bits,
        source.astype(np.uint16),
        indicator,
        exponent.astype(np.int16),
        np.where(indicator == 1, _around(rng, 5, n, np.int64), centre).astype(np.int32),
        multiplier.astype(np.uint16),
        shift.astype(np.uint8),
    )


def _largest_input(shape: Shape, front: FrontEnd | None) -> int:
    if front is not None:
        return 1 << (front.bits - 1)
    return {"int8": 128, "uint8": 255, "int16": 32768, "uint16": 65535}[shape.raw_type]


def _projection(shape: Shape, rng, n: int) -> Projection | None:
    if shape.projected == 0:
        return None
    weights = _around(rng, 127, (shape.projected, n), np.int8)
    if shape.extreme:
        weights = rng.choice(np.array([-128, 127, 0], np.int8), weights.shape)
    shift = int(rng.integers(0, 31 - shape.z_bits))
    return Projection(shape.z_bits, weights, _around(rng, 1 << 16, shape.projected, np.int32), min(shift, 18))


def _hashes(shape: Shape, rng, dimensions: int, front, projection) -> Hashes:
    cell_bits = {"grid": shape.cell_bits, "srp": 1, "rehash": 16}[shape.kind]
    column_bits = shape.column_bits if shape.kind == "rehash" else shape.hashes * cell_bits
    size = (shape.rows, shape.hashes)
    largest = 1 << (projection.bits - 1) if projection else _largest_input(shape, front)
    top = 1 if shape.ternary else min(127, (1 << 29) // (largest * dimensions))
    weights = _around(rng, max(1, top), (*size, dimensions), np.int8)
    if shape.extreme and not shape.ternary and top == 127:
        weights = rng.choice(np.array([-128, 127, 1, 0], np.int8), weights.shape)
    spread = float(largest * top * np.sqrt(dimensions) / 2)
    cells_seen = 6 if shape.kind == "rehash" else 1 << cell_bits
    base = int(np.log2(max(1.0, 2 * spread / cells_seen)))
    shifts = np.clip(base + rng.integers(-1, 2, size), 0, 30 - cell_bits)
    if shape.linear and shape.extreme:
        shifts = rng.integers(0, 31 - cell_bits, size)
    if shape.kind == "srp":
        offsets, shifts = _around(rng, 50, size, np.int64), np.zeros(size)
    else:
        middle = (1 << 15 if shape.kind == "rehash" else 1 << (cell_bits - 1)) << shifts.astype(np.int64)
        offsets = np.minimum(middle, 1 << 29) + _around(rng, 1 << 6, size, np.int64)
    rehash = shape.kind == "rehash"
    return Hashes(
        kind=shape.kind,
        cell_bits=cell_bits,
        column_bits=column_bits,
        weights=weights,
        offsets=offsets.astype(np.int32),
        shifts=shifts.astype(np.uint8),
        multipliers=rng.integers(0, 1 << 32, size, dtype=np.uint32) if rehash else np.zeros((0, 0), np.uint32),
        addends=rng.integers(0, 1 << 32, shape.rows, dtype=np.uint32) if rehash else np.zeros(0, np.uint32),
        ternary=shape.ternary,
    )
