"""The sum of what rows add to each score, or the median of the sums of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rs2c.emit.stage import Helper, Section, Size, Stage
from rs2c.emit.stages.hashes import AfterHash
from rs2c.emit.stages.reads import ReadStage
from rs2c.emit.tables import Table, make_table
from rs2c.model.hashed_rows import HashedRows


@dataclass(frozen=True)
class SumStage(Stage):
    """The loop over the rows: finds a place by `inner`, reads it by `read`."""

    block: HashedRows
    inner: AfterHash  # a column, or the position of a linear probe
    read: ReadStage

    section: ClassVar[Section] = "scores"

    @property
    def place(self) -> str:
        """What a row is read at."""
        return self.read.place

    @property
    def find(self) -> str:
        """The place of a row, a C expression."""
        at = ", &at" if self.inner.parameter else ""
        return f"{self.site.name}_{self.place}({self.site.z}, row{at})"

    @property
    def next_array(self) -> Sequence[str]:
        """To the count array of the next row."""
        if not self.read.shared:
            return ()
        return (f"array = (array + 1u < {self.site.macro}_ARRAYS) ? (array + 1u) : 0u;",)

    def declarations(self) -> Sequence[str]:
        """Counters."""
        array = ("uint32_t array = 0u;",) if self.read.shared else ()
        return ("uint32_t row;", "uint32_t c;", *array, *(("uint32_t at = 0u;",) if self.inner.parameter else ()))

    def each_score(self) -> Sequence[str]:
        """The shift of the output."""
        if not self.block.output_shifts.any():
            return ()
        return (f"scores[c] *= (int32_t)((uint32_t)1u << {self.site.macro}_OUTPUT_SHIFT(c));",)

    def closing_tables(self) -> list[Table]:
        """Shifts of the output."""
        if not self.block.output_shifts.any():
            return []
        return [make_table("output_shift", self.block.output_shifts, "left shift of each output")]

    def pieces(self) -> Sequence[str]:
        """With shifts or without."""
        return ("output shifts",) if self.block.output_shifts.any() else ()


@dataclass(frozen=True)
class RowSum(SumStage):
    """All rows."""

    body_template: ClassVar[str] = "row_sum_body.c.j2"

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """One group."""
        return block.groups == 1

    def closing_facts(self) -> Sequence[tuple[str, str]]:
        """What it is."""
        return (("aggregation", "sum"),)


@dataclass(frozen=True)
class GroupMedian(SumStage):
    """The median of the sums of groups."""

    closing_template: ClassVar[str] = "group_median.c.j2"
    body_template: ClassVar[str] = "group_median_body.c.j2"
    helpers: ClassVar[tuple[Helper, ...]] = ("min_max",)

    @staticmethod
    def matches(block: HashedRows) -> bool:
        """Several groups."""
        return block.groups > 1

    def sizes(self) -> list[Size]:
        """Groups."""
        return [Size("GROUPS", f"{self.block.groups}u", "the score is the median of their sums")]

    def declarations(self) -> Sequence[str]:
        """The sums."""
        macro = self.site.macro
        return (
            f"int32_t sums[(uint32_t){macro}_GROUPS * {macro}_N_SCORES];",
            "int32_t *sum = sums; /* of the group of the row */",
            f"uint32_t left = {macro}_ROWS / {macro}_GROUPS; /* rows of that group */",
            *super().declarations(),
        )

    def each_score(self) -> Sequence[str]:
        """The median, shifted."""
        return (f"scores[c] = {self.site.name}_median(sums, c);", *super().each_score())

    def local_bytes(self) -> int:
        """The sums."""
        return 4 * self.block.groups * self.block.n_scores

    def pieces(self) -> Sequence[str]:
        """More code."""
        return ("median", *super().pieces())

    def closing_facts(self) -> Sequence[tuple[str, str]]:
        """What it is."""
        return (("aggregation", f"median of {self.block.groups} group sums"),)
