"""Five small models whose emitted files are kept as goldens."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.model.file import ModelFile, Section
from rs2c.model.front_end import FrontEnd
from rs2c.model.hashes import Hashes
from rs2c.model.linear_term import LinearTerm
from rs2c.model.projection import Projection
from rs2c.sketch.hash_generator import draw
from tests.support.sketches import sketch_model

Array = npt.NDArray[Any]


def spread(shape: tuple[int, ...], low: int, high: int, key: int) -> Array:
    """Whole numbers of [low, high] that look random and are the same with any version of NumPy."""
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    words = draw(np.array([key], np.uint64), index) >> np.uint64(32)
    return (words % np.uint64(high - low + 1)).astype(np.int64).reshape(shape) + low


def _gesture() -> ModelFile:
    """Float front end with one category feature, grid cells of two hashes, three classes, a model card."""
    model = sketch_model(
        task="classify",
        raw_type="float32",
        feature_names=("acceleration x", "temperature", "colour", "spare", "pressure"),
        categories=((), (), ("red", "green", "blue"), (), ()),
        class_names=("rest", "wave", "tap"),
        front_end=FrontEnd(
            bits=8,
            source=np.array([0, 1, 2, 2, 2, 4], np.uint16),
            indicator=np.array([0, 0, 1, 1, 1, 0], np.uint8),
            exponent=np.array([12, 9, 0, 0, 0, 4], np.int16),
            centre=np.array([-8, 11123, 0, 1, 2, 1621104], np.int32),
            multiplier=np.array([16653, 29017, 127, 127, 127, 20461], np.uint16),
            shift=np.array([21, 22, 0, 0, 0, 21], np.uint8),
        ),
        projection=None,
        hashes=Hashes(
            kind="grid",
            cell_bits=2,
            column_bits=4,
            weights=spread((5, 2, 6), -90, 90, 1).astype(np.int8),
            offsets=(16384 + spread((5, 2), -900, 900, 2)).astype(np.int32),
            shifts=np.full((5, 2), 13, np.uint8),
        ),
        counts=spread((5, 16, 3), -128, 127, 3).astype(np.int8),
        output_shifts=np.zeros(3, np.uint8),
        bias=np.array([12, -7, 0], np.int32),
    )
    card = {
        "facts": {"data": "gestures", "rows": 812},
        "stages": [
            {"stage": "teacher", "metric": "accuracy", "value": 0.9731},
            {"stage": "integer", "metric": "accuracy", "value": 0.9704},
        ],
    }
    return ModelFile(model, {"card": Section(card)})


def _knock() -> ModelFile:
    """Raw bytes without a front end, rehashed cells of two hashes, the median of three groups, two classes."""
    model = sketch_model(
        task="classify",
        raw_type="uint8",
        feature_names=tuple(f"band {i}" for i in range(6)),
        categories=((),) * 6,
        class_names=("quiet", "knock"),
        front_end=None,
        projection=None,
        hashes=Hashes(
            kind="rehash",
            cell_bits=16,
            column_bits=3,
            weights=spread((6, 2, 6), -127, 127, 4).astype(np.int8),
            offsets=((32768 << 13) + spread((6, 2), 0, 8191, 5)).astype(np.int32),
            shifts=np.full((6, 2), 13, np.uint8),
            multipliers=spread((6, 2), 0, (1 << 32) - 1, 6).astype(np.uint32),
            addends=spread((6,), 0, (1 << 32) - 1, 7).astype(np.uint32),
        ),
        counts=spread((6, 8, 1), -128, 127, 8).astype(np.int8),
        groups=3,
        output_shifts=np.zeros(1, np.uint8),
        bias=np.array([-31], np.int32),
    )
    return ModelFile(model)


def _level() -> ModelFile:
    """Two values from int16 sensors through a projection and a linear probe."""
    model = sketch_model(
        task="regress",
        raw_type="int16",
        feature_names=("pressure", "flow", "valve", "temperature"),
        categories=((),) * 4,
        class_names=(),
        front_end=FrontEnd(
            bits=8,
            source=np.arange(4, dtype=np.uint16),
            indicator=np.zeros(4, np.uint8),
            exponent=np.zeros(4, np.int16),
            centre=np.array([1022, -310, 49, 2113], np.int32),
            multiplier=np.array([27311, 21003, 32512, 25101], np.uint16),
            shift=np.array([18, 20, 15, 19], np.uint8),
        ),
        projection=Projection(
            bits=8,
            weights=spread((3, 4), -127, 127, 9).astype(np.int8),
            bias=np.array([311, -2040, 77], np.int32),
            shift=8,
        ),
        hashes=Hashes(
            kind="grid",
            cell_bits=3,
            column_bits=3,
            weights=spread((6, 1, 3), -127, 127, 10).astype(np.int8),
            offsets=(12288 + spread((6, 1), -700, 700, 11)).astype(np.int32),
            shifts=(11 + spread((6, 1), 0, 1, 12)).astype(np.uint8),
        ),
        counts=spread((6, 8, 2), -128, 127, 13).astype(np.int8),
        probe="linear",
        output_shifts=np.array([2, 0], np.uint8),
        bias=np.array([48211, -902], np.int32),
        value_frac_bits=11,
    )
    return ModelFile(model)


def thinned(weights: Array, kept: int, key: int) -> Array:
    """int8 weights (m, p) of which about `kept` in a hundred are not 0."""
    return np.where(spread(weights.shape, 0, 99, key) < kept, weights, 0).astype(np.int8)


def _motor() -> ModelFile:
    """A learned sketch: 12-bit inputs with long runs of equal constants, sparse directions, shared count arrays with
    factors, a dense tail, packed tables, and shifts of offsets, scores and bias."""
    model = sketch_model(
        task="classify",
        raw_type="float32",
        feature_names=tuple(f"harmonic {i}" for i in range(20)),
        categories=((),) * 20,
        class_names=("idle", "runs", "worn", "blocked"),
        front_end=FrontEnd(
            bits=12,
            source=np.arange(20, dtype=np.uint16),
            indicator=np.zeros(20, np.uint8),
            exponent=np.array([9, 9, 8, 8, 6] + [7] * 15, np.int16),
            centre=np.array([1530, -210, 77, 0, 312] + [0] * 15, np.int32),
            multiplier=np.ones(20, np.uint16),
            shift=np.zeros(20, np.uint8),
        ),
        projection=None,
        hashes=Hashes(
            kind="grid",
            cell_bits=4,
            column_bits=4,
            weights=thinned(spread((8, 20), -8, 7, 51), 25, 52)[:, None],
            offsets=(3800 + spread((8, 1), -700, 700, 53)).astype(np.int32),
            shifts=(11 + spread((8, 1), 0, 1, 54)).astype(np.uint8),
            offset_shift=2,
            layout="sparse",
            scales=spread((8, 1), 1, 4, 58).astype(np.uint8),
        ),
        counts=spread((3, 16, 1), -8, 7, 55).astype(np.int8),
        factors=spread((8, 4), -128, 127, 56).astype(np.int8),
        tail=LinearTerm(spread((4, 20), -8, 7, 57).astype(np.int8), np.full(4, 5, np.uint8)),
        probe="linear",
        output_shifts=np.full(4, 2, np.uint8),
        bias=np.array([1200, -715, 4, 0], np.int32),
        bias_shift=9,
    )
    return ModelFile(model)


def _meter() -> ModelFile:
    """Two values from raw bytes: packed dense directions and factors, shared count arrays and a sparse tail."""
    model = sketch_model(
        task="regress",
        raw_type="uint8",
        feature_names=tuple(f"line {i}" for i in range(9)),
        categories=((),) * 9,
        class_names=(),
        front_end=None,
        projection=None,
        hashes=Hashes(
            kind="grid",
            cell_bits=3,
            column_bits=3,
            weights=spread((5, 1, 9), -8, 7, 61).astype(np.int8),
            offsets=(4096 + spread((5, 1), -500, 500, 62)).astype(np.int32),
            shifts=np.full((5, 1), 10, np.uint8),
        ),
        counts=spread((3, 8, 1), -128, 127, 63).astype(np.int8),
        factors=spread((5, 2), -8, 7, 64).astype(np.int8),
        tail=LinearTerm(thinned(spread((2, 9), -128, 127, 65), 50, 66), np.array([0, 2], np.uint8), "sparse"),
        output_shifts=np.array([3, 1], np.uint8),
        bias=np.array([-90210, 377], np.int32),
        value_frac_bits=5,
    )
    return ModelFile(model)


GOLDENS = {"gesture": _gesture(), "knock": _knock(), "level": _level(), "motor": _motor(), "meter": _meter()}
