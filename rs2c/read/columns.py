"""Which columns of a file to read: by option for training, by name or position for a test set and for a model."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rs2c.base.errors import DataError
from rs2c.read.files import open_table
from rs2c.read.npz import NpzFile, load_npy, open_npz
from rs2c.read.reading import Reading
from rs2c.read.table import Table, TableFile

# The column in which pandas stores a row index without a name; where rows are sorted it tells their class.
_ROW_INDEX = re.compile(r"__index_level_\d+__")


def training_tables(
    data: Path, label: str | None, drop: Sequence[str], categorical: Sequence[str], reading: Reading
) -> tuple[Table, Table | None]:
    """Table of the training file with `drop` left out, and that of X_test if the file is an archive that has it.

    Columns that the file itself says are categories are so beside `categorical`. Raises DataError, naming the option,
    on a column that is absent or has two uses.
    """
    opened: TableFile
    held = None
    if data.suffix.lower() == ".npz":
        if label not in (None, "y"):
            raise DataError(f"{data.name} has no label {label!r}: its label is the array y, so leave --label out")
        label = None  # a feature may be called y as well
        opened = _npz(data, ("X_train", "X"))
        held = open_npz(data, ("X_test",))
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
    of_column = [value.column for value in reading.missing_values if value.column is not None]
    for option, names in (("--drop", drop), ("--categorical", categorical), ("--missing-value", of_column)):
        for name in names:
            _check_known(name, opened.names, data.name, option)
            if name == label:
                raise DataError(f"the column {name!r} is the label; take it out of {option}")
    for name in drop:
        if name in categorical:
            raise DataError(f"the column {name!r} is in both --drop and --categorical; take it out of one")
    features = [name for name in opened.names if name not in {*drop, label}]
    indexes = [name for name in features if _ROW_INDEX.fullmatch(name) and name not in categorical]
    text = [name for name in features if name in categorical or (name in opened.categorical and name not in indexes)]
    numeric = [name for name in features if name not in {*text, *indexes}]
    notes = tuple(f"left out the column {name!r}, a row index; to keep it, give it another name" for name in indexes)
    table = reading.without_missing(replace(opened.read(numeric, text, label or "y", True), notes=notes))
    if held is None:
        return table, None
    return table, reading.without_missing(held.read(numeric, text, "y", True))


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


def _renamed(array: NpzFile, names: tuple[str, ...]) -> NpzFile:
    if len(array.names) != len(names):
        raise DataError(
            f"{array.table.source} has {len(array.names)} columns where {len(names)} are wanted; give these alone"
        )
    return NpzFile(replace(array.table, names=names), named=True)


def _npz(path: Path, parts: tuple[str, ...]) -> NpzFile:
    opened = open_npz(path, parts)
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
    return ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "")
