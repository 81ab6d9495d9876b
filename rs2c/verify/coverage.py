"""Which columns a set of vectors reads, and which columns any vector could read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model import reference
from rs2c.model.bounds import hash_range
from rs2c.model.integer_model import IntegerModel

_TUPLES = 1 << 12  # of rehashed cells enumerated for one row


@dataclass(frozen=True)
class Coverage:
    """Columns over all rows. `reachable` is an upper bound from intervals; `reached` counts those seen."""

    reached: int
    reachable: int

    @property
    def share(self) -> float:
        """bins_covered: 1 where every column that can be read was read."""
        return self.reached / self.reachable if self.reachable else 1.0


def coverage(model: IntegerModel, raw: Array) -> Coverage:
    """Coverage of a model's columns by raw vectors (m, d)."""
    can = reachable_columns(model)
    return Coverage(int((reached_columns(model, raw) & can).sum()), int(can.sum()))


def reached_columns(model: IntegerModel, raw: Array) -> Array:
    """bool (L, R): columns that at least one of the vectors reads; a linear probe reads two."""
    seen = np.zeros((model.rows, model.columns), bool)
    step = max(1, (1 << 22) // model.hashes.offsets.size)
    for start in range(0, len(raw), step):
        t = hash_values_of(model, raw[start : start + step])
        if model.probe == "linear":
            shift = model.hashes.shifts[:, 0].astype(np.int64)
            column = np.clip(t[:, :, 0], 0, ((model.columns - 1) << shift) - 1) >> shift
            _mark(seen, column)
            _mark(seen, column + 1)
        else:
            _mark(seen, reference.columns(model, t))
    return seen


def hash_values_of(model: IntegerModel, raw: Array) -> Array:
    """Hash values t (m, L, K) of raw vectors."""
    return reference.hash_values(model, reference.project(model, reference.quantize(model, raw)))


def _mark(seen: Array, column: Array) -> None:
    seen[np.broadcast_to(np.arange(len(seen)), column.shape), column] = True


def reachable_columns(model: IntegerModel) -> Array:
    """bool (L, R): columns that some hash value inside the interval of the row selects."""
    low, high = (reference.cells(model, end) for end in hash_range(model))
    can = np.zeros((model.rows, model.columns), bool)
    if model.hashes.kind == "rehash":
        for row in range(model.rows):
            tuples = cell_tuples(low[row], high[row])
            can[row] = tuples is None
            if tuples is not None:
                can[row, rehash(model, row, tuples)] = True
        return can
    if model.probe == "linear":  # a read takes a column and the next one, R - 2 and R - 1 where t is past the last
        low, high = np.minimum(low, model.columns - 2), high + 1
    bits, hashes = model.hashes.cell_bits, low.shape[1]
    column = np.arange(model.columns)
    can[:] = True
    for k in range(hashes):
        cell = (column >> (bits * (hashes - 1 - k))) & ((1 << bits) - 1)
        can &= (cell >= low[:, k, None]) & (cell <= high[:, k, None])
    return can


def cell_tuples(low: Array, high: Array) -> Array | None:
    """All tuples of cells (m, K) between `low` and `high` (K,), or None where they are too many to list."""
    sizes = high - low + 1
    if np.prod(sizes.astype(np.float64)) > _TUPLES:
        return None
    grids = np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)), indexing="ij")
    return np.stack([grid.ravel() for grid in grids], axis=1)


def rehash(model: IntegerModel, row: int, tuples: Array) -> Array:
    """Columns (m,) that tuples of cells (m, K) select in one row."""
    mixed = int(model.hashes.addends[row]) + (tuples * model.hashes.multipliers[row].astype(np.int64)).sum(axis=1)
    return (mixed & 0xFFFFFFFF) >> (32 - model.hashes.column_bits)
