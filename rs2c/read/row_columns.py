"""Columns that say of each row how much it counts, to what group it belongs, or when it was. None is a feature."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError, OptionError
from rs2c.read.table import Table, TableFile, shown_cell
from rs2c.read.text_cells import NotANumberError, parse_numbers

if TYPE_CHECKING:
    from rs2c.read.datasets import Dataset

IN_FILE_ORDER = "rows"
_FRACTION = re.compile(r"([.,]\d{1,6})\d*")  # of a second; datetime knows six digits, before Python 3.11 three or six
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class RowColumns:
    """Names of columns, or None. `time` may be "rows", the order of the file.

    Raises OptionError where groups and time are both given: no split keeps both.
    """

    weight: str | None = None
    groups: str | None = None
    time: str | None = None

    def __post_init__(self) -> None:
        if self.groups is not None and self.time is not None:
            raise OptionError(
                "--group-column holds out whole groups, --time the last rows, which cut groups in two; choose one"
            )

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Options and the columns that they name."""
        time = None if self.time == IN_FILE_ORDER else self.time
        options = (("--sample-weight", self.weight), ("--group-column", self.groups), ("--time", time))
        return tuple((option, name) for option, name in options if name is not None)


@dataclass(frozen=True, eq=False)
class RowValues:
    """What such columns hold, (n,) each, or None: see `rs2c.read.datasets.Dataset`."""

    weight: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None
    order: NDArray[np.float64] | None = None


def row_values(opened: TableFile, columns: RowColumns, rows: int, decimal: str) -> RowValues:
    """The values for the rows of a file. Raises DataError, naming column and row, on one that cannot be used."""
    weight = None if columns.weight is None else _weights(opened.column(columns.weight), columns.weight, decimal)
    groups = None if columns.groups is None else _groups(opened.column(columns.groups), columns.groups)
    order = None
    if columns.time == IN_FILE_ORDER:
        if IN_FILE_ORDER in opened.names:
            raise DataError("--time rows is the order of the file, which has a column 'rows' too; rename that column")
        order = np.arange(rows, dtype=np.float64)
    elif columns.time is not None:
        order = _times(opened.column(columns.time), columns.time, decimal)
    return RowValues(weight, groups, order)


def held_values(opened: TableFile, columns: RowColumns, known: Collection[str], decimal: str) -> RowValues:
    """The weights of test data, where their column is among the `known` ones."""
    weight = columns.weight if columns.weight in known else None
    return row_values(opened, RowColumns(weight), 0, decimal)


def as_weight(values: Any, rows: int, name: str = "sample_weight") -> NDArray[np.float64]:
    """Weights (n,) of rows, 0 or more, as given to an estimator. Raises DataError on others."""
    try:
        weight = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} holds something that is no number; give one number a row") from None
    if weight.shape != (rows,):
        raise DataError(f"{name} has the shape {weight.shape} for {rows} rows; give one number a row")
    wrong = ~(np.isfinite(weight) & (weight >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(f"{name} is {weight[row]:g} in row {row}; give numbers from 0 up")
    if not weight.any():
        raise DataError(f"{name} is zero in all rows; give some that count")
    return weight


def counted(data: "Dataset", weight: NDArray[np.float64]) -> tuple["Dataset", NDArray[np.int64]]:
    """The rows whose weight (n,) is not 0, with their weights, and which they are: the others are not there."""
    kept = np.flatnonzero(weight)
    return replace(data.take(kept), weight=unlike(weight[kept])), kept


def as_groups(values: Any, rows: int) -> NDArray[np.int64]:
    """Groups (n,) of rows, numbers or text, as given to an estimator. Raises DataError where they are not so many."""
    groups = np.asarray(values)
    if groups.shape != (rows,):
        raise DataError(f"groups has the shape {groups.shape} for {rows} rows; give one number or text a row")
    if groups.dtype.kind == "O":
        groups = groups.astype(np.str_)
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def unlike(weight: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The weights (n,), or None where all are alike: then they say nothing."""
    return None if weight.min() == weight.max() else weight


def _weights(table: Table, name: str, decimal: str) -> NDArray[np.float64] | None:
    cells = table.texts[name]
    try:
        weight = parse_numbers(cells, decimal)[0]
        wrong = ~(np.isfinite(weight) & (weight > 0))
    except NotANumberError as error:
        wrong = np.arange(len(cells)) == error.index
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"the weight {name!r} is {shown_cell(cells[row])!r} in {table.where(row)}; give a number above 0, or "
            "remove that row"
        )
    return unlike(weight)


def _groups(table: Table, name: str) -> NDArray[np.int64]:
    cells = table.texts[name]
    if "" in cells:
        where = table.where(cells.index(""))
        raise DataError(f"the group {name!r} is missing in {where}; fill it in, or remove that row")
    groups, code = np.unique(np.array(cells, dtype=np.str_), return_inverse=True)
    if len(groups) < 2:
        raise DataError(f"the column {name!r} has one group only ({cells[0]!r}); leave --group-column out")
    return code.astype(np.int64)


def _times(table: Table, name: str, decimal: str) -> NDArray[np.float64]:
    """Numbers as they are, or dates as seconds since 1970; those without a zone are of UTC."""
    cells = table.texts[name]
    try:
        times, wrong = parse_numbers(cells, decimal)[0], -1
    except NotANumberError:
        times, wrong = _dates(cells)
    if not np.isfinite(times).all():
        wrong = int(np.argmin(np.isfinite(times))) if wrong < 0 else wrong
    if wrong >= 0:
        raise DataError(
            f"the time {name!r} is {shown_cell(cells[wrong])!r} in {table.where(wrong)}; give numbers alone, or dates "
            "alone as in 2024-05-01 or 2024-05-01T13:30:00"
        )
    return times


def _dates(cells: Sequence[str]) -> tuple[NDArray[np.float64], int]:
    """Seconds since 1970 (n,) of ISO 8601 dates, and the place of the first cell that is none, or -1."""
    times = np.zeros(len(cells))
    for row, cell in enumerate(cells):
        text = _FRACTION.sub(lambda found: found[1].replace(",", ".").ljust(7, "0"), cell)
        try:
            date = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] in ("Z", "z") else text)
        except ValueError:
            return times, row
        times[row] = ((date if date.tzinfo else date.replace(tzinfo=timezone.utc)) - _EPOCH).total_seconds()
    return times, -1
