"""The hashes of rows: z to a column for each row (SPEC section 5.1). Their rules, reference, bound and cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.columns import column_of_digits, digits_of_column, mixed_column
from rs2c.model.int32 import INT32_LIMIT, Bound, fits
from rs2c.model.projection import ReadRange
from rs2c.model.rules import MAX_HASHES, MAX_ROWS, Layout, check_array, freeze, require
from rs2c.model.storage import Share, stored_bytes, weights_cost

HashKind = Literal["grid", "srp", "rehash"]

CELL_BITS_OF_REHASH = 16
_TUPLES = 1 << 12  # of rehashed cells that are listed for one row


@dataclass(frozen=True, eq=False)
class Hashes:
    """Row hashes: t = (weights z) scale + (offset << offset_shift), then a column for each row (SPEC section 5.1)."""

    kind: HashKind
    cell_bits: int  # log2 of the cells of one hash: grid log2 G, srp 1, rehash 16
    column_bits: int  # log2 R
    weights: Array  # int8 (L, K, p)
    offsets: Array  # int32 (L, K)
    shifts: Array  # uint8 (L, K): a cell is 2^shift wide; zero for srp
    multipliers: Array | None = None  # uint32 (L, K), of rehash alone
    addends: Array | None = None  # uint32 (L,), of rehash alone
    offset_shift: int = 0  # offsets count in steps of 2^offset_shift
    layout: Layout = "dense"  # how weights are stored: all; those not 0 with their indices; indices of +1 and of -1
    scales: Array | None = None  # uint8 (L, K) of a grid, at least 1; None: all are 1

    def __post_init__(self) -> None:
        require(self.weights.ndim == 3 and self.weights.size > 0, "the hash weights are not three-dimensional")
        size = rows, hashes = self.weights.shape[:2]
        require(self.kind in ("grid", "srp", "rehash"), f"unknown hash kind {self.kind!r}")
        require(rows <= MAX_ROWS and hashes <= MAX_HASHES, f"{rows} rows of {hashes} hashes are too many")
        check_array("hash weights", self.weights, ("int8",), self.weights.shape)
        check_array("hash offsets", self.offsets, ("int32",), size)
        check_array("hash shifts", self.shifts, ("uint8",), size)
        require(1 <= self.column_bits <= 16, f"{self.column_bits} column bits, not 1 to 16")
        if self.kind == "rehash":
            require(self.multipliers is not None and self.addends is not None, "a rehash has no multipliers or addends")
            check_array("multipliers", self.multipliers, ("uint32",), size)  # type: ignore[arg-type]
            check_array("addends", self.addends, ("uint32",), (rows,))  # type: ignore[arg-type]
            require(self.cell_bits == CELL_BITS_OF_REHASH, "a rehashed cell has 16 bits")
        else:
            require(self.multipliers is None and self.addends is None, "multipliers and addends are of a rehash alone")
            require(self.column_bits == hashes * self.cell_bits, "columns are not the cells of all hashes")
        if self.kind == "srp":
            require(self.cell_bits == 1, "a sign has one bit")
            require(not self.shifts.any(), "signed random projection has no shift")
        require(bool((self.shifts <= 30 - self.cell_bits).all()), f"a shift is above {30 - self.cell_bits}")
        require(0 <= self.offset_shift <= 24, f"the offset shift is {self.offset_shift}, not 0 to 24")
        require(self.layout in get_args(Layout), f"unknown layout {self.layout!r}")
        if self.layout == "ternary":
            require(bool((np.abs(self.weights.astype(np.int16)) <= 1).all()), "a ternary weight is not -1, 0, +1")
        if self.scales is not None:
            check_array("hash scales", self.scales, ("uint8",), size)
            require(self.kind == "grid" and bool(self.scales.all()), "scales are of a grid, and not 0")
        freeze(self)

    @property
    def per_row(self) -> int:
        """K."""
        return int(self.weights.shape[1])

    @property
    def columns(self) -> int:
        """R."""
        return 1 << self.column_bits

    @property
    def scaled_weights(self) -> Array:
        """What a step of each z adds to each hash value, int64 (L, K, p)."""
        weights = self.weights.astype(np.int64)
        return weights if self.scales is None else weights * self.scales[:, :, None]

    @property
    def shifted_offsets(self) -> Array:
        """What is added to each hash value, int64 (L, K)."""
        return self.offsets.astype(np.int64) << self.offset_shift

    def values(self, z: Array) -> Array:
        """t = (w . z) scale + (offset << offset_shift), int64 (m, L, K), of z (m, p)."""
        rows, hashes, dimensions = self.weights.shape
        weights = self.weights.astype(np.int64).reshape(rows * hashes, dimensions)
        t = fits(z @ weights.T).reshape(len(z), rows, hashes)
        if self.scales is not None:
            t = fits(t * self.scales)
        return fits(t + self.shifted_offsets)

    def cells(self, t: Array) -> Array:
        """Cell of each hash, int64 (m, L, K); for srp the sign bit (a tie is 1)."""
        if self.kind == "srp":
            return (t >= 0).astype(np.int64)
        shifts = self.shifts.astype(np.int64)
        return np.clip(t, 0, (np.int64(1) << (self.cell_bits + shifts)) - 1) >> shifts

    def columns_of_cells(self, cells: Array, row: int | None = None) -> Array:
        """Column that each row reads, int64 (m, L), of cells (m, L, K); of one `row` alone, (m,) of cells (m, K)."""
        if self.multipliers is None or self.addends is None:
            return column_of_digits(cells, self.cell_bits)
        at = slice(None) if row is None else row
        return mixed_column(cells, self.multipliers[at], np.asarray(self.addends[at]), self.column_bits)

    def range(self, read: ReadRange) -> tuple[Array, Array]:
        """Least and greatest hash value t, int64 (L, K) each."""
        low, high = read.interval(self.scaled_weights)
        return low + self.shifted_offsets, high + self.shifted_offsets

    def bound(self, read: ReadRange) -> Bound:
        """Hash values."""
        largest = np.abs(self.scaled_weights) @ read.largest + np.abs(self.shifted_offsets)
        return Bound("hash value", int(largest.max()), INT32_LIMIT)

    def cost(self) -> Iterator[Share]:
        """Directions, what each row adds to them, and the constants of a rehash."""
        yield Share("directions", *weights_cost(self.weights, self.layout))
        size = stored_bytes(self.offsets) + (self.offset_shift > 0)
        size += 0 if self.kind == "srp" else stored_bytes(self.shifts)
        if self.scales is None:
            yield Share("rows", size, None)
        else:
            yield Share("rows", size + stored_bytes(self.scales), self.scales.size)
        if self.multipliers is not None and self.addends is not None:
            yield Share("rehash", 4 * (self.multipliers.size + self.addends.size), self.multipliers.size)

    def reachable_columns(self, low: Array, high: Array) -> Array:
        """bool (L, R): columns of which each cell lies between `low` and `high` (L, K)."""
        can = np.zeros((len(low), self.columns), bool)
        if self.kind == "rehash":
            for row in range(len(low)):
                tuples = cell_tuples(low[row], high[row])
                can[row] = tuples is None
                if tuples is not None:
                    can[row, self.columns_of_cells(tuples, row)] = True
            return can
        cells = digits_of_column(np.arange(self.columns), self.cell_bits, self.per_row)
        return np.asarray(((cells >= low[:, None]) & (cells <= high[:, None])).all(axis=2))


def cell_tuples(low: Array, high: Array) -> Array | None:
    """All tuples of cells (m, K) between `low` and `high` (K,), or None where they are too many to list."""
    sizes = high - low + 1
    if np.prod(sizes.astype(np.float64)) > _TUPLES:
        return None
    grids = np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)), indexing="ij")
    return np.stack([grid.ravel() for grid in grids], axis=1)
