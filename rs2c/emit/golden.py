"""Golden vectors of the self-test: seeded random raw vectors with the scores of the reference."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from rs2c import reference
from rs2c.emit.tables import make_table
from rs2c.integer_model import IntegerModel
from rs2c.vectors import corner_vectors, window_vectors

VECTORS = 16
_SEED = 2106


def golden_context(model: IntegerModel) -> SimpleNamespace:
    """Tables of VECTORS raw vectors (a quarter of them corners), their scores and their classes."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    corners = corner_vectors(model, rng, VECTORS // 4)
    raw = np.concatenate([corners, window_vectors(model, rng, VECTORS - len(corners))])
    scores = reference.scores(model, reference.quantize(model, raw))
    stored = raw.view("<u4") if model.raw_type == "float32" else raw
    tables = [
        make_table(
            "golden_raw", stored, "raw vectors" + (", as the bits of floats" if stored is not raw else ""), keep=True
        ),
        make_table("golden_scores", scores, "their scores", keep=True),
    ]
    if model.task == "classify":
        tables.append(make_table("golden_classes", reference.answers(model, scores), "their classes", keep=True))
    return SimpleNamespace(count=len(raw), tables=tables)
