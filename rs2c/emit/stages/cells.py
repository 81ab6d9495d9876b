"""Hash values to cells, and of a linear probe to the position at which a row is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rs2c.emit.stage import Helper, Size
from rs2c.emit.stages.hashes import AfterHash
from rs2c.emit.tables import Table, make_table
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel


@dataclass(frozen=True)
class CellStage(AfterHash):
    """<name>_cell(z, h): the cell of hash h."""

    def hash(self, h: str) -> str:
        """The value of hash `h`, a C expression."""
        return self.inner.call(h)

    def call(self, h: str) -> str:
        """The cell of hash `h`, a C expression."""
        return f"{self.site.name}_cell(z, {h}{self.argument})"

    def tables(self) -> list[Table]:
        """Widths of cells."""
        return [make_table("cell_shift", self.hashes.shifts, "a cell is 2^shift wide")]

    def pieces(self) -> Sequence[str]:
        """By the kind of hash."""
        return (f"{self.hashes.kind} cells",)


@dataclass(frozen=True)
class SignCell(CellStage):
    """The sign of a hash value."""

    template: ClassVar[str] = "sign_cell.c.j2"

    @staticmethod
    def matches(model: IntegerModel, block: HashedRows) -> bool:
        """Of signed random projection."""
        return block.hashes.kind == "srp"

    def tables(self) -> list[Table]:
        """None: a sign has no width."""
        return []


@dataclass(frozen=True)
class ClampedCell(CellStage):
    """A cell that some input may leave."""

    template: ClassVar[str] = "clamped_cell.c.j2"
    helpers: ClassVar[tuple[Helper, ...]] = ("min_max",)

    @staticmethod
    def matches(model: IntegerModel, block: HashedRows) -> bool:
        """Where some hash value may lie outside its cells."""
        return block.probe == "nearest" and block.hashes.kind != "srp" and leaves_the_cells(model, block)

    def sizes(self) -> list[Size]:
        """Cells of a hash."""
        return [Size("CELLS", f"{1 << self.hashes.cell_bits}UL", "of one hash")]


@dataclass(frozen=True)
class FreeCell(CellStage):
    """A cell that no input leaves."""

    template: ClassVar[str] = "free_cell.c.j2"

    @staticmethod
    def matches(model: IntegerModel, block: HashedRows) -> bool:
        """Any other of a nearest probe."""
        return block.probe == "nearest"


@dataclass(frozen=True)
class Position(CellStage):
    """<name>_position(z, row): where a linear probe reads, in 1/256 of a column."""

    template: ClassVar[str] = "position.c.j2"
    helpers: ClassVar[tuple[Helper, ...]] = ("min_max",)

    @staticmethod
    def matches(model: IntegerModel, block: HashedRows) -> bool:
        """Of a linear probe."""
        return block.probe == "linear"

    @property
    def shifts_below_8(self) -> bool:
        """Whether some cell is narrower than 256."""
        return bool((self.hashes.shifts < 8).any())

    @property
    def in_256ths(self) -> str:
        """t in 1/256 of a cell of 2^shift."""
        narrow = "t << (8u - shift)"
        return f"(shift >= 8u) ? (t >> (shift - 8u)) : ({narrow})" if (self.hashes.shifts >= 8).any() else narrow

    def pieces(self) -> Sequence[str]:
        """One."""
        return ("linear probe",)


def leaves_the_cells(model: IntegerModel, block: HashedRows) -> bool:
    """Whether some hash value may lie outside its cells, so that it has to be clamped."""
    low, high = block.hashes.range(model.read_range)
    beyond = high >> block.hashes.shifts >= 1 << block.hashes.cell_bits
    return bool(((low < 0) | beyond).any())
