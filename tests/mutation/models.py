"""Four models of different shape whose every constant is changed. Inputs spread over all cells, so all are read."""

from __future__ import annotations

import numpy as np

from rs2c.model.file import ModelFile
from rs2c.model.front_end import FrontEnd
from rs2c.model.hashes import Hashes
from rs2c.model.integer_model import IntegerModel
from rs2c.model.linear_term import LinearTerm
from rs2c.model.projection import Projection
from tests.emit.models import spread, thinned
from tests.support.sketches import sketch_model


def _wrist() -> IntegerModel:
    """Float features of 16 bits, one of them far from zero, and a category; grid cells of two hashes; two classes."""
    return sketch_model(
        task="classify",
        raw_type="float32",
        feature_names=("turn", "colour", "temperature", "unused", "seconds", "half"),
        categories=((), ("red", "green"), (), (), (), ()),
        class_names=("still", "moved"),
        front_end=FrontEnd(
            bits=16,
            source=np.array([0, 1, 1, 2, 4, 5], np.uint16),
            indicator=np.array([0, 1, 1, 0, 0, 0], np.uint8),
            exponent=np.array([8, 0, 0, 9, 0, -2], np.int16),
            centre=np.array([0, 0, 1, 11123, (1 << 30) - 1001, -77], np.int32),
            multiplier=np.array([16384, 32767, 32767, 23011, 16384, 8192], np.uint16),
            shift=np.array([14, 0, 0, 14, 14, 14], np.uint8),
        ),
        projection=None,
        hashes=Hashes(
            kind="grid",
            cell_bits=2,
            column_bits=4,
            weights=spread((6, 2, 6), -127, 127, 29).astype(np.int8),
            offsets=(1000000 + spread((6, 2), -300000, 300000, 22)).astype(np.int32),
            shifts=(18 + spread((6, 2), 0, 1, 23)).astype(np.uint8),
        ),
        counts=spread((6, 16, 1), -128, 127, 24).astype(np.int8),
        output_shifts=np.zeros(1, np.uint8),
        bias=np.array([-31], np.int32),
    )


def _spectrum() -> IntegerModel:
    """Raw bytes, rehashed cells of two hashes, the median of three groups, three classes."""
    return sketch_model(
        task="classify",
        raw_type="uint8",
        feature_names=tuple(f"band {i}" for i in range(5)),
        categories=((),) * 5,
        class_names=("low", "middle", "high"),
        front_end=None,
        projection=None,
        hashes=Hashes(
            kind="rehash",
            cell_bits=16,
            column_bits=3,
            weights=spread((9, 2, 5), -127, 127, 31).astype(np.int8),
            offsets=((32768 << 13) + spread((9, 2), 0, 8191, 32)).astype(np.int32),
            shifts=np.full((9, 2), 13, np.uint8),
            multipliers=spread((9, 2), 0, (1 << 32) - 1, 33).astype(np.uint32),
            addends=spread((9,), 0, (1 << 32) - 1, 34).astype(np.uint32),
        ),
        counts=spread((9, 8, 3), -128, 127, 35).astype(np.int8),
        groups=3,
        output_shifts=np.zeros(3, np.uint8),
        bias=spread((3,), -20, 20, 36).astype(np.int32),
    )


def _tank() -> IntegerModel:
    """Two values from int16 sensors through a projection and a linear probe."""
    return sketch_model(
        task="regress",
        raw_type="int16",
        feature_names=("pressure", "flow", "valve", "temperature"),
        categories=((),) * 4,
        class_names=(),
        front_end=FrontEnd(
            bits=8,
            source=np.array([0, 1, 2, 3], np.uint16),
            indicator=np.zeros(4, np.uint8),
            exponent=np.zeros(4, np.int16),
            centre=np.array([1022, -310, 49, 2113], np.int32),
            multiplier=np.array([27311, 21003, 32512, 25101], np.uint16),
            shift=np.array([18, 20, 15, 19], np.uint8),
        ),
        projection=Projection(
            bits=8,
            weights=spread((3, 4), -127, 127, 41).astype(np.int8),
            bias=np.array([311, -2040, 77], np.int32),
            shift=8,
        ),
        hashes=Hashes(
            kind="grid",
            cell_bits=3,
            column_bits=3,
            weights=spread((6, 1, 3), -127, 127, 47).astype(np.int8),
            offsets=(1500 + spread((6, 1), -700, 700, 43)).astype(np.int32),
            shifts=(9 + spread((6, 1), 0, 1, 44)).astype(np.uint8),
        ),
        counts=spread((6, 8, 2), -128, 127, 45).astype(np.int8),
        probe="linear",
        output_shifts=np.array([2, 0], np.uint8),
        bias=np.array([48211, -902], np.int32),
        value_frac_bits=11,
    )


def _gait() -> IntegerModel:
    """A learned sketch: 12-bit inputs, sparse directions, count arrays shared through factors, a dense tail, tables of
    two entries to a byte and without the run at their end, and offsets, scores and bias in steps."""
    return sketch_model(
        task="classify",
        raw_type="int16",
        feature_names=tuple(f"joint {i}" for i in range(14)),
        categories=((),) * 14,
        class_names=("walk", "run", "limp"),
        front_end=FrontEnd(
            bits=12,
            source=np.arange(14, dtype=np.uint16),
            indicator=np.zeros(14, np.uint8),
            exponent=np.zeros(14, np.int16),
            centre=np.array([310, -1204, 77, 2113] + [0] * 10, np.int32),
            multiplier=np.array([7, 5, 6, 3] + [4] * 10, np.uint16),
            shift=np.array([5, 5, 6, 4] + [5] * 10, np.uint8),
        ),
        projection=None,
        hashes=Hashes(
            kind="grid",
            cell_bits=3,
            column_bits=3,
            weights=thinned(spread((8, 14), -8, 7, 51), 30, 52)[:, None],
            offsets=np.array([[4400], [3821], [4116], [3950]] + [[4009]] * 4, np.int32),
            shifts=(12 + spread((8, 1), 0, 1, 54)).astype(np.uint8),
            offset_shift=2,
            layout="sparse",
            scales=spread((8, 1), 1, 4, 58).astype(np.uint8),
        ),
        counts=spread((3, 8, 1), -8, 7, 55).astype(np.int8),
        factors=spread((8, 3), -128, 127, 56).astype(np.int8),
        tail=LinearTerm(spread((3, 14), -8, 7, 57).astype(np.int8), np.full(3, 5, np.uint8)),
        probe="linear",
        output_shifts=np.full(3, 2, np.uint8),
        bias=np.array([1200, -715, 4], np.int32),
        bias_shift=7,
    )


MODELS = {
    "wrist": ModelFile(_wrist()),
    "spectrum": ModelFile(_spectrum()),
    "tank": ModelFile(_tank()),
    "gait": ModelFile(_gait()),
}
