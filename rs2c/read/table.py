"""Files to tables: CSV through the csv module, Parquet through pyarrow, NumPy archives through `read_npz`.

CSV needs neither pandas nor any other extra, so that predictions work where only the core is installed.
The caller says which columns hold numbers and which hold text; nothing is guessed from the cells.
"""

import csv
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TextIO

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError, MissingToolError
from rs2c.read.text_cells import NotANumberError, category_text, label_values, parse_numbers

FILE_ENDINGS = (".csv", ".parquet", ".npz")

_CHUNK_ROWS = 8192


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one file, or arrays, before any coding.

    `values` is n×d and numeric, NaN where missing; columns named in `texts` hold zeros there and their cells in
    `texts` ("" where missing). `integer` says that every number was written as an integer. `label` (n,) is text,
    boolean, integer or float. `source` is the file's name, "" for arrays; `lines` are CSV line numbers (n,). In a
    table that is not `for_training` the columns are those of a model, and none can be left out; a model of integer
    inputs has no values for what is missing, so that nothing `may_be_missing`. `notes` are lines that the user should
    read: what was taken for what, and how to have it otherwise.
    """

    source: str
    names: tuple[str, ...]
    values: NDArray[Any]
    integer: bool
    label: NDArray[Any] | None = None
    label_name: str = "y"
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
        """A row in words: a line of a CSV file, else a row counted from 0."""
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
    """An opened file: its column names, and a reader for those that are wanted."""

    @property
    def names(self) -> tuple[str, ...]:
        """All column names; the features' alone for arrays."""

    def read(
        self, numeric: Sequence[str], text: Sequence[str], label: str | None, advice: Callable[[str], str]
    ) -> Table:
        """Read columns in file-independent order: the table's names are `numeric` and `text` as they stand in
        `self.names`; `advice(column)` ends the error about text in a numeric column."""


def check_file(path: Path) -> None:
    """Raise DataError unless `path` is a file."""
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a file that ends in {', '.join(FILE_ENDINGS)}")
    if not path.exists():
        raise DataError(f"the file {path} does not exist; check its name and folder")


def open_table(path: Path) -> TableFile:
    """Open a CSV or Parquet file. Raises DataError, or MissingToolError without pyarrow for Parquet."""
    check_file(path)
    if path.suffix.lower() == ".csv":
        return CsvFile(path)
    if path.suffix.lower() == ".parquet":
        return ParquetFile(path)
    raise DataError(f"{path.name} has an unknown ending; save the data as one of {', '.join(FILE_ENDINGS)}")


class CsvFile:
    """A CSV file with a header line; cells are apart by comma, semicolon or tab (see `_delimiter`)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        header = next((row for _, row in self._rows()), None)
        if header is None:
            raise DataError(f"{path.name} is empty; it needs a header line and rows of data")
        self.names = tuple(cell.strip() for cell in header)
        check_names(self.names, path.name)

    def read(
        self, numeric: Sequence[str], text: Sequence[str], label: str | None, advice: Callable[[str], str]
    ) -> Table:
        """See `TableFile`."""
        features = tuple(name for name in self.names if name in {*numeric, *text})
        indices = {name: self.names.index(name) for name in (*features, *([label] if label is not None else ()))}
        texts: dict[str, list[str]] = {name: [] for name in text}
        labels: list[str] = []
        blocks = [np.zeros((0, len(features)))]
        lines: list[int] = []
        integer = True
        rows = self._rows()
        next(rows)
        while chunk := list(islice(rows, _CHUNK_ROWS)):
            self._check_lengths(chunk)
            columns = list(zip(*(row for _, row in chunk), strict=True))
            block = np.zeros((len(chunk), len(features)))
            for j, name in enumerate(features):
                cells = columns[indices[name]]
                if name in texts:
                    texts[name] += [category_text(cell) for cell in cells]
                    continue
                try:
                    block[:, j], whole = parse_numbers(cells)
                except NotANumberError as error:
                    line = chunk[error.index][0]
                    raise _text_error(name, cells[error.index], f"line {line} of {self.path.name}", advice) from None
                integer = integer and whole
            if label is not None:
                labels += [cell.strip() for cell in columns[indices[label]]]
            blocks.append(block)
            lines += [line for line, _ in chunk]
        return Table(
            source=self.path.name,
            names=features,
            values=np.concatenate(blocks),
            integer=integer,
            label=None if label is None else label_values(labels),
            label_name=label or "",
            texts={name: tuple(cells) for name, cells in texts.items()},
            lines=np.array(lines, dtype=np.int64),
        )

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of every line that is not blank, the header included."""
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as handle:
                delimiter = _delimiter(handle)
                reader = csv.reader(handle, delimiter=delimiter, skipinitialspace=True, strict=True)
                yield from ((reader.line_num, row) for row in reader if row)
        except UnicodeDecodeError:
            raise DataError(f"{self.path.name} is not UTF-8 text; save it as a CSV file in UTF-8") from None
        except csv.Error as error:
            raise DataError(f"{self.path.name} is not a valid CSV file ({error}); mend its quotes") from None
        except OSError as error:
            raise DataError(f"{self.path.name} cannot be read: {error.strerror}; check its permissions") from None

    def _check_lengths(self, chunk: list[tuple[int, list[str]]]) -> None:
        for line, row in chunk:
            if len(row) != len(self.names):
                raise DataError(
                    f"line {line} of {self.path.name} has {len(row)} cells where the header has {len(self.names)}; "
                    "mend that line"
                )


