"""Golden vectors of the self-test: seeded random raw vectors with the scores of the reference."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from rs2c import reference
from rs2c.emit.tables import make_table
from rs2c.integer_model import Array, IntegerModel
from rs2c.vectors import corner_vectors, window_vectors

VECTORS = 16
_SEED = 2106


def golden_vectors(model: IntegerModel) -> Array:
    """(VECTORS, d) raw vectors, a quarter of them corners."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    corners = corner_vectors(model, rng, VECTORS // 4)
    return np.concatenate([corners, window_vectors(model, rng, VECTORS - len(corners))])


def golden_context(model: IntegerModel) -> SimpleNamespace:
    """Tables of the golden vectors, their scores and their classes."""
    raw = golden_vectors(model)
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
