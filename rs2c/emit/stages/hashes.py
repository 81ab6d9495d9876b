"""Hash values of the rows: dense, sparse and ternary dot products."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rs2c.emit.stage import Section, Size, Stage, steps, times
from rs2c.emit.stages.projection import dimensions_of
from rs2c.emit.stages.weights import all_weights, listed_weights
from rs2c.emit.tables import Table, make_table
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.hashes import Hashes


@dataclass(frozen=True)
class HashStage(Stage, ABC):
    """<name>_hash(z, h): the value t of hash h, counted over all rows."""

    block: HashedRows

    section: ClassVar[Section] = "hashes"
    parameter: ClassVar[str] = ""  # what its callers take beside z and the number of a hash or row
    argument: ClassVar[str] = ""  # and what they hand on
    terms: ClassVar[str] = ""  # how a comment calls the sum

    @property
    def hashes(self) -> Hashes:
        """The part that it serves."""
        return self.block.hashes

    @property
    def flat(self) -> np.ndarray[Any, Any]:
        """Weights (L K, p)."""
        return self.hashes.weights.reshape(-1, self.block.dimensions)

    def call(self, h: str) -> str:
        """The value of hash `h`, a C expression."""
        return f"{self.site.name}_hash(z, {h}{self.argument})"

    @property
    def _offset(self) -> str:
        return f"(int32_t){self.site.macro}_OFFSET(h){times(self.hashes.offset_shift)}"

    @property
    def initial(self) -> str:
        """What the sum starts from."""
        return self._offset if self.hashes.scales is None else "0"

    @property
    def result(self) -> str:
        """What is made of the sum."""
        return "t" if self.hashes.scales is None else f"t * (int32_t){self.site.macro}_SCALE(h) + {self._offset}"

    @property
    def product(self) -> str:
        """How the comment calls what is added to the offset."""
        return self.terms if self.hashes.scales is None else f"scale * {self.terms}"

    def tables(self) -> list[Table]:
        """Weights, offsets and scales."""
        made = self._weights()
        comment = f"added to each hash value{steps(self.hashes.offset_shift)}"
        made.append(make_table("offset", self.hashes.offsets, comment))
        if self.hashes.scales is not None:
            made.append(make_table("scale", self.hashes.scales, "what the sum of each hash is multiplied by"))
        return made

    def sizes(self) -> list[Size]:
        """L, T and K."""
        block = self.block
        made = [Size("ROWS", f"{block.rows}u")]
        if block.arrays < block.rows:
            comment = "count arrays: a row reads the next one, and after the last the first again"
            made.append(Size("ARRAYS", f"{block.arrays}u", comment))
        if block.hashes.per_row > 1:
            made.append(Size("HASHES", f"{block.hashes.per_row}u", "hashes of one row"))
        return made

    @abstractmethod
    def _weights(self) -> list[Table]: ...

    def pieces(self) -> Sequence[str]:
        """By the layout."""
        return (f"{self.hashes.layout} directions", *(() if self.hashes.scales is None else ("scales",)))

    def facts(self) -> Sequence[tuple[str, str]]:
        """What a row hashes with."""
        layout = "" if self.hashes.layout == "dense" else f", {self.hashes.layout} directions"
        return (("hashes", f"{self.hashes.kind}{layout}, K = {self.hashes.per_row} a row"),)


@dataclass(frozen=True)
class AfterHash(Stage):
    """What is made of hash values; `inner` is the stage that it calls."""

    inner: Any  # a HashStage, or another AfterHash

    section: ClassVar[Section] = "hashes"

    @property
    def hashes(self) -> Hashes:
        """The part that it serves."""
        return self.inner.hashes

    @property
    def parameter(self) -> str:
        """What the hash takes beside z and h."""
        return self.inner.parameter

    @property
    def argument(self) -> str:
        """And what is handed on."""
        return self.inner.argument


@dataclass(frozen=True)
class DenseHash(HashStage):
    """All weights."""

    template: ClassVar[str] = "dense_hash.c.j2"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """By the layout."""
        return block.hashes.layout == "dense"

    @property
    def product(self) -> str:
        """In brackets where it is multiplied."""
        return "direction . z" if self.hashes.scales is None else "scale * (direction . z)"

    def _weights(self) -> list[Table]:
        return all_weights(self.site, "direction", self.flat, "hash")

    def shared_sizes(self) -> list[Size]:
        """p."""
        return [dimensions_of(self)]


@dataclass(frozen=True)
class SparseHash(HashStage):
    """Weights that are not 0, one list after the other: the cursor `at` moves along them."""

    template: ClassVar[str] = "sparse_hash.c.j2"
    parameter: ClassVar[str] = ", uint32_t *at"
    argument: ClassVar[str] = ", at"
    terms: ClassVar[str] = "sum of weight * z"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """By the layout."""
        return block.hashes.layout == "sparse"

    def _weights(self) -> list[Table]:
        return listed_weights(self.site, "", self.flat, "hash")


@dataclass(frozen=True)
class TernaryHash(HashStage):
    """Inputs of +1 and inputs of -1."""

    template: ClassVar[str] = "ternary_hash.c.j2"
    terms: ClassVar[str] = "(sum of the z listed as +1 - sum of those listed as -1)"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """By the layout."""
        return block.hashes.layout == "ternary"

    def _weights(self) -> list[Table]:
        lists = [np.flatnonzero(direction == sign) for direction in self.flat for sign in (1, -1)]
        ends, entries = np.cumsum([len(entries) for entries in lists]), np.concatenate(lists)
        comment = "inputs of each hash: first those with +1, then those with -1"
        return [
            make_table("list", entries, comment, whole=True),
            make_table("list_end", ends, "end of the +1 and of the -1 list of each hash", keep=True),
        ]
