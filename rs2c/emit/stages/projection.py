"""Inputs to what the blocks read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rs2c.emit.stage import Helper, Section, Size, Stage
from rs2c.emit.tables import Table, make_table
from rs2c.model.integer_model import IntegerModel
from rs2c.model.projection import Projection


@dataclass(frozen=True)
class NoProjection(Stage):
    """The blocks read x."""

    section: ClassVar[Section] = "projection"

    @staticmethod
    def matches(model: IntegerModel) -> bool:
        """Without a projection."""
        return model.projection is None

    def facts(self) -> Sequence[tuple[str, str]]:
        """There is none."""
        return (("projection", "none"),)


@dataclass(frozen=True)
class ProjectionLoop(Stage):
    """z by a loop over all weights."""

    section: ClassVar[Section] = "projection"
    template: ClassVar[str] = "projection.c.j2"
    helpers: ClassVar[tuple[Helper, ...]] = ("min_max", "narrow")

    @staticmethod
    def matches(model: IntegerModel) -> bool:
        """Any projection."""
        return model.projection is not None

    @property
    def projection(self) -> Projection:
        """The part that it serves."""
        assert self.site.model.projection is not None
        return self.site.model.projection

    @property
    def bits(self) -> int:
        """Of z."""
        return self.projection.bits

    @property
    def shift(self) -> int:
        """Of the sum."""
        return self.projection.shift

    @property
    def half(self) -> str:
        """Half a step, added for rounding to nearest."""
        half = (1 << self.shift) >> 1
        return f" + (int32_t){half}L" if half else ""

    def tables(self) -> list[Table]:
        """Directions and what is added to them."""
        part = self.projection
        comment = "one direction for each dimension of z"
        return [
            make_table("projection", part.weights, comment, per_line=part.weights.shape[1], whole=True),
            make_table("projection_bias", part.bias, "added to each dimension"),
        ]

    def shared_sizes(self) -> list[Size]:
        """p."""
        return [dimensions_of(self)]

    def declarations(self) -> Sequence[str]:
        """z."""
        return (f"{self.z_type} z[{self.site.macro}_DIMENSIONS];",)

    def start(self) -> Sequence[str]:
        """The call."""
        return (f"{self.site.name}_project(x, z);",)

    def local_bytes(self) -> int:
        """z."""
        return self.site.model.dimensions * self.bits // 8

    def pieces(self) -> Sequence[str]:
        """One."""
        return ("projection",)

    def facts(self) -> Sequence[tuple[str, str]]:
        """Its size."""
        return (("projection", f"{self.site.model.dimensions} dimensions of {self.bits} bits"),)


def dimensions_of(stage: Stage) -> Size:
    """p, for a stage that loops over z."""
    return Size("DIMENSIONS", f"{stage.site.model.dimensions}u", "length of what the hashes read")
