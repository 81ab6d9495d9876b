"""What a row reads from its count array, and adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rs2c.emit.stage import Section, Size, Stage
from rs2c.emit.tables import Table, packed_table
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.storage import is_packed


@dataclass(frozen=True)
class ReadStage(Stage):
    """<name>_read: a count, or what lies on the line between two; for score c unless there are factors."""

    block: HashedRows

    section: ClassVar[Section] = "scores"
    place: ClassVar[str]  # what finds it: a column, or a position

    @property
    def shared(self) -> bool:
        """Whether rows share count arrays."""
        return self.block.arrays < self.block.rows

    @property
    def array(self) -> str:
        """The number of the count array that a row reads."""
        return "array" if self.shared else "row"

    @property
    def parameter(self) -> str:
        """The score, unless there are factors."""
        return ", uint32_t c" if self.block.factors is None else ""

    @property
    def next_count(self) -> str:
        """How far it is to the next column."""
        return f"{self.site.macro}_N_SCORES" if self.block.factors is None else "1u"

    def count_at(self, column: str) -> str:
        """Where the count of a column stands, a C expression."""
        at = f"{self.array} * {self.site.macro}_COLUMNS + {column}"
        return at if self.block.factors is not None else f"({at}) * {self.site.macro}_N_SCORES + c"

    @property
    def once(self) -> Sequence[str]:
        """What a row reads for all scores."""
        read = f"const int32_t value = {self.site.name}_read({self.array}, {self.place});"
        return () if self.block.factors is None else (read,)

    @property
    def each(self) -> str:
        """What it adds to score c, a C expression."""
        if self.block.factors is None:
            return f"{self.site.name}_read({self.array}, {self.place}, c)"
        return f"value * (int32_t){self.site.macro}_FACTOR(row * {self.site.macro}_N_SCORES + c)"

    def tables(self) -> list[Table]:
        """Counts and factors."""
        block, packs = self.block, self.site.packs
        shape = f"[{block.arrays}][{block.columns}]" + (f"[{block.n_scores}]" if block.factors is None else "")
        what = f"{'array' if self.shared else 'row'}, column{', score' if block.factors is None else ''}"
        width = block.counts.shape[2]
        per_line = width if width > 1 else block.columns
        comment = f"count arrays {shape}: {what}"
        made = [packed_table("count", block.counts, comment, per_line=per_line, packs=packs)]
        if block.factors is not None:
            comment = f"[{block.rows}][{block.n_scores}]: what a row reads counts this many times for each score"
            made.append(packed_table("factor", block.factors, comment, per_line=block.n_scores, packs=packs))
        return made

    def pieces(self) -> Sequence[str]:
        """By how arrays are shared and read."""
        shared = ("shared count arrays",) if self.shared else ()
        return (*shared, *(() if self.block.factors is None else ("factors",)))

    def facts(self) -> Sequence[tuple[str, str]]:
        """Sizes of the arrays."""
        block = self.block
        shared = f"T = {block.arrays} arrays shared by them, " if self.shared else ""
        bits = 4 if self.site.packs and is_packed(block.counts) else 8 * block.counts.dtype.itemsize
        text = f"L = {block.rows} rows, {shared}R = {block.columns} columns, {bits} bits, {block.probe} probe"
        factors = () if block.factors is None else (("factors", "one for each row and score"),)
        return (("count arrays", text), *factors)

    def sizes(self) -> list[Size]:
        """R."""
        return [Size("COLUMNS", f"{self.block.columns}u")]


@dataclass(frozen=True)
class NearestRead(ReadStage):
    """The count of a column."""

    template: ClassVar[str] = "nearest_read.c.j2"
    place: ClassVar[str] = "column"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """By the probe."""
        return block.probe == "nearest"


@dataclass(frozen=True)
class LinearRead(ReadStage):
    """256 times the count at a position between two columns."""

    template: ClassVar[str] = "linear_read.c.j2"
    place: ClassVar[str] = "position"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """By the probe."""
        return block.probe == "linear"
