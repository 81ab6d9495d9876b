"""Models small enough to compute by hand: one feature, one row and one score unless a test asks for more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rs2c.model.front_end import FrontEnd
from rs2c.model.hashes import Hashes
from rs2c.model.integer_model import IntegerModel
from rs2c.model.linear_term import LinearTerm
from rs2c.model.projection import Projection
from tests.support.sketches import sketch_model


def front_end(bits: int = 8, **columns: Sequence[int]) -> FrontEnd:
    """Inputs in the order of the features, multiplier 1 and all else 0, unless given."""
    n = max((len(values) for values in columns.values()), default=1)
    given = {name: np.asarray(values) for name, values in columns.items()}
    default: dict[str, Any] = {name: np.zeros(n) for name in ("indicator", "exponent", "centre", "shift")}
    default |= {"source": np.arange(n), "multiplier": np.ones(n)}
    types = {"source": "u2", "indicator": "u1", "exponent": "i2", "centre": "i4", "multiplier": "u2", "shift": "u1"}
    return FrontEnd(bits, **{name: (default | given)[name].astype(kind) for name, kind in types.items()})


def projection(weights: Any, bias: Any = None, *, shift: int = 0, bits: int = 8) -> Projection:
    """A projection of weights (p, n); no bias unless given."""
    matrix = np.asarray(weights, np.int8)
    return Projection(bits, matrix, np.asarray([0] * len(matrix) if bias is None else bias, np.int32), shift)


def hashes(
    weights: Any,
    kind: Any = "grid",
    *,
    cell_bits: int = 1,
    column_bits: int | None = None,
    offsets: Any = 0,
    shifts: Any = 0,
    multipliers: Any = None,
    addends: Any = None,
    offset_shift: int = 0,
    layout: Any = "dense",
    scales: Any = None,
) -> Hashes:
    """Hashes of weights (L, K, p); offsets, shifts and scales are broadcast to (L, K)."""
    cube = np.asarray(weights, np.int8)
    size = cube.shape[:2]
    return Hashes(
        kind=kind,
        cell_bits=cell_bits,
        column_bits=size[1] * cell_bits if column_bits is None else column_bits,
        weights=cube,
        offsets=np.broadcast_to(np.asarray(offsets, np.int32), size),
        shifts=np.broadcast_to(np.asarray(shifts, np.uint8), size),
        multipliers=None if multipliers is None else np.asarray(multipliers, np.uint32),
        addends=None if addends is None else np.asarray(addends, np.uint32),
        offset_shift=offset_shift,
        layout=layout,
        scales=None if scales is None else np.broadcast_to(np.asarray(scales, np.uint8), size),
    )


def tail(weights: Any, shifts: Any = 0, layout: Any = "dense") -> LinearTerm:
    """A linear term of weights (C, p); shifts are broadcast to (C,)."""
    matrix = np.asarray(weights, np.int8)
    return LinearTerm(matrix, np.broadcast_to(np.asarray(shifts, np.uint8), matrix.shape[:1]), layout)


def model(**changes: Any) -> IntegerModel:
    """int8 x[0] read by one hash t = x[0] with two columns of count 0 and 1; any field may be given."""
    given = dict(changes)
    given.setdefault("hashes", hashes([[[1]]]))
    given.setdefault("counts", np.array([[[0], [1]]], np.int8))
    counts, factors = given["counts"], given.get("factors")
    front, scores = given.get("front_end"), (counts if factors is None else factors).shape[-1]
    features = given.pop("features", 1 if front is None else int(front.source.max()) + 1)
    default: dict[str, Any] = {
        "task": "regress",
        "raw_type": "int8",
        "feature_names": tuple(f"x{i}" for i in range(features)),
        "categories": ((),) * features,
        "class_names": (),
        "front_end": None,
        "projection": None,
        "bias": np.zeros(scores, np.int32),
    }
    return sketch_model(**default | given)
