"""What the user says of the cells of a file: separator, decimal point, and what stands for a missing value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import OptionError
from rs2c.base.missing_value import MissingValue
from rs2c.read.table import Table
from rs2c.read.text_cells import category_text


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    `separator` of cells in CSV (None: a tab in .tsv, else found from the first two lines); `decimal`, "." or ",", of
    numbers in text; `missing_values` of features, in every kind of file. Raises OptionError on a separator or decimal
    point that cannot be one.
    """

    separator: str | None = None
    decimal: str = "."
    missing_values: tuple[MissingValue, ...] = ()

    def __post_init__(self) -> None:
        if self.separator is not None and (len(self.separator) != 1 or self.separator in "\"'\r\n"):
            raise OptionError(f"{self.separator!r} cannot separate cells; give one character, such as ';', or 'tab'")
        if self.decimal not in (".", ","):
            raise OptionError(f"{self.decimal!r} is no decimal point; choose . or ,")

    def filled(self, column: str, cells: Sequence[str]) -> Sequence[str]:
        """Text cells (n,) of a feature, "" where one is declared missing."""
        gone = {value.text for value in self._of(column)}
        texts = {category_text(text) for text in gone}
        return (
            ["" if cell.strip() in gone or category_text(cell) in texts else cell for cell in cells] if gone else cells
        )

    def without_missing(self, table: Table) -> Table:
        """A table in which declared values are missing: NaN, or "" in text."""
        if not self.missing_values:
            return table
        values = table.values
        for j, name in enumerate(table.names):
            gone = np.zeros(len(values), np.bool_)
            for value in self._of(name) if name not in table.texts else ():
                gone |= _equal(values[:, j], value.number)
            if gone.any():
                values = values.astype(values.dtype if values.dtype.kind == "f" else np.float64)
                values[gone, j] = np.nan
        texts = {name: tuple(self.filled(name, cells)) for name, cells in table.texts.items()}
        return replace(table, values=values, texts=texts)

    def _of(self, column: str) -> list[MissingValue]:
        return [value for value in self.missing_values if value.column in (None, column)]


def missing_value(given: str) -> MissingValue:
    """What `--missing-value VALUE` or `--missing-value COLUMN=VALUE` declares. Raises OptionError on an empty value."""
    column, equals, text = given.rpartition("=")
    if not text.strip():
        raise OptionError(
            f"--missing-value {given!r} has no value; give one such as -999 (empty cells are missing anyway)"
        )
    return MissingValue(text.strip(), column if equals else None)


def _equal(column: NDArray[Any], number: float | None) -> NDArray[np.bool_]:
    """Where a column (n,) holds a number; also as float32 has it, for that is what some files store."""
    if number is None:
        return np.zeros(len(column), np.bool_)
    with np.errstate(over="ignore"):
        return (column == number) | (column == np.float64(np.float32(number)))
