"""Which hash values verification should meet: both sides of every edge of a cell, and every column that can be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.columns import digits_of_column
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.hashes import cell_tuples
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import Rng
from rs2c.verify.coverage import read_by_blocks

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


def edge_targets(model: IntegerModel, block: HashedRows, rng: Rng, pool: Array) -> Targets:
    """t at the first value of a cell that a hash can have, and at the last one of the cell before.

    Hash values of a scaled hash are a scale apart, of any other one. Each edge is sought once. A weight shows on an
    edge between two cells where its input is not 0, so that each weight is sought once more, at one such edge.
    """
    hashes = block.hashes.per_row
    lowest, highest = block.hashes.range(model.read_range)
    t = block.hashes.values(read_by_blocks(model, pool))
    seen = t.min(axis=0), t.max(axis=0)
    found: list[tuple[int, int, int, int]] = []  # row, hash, edge, held input
    for row in range(block.rows):
        for k in range(hashes):
            edges, last = _edges(block, int(block.hashes.shifts[row, k]), int(seen[0][row, k]), int(seen[1][row, k]))
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
    apart = np.ones(len(row), np.int64) if block.hashes.scales is None else block.hashes.scales[row, k].astype(np.int64)
    low[np.arange(len(row)), k] = least = edge - apart * (np.arange(len(row)) % 2)
    high[np.arange(len(row)), k] = least + apart - 1
    return Targets(row, low, high, held)


def _edges(block: HashedRows, shift: int, seen_low: int, seen_high: int) -> tuple[Array, int]:
    """First values of the cells near those that a hash was seen to have, and of the one past the last (srp: 0)."""
    if block.hashes.kind == "srp":
        return np.zeros(1, np.int64), 0
    cells = np.arange(max(0, seen_low >> shift), min((seen_high >> shift) + 1, 1 << block.hashes.cell_bits) + 1)
    return cells << shift, 1 << (block.hashes.cell_bits + shift)


def column_targets(model: IntegerModel, block: HashedRows, rng: Rng, pool: Array, missing: Array) -> Targets | None:
    """Intervals of the cells behind each missing column (of one tuple of cells, after rehash)."""
    rows, lows, highs = [], [], []
    rehash = block.hashes.kind == "rehash"
    seen = block.hashes.cells(block.hashes.values(read_by_blocks(model, pool))) if rehash else None
    for row in np.flatnonzero(missing.any(axis=1)).tolist():
        if seen is not None:
            tuples = cell_tuples(seen[:, row].min(axis=0), seen[:, row].max(axis=0))
            tuples = rng.permutation(np.unique(seen[:, row], axis=0)) if tuples is None else tuples
            _, first = np.unique(columns := block.hashes.columns_of_cells(tuples, row), return_index=True)
            cells = tuples[first[missing[row, columns[first]]]]
        else:
            cells = digits_of_column(np.flatnonzero(missing[row]), block.hashes.cell_bits, block.hashes.per_row)
        low, high = _cell_interval(block, row, cells)
        rows.append(np.full(len(cells), row, np.int64))
        lows.append(low)
        highs.append(high)
    if not rows:
        return None
    row, low, high = (np.concatenate(parts)[:_MOST_TARGETS] for parts in (rows, lows, highs))
    return Targets(row, low, high, np.full(len(row), -1, np.int64))


def _cell_interval(block: HashedRows, row: int, cells: Array) -> tuple[Array, Array]:
    """Least and greatest t of cells (m, K); end cells are open, for t is clamped."""
    if block.hashes.kind == "srp":
        return np.where(cells == 1, 0, -FAR), np.where(cells == 1, FAR, -1)
    shift = block.hashes.shifts[row].astype(np.int64)
    low = np.where(cells == 0, -FAR, cells << shift)
    if block.probe == "linear":  # node R - 1 is read from the cell before it
        low = np.minimum(low, (block.columns - 2) << shift)
    return low, np.where(cells == (1 << block.hashes.cell_bits) - 1, FAR, ((cells + 1) << shift) - 1)
