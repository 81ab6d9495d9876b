"""Dense ARFF files, as Weka writes them.

Read here, by the rules of Weka's book: scipy.io.arff has neither string attributes nor the lines of a mistake, and
liac-arff is not kept up; predictions work where only the core is installed.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rs2c.base.errors import DataError
from rs2c.read.cells_table import cells_table
from rs2c.read.reading import Reading
from rs2c.read.table import Table, check_names, shown_cell, type_error

_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_QUOTED}|[^\s{{}}]+)\s*(\{{.*\}}|\S+).*", re.IGNORECASE)
_CELL = re.compile(rf"\s*({_QUOTED}|[^'\",][^,]*|)\s*(,|$)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_NUMBERS = ("numeric", "real", "integer")


class ArffFile:
    """A dense ARFF file. Nominal attributes are categories, `?` is missing; dates are an error where they are used."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path = path
        self.reading = reading
        self._nominal: dict[str, frozenset[str]] = {}
        self._types: dict[str, str] = {}
        names: list[str] = []
        for line, text in self._lines():
            if text.lower().startswith("@data"):
                break
            if text.lower().startswith("@relation"):
                continue
            found = _ATTRIBUTE.fullmatch(text)
            if found is None:
                raise DataError(
                    f"line {line} of {path.name} ({shown_cell(text)!r}) is no @attribute with a name and a type; mend "
                    "it"
                )
            name, kind = _plain(found[1]), found[2]
            names.append(name)
            if kind.startswith("{"):
                self._nominal[name] = frozenset(map(_plain, self._cells(line, kind[1:-1].strip())))
            self._types[name] = "nominal" if kind.startswith("{") else kind.lower()
        else:
            raise DataError(f"{path.name} has no @data line; it needs @attribute lines, @data and rows of data")
        self.names = tuple(names)
        self.categorical = tuple(self._nominal)
        check_names(self.names, path.name)

    def read(self, numeric: Sequence[str], text: Sequence[str], label: str | None, for_training: bool) -> Table:
        """See `TableFile`."""
        for name in (*numeric, *text, *([] if label is None else [label])):
            if self._types[name] not in ("nominal", "string", *_NUMBERS):
                raise type_error(name, self._types[name], self.path.name, for_training)
        return self._table(numeric, text, label, for_training)

    def column(self, name: str) -> Table:
        """See `TableFile`."""
        return self._table([], [name], None, True)

    def _table(self, numeric: Sequence[str], text: Sequence[str], label: str | None, for_training: bool) -> Table:
        used = {*numeric, *text, label}
        return cells_table(
            self.path.name, self.names, self._rows(used), numeric, text, label, for_training, self.reading,
            declared=label in self._nominal,
        )  # fmt: skip

    def _rows(self, used: set[str | None]) -> Iterator[tuple[int, list[str]]]:
        """Number and cells of every row, "" where missing."""
        lines = self._lines()
        next(None for _, text in lines if text.lower().startswith("@data"))
        nominal = [(j, name) for j, name in enumerate(self.names) if name in used and name in self._nominal]
        for line, text in lines:
            if text.startswith("{"):
                raise DataError(
                    f"line {line} of {self.path.name} is sparse ({shown_cell(text)}), which is not read; save it as "
                    "dense ARFF (Weka's filter SparseToNonSparse) or as CSV"
                )
            cells = ["" if cell == "?" else _plain(cell) for cell in self._cells(line, text)]
            for j, name in nominal if len(cells) == len(self.names) else ():
                if cells[j] and cells[j] not in self._nominal[name]:
                    raise DataError(
                        f"column {name!r} holds {shown_cell(cells[j])!r} in line {line} of {self.path.name}, which its "
                        "@attribute line does not list; add it there or correct it"
                    )
            yield line, cells

    def _cells(self, line: int, text: str) -> list[str]:
        """Cells of a line as they stand, quotes included."""
        cells, end, more = [], 0, True
        while more:
            found = _CELL.match(text, end)
            if found is None:
                raise DataError(f"line {line} of {self.path.name} has a quote in the wrong place; mend its quotes")
            cells.append(found[1].strip())
            end, more = found.end(), bool(found[2])
        return cells

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Number and text of every line that is neither blank nor a comment."""
        try:
            with self.path.open(encoding="utf-8-sig") as handle:
                for number, line in enumerate(handle, 1):
                    text = line.strip()
                    if text and not text.startswith("%"):
                        yield number, text
        except UnicodeDecodeError:
            raise DataError(f"{self.path.name} is not UTF-8 text; save it as an ARFF file in UTF-8") from None
        except OSError as error:
            raise DataError(f"{self.path.name} cannot be read: {error.strerror}; check its permissions") from None


def _plain(cell: str) -> str:
    """A cell without its quotes, and with what was escaped."""
    if len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "'\"":
        return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), cell[1:-1]).strip()
    return cell
