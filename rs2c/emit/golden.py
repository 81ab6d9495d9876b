"""Golden vectors of the self-test: seeded random raw vectors with the scores of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from rs2c.base.arrays import Array
from rs2c.emit.tables import ALL_ON_AVR, LARGEST_ON_AVR, Table, avr_problem, make_table, stored_on_avr
from rs2c.model import reference
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import corner_vectors, window_vectors

VECTORS, _LEAST = 16, 4
_MOST_BYTES = 8192  # of all vectors: a quarter of the flash of an ATmega328P
_SEED = 2106


def golden_vectors(model: IntegerModel, count: int = VECTORS) -> Array:
    """(count, d) raw vectors, a quarter of them corners."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    corners = corner_vectors(model, rng, -(-count // 4))
    return np.concatenate([corners, window_vectors(model, rng, count - len(corners))])


def golden_context(model: IntegerModel, stored: Sequence[Table]) -> SimpleNamespace:
    """Tables of the golden vectors, their scores and their classes; `stored` are those of the model."""
    raw = golden_vectors(model, _count(model, stored))
    scores = reference.scores(model, reference.quantize(model, raw))
    if model.raw_type == "float32":
        inputs = make_table("golden_raw", raw.view("<u4"), "raw vectors, as the bits of floats", keep=True)
    else:
        inputs = make_table("golden_raw", raw, "raw vectors", keep=True, c_type=f"{model.raw_type}_t")
    tables = [inputs, make_table("golden_scores", scores, "their scores", keep=True)]
    if model.task == "classify":
        classes = reference.answers(model, scores)
        tables.append(make_table("golden_classes", classes, "their classes", keep=True, c_type="uint16_t"))
    return SimpleNamespace(count=len(raw), tables=tables)


def _count(model: IntegerModel, stored: Sequence[Table]) -> int:
    """VECTORS, or fewer, _LEAST if need be, where they would take more than _MOST_BYTES.

    Where an AVR can hold the tables of the model, no more than it can hold beside them.
    """
    inputs, answers = model.n_features * np.dtype(model.raw_type).itemsize, 4 * model.n_scores
    each = inputs + answers + 2
    count = max(_LEAST, min(VECTORS, _MOST_BYTES // each))
    if avr_problem(stored, "") is not None:
        return count
    left = ALL_ON_AVR - sum(stored_on_avr(stored).values())
    return max(1, min(count, LARGEST_ON_AVR // inputs, LARGEST_ON_AVR // answers, left // each))
