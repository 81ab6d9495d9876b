"""CSV and TSV files, through the csv module: predictions work where only the core is installed."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

from rs2c.base.errors import DataError
from rs2c.read.cells_table import cells_table
from rs2c.read.reading import Reading
from rs2c.read.table import Table, check_names


class CsvFile:
    """A CSV file with a header line; cells are apart by the given separator, else see `_delimiter`."""

    categorical: tuple[str, ...] = ()

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path = path
        self.reading = reading
        header = next((row for _, row in self._lines()), None)
        if header is None:
            raise DataError(f"{path.name} is empty; it needs a header line and rows of data")
        self.names = tuple(cell.strip() for cell in header)
        check_names(self.names, path.name, row_index=True)

    def read(self, numeric: Sequence[str], text: Sequence[str], label: str | None, for_training: bool) -> Table:
        """See `TableFile`."""
        lines = self._lines()
        next(lines)
        return cells_table(self.path.name, self.names, lines, numeric, text, label, for_training, self.reading)

    def column(self, name: str) -> Table:
        """See `TableFile`."""
        return self.read([], [name], None, True)

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """Number and cells of every line that is not blank, the header included."""
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as handle:
                separator = self.reading.separator or ("\t" if self.path.suffix.lower() == ".tsv" else None)
                delimiter = separator or _delimiter(handle)
                reader = csv.reader(handle, delimiter=delimiter, skipinitialspace=True, strict=True)
                yield from ((reader.line_num, row) for row in reader if row)
        except UnicodeDecodeError:
            raise DataError(f"{self.path.name} is not UTF-8 text; save it as a CSV file in UTF-8") from None
        except csv.Error as error:
            raise DataError(f"{self.path.name} is not a valid CSV file ({error}); mend its quotes") from None
        except OSError as error:
            raise DataError(f"{self.path.name} cannot be read: {error.strerror}; check its permissions") from None


def _delimiter(handle: TextIO) -> str:
    """The delimiter that splits the first two lines of an open file alike, and most often; the file is rewound."""
    head = list(islice((line for line in handle if line.strip()), 2))
    handle.seek(0)

    def likelihood(delimiter: str) -> tuple[bool, int]:
        cells = [len(row) for row in csv.reader(head, delimiter=delimiter)]
        return len(set(cells)) == 1 and cells[0] > 1, max(cells, default=0)

    return max("\t;,", key=likelihood)
