"""Random integer models of every shape the schema allows, for property tests.

`random_shape` chooses among OPTIONS and keeps to what can be combined; `random_model` fills a shape with constants
that the overflow proof accepts, by construction: each constant is drawn up to the room that those before it leave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.bounds import INT32_LIMIT, SCORE_LIMIT
from rs2c.integer_model import FrontEnd, Hashes, IntegerModel, Projection

Array = npt.NDArray[Any]
Rng = np.random.Generator
Choose = Callable[[Sequence[Any]], Any]

OPTIONS: dict[str, tuple[Any, ...]] = {
    "task": ("classify", "regress"),
    "raw_type": ("float32", "int8", "uint8", "int16", "uint16"),
    "features": (5, 1, 2, 17, 300),
    "front_bits": (8, 16, 0),
    "source": ("in order", "sorted", "unsorted"),
    "indicators": (0, 1, 3),
    "projected": (0, 1, 4, 9),
    "z_bits": (8, 16),
    "kind": ("grid", "srp", "rehash"),
    "hashes": (1, 2, 3, 8, 16),
    "cell_bits": (3, 1, 2, 4, 8, 16),
    "column_bits": (3, 1, 4, 8, 13, 16),
    "ternary": (False, True),
    "outputs": (3, 1, 2, 7, 40),
    "count_bits": (8, 16),
    "linear": (False, True),
    "groups": (1, 3, 5, 15),
    "rows_a_group": (2, 1, 5),
    "constants": ("ordinary", "extreme", "ties", "uniform"),
    "shifts": ("fitted", "least", "greatest", "any"),
}
_MOST_COUNTS = 1 << 16


@dataclass(frozen=True)
class Shape:
    """One point of the schema."""

    task: str = "classify"
    raw_type: str = "float32"
    features: int = 5
    front_bits: int = 8  # 0: no front end
    source: str = "in order"  # sorted and unsorted ones repeat features and leave some out
    indicators: int = 0
    projected: int = 0  # 0: no projection
    z_bits: int = 8
    kind: str = "grid"
    hashes: int = 1
    cell_bits: int = 3  # of grid
    column_bits: int = 3  # of rehash
    ternary: bool = False
    outputs: int = 3  # classes, or regression values
    count_bits: int = 8
    linear: bool = False
    groups: int = 1
    rows_a_group: int = 6
    constants: str = "ordinary"  # extreme: at the limits of the proof; ties: small and equal; uniform: one a table
    shifts: str = "fitted"  # to the spread of what is shifted, or at the ends of their ranges

    @property
    def rows(self) -> int:
        """L."""
        return self.groups * self.rows_a_group

    @property
    def scores(self) -> int:
        """C."""
        return 1 if self.task == "classify" and self.outputs == 2 else self.outputs

    @property
    def cells(self) -> int:
        """Bits of a cell."""
        return {"grid": self.cell_bits, "srp": 1, "rehash": 16}[self.kind]

    @property
    def log_columns(self) -> int:
        """Bits of a column."""
        return self.column_bits if self.kind == "rehash" else self.hashes * self.cells

    def effective(self) -> dict[str, Any]:
        """The options that make a difference to this shape."""
        idle = set()
        if self.front_bits == 0:
            idle |= {"source", "indicators"}
        if self.projected == 0:
            idle.add("z_bits")
        idle |= {"column_bits"} if self.kind != "rehash" else set()
        idle |= {"cell_bits"} if self.kind != "grid" else set()
        return {name: getattr(self, name) for name in OPTIONS if name not in idle}


def random_shape(choose: Choose, **fixed: Any) -> Shape:
    """A possible shape with some options given; `choose` picks one of a sequence. The given options must agree."""
    found: dict[str, Any] = {}

    def pick(name: str, allowed: Callable[[Any], bool] = lambda _: True) -> Any:
        values = [v for v in ((fixed[name],) if name in fixed else OPTIONS[name]) if allowed(v)]
        found[name] = choose(values)
        return found[name]

    # An option that is given and only means something together with another calls for that other.
    if "z_bits" in fixed:
        fixed = {"projected": choose(OPTIONS["projected"][1:]), **fixed}
    if "column_bits" in fixed:
        fixed = {"kind": "rehash", **fixed}
    if "cell_bits" in fixed:
        fixed = {"kind": "grid", **fixed}
    if "source" in fixed or "indicators" in fixed:
        fixed = {"front_bits": choose((8, 16)), **fixed}
    pick("raw_type", lambda v: v != "float32" or fixed.get("front_bits") != 0)
    pick("front_bits", lambda v: v != 0 or found["raw_type"] != "float32")
    for name in ("source", "indicators", "features", "projected", "z_bits"):
        pick(name)
    task = pick("task", lambda v: v == "regress" or fixed.get("outputs", 2) >= 2)
    least_bits = max(fixed.get("column_bits", 1), fixed.get("cell_bits", 1), fixed.get("hashes", 1))
    room = _MOST_COUNTS >> least_bits

    def scores(outputs: int) -> int:
        return 1 if task == "classify" and outputs == 2 else outputs

    counts = scores(pick("outputs", lambda v: (task == "regress" or v >= 2) and scores(v) <= room))
    counts *= pick("groups", lambda v: v * counts <= room)
    counts *= pick("rows_a_group", lambda v: v * counts <= room)
    bits = min(16, (_MOST_COUNTS // counts).bit_length() - 1)
    linear = pick("linear", lambda v: not v or (fixed.get("kind", "grid") == "grid" and fixed.get("hashes", 1) == 1))
    kind = pick("kind", lambda v: v == "grid" or not linear)
    cells = pick("cell_bits", lambda v: kind != "grid" or v * fixed.get("hashes", 1) <= bits)
    pick(
        "hashes",
        lambda v: (v == 1 or not linear) and (kind == "rehash" or v * (cells if kind == "grid" else 1) <= bits),
    )
    pick("column_bits", lambda v: v <= bits)
    for name in ("ternary", "count_bits", "constants", "shifts"):
        pick(name)
    return Shape(**found)


def random_model(shape: Shape, seed: int) -> IntegerModel:
    """A valid, provable model of the shape; equal arguments give an equal model."""
    rng = np.random.Generator(np.random.PCG64(seed))
    front = _front_end(shape, rng)
    n = shape.features if front is None else len(front.source)
    largest = 1 << (front.bits - 1) if front else _LARGEST_RAW[shape.raw_type]
    projection = _projection(shape, rng, n, largest)
    if projection is not None:
        largest = 1 << (projection.bits - 1)
    hashes = _hashes(shape, rng, shape.projected or n, largest)
    counts = _counts(shape, rng)
    output_shifts, bias = _output(shape, rng, counts)
    return IntegerModel(
        task="classify" if shape.task == "classify" else "regress",
        raw_type=shape.raw_type,
        feature_names=tuple(f"x{i}" for i in range(shape.features)),
        categories=tuple(() for _ in range(shape.features)),
        class_names=tuple(f"class {i}" for i in range(shape.outputs)) if shape.task == "classify" else (),
        front_end=front,
        projection=projection,
        hashes=hashes,
        counts=counts,
        probe="linear" if shape.linear else "nearest",
        groups=shape.groups,
        output_shifts=output_shifts,
        bias=bias,
        value_frac_bits=0 if shape.task == "classify" else int(rng.choice([-1024, -3, 0, 7, 20, 1024])),
    )


_LARGEST_RAW = {"int8": 128, "uint8": 255, "int16": 32768, "uint16": 65535}


def _around(rng: Rng, limit: int, shape: Any) -> Array:
    return rng.integers(-limit, limit + 1, shape, dtype=np.int64)


def _bits_to_shift(shape: Shape, rng: Rng, size: Any, fitted: Array, most: int) -> Array:
    """Shifts from 0 to `most`: around the fitted ones, or at the ends of the range."""
    if shape.constants == "ties" and shape.shifts == "fitted":
        fitted = rng.integers(0, 3, size)
    shifts = {
        "fitted": fitted,
        "least": np.zeros(size, np.int64),
        "greatest": np.full(size, most),
        "any": rng.integers(0, most + 1, size),
    }[shape.shifts]
    if shape.constants == "uniform":
        shifts = np.full(size, shifts.flat[0])
    return np.clip(shifts, 0, most)


def _values(shape: Shape, rng: Rng, size: Any, ordinary: int, room: Array | int) -> Array:
    """Signed constants of magnitude up to `room`; ordinary ones stay below `ordinary`."""
    room = np.broadcast_to(np.asarray(room, np.int64), size)
    if shape.constants == "ties":
        return np.zeros(size, np.int64)
    if shape.constants == "uniform":
        return np.full(size, min(int(room.min()), int(rng.integers(-ordinary, ordinary + 1))))
    values = np.clip(_around(rng, ordinary, size), -room, room)
    if shape.constants == "extreme":
        values = np.where(rng.random(size) < 0.5, rng.choice([-1, 1], size) * room, values)
    return values


def _weights(shape: Shape, rng: Rng, size: Any, top: int) -> Array:
    """int8 weights of magnitude up to `top`, at most 128."""
    if shape.constants == "uniform":
        return np.full(size, int(rng.choice([-1, 1])) * min(top, 3), np.int8)
    weights = _around(rng, 1 if shape.constants == "ties" else min(top, 127), size)
    if shape.constants == "extreme" and top == 128:
        weights = rng.choice([-128, -127, -1, 0, 127], size)
    return weights.astype(np.int8)


def _front_end(shape: Shape, rng: Rng) -> FrontEnd | None:
    if shape.front_bits == 0:
        return None
    bits, d = shape.front_bits, shape.features
    if shape.source == "in order":
        source = np.arange(d)
        indicator = (np.arange(d) >= d - shape.indicators).astype(np.uint8)
    else:
        source = rng.integers(0, d, max(2, d) + shape.indicators)
        source = np.sort(source) if shape.source == "sorted" else np.sort(source)[::-1]
        indicator = rng.permutation((np.arange(len(source)) < shape.indicators).astype(np.uint8))
    n = len(source)
    shift = _bits_to_shift(shape, rng, n, rng.integers(0, 31 - bits, n), 30 - bits)
    # A window of about the width of x, so that vectors meet both the slope and the clamps.
    multiplier = np.clip(rng.integers(1, 4, n) << np.maximum(shift - rng.integers(0, 8, n), 0), 0, 32767)
    centre = _values(shape, rng, n, 300, 1 << 30)
    exponent = rng.integers(-3, 12, n)
    if shape.constants == "extreme":
        multiplier = np.where(rng.random(n) < 0.3, rng.choice([0, 32767], n), multiplier)
        exponent = np.where(rng.random(n) < 0.3, rng.choice([-256, -99, -98, 30, 256], n), exponent)
    if shape.raw_type != "float32":
        exponent = np.zeros(n, np.int64)
        centre = np.where(rng.random(n) < 0.7, _around(rng, 100, n), centre)
    if shape.constants == "uniform":
        multiplier[:], exponent[:], centre[:] = multiplier[0], exponent[0], centre[0]
    top = (1 << (bits - 1)) - 1
    worth = np.full(n, top) if shape.constants == "extreme" else rng.integers(0, top + 1, n)
    return FrontEnd(
        bits=bits,
        source=source.astype(np.uint16),
        indicator=indicator,
        exponent=exponent.astype(np.int16),
        centre=np.where(indicator == 1, _around(rng, 5, n), centre).astype(np.int32),
        multiplier=np.where(indicator == 1, worth, multiplier).astype(np.uint16),
        shift=shift.astype(np.uint8),
    )


def _projection(shape: Shape, rng: Rng, n: int, largest: int) -> Projection | None:
    if shape.projected == 0:
        return None
    size, bits = (shape.projected, n), shape.z_bits
    weights = _weights(shape, rng, size, min(128, (1 << 30) // (largest * n)))
    sums = np.abs(weights.astype(np.int64)).sum(axis=1) * largest
    spread = max(1.0, float(sums.max()) / np.sqrt(n)) / (1 << (bits - 1))
    shift = int(_bits_to_shift(shape, rng, (1,), np.array([int(np.log2(spread)) + 1]), 30 - bits)[0])
    room = INT32_LIMIT - 1 - sums - (1 << (shift + bits - 1)) - ((1 << shift) >> 1)
    return Projection(bits, weights, _values(shape, rng, shape.projected, 1 << 12, room).astype(np.int32), shift)


def _hashes(shape: Shape, rng: Rng, dimensions: int, largest: int) -> Hashes:
    size, cells = (shape.rows, shape.hashes), shape.cells
    top = 1 if shape.ternary else max(1, min(128, (1 << 30) // (largest * dimensions)))
    weights = _weights(shape, rng, (*size, dimensions), top)
    sums = np.abs(weights.astype(np.int64)).sum(axis=2) * largest
    spread = max(1.0, float(sums.max()) / np.sqrt(dimensions))
    fitted = int(np.log2(max(1.0, spread / (6 if shape.kind == "rehash" else 1 << cells))))
    shifts = _bits_to_shift(shape, rng, size, fitted + rng.integers(-1, 2, size), 30 - cells)
    room = INT32_LIMIT - 1 - sums
    offsets = _values(shape, rng, size, 1 << 6, room)
    if shape.kind == "srp":
        shifts = np.zeros(size, np.int64)
    elif shape.constants != "extreme":  # the middle of the grid
        offsets = np.minimum(offsets + (np.int64(1) << (cells - 1 + shifts)), room)
    rehash = shape.kind == "rehash"
    multipliers = rng.integers(0, 1 << 32, size, dtype=np.uint32)
    return Hashes(
        kind="rehash" if rehash else "srp" if shape.kind == "srp" else "grid",
        cell_bits=cells,
        column_bits=shape.log_columns,
        weights=weights,
        offsets=offsets.astype(np.int32),
        shifts=shifts.astype(np.uint8),
        multipliers=multipliers if rehash else np.zeros((0, 0), np.uint32),
        addends=rng.integers(0, 1 << 32, shape.rows, dtype=np.uint32) if rehash else np.zeros(0, np.uint32),
        ternary=shape.ternary,
    )


def _counts(shape: Shape, rng: Rng) -> Array:
    size = (shape.rows, 1 << shape.log_columns, shape.scores)
    limit = (1 << (shape.count_bits - 1)) - 1
    if shape.linear:  # a read is at most 256 counts and 255 differences of two
        limit = min(limit, (SCORE_LIMIT - 1) // (shape.rows * (256 + 2 * 255)) - 1)
    counts = _around(rng, limit, size)
    if shape.constants == "extreme":
        counts = np.where(rng.random(size) < 0.5, rng.choice([-limit - 1, limit], size), counts)
    if shape.constants == "ties":  # few values, and most columns the same for all scores
        counts = np.where(rng.random((*size[:2], 1)) < 0.8, _around(rng, 1, (*size[:2], 1)), _around(rng, 1, size))
    if shape.constants == "uniform":
        counts = np.full(size, int(rng.integers(-limit - 1, limit + 1)))
    return counts.astype(f"int{shape.count_bits}")


def _output(shape: Shape, rng: Rng, counts: Array) -> tuple[Array, Array]:
    """Output shifts and bias; extreme ones take the largest score to the last value that the proof allows."""
    wide = counts.astype(np.int64)
    most = np.abs(wide).max(axis=1)
    if shape.linear:
        most = ((np.abs(wide[:, :-1]) << 8) + np.abs(np.diff(wide, axis=1)) * 255).max(axis=1)
    total = most.sum(axis=0)
    shifts = np.zeros(shape.scores, np.int64)
    if shape.task == "regress":
        greatest = int(np.log2((SCORE_LIMIT - 1) // max(1, int(total.max()))))
        shifts = _bits_to_shift(shape, rng, shape.scores, rng.integers(0, 5, shape.scores), min(24, greatest))
    bias = _values(shape, rng, shape.scores, 1 << 6, SCORE_LIMIT - 1 - (total << shifts))
    return shifts.astype(np.uint8), bias.astype(np.int32)


def numpy_choice(rng: Rng) -> Choose:
    """`choose` of `random_shape` from a seeded generator."""
    return lambda values: values[int(rng.integers(0, len(values)))]


def shape_of(fixed: Mapping[str, Any], seed: int) -> Shape:
    """A random possible shape with some options given."""
    return random_shape(numpy_choice(np.random.Generator(np.random.PCG64(seed))), **fixed)
