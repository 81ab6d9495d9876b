"""Parquet files, through pyarrow. Only the columns that are wanted are read."""

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError, MissingToolError
from rs2c.read.reading import Reading
from rs2c.read.table import Table, check_names, shown_cell, text_error, type_error
from rs2c.read.text_cells import (
    NotANumberError,
    are_bits,
    category_text,
    label_cells,
    parse_numbers,
)

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")  # of numbers in binary, not of text

# Where Arrow's own schema stands in a file, beside that of Parquet; a name of equal length that Arrow leaves alone.
_ARROW_SCHEMA, _NO_SCHEMA = b"ARROW:schema", b"arrow-schema"


class ParquetFile:
    """A Parquet file. Integer, float, decimal and boolean columns are numbers, strings and binary UTF-8 are text.

    Dictionaries, as pandas writes its categories, are categories. Any other type is an error where it is used.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        try:
            import pyarrow.parquet
        except ImportError:
            raise MissingToolError("reading Parquet needs pyarrow: pip install 'rs2c[parquet]'") from None
        self.path = path
        self.reading = reading
        try:
            self._file = _open(path)
            self._schema = self._file.schema_arrow
            of_pandas = (self._schema.pandas_metadata or {}).get("columns", [])  # which has categories of numbers too
            declared = {column["name"] for column in of_pandas if column["pandas_type"] == "categorical"}
        except Exception as error:  # pyarrow raises many types on damaged files
            raise self._unreadable(error) from None
        self.names: tuple[str, ...] = tuple(self._schema.names)
        declared |= {field.name for field in self._schema if pyarrow.types.is_dictionary(field.type)}
        self.categorical = tuple(name for name in self.names if name in declared)
        check_names(self.names, path.name, row_index=True)

    def read(self, numeric: Sequence[str], text: Sequence[str], label: str | None, for_training: bool) -> Table:
        """See `TableFile`."""
        features = tuple(name for name in self.names if name in {*numeric, *text})
        columns = self._columns([*features, *([] if label is None else [label])], for_training)
        values = np.zeros((self._file.metadata.num_rows, len(features)))
        integer = True
        for j, name in enumerate(features):
            if name in numeric:
                values[:, j], whole = self._numbers(name, columns[name], for_training)
                integer = integer and whole
        return Table(
            source=self.path.name,
            names=features,
            values=values,
            integer=integer,
            label=None if label is None else self._label(label, columns[label], for_training),
            label_name=label or "",
            label_is_class=label in self.categorical,
            texts={name: tuple(map(category_text, self._cells(name, columns[name], for_training))) for name in text},
        )

    def column(self, name: str) -> Table:
        """See `TableFile`."""
        from pyarrow import types

        if types.is_temporal(kind := self._schema.field(name).type) and not types.is_duration(kind):
            try:
                cells = self._file.read(columns=[name]).column(name).cast("string").to_pylist()
            except Exception as error:
                raise self._unreadable(error) from None
        else:
            cells = map(category_text, self._cells(name, self._columns([name], True)[name], True))
        texts = {name: tuple("" if cell is None else cell for cell in cells)}
        return Table(self.path.name, (name,), np.zeros((len(texts[name]), 1)), True, texts=texts)

    def _columns(self, names: Sequence[str], for_training: bool) -> dict[str, Any]:
        """The columns that are wanted, dictionaries in their plain form. Raises DataError on types that are refused."""
        from pyarrow import types

        try:
            table = self._file.read(columns=list(names))
            columns = {name: table.column(name) for name in names}
            plain = {name: self._schema.field(name).type for name in names}
            for name in names:
                if types.is_dictionary(plain[name]):
                    plain[name] = plain[name].value_type
                    columns[name] = columns[name].cast(plain[name])
        except Exception as error:
            raise self._unreadable(error) from None
        for name, kind in plain.items():
            if not (_is_number(kind) or _is_text(kind) or _is_binary(kind)):
                raise self._type_error(name, columns[name], for_training)
        return columns

    def _label(self, name: str, column: Any, for_training: bool) -> NDArray[np.str_]:
        return np.array(label_cells(self._cells(name, column, for_training), self.reading.decimal), dtype=np.str_)

    def _cells(self, name: str, column: Any, for_training: bool) -> list[str]:
        cells = column.to_pylist()
        if str(column.type) == "float":  # of 32 bits: 0.007, not 0.007000000216066837
            cells = [None if cell is None else np.float32(cell) for cell in cells]
        if _is_binary(column.type):
            try:
                cells = [None if cell is None else cell.decode() for cell in cells]
            except UnicodeDecodeError:
                raise self._type_error(name, column, for_training) from None
            if any(_CONTROL.search(cell) for cell in cells if cell):
                raise self._type_error(name, column, for_training)
        return ["" if cell is None or cell != cell else str(cell).strip() for cell in cells]  # NaN is missing too

    def _numbers(self, name: str, column: Any, for_training: bool) -> tuple[NDArray[np.float64], bool]:
        import pyarrow as arrow

        if _is_number(column.type):
            whole = arrow.types.is_integer(column.type) or arrow.types.is_boolean(column.type)
            return column.cast(arrow.float64(), safe=False).to_numpy(), whole
        cells = self.reading.filled(name, self._cells(name, column, for_training))
        try:
            if are_bits(cells):
                raise NotANumberError(next(i for i, cell in enumerate(cells) if cell))
            return parse_numbers(cells, self.reading.decimal)
        except NotANumberError as error:
            where = f"row {error.index} of {self.path.name}"
            raise text_error(name, cells[error.index], where, for_training, self.reading.decimal) from None

    def _type_error(self, name: str, column: Any, for_training: bool) -> DataError:
        """The error that names a column, its type and the first value that it has."""
        example = ""
        with contextlib.suppress(StopIteration, ValueError, OverflowError):  # a date may lie beyond those of Python
            row, value = next((i, cell) for i, cell in enumerate(column) if cell.is_valid)
            example = f" ({shown_cell(str(value))} in row {row})"
        return type_error(name, str(column.type), self.path.name, for_training, example)

    def _unreadable(self, error: Exception) -> DataError:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return DataError(f"{self.path.name} cannot be read as Parquet ({reason}); write it again")


def _open(path: Path) -> Any:
    """pyarrow's ParquetFile, whose schema can be had.

    Arrow refuses a whole file for one type that its own copy of the schema names and it does not know, such as the
    Int128 of polars. Without that copy the columns have the types of Parquet, and the others can be used.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile as ArrowFile

    try:
        return ArrowFile(path)
    except NotImplementedError:
        raw = bytearray(path.read_bytes())
        footer = len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")
        raw[footer:] = raw[footer:].replace(_ARROW_SCHEMA, _NO_SCHEMA)
        return ArrowFile(pyarrow.BufferReader(bytes(raw)))


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null)
    return any(test(kind) for test in tests)


def _is_text(kind: Any) -> bool:
    return str(kind) in ("string", "large_string", "string_view")


def _is_binary(kind: Any) -> bool:
    return str(kind).partition("[")[0] in ("binary", "large_binary", "binary_view", "fixed_size_binary")
