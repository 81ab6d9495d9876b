"""The block `HashedRows`: each row hashes z to a column of a count array and adds what it reads there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.choices import Probe
from rs2c.model.block import Block
from rs2c.model.hashes import Hashes
from rs2c.model.int32 import INT32_LIMIT, Bound, fits
from rs2c.model.projection import ReadRange
from rs2c.model.rules import MAX_COUNTS, MAX_GROUPS, MAX_OUTPUT_SHIFT, check_array, freeze, require
from rs2c.model.storage import Share, packed_bytes, stored_bytes

FRACTION_BITS = 8  # of a linear probe


@dataclass(frozen=True, eq=False)
class HashedRows(Block):
    """The sum of what all rows read, or the median of the sums of groups of rows (SPEC section 5.1)."""

    kind: ClassVar[str] = "hashed_rows"

    hashes: Hashes
    counts: Array  # int8 or int16 (T, R, C), (T, R, 1) with factors: row l reads count array l mod T
    output_shifts: Array  # uint8 (C,)
    factors: Array | None = None  # int8 (L, C): row l adds factors[l][c] times what it reads; None: what it reads
    probe: Probe = "nearest"  # linear: interpolate two neighbouring columns, scores in 1/256
    groups: int = 1  # 1: sum of rows; g > 1: median of g group sums

    def __post_init__(self) -> None:
        rows = self.rows
        require(
            self.counts.ndim == 3 and 0 < self.counts.size <= MAX_COUNTS,
            "the counts are not arrays x columns x scores",
        )
        arrays = len(self.counts)
        require(arrays <= rows, f"{arrays} count arrays are more than {rows} rows read")
        if self.factors is not None:
            require(self.factors.ndim == 2 and self.factors.size > 0, "the factors are not a matrix")
            check_array("factors", self.factors, ("int8",), (rows, self.n_scores))
        width = self.n_scores if self.factors is None else 1
        check_array("counts", self.counts, ("int8", "int16"), (arrays, self.columns, width))
        require(self.probe in ("nearest", "linear"), f"unknown probe {self.probe!r}")
        if self.probe == "linear":
            fitting = self.hashes.kind == "grid" and self.hashes.per_row == 1
            require(fitting, "a linear probe needs a grid of one hash a row")
        require(1 <= self.groups <= rows and rows % self.groups == 0, f"{self.groups} groups do not divide {rows} rows")
        require(
            self.groups % 2 == 1 and self.groups <= MAX_GROUPS,
            f"{self.groups} groups: an odd number up to {MAX_GROUPS} is needed",
        )
        check_array("output shifts", self.output_shifts, ("uint8",), (self.n_scores,))
        require(bool((self.output_shifts <= MAX_OUTPUT_SHIFT).all()), f"an output shift is above {MAX_OUTPUT_SHIFT}")
        freeze(self)

    @property
    def rows(self) -> int:
        """L."""
        return int(self.hashes.weights.shape[0])

    @property
    def columns(self) -> int:
        """R."""
        return self.hashes.columns

    @property
    def arrays(self) -> int:
        """T: count arrays, of which row l reads number l mod T."""
        return int(self.counts.shape[0])

    @property
    def dimensions(self) -> int:
        """p."""
        return int(self.hashes.weights.shape[2])

    @property
    def n_scores(self) -> int:
        """C."""
        return int((self.counts if self.factors is None else self.factors).shape[-1])

    @property
    def numbers_per_vector(self) -> int:
        """What all rows add, or their hash values."""
        return self.rows * max(self.n_scores, self.hashes.per_row)

    def scores(self, z: Array) -> Array:
        """Sum of all rows, or the median of the sums of groups, shifted, int64 (m, C)."""
        reads = self.row_reads(self.hashes.values(z))
        by_group = reads.reshape(len(z), self.groups, self.rows // self.groups, self.n_scores).sum(axis=2)
        return np.sort(fits(by_group), axis=1)[:, self.groups // 2] << self.output_shifts.astype(np.int64)

    def row_reads(self, t: Array) -> Array:
        """What each row adds, int64 (m, L, C): what it reads, times the factor of the score where there are factors."""
        reads = self._counts_read(t)
        return reads if self.factors is None else fits(reads * self.factors.astype(np.int64))

    def _counts_read(self, t: Array) -> Array:
        """A count, or 256 times the interpolated count, int64 (m, L, C or 1). Row l reads count array l mod T."""
        counts = self.counts.astype(np.int64)
        row = np.arange(self.rows) % len(counts)
        if self.probe == "nearest":
            return counts[row, self._columns(t)]
        column, low = self._node(t)
        shift = self.hashes.shifts[:, 0].astype(np.int64)
        fraction = np.where(
            shift >= FRACTION_BITS,
            low >> np.maximum(shift - FRACTION_BITS, 0),
            low << np.maximum(FRACTION_BITS - shift, 0),
        )
        left, right = counts[row, column], counts[row, column + 1]
        return (left << FRACTION_BITS) + (right - left) * fraction[:, :, None]

    def _columns(self, t: Array) -> Array:
        """Column that each row reads, int64 (m, L), of hash values t (m, L, K)."""
        return self.hashes.columns_of_cells(self.hashes.cells(t))

    def _node(self, t: Array) -> tuple[Array, Array]:
        """Of a linear probe: the column to the left of each row's t (m, L, 1), and how far t is past it, int64 (m, L).

        The last column is read from the one before it.
        """
        shift = self.hashes.shifts[:, 0].astype(np.int64)
        t = np.clip(t[:, :, 0], 0, ((self.columns - 1) << shift) - 1)
        column = t >> shift
        return column, t - (column << shift)

    def bounds(self, read: ReadRange) -> Iterator[Bound]:
        """Hash values, and the sum of counts."""
        yield self.hashes.bound(read)
        yield Bound("sum of counts", int(self._largest_sum().max()), INT32_LIMIT)

    def largest(self, read: ReadRange) -> Array:
        """int64 (C,), whatever z is."""
        return self._largest_sum() << self.output_shifts.astype(np.int64)

    def _largest_sum(self) -> Array:
        counts = self.counts.astype(np.int64)
        if self.probe == "nearest":
            largest = np.abs(counts).max(axis=1)
        else:
            step = np.abs(np.diff(counts, axis=1)) * ((1 << FRACTION_BITS) - 1)
            largest = ((np.abs(counts[:, :-1]) << FRACTION_BITS) + step).max(axis=1)
        array = np.arange(self.rows) % self.arrays
        if self.factors is None:  # not row by row: there may be many rows and scores behind few counts
            return np.bincount(array) @ largest
        return (largest[array] * np.abs(self.factors.astype(np.int64))).sum(axis=0)

    def cost(self) -> Iterator[Share]:
        """Hashes, counts, factors, and the shifts of the output where there are any."""
        yield from self.hashes.cost()
        look_ups = self.rows * self.counts.shape[2]
        yield Share("counts", packed_bytes(self.counts), look_ups if self.probe == "nearest" else 2 * look_ups)
        if self.factors is not None:
            yield Share("factors", packed_bytes(self.factors), self.factors.size)
        if self.output_shifts.any():
            yield Share("output", stored_bytes(self.output_shifts), None)

    def reads(self) -> Array:
        """bool (p,)."""
        return (self.hashes.weights != 0).any(axis=(0, 1))

    def columns_read(self, z: Array) -> Array:
        """bool (L, R): columns that at least one of the vectors reads; a linear probe reads two."""
        seen = np.zeros((self.rows, self.columns), bool)
        step = max(1, (1 << 22) // self.hashes.offsets.size)
        for start in range(0, len(z), step):
            t = self.hashes.values(z[start : start + step])
            if self.probe == "linear":
                column, _ = self._node(t)
                _mark(seen, column)
                _mark(seen, column + 1)
            else:
                _mark(seen, self._columns(t))
        return seen

    def reachable_columns(self, read: ReadRange) -> Array:
        """bool (L, R): columns that some hash value inside the interval of the row selects."""
        low, high = (self.hashes.cells(end) for end in self.hashes.range(read))
        if self.probe == "linear":  # a read takes a column and the next one, R - 2 and R - 1 where t is past the last
            low, high = np.minimum(low, self.columns - 2), high + 1
        return self.hashes.reachable_columns(low, high)


def _mark(seen: Array, column: Array) -> None:
    seen[np.broadcast_to(np.arange(len(seen)), column.shape), column] = True
