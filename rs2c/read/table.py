"""Columns of a file, or arrays, before any coding; and what every reader of a format gives.

The caller says which columns hold numbers and which hold text; nothing is guessed from the cells.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError

FILE_ENDINGS = (".csv", ".parquet", ".npz", ".tsv", ".arff")


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one file, or arrays, before any coding.

    `values` is n×d and numeric, NaN where missing; columns named in `texts` hold zeros there and their cells in
    `texts` ("" where missing). `integer` says that every number was written as an integer. `label` (n,) is the text of
    the cells, which the file may declare to be classes (`label_is_class`); of arrays text, integers or floats. `source`
    is the file's name, "" for arrays; `lines` are line numbers of a text file (n,). In a table that is not
    `for_training` the columns are those of a model, and none can be left out; a model of integer inputs has no values
    for what is missing, so that nothing `may_be_missing`. `notes` are lines that the user should read: what was taken
    for what, and how to have it otherwise.
    """

    source: str
    names: tuple[str, ...]
    values: NDArray[Any]
    integer: bool
    label: NDArray[Any] | None = None
    label_name: str = "y"
    label_is_class: bool = False
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    lines: NDArray[np.int64] | None = None
    for_training: bool = True
    may_be_missing: bool = True
    notes: tuple[str, ...] = ()

    @property
    def is_array(self) -> bool:
        """Whether the columns are those of an array, not of a file with a header."""
        return not self.source or self.source.lower().endswith((".npz", ".npy"))

    def where(self, row: int) -> str:
        """A row in words: a line of a text file, else a row counted from 0."""
        if self.lines is not None:
            return f"line {self.lines[row]} of {self.source}"
        return f"row {row} of {self.source}" if self.source else f"row {row}"

    def option(self, name: str, value: str) -> str:
        """How the user writes an option: on the command line for files, in Python for arrays."""
        return f"--{name} {shlex.quote(value)}" if self.source else f"{name.replace('-', '_')}={value!r}"

    def allow_missing(self, advice: str) -> str:
        """`advice` on a missing value, and the option that allows it, where there is one."""
        return f"choose {self.option('missing', 'mean')} or {advice}" if self.may_be_missing else advice

    def leave_out(self, column: str) -> str:
        """The advice to do without a column, which only training can."""
        if not self.for_training:
            return "fill it in"
        return f"leave it out with {self.option('drop', column)}" if self.source else "leave it out"


class TableFile(Protocol):
    """An opened file: its column names, those that it declares to be categories, and a reader for the wanted ones."""

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in file order; of the features alone for arrays."""

    @property
    def categorical(self) -> tuple[str, ...]:
        """Columns that are categories by the file's own word: dictionaries of Parquet, nominal attributes of ARFF."""

    def read(self, numeric: Sequence[str], text: Sequence[str], label: str | None, for_training: bool) -> Table:
        """Read columns in file order: the table's names are `numeric` and `text` as they stand in `self.names`.

        What a column holds beside numbers and text is told with a way out, which only training has in leaving it out.
        """

    def column(self, name: str) -> Table:
        """One column as text, dates in ISO 8601 too: one that says something of each row, and is no feature."""


def check_file(path: Path) -> None:
    """Raise DataError unless `path` is a file."""
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a file that ends in {', '.join(FILE_ENDINGS)}")
    if not path.exists():
        raise DataError(f"the file {path} does not exist; check its name and folder")


def default_names(features: int) -> tuple[str, ...]:
    """x0, x1, …: names of features that have none."""
    return tuple(f"x{j}" for j in range(features))


def check_names(names: Sequence[str], source: str, *, row_index: bool = False) -> None:
    """Raise DataError on column names that are empty or stand twice; the first may be empty, as a `row_index` is."""
    for index, name in enumerate(names):
        if not name and (index or not row_index):
            raise DataError(
                f"column {index + 1} of {source} has no name; give it one, or save the table without its row index"
            )
        if name in names[:index]:
            raise DataError(f"{source} has two columns named {name!r}; rename one of them")


def text_error(column: str, cell: str, where: str, for_training: bool, decimal: str = ".") -> DataError:
    """The error about text in a numeric column; `decimal` is the point of the numbers that were expected."""
    other = re.fullmatch(r"[+-]?\d+([.,])\d+", cell.strip())
    ways = "give a number there, as in the training data"
    if for_training:
        quoted = shlex.quote(column)
        ways = f"name it with --categorical {quoted} or leave it out with --drop {quoted}"
    if other is not None and other[1] == ",":
        ways = f"read decimal commas with --decimal , or write numbers as 1234.5, or {ways}"
    elif other is not None and decimal == ",":
        ways = f"leave out --decimal , or write numbers as 1234,5, or {ways}"
    return DataError(f"column {column!r} holds text ({shown_cell(cell)!r} in {where}); {ways}")


def type_error(column: str, kind: str, source: str, for_training: bool, example: str = "") -> DataError:
    """The error about a column of a type, such as dates or lists, that is neither number nor text."""
    ways = "save it as numbers or text"
    if for_training:
        ways += f", or leave it out with --drop {shlex.quote(column)}"
    return DataError(f"column {column!r} of {source} has the type {kind}{example}, which cannot be read; {ways}")


def shown_cell(cell: str) -> str:
    """A cell as an error shows it."""
    return cell if len(cell) <= 40 else cell[:40] + "…"
