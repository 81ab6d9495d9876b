"""Cells to the column that a row reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rs2c.emit.stages.hashes import AfterHash
from rs2c.emit.tables import Table, make_table
from rs2c.model.hashed_rows import HashedRows


@dataclass(frozen=True)
class ColumnStage(AfterHash):
    """<name>_column(z, row): the column that a row reads."""

    @property
    def dropped_bits(self) -> int:
        """Of the 32 of a rehash."""
        return 32 - self.hashes.column_bits

    def cell(self, h: str) -> str:
        """The cell of hash `h`, a C expression."""
        return self.inner.call(h)

    def tables(self) -> list[Table]:
        """Constants of a rehash, if it is one."""
        if self.hashes.multipliers is None or self.hashes.addends is None:
            return []
        return [
            make_table("mix", self.hashes.multipliers, "rehash multipliers, uniform over 32 bits", whole=True),
            make_table("addend", self.hashes.addends, "rehash addends, uniform over 32 bits", whole=True),
        ]

    def pieces(self) -> Sequence[str]:
        """A loop over the hashes of a row, where there are several."""
        return ("hashes side by side",) if self.hashes.per_row > 1 else ()


@dataclass(frozen=True)
class ColumnOfOneCell(ColumnStage):
    """The cell itself."""

    template: ClassVar[str] = "column_of_one_cell.c.j2"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """One hash a row."""
        return block.hashes.kind != "rehash" and block.hashes.per_row == 1


@dataclass(frozen=True)
class ColumnOfCells(ColumnStage):
    """Cells side by side."""

    template: ClassVar[str] = "column_of_cells.c.j2"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """Several hashes a row."""
        return block.hashes.kind != "rehash" and block.hashes.per_row > 1

    @property
    def bits_each(self) -> str:
        """How wide a cell is, in words."""
        return f"{self.hashes.cell_bits} bit{'s' if self.hashes.cell_bits > 1 else ''}"


@dataclass(frozen=True)
class RehashedCell(ColumnStage):
    """The top bits of a product."""

    template: ClassVar[str] = "rehashed_cell.c.j2"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """One hash a row."""
        return block.hashes.kind == "rehash" and block.hashes.per_row == 1


@dataclass(frozen=True)
class RehashedCells(ColumnStage):
    """The top bits of a sum of products."""

    template: ClassVar[str] = "rehashed_cells.c.j2"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """Several hashes a row."""
        return block.hashes.kind == "rehash" and block.hashes.per_row > 1
