"""The integer model: everything a device needs to answer, and nothing else.

`IntegerModel` is the intermediate representation between quantization and C. It is frozen, holds integers only, and
checks itself when it is made, so that whoever holds one may rely on every rule of docs/SPEC.md.

Notation: d raw features, n inputs, p projected dimensions, L rows, K hashes a row, R columns, C scores.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError
from rs2c.base.raw_types import RAW_TYPES, RawType, Task

HashKind = Literal["grid", "srp", "rehash"]
Layout = Literal["dense", "sparse", "ternary"]

CELL_BITS_OF_REHASH = 16
MAX_FEATURES, MAX_ROWS, MAX_SCORES, MAX_COUNTS = 4096, 8192, 1024, 1 << 26
MAX_HASHES, MAX_GROUPS = 16, 255  # of a row; of rows


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise ModelError(f"invalid integer model: {sentence}")


def _check_array(name: str, value: Array, dtypes: tuple[str, ...], shape: tuple[int, ...]) -> None:
    _require(isinstance(value, np.ndarray), f"{name} is not an array")
    _require(value.dtype.name in dtypes, f"{name} has type {value.dtype.name}, not {' or '.join(dtypes)}")
    _require(value.shape == shape, f"{name} has shape {value.shape}, not {shape}")


def _freeze(instance: object) -> None:
    """Store every array of a frozen dataclass C-contiguous, little-endian and read-only."""
    for entry in fields(instance):  # type: ignore[arg-type]
        value = getattr(instance, entry.name)
        if isinstance(value, np.ndarray):
            copy = np.array(value, dtype=value.dtype.newbyteorder("<"), order="C")
            copy.setflags(write=False)
            object.__setattr__(instance, entry.name, copy)


@dataclass(frozen=True, eq=False)
class FrontEnd:
    """Raw feature to input, one entry an input (SPEC section 3).

    Affine inputs: v = clamp(value - centre, -2^15, 2^15 - 1), x = floor(v * multiplier / 2^shift), clamped to `bits`.
    Indicator inputs (one for each category): x = multiplier where value == centre, else 0.
    Float features are first turned into value = floor(raw * 2^exponent) on their bit pattern.
    """

    bits: int  # B, 8 to 16: x lies in [-2^(B-1), 2^(B-1) - 1]
    source: Array  # uint16 (n,): raw feature read
    indicator: Array  # uint8 (n,): 1 where the input is an indicator
    exponent: Array  # int16 (n,): k, zero for integer raw types
    centre: Array  # int32 (n,)
    multiplier: Array  # uint16 (n,): at most 32767
    shift: Array  # uint8 (n,): at most 30 - bits

    def __post_init__(self) -> None:
        n = len(self.source)
        _require(8 <= self.bits <= 16, f"the front end has {self.bits} bits, not 8 to 16")
        _require(1 <= n <= MAX_FEATURES, f"{n} inputs, not 1 to {MAX_FEATURES}")
        kinds = {"source": "uint16", "indicator": "uint8", "exponent": "int16"}
        kinds |= {"centre": "int32", "multiplier": "uint16", "shift": "uint8"}
        for name, dtype in kinds.items():
            _check_array(name, getattr(self, name), (dtype,), (n,))
        _require(bool((self.indicator <= 1).all()), "indicator is neither 0 nor 1")
        _require(bool((np.abs(self.exponent.astype(np.int64)) <= 256).all()), "an exponent is beyond +-256")
        _require(bool((np.abs(self.centre.astype(np.int64)) <= 1 << 30).all()), "a centre is beyond +-2^30")
        largest = np.where(self.indicator == 1, (1 << (self.bits - 1)) - 1, 32767)
        _require(bool((self.multiplier <= largest).all()), "a multiplier is too large")
        _require(bool((self.shift <= 30 - self.bits).all()), f"a shift is above {30 - self.bits}")
        _freeze(self)


@dataclass(frozen=True, eq=False)
class Projection:
    """z = clamp(round((weights x + bias) / 2^shift)) with ties toward +infinity (SPEC section 4)."""

    bits: int  # 8 or 16: z saturates to this width
    weights: Array  # int8 (p, n)
    bias: Array  # int32 (p,)
    shift: int  # at most 30 - bits

    def __post_init__(self) -> None:
        _require(self.bits in (8, 16), f"the projection has {self.bits} bits, not 8 or 16")
        _require(self.weights.ndim == 2 and self.weights.size > 0, "the projection weights are not a matrix")
        _check_array("projection weights", self.weights, ("int8",), self.weights.shape)
        _check_array("projection bias", self.bias, ("int32",), self.weights.shape[:1])
        _require(self.weights.shape[0] <= MAX_FEATURES, f"more than {MAX_FEATURES} projected dimensions")
        _require(0 <= self.shift <= 30 - self.bits, f"the projection shift is not in 0..{30 - self.bits}")
        _freeze(self)


@dataclass(frozen=True, eq=False)
class Hashes:
    """Row hashes: t = (weights z) scale + (offset << offset_shift), then a column for each row (SPEC section 5)."""

    kind: HashKind
    cell_bits: int  # log2 of the cells of one hash: grid log2 G, srp 1, rehash 16
    column_bits: int  # log2 R
    weights: Array  # int8 (L, K, p)
    offsets: Array  # int32 (L, K)
    shifts: Array  # uint8 (L, K): a cell is 2^shift wide; zero for srp
    multipliers: Array  # uint32 (L, K) for rehash, else (0, 0)
    addends: Array  # uint32 (L,) for rehash, else (0,)
    offset_shift: int = 0  # offsets count in steps of 2^offset_shift
    layout: Layout = "dense"  # how weights are stored: all; those not 0 with their indices; indices of +1 and of -1
    scales: Array | None = None  # uint8 (L, K) of a grid, at least 1; None: all are 1

    def __post_init__(self) -> None:
        _require(self.weights.ndim == 3 and self.weights.size > 0, "the hash weights are not three-dimensional")
        rows, hashes, _ = self.weights.shape
        _require(self.kind in ("grid", "srp", "rehash"), f"unknown hash kind {self.kind!r}")
        _require(rows <= MAX_ROWS and hashes <= MAX_HASHES, f"{rows} rows of {hashes} hashes are too many")
        _check_array("hash weights", self.weights, ("int8",), self.weights.shape)
        _check_array("hash offsets", self.offsets, ("int32",), (rows, hashes))
        _check_array("hash shifts", self.shifts, ("uint8",), (rows, hashes))
        rehash = self.kind == "rehash"
        _check_array("multipliers", self.multipliers, ("uint32",), (rows, hashes) if rehash else (0, 0))
        _check_array("addends", self.addends, ("uint32",), (rows,) if rehash else (0,))
        _require(1 <= self.column_bits <= 16, f"{self.column_bits} column bits, not 1 to 16")
        if rehash:
            _require(self.cell_bits == CELL_BITS_OF_REHASH, "a rehashed cell has 16 bits")
        else:
            _require(self.column_bits == hashes * self.cell_bits, "columns are not the cells of all hashes")
        if self.kind == "srp":
            _require(self.cell_bits == 1, "a sign has one bit")
            _require(not self.shifts.any(), "signed random projection has no shift")
        _require(bool((self.shifts <= 30 - self.cell_bits).all()), f"a shift is above {30 - self.cell_bits}")
        _require(0 <= self.offset_shift <= 24, f"the offset shift is {self.offset_shift}, not 0 to 24")
        _require(self.layout in ("dense", "sparse", "ternary"), f"unknown layout {self.layout!r}")
        if self.layout == "ternary":
            _require(bool((np.abs(self.weights.astype(np.int16)) <= 1).all()), "a ternary weight is not -1, 0, +1")
        if self.scales is not None:
            _check_array("hash scales", self.scales, ("uint8",), (rows, hashes))
            _require(self.kind == "grid" and bool(self.scales.all()), "scales are of a grid, and not 0")
        _freeze(self)

    @property
    def scaled_weights(self) -> Array:
        """What a step of each z adds to each hash value, int64 (L, K, p)."""
        weights = self.weights.astype(np.int64)
        return weights if self.scales is None else weights * self.scales[:, :, None]


@dataclass(frozen=True, eq=False)
class Tail:
    """A linear term beside the rows: (weights z) << shifts is added to the scores (SPEC section 6)."""

    weights: Array  # int8 (C, p)
    shifts: Array  # uint8 (C,): at most 24; equal for all scores of a classifier
    layout: Layout = "dense"  # dense or sparse

    def __post_init__(self) -> None:
        _require(self.weights.ndim == 2 and self.weights.size > 0, "the tail weights are not a matrix")
        _check_array("tail weights", self.weights, ("int8",), self.weights.shape)
        _check_array("tail shifts", self.shifts, ("uint8",), self.weights.shape[:1])
        _require(bool((self.shifts <= 24).all()), "a tail shift is above 24")
        _require(self.layout in ("dense", "sparse"), f"unknown layout {self.layout!r} of the tail")
        _freeze(self)


@dataclass(frozen=True, eq=False)
class IntegerModel:
    """A complete model in integers. `scores` are int32; see docs/SPEC.md for every rule."""

    task: Task
    raw_type: RawType
    feature_names: tuple[str, ...]  # d
    categories: tuple[tuple[str, ...], ...]  # d; () where the feature is a number
    class_names: tuple[str, ...]  # () for regression
    front_end: FrontEnd | None  # None: x is the raw vector itself
    projection: Projection | None  # None: z is x
    hashes: Hashes
    counts: Array  # int8 or int16 (T, R, C), (T, R, 1) with factors: row l reads count array l mod T
    factors: Array | None  # int8 (L, C): row l adds factors[l][c] times what it reads; None: it adds what it reads
    tail: Tail | None  # None: no linear term
    probe: Literal["nearest", "linear"]  # linear: interpolate two neighbouring columns, scores in 1/256
    groups: int  # 1: sum of rows; g > 1: median of g group sums
    output_shifts: Array  # uint8 (C,): left shifts of the sum of rows; equal for all scores of a classifier
    bias: Array  # int32 (C,)
    bias_shift: int = 0  # the bias counts in steps of 2^bias_shift
    value_frac_bits: int = 0  # regression: a score is a value in units of 2^-value_frac_bits

    def __post_init__(self) -> None:
        _require(self.task in ("classify", "regress"), f"unknown task {self.task!r}")
        _require(self.raw_type in RAW_TYPES, f"unknown raw type {self.raw_type!r}")
        self._check_names()
        self._check_features()
        self._check_shapes()
        self._check_outputs()
        _freeze(self)

    def _check_names(self) -> None:
        try:
            "".join((*self.feature_names, *self.class_names, *(name for t in self.categories for name in t))).encode()
        except UnicodeEncodeError:
            raise ModelError("invalid integer model: a name holds half of a surrogate pair, which is no text") from None

    def _check_features(self) -> None:
        d = self.n_features
        _require(1 <= d <= MAX_FEATURES, f"{d} features, not 1 to {MAX_FEATURES}")
        _require(len(self.categories) == d, "categories do not match the features")
        if self.front_end is None:
            _require(self.raw_type != "float32", "float features need a front end")
            return
        _require(bool((self.front_end.source < d).all()), "an input reads a feature that does not exist")
        if self.raw_type != "float32":
            _require(not self.front_end.exponent.any(), "an integer feature has an exponent")

    def _check_shapes(self) -> None:
        inputs = self.n_inputs
        if self.projection is not None:
            _require(self.projection.weights.shape[1] == inputs, "the projection does not match the inputs")
            inputs = self.projection.weights.shape[0]
        rows, hashes, dimensions = self.hashes.weights.shape
        _require(dimensions == inputs, "the hash weights do not match what they read")
        _require(
            self.counts.ndim == 3 and 0 < self.counts.size <= MAX_COUNTS,
            "the counts are not arrays x columns x scores",
        )
        arrays = len(self.counts)
        _require(arrays <= rows, f"{arrays} count arrays are more than {rows} rows read")
        expected = (arrays, 1 << self.hashes.column_bits, self.n_scores if self.factors is None else 1)
        _check_array("counts", self.counts, ("int8", "int16"), expected)
        if self.factors is not None:
            _require(self.factors.ndim == 2 and self.factors.size > 0, "the factors are not a matrix")
            _check_array("factors", self.factors, ("int8",), (rows, self.n_scores))
        if self.tail is not None:
            _check_array("tail weights", self.tail.weights, ("int8",), (self.n_scores, inputs))
        _require(self.probe in ("nearest", "linear"), f"unknown probe {self.probe!r}")
        if self.probe == "linear":
            _require(self.hashes.kind == "grid" and hashes == 1, "a linear probe needs a grid of one hash a row")
        _require(
            1 <= self.groups <= rows and rows % self.groups == 0,
            f"{self.groups} groups do not divide {rows} rows",
        )
        _require(
            self.groups % 2 == 1 and self.groups <= MAX_GROUPS,
            f"{self.groups} groups: an odd number up to {MAX_GROUPS} is needed",
        )

    def _check_outputs(self) -> None:
        scores = self.n_scores
        _require(1 <= scores <= MAX_SCORES, f"{scores} scores, not 1 to {MAX_SCORES}")
        _check_array("bias", self.bias, ("int32",), (scores,))
        _check_array("output shifts", self.output_shifts, ("uint8",), (scores,))
        _require(bool((self.output_shifts <= 24).all()), "an output shift is above 24")
        _require(0 <= self.bias_shift <= 24, f"the bias shift is {self.bias_shift}, not 0 to 24")
        _require(abs(self.value_frac_bits) <= 1024, "the value scale is beyond 2^+-1024")
        if self.task == "classify":
            classes = len(self.class_names)
            _require(classes >= 2, "a classifier needs two classes")
            _require(scores == (1 if classes == 2 else classes), f"{scores} scores do not fit {classes} classes")
            shifts = (self.output_shifts, *(() if self.tail is None else (self.tail.shifts,)))
            _require(all((s == s[0]).all() for s in shifts), "the scores of a classifier have different shifts")
            _require(self.value_frac_bits == 0, "a classifier has no value scale")
        else:
            _require(not self.class_names, "a regressor has no classes")

    @property
    def n_features(self) -> int:
        """d, the length of a raw vector."""
        return len(self.feature_names)

    @property
    def n_inputs(self) -> int:
        """n, the length of the vector that scores reads."""
        return self.n_features if self.front_end is None else len(self.front_end.source)

    @property
    def n_scores(self) -> int:
        """C: one for two classes and for each regression output, else one a class."""
        return int((self.counts if self.factors is None else self.factors).shape[-1])

    @property
    def dimensions(self) -> int:
        """p, the length of the vector that the hashes read."""
        return int(self.hashes.weights.shape[2])

    @property
    def n_answers(self) -> int:
        """Integers a caller gets: the class index, or one value an output."""
        return 1 if self.task == "classify" else self.n_scores

    @property
    def rows(self) -> int:
        """L."""
        return int(self.hashes.weights.shape[0])

    @property
    def arrays(self) -> int:
        """T: count arrays, of which row l reads number l mod T."""
        return int(self.counts.shape[0])

    @property
    def columns(self) -> int:
        """R."""
        return 1 << self.hashes.column_bits

    @property
    def feature_dtype(self) -> np.dtype[Any]:
        """Type of x: the raw type without a front end, else int8 or int16."""
        return (
            RAW_TYPES[self.raw_type]
            if self.front_end is None
            else np.dtype("int8" if self.front_end.bits == 8 else "int16")
        )
