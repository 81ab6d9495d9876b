"""Data as the rest of rs2c sees it: raw device inputs, coded labels, and their split into training and test rows."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rs2c.base.choices import Missing, Task
from rs2c.base.errors import DataError, OptionError
from rs2c.base.missing_value import MissingValue
from rs2c.base.raw_types import RAW_TYPES
from rs2c.read.coding import (
    Categories,
    category_tables,
    check_training_columns,
    choose_raw_type,
    coded_values,
    raw_values,
    unknown_categories,
)
from rs2c.read.columns import check_label, file_values, model_table, training_tables
from rs2c.read.far_targets import far_notes
from rs2c.read.held_out import draw_test_rows
from rs2c.read.labels import choose_task, class_codes, class_labels, class_table, coded_labels, label_notes, targets
from rs2c.read.npz import array_table
from rs2c.read.order_notes import order_note, repeat_note
from rs2c.read.reading import Reading
from rs2c.read.row_columns import RowColumns
from rs2c.read.sentinels import sentinel_notes, target_notes
from rs2c.read.table import Table

MIN_ROWS = 10


@dataclass(frozen=True, eq=False)
class Dataset:
    """A labelled table whose X is what the device reads.

    X is n×d of int8, uint8, int16, uint16 or float32, in the user's units; a categorical feature holds codes 0, 1, …
    into its entry of `categories` (() for numeric features), and NaN stands for a missing value (float32 only).
    y is (n,): int64 codes into `class_names`, or float32 targets, for which `class_names` is empty.
    `missing`: whether a value may be missing on the device, where it then stands for the training mean;
    `missing_values` were declared so, and are NaN in X.
    Of each row (n,), or None: `weight`, float64 above 0, by which it counts; `groups`, int64, of which none may stand
    on both sides of a split; `order`, float64, its time, where the last rows are to be held back.
    """

    name: str
    X: NDArray[Any]
    y: NDArray[Any]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    task: Task
    categories: Categories
    missing: Missing = "error"
    missing_values: tuple[MissingValue, ...] = ()
    weight: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None
    order: NDArray[np.float64] | None = None

    def take(self, rows: NDArray[np.int64]) -> "Dataset":
        """The data set of some rows, in the order given."""
        weight, groups, order = (_taken(values, rows) for values in (self.weight, self.groups, self.order))
        return replace(self, X=self.X[rows], y=self.y[rows], weight=weight, groups=groups, order=order)

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of everything but the name, groups and order; the same on any machine."""
        names = (self.feature_names, self.class_names, self.task, self.categories, str(self.X.dtype), self.X.shape)
        digest = hashlib.sha256(repr(names).encode())
        for array in (self.X, self.y, *([] if self.weight is None else [self.weight])):
            digest.update(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).data)
        return digest.hexdigest()


def _taken(values: NDArray[Any] | None, rows: NDArray[np.int64]) -> NDArray[Any] | None:
    return None if values is None else values[rows]


@dataclass(frozen=True, eq=False)
class Split:
    """Training and test data; `train_rows` and `test_rows` (int64) are their rows in the data file, counted from 0.

    `test_rows` is None where the test data came from elsewhere: a test file, or X_test of an archive. `by` says how
    they were chosen. `notes` are lines for the user on what the data were taken for.
    """

    train: Dataset
    test: Dataset
    train_rows: NDArray[np.int64]
    test_rows: NDArray[np.int64] | None
    notes: tuple[str, ...] = ()
    by: Literal["chance", "groups", "time", "given"] = "chance"


def of_numbers(
    X: NDArray[Any],
    y: NDArray[Any],
    feature_names: tuple[str, ...],
    class_names: tuple[str, ...],
    categories: Categories | None = None,
) -> Dataset:
    """Data set of X (n×d) in a raw type and y (n,): codes into `class_names`, or float32 targets where it is empty.

    `categories` are those of every column, whose codes X holds; None where all are numbers.
    """
    task: Task = "classify" if class_names else "regress"
    return Dataset("arrays", X, y, feature_names, class_names, task, categories or ((),) * X.shape[1])


