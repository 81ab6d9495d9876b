"""A value that stands for a missing one, such as -999, as the user declared it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MissingValue:
    """`text` as it is written in the file, or a number that is equal to it, in one `column`, or in any where None."""

    text: str
    column: str | None = None

    @property
    def number(self) -> float | None:
        """The value as a number, None where it is text."""
        try:
            return float(self.text)
        except ValueError:
            return None

    def __str__(self) -> str:
        """As `--missing-value` takes it."""
        return self.text if self.column is None else f"{self.column}={self.text}"
