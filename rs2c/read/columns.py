"""Which columns of a file to read: by option for training, by name or position for a test set and for a model."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from rs2c.base.errors import DataError
from rs2c.read.files import open_table
from rs2c.read.npz import NpzFile, load_npy, open_npz
from rs2c.read.reading import Reading
from rs2c.read.row_columns import RowColumns, RowValues, held_values, row_values
from rs2c.read.table import Table, TableFile

# What pandas calls a row index without a name in Parquet, and one that it reads back from CSV, once or again.
_ROW_INDEX = re.compile(r"__index_level_\d+__|Unnamed: 0(\.\d+)*")
# What pandas, polars and R call one where a feature may have that name as well; "" is a first column without a name.
PERHAPS_ROW_INDEX = {"", "index", "level_0", "row_nr", "rownames"}


def training_tables(
    data: Path,
    label: str | None,
    drop: Sequence[str],
    categorical: Sequence[str],
    reading: Reading,
    rows: RowColumns,
) -> tuple[Table, Table | None, RowValues, RowValues]:
    """Table of the training file with `drop` left out, and that of X_test if the file is an archive that has it; what
    the columns `rows`, or arrays of those names, say of the rows of both (of X_test arrays that end in _test).

    Columns that the file itself says are categories are so beside `categorical`. Row indexes (see `_row_indexes`) are
    left out too, with a note. Raises DataError, naming the option, on a column that is absent or has two uses.
    """
    opened: TableFile
    held = None
    beside = [name for _, name in rows.named]
    if data.suffix.lower() == ".npz":
        if label not in (None, "y"):
            raise DataError(f"{data.name} has no label {label!r}: its label is the array y, so leave --label out")
        label = None  # a feature may be called y as well
        opened = _npz(data, ("X_train", "X"), {name: name for name in beside})
        held = open_npz(data, ("X_test",), {f"{name}_test": name for name in beside})
        known = (*opened.names, *opened.beside)
        if held is not None and held.names != opened.names:
            raise DataError(
                f"X_test of {data.name} has {len(held.names)} columns but X_train has {len(opened.names)}; "
                "make them equal"
            )
    else:
        opened = open_table(data, reading)
        if label is None:
            raise DataError(f"{data.name} needs a label; name its column with --label, one of {_listed(opened.names)}")
        _check_known(label, opened.names, data.name, "--label")
        known = opened.names
    of_column = [value.column for value in reading.missing_values if value.column is not None]
    for option, names in (("--drop", drop), ("--categorical", categorical), ("--missing-value", of_column)):
        for name in names:
            _check_known(name, opened.names, data.name, option)
            if name == label:
                raise DataError(f"the column {name!r} is the label; take it out of {option}")
    used = [("--drop", name) for name in drop] + [("--categorical", name) for name in categorical]
    for option, name in rows.named:
        _check_known(name, known, data.name, option)
        if name == (label or "y"):
            raise DataError(f"the column {name!r} is the label; name another with {option}")
        used.append((option, name))
    for index, (option, name) in enumerate(used):
        for other in (other for other, same in used[:index] if same == name and other != option):
            raise DataError(f"the column {name!r} is in both {other} and {option}; take it out of one")
    features = [name for name in opened.names if name not in {*drop, *beside, label}]
    indexes, notes = _row_indexes(opened, [name for name in features if name not in categorical], data.name)
    text = [name for name in features if name in categorical or (name in opened.categorical and name not in indexes)]
    numeric = [name for name in features if name not in {*text, *indexes}]
    table = reading.without_missing(replace(opened.read(numeric, text, label or "y", True), notes=notes))
    values = row_values(opened, rows, len(table.values), reading.decimal)
    if held is None:
        return table, None, values, RowValues()
    later = held_values(held, rows, held.beside, reading.decimal)
    return table, reading.without_missing(held.read(numeric, text, "y", True)), values, later


def file_values(path: Path, rows: RowColumns, reading: Reading) -> RowValues:
    """The weights of a test file, where it has such a column, or array."""
    opened: TableFile
    known: Sequence[str]
    if path.suffix.lower() == ".npy":
        return RowValues()
    if path.suffix.lower() == ".npz":
        opened = _npz(path, ("X_test", "X", "X_train"), {name: name for _, name in rows.named})
        known = (*opened.names, *opened.beside)
    else:
        opened = open_table(path, reading)
        known = opened.names
    return held_values(opened, rows, known, reading.decimal)


def model_table(
    path: Path, names: tuple[str, ...], text: Sequence[str], reading: Reading, label: str | None = None
) -> Table:
    """Table of the columns `names`, in that order, of which `text` hold categories; other columns are left alone.

    Columns are found by name (x0, x1, … in archives without names); other arrays are taken by position.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy" and label is not None:
        raise DataError(f"{path.name} has features but no labels; save both as X and y of a .npz file")
    opened: TableFile
    if suffix in (".npz", ".npy"):
        array = _npz(path, ("X_test", "X", "X_train")) if suffix == ".npz" else NpzFile(load_npy(path), named=False)
        by_name = array.named or (suffix == ".npz" and set(names) <= set(array.names))
        opened = array if by_name else _renamed(array, names)
    else:
        opened = open_table(path, reading)
    for name in (*names, *([] if label is None or suffix == ".npz" else [label])):
        if name not in opened.names:
            raise DataError(f"{path.name} lacks the column {name!r} that the training data has; add it")
    numeric = [name for name in names if name not in text]
    table = reading.without_missing(opened.read(numeric, text, label, False))
    order = [table.names.index(name) for name in names]
    values = table.values if table.names == names else table.values[:, order]
    return replace(table, names=names, values=values, for_training=False)


