"""The linear term: weights . z, dense or sparse."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rs2c.emit.stage import Section, Size, Stage
from rs2c.emit.stages.projection import dimensions_of
from rs2c.emit.stages.weights import all_weights, listed_weights
from rs2c.emit.tables import Table, make_table
from rs2c.model.linear_term import LinearTerm


@dataclass(frozen=True)
class TermStage(Stage, ABC):
    """<name>_tail(z, c): the linear term of score c.

    first: no block stands before it, so that it sets the scores. moved: a cursor over other lists was moved before it.
    """

    block: LinearTerm
    first: bool
    moved: bool

    section: ClassVar[Section] = "scores"
    argument: ClassVar[str] = ""

    @property
    def z(self) -> str:
        """What it reads."""
        return self.site.z

    @abstractmethod
    def _weights(self) -> list[Table]: ...

    def tables(self) -> list[Table]:
        """Weights and shifts."""
        comment = "left shift of the linear term of each score"
        return [*self._weights(), make_table("tail_shift", self.block.output_shifts, comment)]

    def declarations(self) -> Sequence[str]:
        """The score."""
        return ("uint32_t c;",)

    def each_score(self) -> Sequence[str]:
        """Its addition."""
        term = f"{self.site.name}_tail({self.z}, c{self.argument})"
        shift = f"(int32_t)((uint32_t)1u << {self.site.macro}_TAIL_SHIFT(c))"
        return (f"scores[c] {'=' if self.first else '+='} {term} * {shift};",)

    def pieces(self) -> Sequence[str]:
        """By the layout."""
        return (f"{self.block.layout} tail",)

    def facts(self) -> Sequence[tuple[str, str]]:
        """The layout."""
        return (("linear tail", self.block.layout),)


@dataclass(frozen=True)
class DenseTerm(TermStage):
    """All weights."""

    template: ClassVar[str] = "dense_term.c.j2"

    @staticmethod
    def matches(block: LinearTerm) -> bool:
        """By the layout."""
        return block.layout == "dense"

    def _weights(self) -> list[Table]:
        return all_weights(self.site, "slope", self.block.weights, "score")

    def shared_sizes(self) -> list[Size]:
        """p."""
        return [dimensions_of(self)]


@dataclass(frozen=True)
class SparseTerm(TermStage):
    """Weights that are not 0, one list after the other."""

    template: ClassVar[str] = "sparse_term.c.j2"
    argument: ClassVar[str] = ", &at"

    @staticmethod
    def matches(block: LinearTerm) -> bool:
        """By the layout."""
        return block.layout == "sparse"

    def _weights(self) -> list[Table]:
        return listed_weights(self.site, "tail_", self.block.weights, "score")

    def declarations(self) -> Sequence[str]:
        """The score, and the cursor."""
        return (*super().declarations(), "uint32_t at = 0u;")

    def between(self) -> Sequence[str]:
        """The cursor moves to the first list again."""
        return ("at = 0u;",) if self.moved else ()
