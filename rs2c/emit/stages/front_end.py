"""Raw features to inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rs2c.emit.stage import Helper, Section, Size, Stage
from rs2c.emit.tables import Table, make_table
from rs2c.model.front_end import FrontEnd
from rs2c.model.integer_model import IntegerModel

_INDICATOR = 255  # stands in the table of shifts: an indicator has none


@dataclass(frozen=True)
class NoFrontEnd(Stage):
    """x is the raw vector."""

    section: ClassVar[Section] = "front end"
    template: ClassVar[str] = "no_front_end.c.j2"

    @staticmethod
    def matches(model: IntegerModel) -> bool:
        """Without a front end."""
        return model.front_end is None

    def pieces(self) -> Sequence[str]:
        """It is in the frame."""
        return ("no front end",)

    def facts(self) -> Sequence[tuple[str, str]]:
        """Why there is none."""
        return (("front end", "none: the directions carry the scale"),)


@dataclass(frozen=True)
class IntegerFrontEnd(Stage):
    """Inputs of integer features."""

    section: ClassVar[Section] = "front end"
    template: ClassVar[str] = "integer_front_end.c.j2"
    helpers: ClassVar[tuple[Helper, ...]] = ("min_max", "narrow")

    @staticmethod
    def matches(model: IntegerModel) -> bool:
        """Of an integer type."""
        return model.front_end is not None and model.raw_type != "float32"

    @property
    def front(self) -> FrontEnd:
        """The part that it serves."""
        assert self.site.model.front_end is not None
        return self.site.model.front_end

    @property
    def bits(self) -> int:
        """Of an input."""
        return self.front.bits

    @property
    def indicators(self) -> bool:
        """Whether some inputs are indicators."""
        return bool(self.front.indicator.any())

    @property
    def source(self) -> str:
        """Which raw feature input i reads."""
        return "i" if self._in_order else f"{self.site.macro}_SOURCE(i)"

    @property
    def _in_order(self) -> bool:
        return np.array_equal(self.front.source, np.arange(self.site.model.n_features))

    def tables(self) -> list[Table]:
        """One entry an input."""
        front, made = self.front, []
        if not self._in_order:
            made.append(make_table("source", front.source, "the raw feature that each input reads"))
        made += self._exponents()
        made.append(make_table("centre", front.centre, "the value at x = 0"))
        made.append(make_table("multiplier", front.multiplier, "multiplier / 2^shift: steps of x for one of the value"))
        shift = np.where(front.indicator == 1, _INDICATOR, front.shift)
        return [*made, make_table("shift", shift.astype(np.uint8), "of the multiplier")]

    def _exponents(self) -> list[Table]:
        return []

    def shared_sizes(self) -> list[Size]:
        """The mark of an indicator."""
        comment = "this shift marks an input that is its multiplier for one category, else 0"
        return [Size("INDICATOR", f"{_INDICATOR}u", comment)] if self.indicators else []

    def pieces(self) -> Sequence[str]:
        """With indicators or without."""
        return ("front end", *(("indicators",) if self.indicators else ()))

    def facts(self) -> Sequence[tuple[str, str]]:
        """How many inputs there are."""
        return (("front end", f"{self.site.model.n_inputs} inputs of {self.bits} bits"),)


@dataclass(frozen=True)
class FloatFrontEnd(IntegerFrontEnd):
    """Inputs of float features, read from their bits."""

    template: ClassVar[str] = "float_front_end.c.j2"

    @staticmethod
    def matches(model: IntegerModel) -> bool:
        """Of float32."""
        return model.front_end is not None and model.raw_type == "float32"

    @property
    def saturates(self) -> str:
        """The condition under which a value saturates."""
        # Below this exponent the bits of infinity would not exceed the largest shift by themselves.
        tests_infinity = bool((self.front.exponent < 6 + 1 + 150 - 255).any())
        return "(biased == 255) || (shift > 6)" if tests_infinity else "shift > 6"

    @property
    def nan_means(self) -> str:
        """What not-a-number is read as: at x = 0 lies the centre, and in a category no indicator is set."""
        number = self.front.indicator == 0
        means = []
        if number.any():
            means.append("the training mean or imputed value" if self.front.centre[number].any() else "zero")
        if not number.all():
            means.append("none of its names")
        return " or, in a category, ".join(means)

    def _exponents(self) -> list[Table]:
        return [make_table("exponent", self.front.exponent, "value = floor(feature * 2^exponent)")]

    def pieces(self) -> Sequence[str]:
        """More code."""
        return (*super().pieces(), "front end of floats")