def from_arrays(
    X: Any,
    y: Any,
    *,
    name: str = "arrays",
    feature_names: Sequence[str] | None = None,
    task: str = "auto",
    missing: Missing = "error",
    raw_type: str = "auto",
) -> Dataset:
    """Data set of arrays: X n×d (boolean, integer or float), y (n,) numbers or text.

    For `task` and `raw_type` see `choose_task` and `choose_raw_type`. Raises DataError or OptionError.
    """
    labels = np.asarray(y)
    if labels.dtype == np.object_:
        plain = np.array(labels.tolist())  # of pandas: its strings, its whole numbers and booleans that may be missing
        if plain.dtype.kind in "biuf" or all(isinstance(label, str) for label in labels.flat):
            labels = plain
    names = None if feature_names is None else tuple(feature_names)
    return _datasets(name, array_table(np.asarray(X), labels, names=names), None, task, missing, raw_type)[0]


def load_split(
    data: Path,
    label: str | None,
    *,
    test: Path | None = None,
    test_size: float = 0.2,
    drop: Sequence[str] = (),
    categorical: Sequence[str] = (),
    group_column: str | None = None,
    time: str | None = None,
    sample_weight: str | None = None,
    missing: Missing | None = None,
    task: str = "auto",
    raw_type: str = "auto",
    reading: Reading | None = None,
    seed: int,
) -> Split:
    """Training and test data of a CSV, TSV, ARFF, Parquet or `.npz` file.

    The test rows are those of the file `test` if named, else X_test of an archive that has it, else a share
    `test_size` of the rows: whole groups of `group_column`, the last by the column `time` ("rows": as they stand in
    the file), else drawn with `seed` and stratified by class. `sample_weight` is the column of how much rows count,
    here and in test data that have it. Of archives these are arrays, for X_test with _test at the end of their name.
    The label of an archive is its y.
    Categories and classes are those of the whole file `data`. For `task` and `raw_type` see `choose_task` and
    `choose_raw_type`. `missing` is "mean" where it is left out and values are declared missing, else "error".

    Raises DataError, naming column and row, on data that cannot be used; OptionError on bad options;
    MissingToolError for Parquet without pyarrow.
    """
    if not 0 < test_size < 1:
        raise OptionError(f"the test size is {test_size}; choose a share between 0 and 1, such as 0.2")
    reading = reading or Reading()
    missing = missing or ("mean" if reading.missing_values else "error")
    if missing not in get_args(Missing):
        raise OptionError(f"unknown treatment of missing values {missing!r}; choose {' or '.join(get_args(Missing))}")
    columns = RowColumns(sample_weight, group_column, time)
    table, held, facts, later = training_tables(data, label, drop, categorical, reading, columns)
    if test is not None:
        held = model_table(test, table.names, list(table.texts), reading, table.label_name)
        later = file_values(test, columns, reading)
    both = _datasets(data.stem, table, held, task, missing, raw_type)
    both = tuple(
        replace(part, missing_values=reading.missing_values, weight=of.weight, groups=of.groups, order=of.order)
        for part, of in zip(both, (facts, later), strict=False)
    )
    notes = (*table.notes, *label_notes(table, both[0].class_names), *sentinel_notes(table))
    if both[0].task == "regress":
        notes += (*target_notes(table.label_name, both[0].y), *far_notes(both[0].y, table.where))
    if held is not None:
        notes += unknown_categories(held, both[0].categories)
    rows = np.arange(len(table.values), dtype=np.int64)
    if len(both) == 2:
        return _told(Split(*both, rows, None, notes, "given"), both[0])
    test_rows = draw_test_rows(both[0], test_size, seed)
    train_rows = np.setdiff1d(rows, test_rows)
    by: Any = "groups" if group_column is not None else "chance" if time is None else "time"
    return _told(Split(both[0].take(train_rows), both[0].take(test_rows), train_rows, test_rows, notes, by), both[0])


