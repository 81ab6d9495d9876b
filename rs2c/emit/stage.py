"""What a stage of an emitted source is: a small class beside its template.

A stage serves one part of a model. It says which tables and sizes the source holds for it, what it adds to the function
that computes the scores, and what people are told of it; its template, which sees nothing but the stage, is its
functions. `rs2c.emit.strategy` says which stage serves which part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rs2c.emit.tables import Table
from rs2c.model.integer_model import IntegerModel

Section = Literal["front end", "projection", "hashes", "scores"]
Helper = Literal["min_max", "narrow"]


@dataclass(frozen=True)
class Site:
    """What all stages of a source share: the prefix of its names, its model, and how tables are stored.

    packs: weights, factors and counts of -8 to 7 are stored two to a byte.
    """

    name: str
    model: IntegerModel
    packs: bool = True

    @property
    def macro(self) -> str:
        """Prefix of macros."""
        return self.name.upper()

    @property
    def z(self) -> str:
        """What the blocks read."""
        return "x" if self.model.projection is None else "z"

    @property
    def z_type(self) -> str:
        """C type of one of them."""
        projection = self.model.projection
        return f"{self.name}_feature_t" if projection is None else f"int{projection.bits}_t"


@dataclass(frozen=True)
class Size:
    """A macro for a size: its name without the prefix, a C literal, and a comment."""

    name: str
    value: str
    comment: str = ""

    @property
    def remark(self) -> str:
        """The comment as it stands behind the literal."""
        return f" /* {self.comment} */" if self.comment else ""


@dataclass(frozen=True)
class Stage:
    """A step of the source; what a kind of stage does not have stays empty."""

    site: Site

    section: ClassVar[Section]
    template: ClassVar[str] = ""  # of its functions, below templates/library/src/stages
    closing_template: ClassVar[str] = ""  # of functions that are called at the end of the function scores
    body_template: ClassVar[str] = ""  # of what it adds to the function scores
    helpers: ClassVar[tuple[Helper, ...]] = ()  # functions of templates/library/src/helpers that it calls

    @property
    def z_type(self) -> str:
        """C type of what the blocks read."""
        return self.site.z_type

    def tables(self) -> list[Table]:
        """Constant tables in the order in which the computation meets them."""
        return []

    def closing_tables(self) -> list[Table]:
        """Those that are met at the end, after what all blocks have read."""
        return []

    def shared_sizes(self) -> list[Size]:
        """Sizes that other stages may have as well."""
        return []

    def sizes(self) -> list[Size]:
        """Sizes of its own."""
        return []

    def declarations(self) -> Sequence[str]:
        """Variables of the function scores; equal ones are declared once."""
        return ()

    def start(self) -> Sequence[str]:
        """Statements before any block."""
        return ()

    def between(self) -> Sequence[str]:
        """Statements before the loop over the scores."""
        return ()

    def each_score(self) -> Sequence[str]:
        """Statements in the loop over the scores, for score c."""
        return ()

    def local_bytes(self) -> int:
        """Bytes of the arrays that it has on the stack."""
        return 0

    def pieces(self) -> Sequence[str]:
        """Its pieces of code by the names of `rs2c.measure.size_estimate`."""
        return ()

    def facts(self) -> Sequence[tuple[str, str]]:
        """What people are told of it: (what, how)."""
        return ()

    def closing_facts(self) -> Sequence[tuple[str, str]]:
        """Those that are told at the end."""
        return ()

    def view(self) -> dict[str, Any]:
        """What its templates are given."""
        return {"s": self, "n": self.site.name, "N": self.site.macro}


def steps(shift: int) -> str:
    """How a comment says that a table counts in steps."""
    return f", in steps of {1 << shift}" if shift else ""


def times(shift: int) -> str:
    """A multiplication by 2^shift, as C text."""
    return f" * (int32_t){1 << shift}L" if shift else ""
