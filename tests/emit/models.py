"""Models whose emitted files are looked at: three small ones kept as goldens, and shapes that reach every template."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.hashing import draw
from rs2c.integer_model import FrontEnd, Hashes, IntegerModel, Projection
from rs2c.model_file import ModelFile, Section
from tests.support.random_models import Shape, random_model

Array = npt.NDArray[Any]


def spread(shape: tuple[int, ...], low: int, high: int, key: int) -> Array:
    """Whole numbers of [low, high] that look random and are the same with any version of NumPy."""
    index = np.arange(int(np.prod(shape)), dtype=np.uint64)
    words = draw(np.array([key], np.uint64), index) >> np.uint64(32)
    return (words % np.uint64(high - low + 1)).astype(np.int64).reshape(shape) + low


def _gesture() -> ModelFile:
    """Float front end with one category feature, grid cells of two hashes, three classes, a model card."""
    model = IntegerModel(
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
            multipliers=np.zeros((0, 0), np.uint32),
            addends=np.zeros(0, np.uint32),
        ),
        counts=spread((5, 16, 3), -128, 127, 3).astype(np.int8),
        probe="nearest",
        groups=1,
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
    model = IntegerModel(
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
        probe="nearest",
        groups=3,
        output_shifts=np.zeros(1, np.uint8),
        bias=np.array([-31], np.int32),
    )
    return ModelFile(model)


def _level() -> ModelFile:
    """Two values from int16 sensors through a projection and a linear probe."""
    model = IntegerModel(
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
            multipliers=np.zeros((0, 0), np.uint32),
            addends=np.zeros(0, np.uint32),
        ),
        counts=spread((6, 8, 2), -128, 127, 13).astype(np.int8),
        probe="linear",
        groups=1,
        output_shifts=np.array([2, 0], np.uint8),
        bias=np.array([48211, -902], np.int32),
        value_frac_bits=11,
    )
    return ModelFile(model)


GOLDENS = {"gesture": _gesture(), "knock": _knock(), "level": _level()}

# Together with the goldens these take every branch of the templates both ways; a test says so.
_SHAPES = {
    "far_windows": Shape(constants="extreme", outputs=7, rows_a_group=2),
    "wide_inputs": Shape(raw_type="int8", front_bits=16, indicators=1, count_bits=16, rows_a_group=2),
    "raw_signs": Shape(raw_type="uint16", front_bits=0, kind="srp", hashes=3, outputs=2),
    "one_sign": Shape(raw_type="int8", front_bits=0, kind="srp", hashes=1, outputs=3),
    "raw_lists": Shape(raw_type="int16", front_bits=0, ternary=True, features=17, hashes=2),
    "projected_lists": Shape(projected=9, z_bits=16, ternary=True, kind="rehash", groups=3),
    "rehash_clamped": Shape(kind="rehash", hashes=3, shifts="least", constants="extreme", task="regress", outputs=1),
    "probe_any": Shape(linear=True, shifts="any", outputs=2, rows_a_group=6),
    "probe_fine": Shape(linear=True, shifts="least", groups=5, rows_a_group=2, task="regress", outputs=3),
    # Long enough for a compiler to prefer memset and memcpy to a loop.
    "many": Shape(raw_type="uint16", front_bits=0, features=300, outputs=40, groups=5, rows_a_group=1, cell_bits=1),
    "many_values": Shape(task="regress", features=300, outputs=40, rows_a_group=2, cell_bits=1),
    "uniform": Shape(raw_type="uint8", constants="uniform", projected=4, shifts="least", task="regress", outputs=2),
    "uniform_probe": Shape(constants="uniform", linear=True, outputs=2),
    "uniform_rehash": Shape(constants="uniform", kind="rehash", hashes=2, raw_type="uint16"),
    "ties": Shape(constants="ties", raw_type="uint8", front_bits=0, features=1, ternary=True, rows_a_group=1),
}


def shapes() -> dict[str, ModelFile]:
    """Models of all shapes by name, the goldens among them."""
    empty_card = {"card": Section()}
    return {**GOLDENS, **{name: ModelFile(random_model(shape, 5), empty_card) for name, shape in _SHAPES.items()}}