def load_features(
    path: Path,
    *,
    feature_names: Sequence[str],
    categories: Categories,
    raw_type: str,
    missing: Missing = "error",
    reading: Reading | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> NDArray[Any]:
    """Features X (n×d, of dtype `raw_type`) that a model reads, from a CSV, TSV, ARFF, Parquet, `.npz` or `.npy` file.

    Columns are found by name, in any order; others are left alone. Arrays that do not know the names are taken by
    position. `tell` is given a sentence on each column with categories that count as missing because the model knows
    none of them. Raises DataError where a column is absent, or a value does not fit the raw type or its categories.
    """
    if raw_type not in RAW_TYPES:
        raise OptionError(f"unknown raw type {raw_type!r}; choose one of {', '.join(RAW_TYPES)}")
    if missing == "mean" and raw_type != "float32":
        raise OptionError(f"the model reads {raw_type}, which has no missing values; fill them in, or fit with float32")
    names = tuple(feature_names)
    text = [name for name, table in zip(names, categories, strict=True) if table]
    table = replace(model_table(path, names, text, reading or Reading()), may_be_missing=raw_type == "float32")
    values = coded_values(table, categories, missing)
    for sentence in unknown_categories(table, categories):
        tell(sentence)
    return raw_values(table, values, raw_type)


def load_labels(
    path: Path,
    label: str,
    *,
    feature_names: Sequence[str],
    class_names: tuple[str, ...],
    reading: Reading | None = None,
) -> NDArray[Any]:
    """Labels (n,) of data for a model, by its own coding: int64 codes into `class_names`, float32 targets without.

    `label` names a column, of an archive its y. Raises DataError where it is absent or one of the model's features, and
    as `coded_labels` does.
    """
    check_label(path, label, feature_names)
    table = model_table(path, (), (), reading or Reading(), label)
    if table.label is None:
        raise DataError(f"{table.source} has features but no labels; add the array y, or leave --label out")
    return coded_labels(table, class_names, "classify" if class_names else "regress")


def _told(split: Split, data: Dataset) -> Split:
    """A split with a line on how the test rows were chosen, where by more than chance, or on what chance hides."""
    rows = f"{len(split.test.y):,} of {len(data.y):,} rows"
    if split.by == "time":
        return replace(split, notes=(*split.notes, f"the last {rows} are the test rows"))
    if split.by == "groups":
        held, known = (len({*part.groups.tolist()}) for part in (split.test, data) if part.groups is not None)
        return replace(split, notes=(*split.notes, f"{held:,} of {known:,} groups, {rows}, are the test rows"))
    told = data.groups is not None or data.order is not None
    found = (*(() if told else order_note(data)), *repeat_note(split.train, split.test))
    return replace(split, notes=split.notes + found)


def _datasets(
    name: str, table: Table, held: Table | None, task: str, missing: Missing, raw_type: str
) -> tuple[Dataset, ...]:
    """Data sets of the training table and, where there is one, the test table, coded alike."""
    tables = (table,) if held is None else (table, held)
    for t in tables:
        if t.label is None:
            raise DataError(f"{t.source} has features but no labels; add the array y (y_train to X_train)")
        if len(t.values) == 0:
            raise DataError(f"{t.source or 'X'} has no rows of data; add some")
    if table.source and len(table.values) < MIN_ROWS:
        raise DataError(f"{table.source} has {len(table.values)} rows of data; give it at least {MIN_ROWS}")
    categories = category_tables(table)
    values = [coded_values(t, categories, missing) for t in tables]
    check_training_columns(table, values[0])
    kind = choose_task(table, task)
    ys: list[NDArray[Any]]
    if kind == "classify":
        labels = class_labels(table)
        class_names = class_table(table, labels)
        ys = [class_codes(labels, class_names)]
    else:
        class_names = ()
        ys = [targets(table)]
        if table.source and ys[0].min() == ys[0].max():
            raise DataError(f"the label {table.label_name!r} is always {ys[0][0]:g}; choose a label that varies")
    if held is not None:
        ys.append(coded_labels(held, class_names, kind, table.class_names))
    raw = choose_raw_type(list(zip(tables, values, strict=True)), raw_type, missing)
    return tuple(
        Dataset(name, raw_values(t, v, raw), y, table.names, class_names, kind, categories, missing)
        for t, v, y in zip(tables, values, ys, strict=True)
    )
