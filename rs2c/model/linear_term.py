"""The block `LinearTerm`: weights . z for each score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model.block import Block
from rs2c.model.int32 import INT32_LIMIT, Bound, fits
from rs2c.model.projection import ReadRange
from rs2c.model.rules import MAX_OUTPUT_SHIFT, Layout, check_array, freeze, require
from rs2c.model.storage import Share, stored_bytes, weights_cost


@dataclass(frozen=True, eq=False)
class LinearTerm(Block):
    """(weights z) << output_shifts (SPEC section 5.2). Beside hashed rows it is called their tail."""

    kind: ClassVar[str] = "linear_term"

    weights: Array  # int8 (C, p)
    output_shifts: Array  # uint8 (C,)
    layout: Layout = "dense"  # dense or sparse

    def __post_init__(self) -> None:
        require(self.weights.ndim == 2 and self.weights.size > 0, "the tail weights are not a matrix")
        check_array("tail weights", self.weights, ("int8",), self.weights.shape)
        check_array("tail shifts", self.output_shifts, ("uint8",), self.weights.shape[:1])
        require(bool((self.output_shifts <= MAX_OUTPUT_SHIFT).all()), f"a tail shift is above {MAX_OUTPUT_SHIFT}")
        require(self.layout in ("dense", "sparse"), f"unknown layout {self.layout!r} of the tail")
        freeze(self)

    @property
    def dimensions(self) -> int:
        """p."""
        return int(self.weights.shape[1])

    @property
    def n_scores(self) -> int:
        """C."""
        return int(self.weights.shape[0])

    @property
    def numbers_per_vector(self) -> int:
        """The scores."""
        return self.n_scores

    def scores(self, z: Array) -> Array:
        """(weights . z) << output_shifts, int64 (m, C)."""
        return fits(z @ self.weights.T.astype(np.int64)) << self.output_shifts.astype(np.int64)

    def bounds(self, read: ReadRange) -> Iterator[Bound]:
        """The sum of products."""
        yield Bound("tail", int(self._line(read).max()), INT32_LIMIT)

    def largest(self, read: ReadRange) -> Array:
        """int64 (C,)."""
        return self._line(read) << self.output_shifts.astype(np.int64)

    def _line(self, read: ReadRange) -> Array:
        return np.abs(self.weights.astype(np.int64)) @ read.largest

    def cost(self) -> Iterator[Share]:
        """The weights as their layout says, the shifts, and the addition to each score."""
        size, work = weights_cost(self.weights, self.layout)
        yield Share("tail", size + stored_bytes(self.output_shifts), work + self.n_scores)

    def reads(self) -> Array:
        """bool (p,)."""
        return (self.weights != 0).any(axis=0)
