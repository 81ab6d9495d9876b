"""Options on how data files are read, of every command that reads some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rs2c.cli.choice import choice

if TYPE_CHECKING:
    from rs2c.base.missing_value import MissingValue
    from rs2c.read.reading import Reading

Decimal = Literal[".", ","]

SeparatorOption = Annotated[
    str | None,
    typer.Option(
        help="Character between the cells of a CSV file, or tab [default: a tab in .tsv, else what splits its first "
        "lines alike, of comma, semicolon and tab]."
    ),
]
DecimalOption = Annotated[Decimal, choice(Decimal, "Decimal point of numbers in text.")]


def reading(separator: str | None, decimal: Decimal, missing_values: Sequence[MissingValue] = ()) -> Reading:
    """What the options say of a file. Raises OptionError."""
    from rs2c.read.reading import Reading

    return Reading("\t" if separator in ("tab", "\\t") else separator, decimal, tuple(missing_values))
