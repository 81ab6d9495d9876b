"""What every kind of block answers about itself. A model's scores are the sum of what its blocks give.

A kind is one module and one part of SPEC section 5: its rules (when it is made), its reference, its bounds, its cost,
and which of its stored columns vectors read. Its canonical bytes follow from its fields (`rs2c.model.canonical`).
`rs2c.model.kinds` lists the kinds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model.int32 import Bound
from rs2c.model.projection import ReadRange
from rs2c.model.storage import Share


class Block(ABC):
    """A frozen dataclass of integers that checks itself when it is made and reads z (m, p)."""

    kind: ClassVar[str]  # its name in files
    output_shifts: Array  # uint8 (C,), at most 24: left shifts of what it gives; equal for all scores of a classifier

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """p, the length of the vector that it reads."""

    @property
    @abstractmethod
    def n_scores(self) -> int:
        """C, the scores that it gives."""

    @property
    @abstractmethod
    def numbers_per_vector(self) -> int:
        """Numbers that the reference holds for one vector, about."""

    @abstractmethod
    def scores(self, z: Array) -> Array:
        """What it adds to each score, shifted, int64 (m, C), of z int64 (m, p). Asserts that accumulators fit."""

    @abstractmethod
    def bounds(self, read: ReadRange) -> Iterator[Bound]:
        """Its accumulators in the order of the computation."""

    @abstractmethod
    def largest(self, read: ReadRange) -> Array:
        """Largest magnitude of what it adds to each score, shifted, int64 (C,)."""

    @abstractmethod
    def cost(self) -> Iterator[Share]:
        """Its shares of the cost of a model."""

    @abstractmethod
    def reads(self) -> Array:
        """bool (p,): the z that it reads."""

    def columns_read(self, z: Array) -> Array:
        """bool (rows, columns): columns that at least one of the vectors z (m, p) reads; (0, 0) of a kind without."""
        return np.zeros((0, 0), bool)

    def reachable_columns(self, read: ReadRange) -> Array:
        """bool (rows, columns): an upper bound, from intervals, of the columns that some vector reads."""
        return np.zeros((0, 0), bool)
