"""Lines of text cells to a table: what CSV and ARFF share."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from rs2c.base.errors import DataError
from rs2c.read.reading import Reading
from rs2c.read.table import Table, text_error
from rs2c.read.text_cells import NotANumberError, category_text, label_cells, parse_numbers

_CHUNK_ROWS = 8192

Lines = Iterator[tuple[int, list[str]]]  # number and cells of a line


def cells_table(
    source: str,
    names: Sequence[str],
    lines: Lines,
    numeric: Sequence[str],
    text: Sequence[str],
    label: str | None,
    for_training: bool,
    reading: Reading,
    *,
    declared: bool = False,
) -> Table:
    """Table of the wanted columns of `lines`, whose columns are `names`; for the rest see `TableFile.read`.

    `declared`: the file says that the label is a class, whatever its cells look like.
    """
    features = tuple(name for name in names if name in {*numeric, *text})
    indices = {name: names.index(name) for name in (*features, *([label] if label is not None else ()))}
    texts: dict[str, list[str]] = {name: [] for name in text}
    labels: list[str] = []
    blocks = [np.zeros((0, len(features)))]
    numbers: list[int] = []
    integer = True
    while chunk := list(islice(lines, _CHUNK_ROWS)):
        _check_lengths(source, names, chunk)
        columns = list(zip(*(row for _, row in chunk), strict=True))
        block = np.zeros((len(chunk), len(features)))
        for j, name in enumerate(features):
            cells = reading.filled(name, columns[indices[name]])
            if name in texts:
                texts[name] += map(category_text, cells)
                continue
            try:
                block[:, j], whole = parse_numbers(cells, reading.decimal)
            except NotANumberError as error:
                where = f"line {chunk[error.index][0]} of {source}"
                raise text_error(name, cells[error.index], where, for_training, reading.decimal) from None
            integer = integer and whole
        if label is not None:
            labels += [cell.strip() for cell in columns[indices[label]]]
        blocks.append(block)
        numbers += [line for line, _ in chunk]
    return Table(
        source=source,
        names=features,
        values=np.concatenate(blocks),
        integer=integer,
        label=None if label is None else np.array(label_cells(labels, reading.decimal), dtype=np.str_),
        label_is_class=declared,
        label_name=label or "",
        texts={name: tuple(cells) for name, cells in texts.items()},
        lines=np.array(numbers, dtype=np.int64),
    )


def _check_lengths(source: str, names: Sequence[str], chunk: list[tuple[int, list[str]]]) -> None:
    for line, row in chunk:
        if len(row) != len(names):
            raise DataError(
                f"line {line} of {source} has {len(row)} cells where the header has {len(names)}; mend that line"
            )
