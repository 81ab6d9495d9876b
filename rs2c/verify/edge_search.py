"""Raw vectors that show a change by one: on the edges of each block's cells, and where scores tie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model import reference
from rs2c.model.block import Block
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import Rng, palettes
from rs2c.verify.moves import moved
from rs2c.verify.row_search import hashed_row_vectors

# How the edges of a kind of block are sought: (model, block, rng, pool, rounds) to the pool as it was widened, and what
# was found. A kind that is not here has no edges.
_SEARCHES: dict[type[Block], Callable[[IntegerModel, Any, Rng, Array, int], tuple[Array, Array]]] = {
    HashedRows: hashed_row_vectors,
}


def edge_and_column_vectors(model: IntegerModel, rng: Rng, pool: Array, rounds: int = 300) -> Array:
    """Raw vectors on both sides of cell edges, in columns that `pool` (m, d) does not reach, and where scores tie."""
    found = pool[:0]
    for block in model.blocks:
        if type(block) in _SEARCHES:
            pool, more = _SEARCHES[type(block)](model, block, rng, pool, rounds)
            found = np.concatenate([found, more])
    return np.concatenate([found, _ties(model, rng, np.concatenate([pool, found]))])


def _ties(model: IntegerModel, rng: Rng, pool: Array, count: int = 32, rounds: int = 100) -> Array:
    """Vectors on both sides of a decision: the two best scores equal or one apart, the one score 0 or 1."""
    if model.task != "classify" or not len(pool):
        return pool[:0]
    tables = palettes(model)
    state = np.concatenate([pool[np.argsort(np.abs(_margin(model, pool) - side))[:count]] for side in (0, 1)])
    side = np.repeat([0, 1], len(state) // 2)
    gap = np.abs(_margin(model, state) - side)
    for _ in range(rounds):
        trial = moved(tables, rng, state, leaps=0.8)
        new_gap = np.abs(_margin(model, trial) - side)
        state[new_gap <= gap] = trial[new_gap <= gap]
        gap = np.minimum(gap, new_gap)
    return state[gap == 0]


def _margin(model: IntegerModel, raw: Array) -> Array:
    """Best score less second best, or the one score, int64 (m,)."""
    score = reference.scores(model, reference.quantize(model, raw)).astype(np.int64)
    best = np.sort(score, axis=1)
    return score[:, 0] if model.n_scores == 1 else best[:, -1] - best[:, -2]
