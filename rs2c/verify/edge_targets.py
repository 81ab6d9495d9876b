"""Which hash values verification should meet: both sides of every edge of a cell, and every column that can be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model import reference
from rs2c.model.bounds import hash_range
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import Rng
from rs2c.verify.coverage import cell_tuples, hash_values_of, rehash

FAR = np.int64(1) << 40  # beyond any hash value: an open end of an interval
_EDGES_OF_A_HASH = 24
_MOST_TARGETS = 6000


@dataclass(frozen=True)
class Targets:
    """Intervals that hash values should fall into, one target a line."""

    row: Array  # int64 (m,)
    low: Array  # int64 (m, K)
    high: Array  # int64 (m, K)
    held: Array  # int64 (m,): an input that should not be 0, or -1

    def __getitem__(self, lines: Array) -> Targets:
        return Targets(self.row[lines], self.low[lines], self.high[lines], self.held[lines])

    def distance(self, t: Array) -> Array:
        """Sum over the hashes of how far t (m, K) is from its interval, int64 (m,)."""
        return (np.maximum(self.low - t, 0) + np.maximum(t - self.high, 0)).sum(axis=-1)


def edge_targets(model: IntegerModel, rng: Rng, pool: Array) -> Targets:
    """t at the first value of a cell that a hash can have, and at the last one of the cell before.

    Hash values of a scaled hash are a scale apart, of any other one. Each edge is sought once. A weight shows on an
    edge between two cells where its input is not 0, so that each weight is sought once more, at one such edge.
    """
    hashes = model.hashes.weights.shape[1]
    lowest, highest = hash_range(model)
    t = hash_values_of(model, pool)
    seen = t.min(axis=0), t.max(axis=0)
    found: list[tuple[int, int, int, int]] = []  # row, hash, edge, held input
    for row in range(model.rows):
        for k in range(hashes):
            edges, last = _edges(model, int(model.hashes.shifts[row, k]), int(seen[0][row, k]), int(seen[1][row, k]))
            edges = edges[(edges > lowest[row, k]) & (edges <= highest[row, k])]
            if len(edges) > _EDGES_OF_A_HASH:
                edges = rng.choice(edges, _EDGES_OF_A_HASH, replace=False)
            found += [(row, k, int(edge), -1) for edge in edges]
            between = edges[(edges > 0) & (edges < last)] if last else edges
            if len(between):
                found += [(row, k, int(edge), i) for i, edge in enumerate(rng.choice(between, model.n_inputs))]
    if 2 * len(found) > _MOST_TARGETS:
        found = [found[i] for i in rng.permutation(len(found))[: _MOST_TARGETS // 2]]
    row, k, edge, held = np.repeat(np.array(found, np.int64).reshape(-1, 4), 2, axis=0).T
    low, high = np.full((len(row), hashes), -FAR), np.full((len(row), hashes), FAR)
    apart = np.ones(len(row), np.int64) if model.hashes.scales is None else model.hashes.scales[row, k].astype(np.int64)
    low[np.arange(len(row)), k] = least = edge - apart * (np.arange(len(row)) % 2)
    high[np.arange(len(row)), k] = least + apart - 1
    return Targets(row, low, high, held)


def _edges(model: IntegerModel, shift: int, seen_low: int, seen_high: int) -> tuple[Array, int]:
    """First values of the cells near those that a hash was seen to have, and of the one past the last (srp: 0)."""
    if model.hashes.kind == "srp":
        return np.zeros(1, np.int64), 0
    cells = np.arange(max(0, seen_low >> shift), min((seen_high >> shift) + 1, 1 << model.hashes.cell_bits) + 1)
    return cells << shift, 1 << (model.hashes.cell_bits + shift)


def column_targets(model: IntegerModel, rng: Rng, pool: Array, missing: Array) -> Targets | None:
    """Intervals of the cells behind each missing column (of one tuple of cells, after rehash)."""
    rows, lows, highs = [], [], []
    bits, hashes = model.hashes.cell_bits, model.hashes.weights.shape[1]
    seen = reference.cells(model, hash_values_of(model, pool)) if model.hashes.kind == "rehash" else None
    for row in np.flatnonzero(missing.any(axis=1)).tolist():
        if seen is not None:
            tuples = cell_tuples(seen[:, row].min(axis=0), seen[:, row].max(axis=0))
            tuples = rng.permutation(np.unique(seen[:, row], axis=0)) if tuples is None else tuples
            _, first = np.unique(columns := rehash(model, row, tuples), return_index=True)
            cells = tuples[first[missing[row, columns[first]]]]
        else:
            column = np.flatnonzero(missing[row])
            cells = np.stack([(column >> (bits * (hashes - 1 - k))) & ((1 << bits) - 1) for k in range(hashes)], axis=1)
        low, high = _cell_interval(model, row, cells)
        rows.append(np.full(len(cells), row, np.int64))
        lows.append(low)
        highs.append(high)
    if not rows:
        return None
    row, low, high = (np.concatenate(parts)[:_MOST_TARGETS] for parts in (rows, lows, highs))
    return Targets(row, low, high, np.full(len(row), -1, np.int64))


def _cell_interval(model: IntegerModel, row: int, cells: Array) -> tuple[Array, Array]:
    """Least and greatest t of cells (m, K); end cells are open, for t is clamped."""
    if model.hashes.kind == "srp":
        return np.where(cells == 1, 0, -FAR), np.where(cells == 1, FAR, -1)
    shift = model.hashes.shifts[row].astype(np.int64)
    low = np.where(cells == 0, -FAR, cells << shift)
    if model.probe == "linear":  # node R - 1 is read from the cell before it
        low = np.minimum(low, (model.columns - 2) << shift)
    return low, np.where(cells == (1 << model.hashes.cell_bits) - 1, FAR, ((cells + 1) << shift) - 1)