def check_label(path: Path, label: str, features: Sequence[str]) -> None:
    """Raise DataError where the label of data for a model is absent, or is one of the model's features."""
    if path.suffix.lower() in (".npz", ".npy"):
        if label != "y":
            raise DataError(f"{path.name} has no label {label!r}: the label of arrays is y, so use --label y")
    elif label in features:
        raise DataError(f"the column {label!r} is a feature of the model; name its label with --label")
    else:
        _check_known(label, open_table(path).names, path.name, "--label")


def _row_indexes(opened: TableFile, features: Sequence[str], source: str) -> tuple[list[str], tuple[str, ...]]:
    """Which of the feature columns number the rows, and a note on each; where rows are sorted they tell the label.

    A name that pandas alone gives says enough, whatever stands there: rows may have been shuffled or left out since.
    Any other name that tools give must hold whole numbers that rise by one from row to row, from wherever they start;
    one whose numbers rise otherwise is kept, with a note. Raises DataError on other first columns without a name.
    """
    indexes, notes = [], []
    for name in features:
        steps = set[int]()
        if not _ROW_INDEX.fullmatch(name):
            if name.lower() not in PERHAPS_ROW_INDEX:
                continue
            steps = _steps(opened.read([], [name], None, True).texts[name])
        if steps <= {1}:
            what = f"the column {name!r}" if name else "the first column, which has no name,"
            notes.append(f"left out {what} as a row index; to keep it, give it another name")
            indexes.append(name)
        elif not name:
            raise DataError(
                f"column 1 of {source} has no name and does not count the rows; give it one, or leave it out with "
                "--drop ''"
            )
        elif min(steps) > 0:
            notes.append(f"the column {name!r} rises from row to row; if that is a row index, use --drop {name}")
    return indexes, tuple(notes)


def _steps(cells: Sequence[str]) -> set[int]:
    """By how much the whole numbers of a column change from row to row; {0} where it holds something else."""
    try:
        numbers = list(map(int, cells))
    except ValueError:
        return {0}
    return {after - before for before, after in pairwise(numbers)}


def _renamed(array: NpzFile, names: tuple[str, ...]) -> NpzFile:
    if len(array.names) != len(names):
        raise DataError(
            f"{array.table.source} has {len(array.names)} columns where {len(names)} are wanted; give these alone"
        )
    return NpzFile(replace(array.table, names=names), named=True)


def _npz(path: Path, parts: tuple[str, ...], beside: Mapping[str, str] | None = None) -> NpzFile:
    opened = open_npz(path, parts, beside)
    if opened is None:
        raise DataError(f"{path.name} has none of the arrays {', '.join(parts)}; name its features so")
    return opened


def _check_known(name: str, names: Sequence[str], source: str, option: str) -> None:
    if name in names:
        return
    lowered = {other.lower(): other for other in names}
    close = [lowered[match] for match in difflib.get_close_matches(name.lower(), lowered, n=3)]
    advice = f"did you mean {' or '.join(map(repr, close))}" if close else f"its columns are {_listed(names)}"
    if all(other.replace(".", "", 1).lstrip("-").isdecimal() for other in names):
        advice = "its first line holds numbers, so add a header line"
    raise DataError(f"{source} has no column {name!r} as named by {option}; {advice}")


def _listed(names: Sequence[str]) -> str:
    names = [name for name in names if name]
    return ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "")
