"""The bias, and scores to answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rs2c.emit.stage import Section, Stage, steps, times
from rs2c.emit.tables import Table, make_table
from rs2c.model.integer_model import IntegerModel


@dataclass(frozen=True)
class AnswerStage(Stage):
    """<name>_predict or <name>_values, and the bias of the scores that it reads."""

    section: ClassVar[Section] = "scores"

    def declarations(self) -> Sequence[str]:
        """The score."""
        return ("uint32_t c;",)

    def each_score(self) -> Sequence[str]:
        """The bias."""
        return (f"scores[c] += (int32_t){self.site.macro}_BIAS(c){times(self.site.model.output.bias_shift)};",)

    def closing_tables(self) -> list[Table]:
        """The bias."""
        output = self.site.model.output
        return [make_table("bias", output.bias, f"added to each score{steps(output.bias_shift)}")]

    def local_bytes(self) -> int:
        """The scores of a classifier."""
        return 4 * self.site.model.n_scores if self.site.model.task == "classify" else 0


@dataclass(frozen=True)
class TwoClasses(AnswerStage):
    """The sign of the one score."""

    template: ClassVar[str] = "two_classes.c.j2"

    @staticmethod
    def matches(model: IntegerModel) -> bool:
        """A classifier with one score."""
        return model.task == "classify" and model.n_scores == 1

    def pieces(self) -> Sequence[str]:
        """One."""
        return ("two classes",)


@dataclass(frozen=True)
class LargestScore(AnswerStage):
    """The class of the largest score."""

    template: ClassVar[str] = "largest_score.c.j2"

    @staticmethod
    def matches(model: IntegerModel) -> bool:
        """Any other classifier."""
        return model.task == "classify"

    def pieces(self) -> Sequence[str]:
        """One."""
        return ("largest score",)


@dataclass(frozen=True)
class Values(AnswerStage):
    """The scores themselves."""

    template: ClassVar[str] = "values.c.j2"

    @staticmethod
    def matches(model: IntegerModel) -> bool:
        """A regressor."""
        return model.task == "regress"