class ParquetFile:
    """A Parquet file. Integer, float, decimal and boolean columns are numbers, all others text."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow.parquet as parquet
        except ImportError:
            raise MissingToolError("reading Parquet needs pyarrow: pip install 'rs2c[parquet]'") from None
        self.path = path
        try:
            self._table = parquet.ParquetFile(path).read()
        except Exception as error:  # pyarrow raises many types on damaged files
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DataError(f"{path.name} cannot be read as Parquet ({reason}); write it again") from None
        self.names: tuple[str, ...] = tuple(self._table.schema.names)
        check_names(self.names, path.name)

    def read(
        self, numeric: Sequence[str], text: Sequence[str], label: str | None, advice: Callable[[str], str]
    ) -> Table:
        """See `TableFile`."""
        features = tuple(name for name in self.names if name in {*numeric, *text})
        values = np.zeros((self._table.num_rows, len(features)))
        integer = True
        for j, name in enumerate(features):
            if name in numeric:
                values[:, j], whole = self._numbers(name, advice)
                integer = integer and whole
        return Table(
            source=self.path.name,
            names=features,
            values=values,
            integer=integer,
            label=None if label is None else label_values(self._cells(label)),
            label_name=label or "",
            texts={name: tuple(category_text(cell) for cell in self._cells(name)) for name in text},
        )

    def _cells(self, name: str) -> list[str]:
        cells = self._table.column(name).to_pylist()
        return ["" if cell is None or cell != cell else str(cell).strip() for cell in cells]  # NaN is missing too

    def _numbers(self, name: str, advice: Callable[[str], str]) -> tuple[NDArray[np.float64], bool]:
        import pyarrow as arrow

        column = self._table.column(name)
        kinds = arrow.types
        whole = kinds.is_integer(column.type) or kinds.is_boolean(column.type)
        if whole or kinds.is_floating(column.type) or kinds.is_decimal(column.type):
            return column.cast(arrow.float64(), safe=False).to_numpy(), whole
        cells = self._cells(name)
        try:
            return parse_numbers(cells)
        except NotANumberError as error:
            raise _text_error(name, cells[error.index], f"row {error.index} of {self.path.name}", advice) from None


def default_names(features: int) -> tuple[str, ...]:
    """x0, x1, …: names of features that have none."""
    return tuple(f"x{j}" for j in range(features))


def check_names(names: Sequence[str], source: str) -> None:
    """Raise DataError on column names that are empty or stand twice."""
    for index, name in enumerate(names):
        if not name:
            raise DataError(
                f"column {index + 1} of {source} has no name; give it one, or save the table without its row index"
            )
        if name in names[:index]:
            raise DataError(f"{source} has two columns named {name!r}; rename one of them")


def _delimiter(handle: TextIO) -> str:
    """The delimiter that splits the first two lines of an open file alike, and most often; the file is rewound."""
    head = list(islice((line for line in handle if line.strip()), 2))
    handle.seek(0)

    def likelihood(delimiter: str) -> tuple[bool, int]:
        cells = [len(row) for row in csv.reader(head, delimiter=delimiter)]
        return len(set(cells)) == 1 and cells[0] > 1, max(cells, default=0)

    return max("\t;,", key=likelihood)


def _text_error(column: str, cell: str, where: str, advice: Callable[[str], str]) -> DataError:
    shown = cell if len(cell) <= 40 else cell[:40] + "…"
    comma = "write numbers as 1234.5, or " if re.fullmatch(r"[+-]?\d+,\d+", cell.strip()) else ""
    return DataError(f"column {column!r} holds text ({shown!r} in {where}); {comma}{advice(column)}")
