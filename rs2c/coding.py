"""From table columns to what the device reads: categories and classes as codes, numbers in a raw type."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rs2c.cells import MAX_AUTO_CLASSES, NotANumberError, parse_numbers
from rs2c.errors import DataError, OptionError
from rs2c.raw_types import INTEGER_TYPES, RAW_TYPES, RawType, Task
from rs2c.read_table import Table

Missing = Literal["error", "mean"]
Categories = tuple[tuple[str, ...], ...]

COARSEST = 1 / 10  # standard deviations by which float32 may round a column


def category_tables(table: Table) -> Categories:
    """Categories of every feature, sorted (by value where all are numbers); () for numeric features."""
    return tuple(_sorted_names({*table.texts[name]} - {""}) if name in table.texts else () for name in table.names)


def coded_values(table: Table, categories: Categories, missing: Missing) -> NDArray[Any]:
    """Values (n×d) of a table with each category replaced by its code; NaN where missing.

    With missing="mean" a category that the table of categories lacks counts as missing, with "error" it is one.
    Raises DataError, naming column and row, on values that cannot be used.
    """
    values = table.values
    if table.texts:
        values = values.astype(np.float64)
        for j, names in enumerate(categories):
            if table.names[j] in table.texts:
                values[:, j] = _codes(table, j, names, missing)
    if values.dtype.kind == "f":
        _check_finite(table, values, missing)
    return values


def choose_raw_type(tables: Sequence[tuple[Table, NDArray[Any]]], wanted: str, missing: Missing) -> RawType:
    """Raw type that holds the coded values of all `tables`.

    `auto`: the dtype of arrays that have one of the raw types, else the first of uint8, int8, uint16, int16 that
    holds every value if all were written as integers, else float32. missing="mean" needs float32, whose NaN
    stands for a missing value.
    """
    for raw_type in RAW_TYPES:
        if raw_type == wanted:
            if missing == "mean" and raw_type != "float32":
                raise OptionError(f"missing values cannot be told in {raw_type}; use the raw type float32 with them")
            return raw_type
    if wanted != "auto":
        raise OptionError(f"unknown raw type {wanted!r}; choose auto or one of {', '.join(RAW_TYPES)}")
    if missing == "mean" or not all(table.integer for table, _ in tables):
        return "float32"
    dtypes = {str(values.dtype) for _, values in tables}
    for raw_type in RAW_TYPES:
        if dtypes == {raw_type}:
            return raw_type
    least = min(int(values.min()) for _, values in tables)
    most = max(int(values.max()) for _, values in tables)
    for raw_type in INTEGER_TYPES:
        if np.iinfo(raw_type).min <= least and most <= np.iinfo(raw_type).max:
            return raw_type
    return "float32"


def raw_values(table: Table, values: NDArray[Any], raw_type: RawType) -> NDArray[Any]:
    """Coded values (n×d) in the raw type. Raises DataError, naming column and row, where one does not fit."""
    if values.dtype == raw_type:
        return values
    if raw_type == "float32":
        with np.errstate(over="ignore"):
            raw = values.astype(np.float32)
        bad = np.isinf(raw)
    else:
        info = np.iinfo(raw_type)
        with np.errstate(invalid="ignore"):
            bad = ~((values >= info.min) & (values <= info.max))
            if values.dtype.kind == "f":
                bad |= values != np.round(values)
        raw = np.where(bad, 0, values).astype(raw_type)
    if bad.any():
        row, j = _first(bad)
        wider = _wider(values, raw_type)
        advice = "correct it" if wider == raw_type else f"correct it or fit with {table.option('raw-type', wider)}"
        raise DataError(
            f"column {table.names[j]!r} holds {values[row, j]:.9g} in {table.where(row)}, which {raw_type} cannot "
            f"hold; {advice}"
        )
    return raw


def check_training_columns(table: Table, values: NDArray[Any]) -> None:
    """Raise DataError on columns without any value, on those that no raw type holds, and on constant columns in files.

    A column such as a time since 1970 loses itself in the 24 bits of float32. Arrays often have constant columns on
    purpose (the rim of an image); they end with weight zero.
    """
    if values.shape[1] == 0:
        raise DataError(f"{table.source or 'X'} has no feature left; keep at least one column beside the label")
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=np.bool_)
    for j in np.flatnonzero(missing.all(axis=0)):
        raise DataError(f"column {table.names[j]!r} has no value at all; {table.leave_out(table.names[j])}")
    check_float32(values, table.names, table.leave_out)
    if table.is_array:
        return
    constant = np.flatnonzero(np.nanmin(values, axis=0) == np.nanmax(values, axis=0))
    if len(constant):
        names = [table.names[j] for j in constant]
        options = " ".join(table.option("drop", name) for name in names)
        which = f"columns {', '.join(map(repr, names))} are" if len(names) > 1 else f"column {names[0]!r} is"
        raise DataError(f"{which} constant; leave out what never changes with {options}")


def check_float32(
    values: NDArray[Any], names: Sequence[str], leave_out: Callable[[str], str] = lambda _: "leave it out"
) -> None:
    """Raise DataError on a column of `values` (n, d) whose changes are too small for float32; NaN do not matter."""
    if values.dtype in RAW_TYPES.values():
        return
    for name, column in zip(names, values.T.astype(np.float64), strict=True):
        with np.errstate(over="ignore"):
            lost = np.abs(column.astype(np.float32) - column)
        if 0 < COARSEST * np.nanstd(column) < np.nanmax(lost, where=lost < np.inf, initial=0):
            raise DataError(
                f"column {name!r} changes by less than float32 can tell near {np.nanmin(column):.0f}; subtract such a "
                f"number from it, or {leave_out(name)}"
            )


def choose_task(table: Table, wanted: str) -> Task:
    """Task of a labelled table.

    `auto`: text and booleans are classes. Integers of arrays are classes and floats are targets. Whole numbers of
    CSV and Parquet files are classes if they take at most 20 values and at most half as many as there are rows.
    Raises DataError on text, and integers of arrays, of 20 values or more that differ in more than half of the rows.
    """
    label = _label(table)
    if wanted == "classify":
        return "classify"
    if wanted == "regress":
        return "regress"
    if wanted != "auto":
        raise OptionError(f"unknown task {wanted!r}; choose auto, classify or regress")
    if label.dtype.kind == "f":
        return "regress"
    distinct = len(np.unique(label))
    if label.dtype.kind != "U" and not table.is_array:
        return "classify" if distinct <= min(MAX_AUTO_CLASSES, len(label) // 2) else "regress"
    if distinct >= MAX_AUTO_CLASSES and distinct > len(label) / 2:
        _check_label(table)
        many = f"the label {table.label_name!r} has {distinct} different values in {len(label)} rows"
        classify = table.option("task", "classify")
        try:
            _label_numbers(table)
        except NotANumberError as error:
            cell, where = str(label[error.index]), table.where(error.index)
            raise DataError(f"{many}, such as {cell!r} in {where}; correct that value, or choose {classify}") from None
        raise DataError(f"{many}; choose {table.option('task', 'regress')} or {classify}")
    return "classify"


def targets(table: Table) -> NDArray[np.float32]:
    """Regression targets (n,). Raises DataError where one is text, missing or infinite."""
    try:
        label = _label_numbers(table)
    except NotANumberError as error:
        raise DataError(
            f"the label {table.label_name!r} is {str(_label(table)[error.index])!r} in {table.where(error.index)}, "
            f"which is no regression target; correct that value, or use {table.option('task', 'classify')}"
        ) from None
    _check_label(replace(table, label=label))
    with np.errstate(over="ignore"):
        y = label.astype(np.float32)
    if np.isinf(y).any():
        row = int(np.argmax(np.isinf(y)))
        raise DataError(f"the label {table.label_name!r} is {label[row]:g} in {table.where(row)}; correct that value")
    return y


def class_labels(table: Table) -> NDArray[np.str_]:
    """Class name of every row (n,): text as it stands, numbers as integers, or the array's own class names."""
    label = _label(table)
    _check_label(table)
    if label.dtype.kind == "U":
        return label
    if label.dtype.kind == "f" and (label != np.round(label)).any():
        row = int(np.argmax(label != np.round(label)))
        raise DataError(
            f"the label {table.label_name!r} is {label[row]:g} in {table.where(row)}, which is no class; "
            f"use {table.option('task', 'regress')}"
        )
    distinct, codes = np.unique(label, return_inverse=True)
    if table.class_names and not (distinct[0] >= 0 and distinct[-1] < len(table.class_names)):
        wrong = distinct[0] if distinct[0] < 0 else distinct[-1]
        raise DataError(
            f"class_names has {len(table.class_names)} names but a label is {wrong:.0f}; add the missing names"
        )
    names = [table.class_names[int(v)] if table.class_names else str(int(v)) for v in distinct]
    return np.array(names, dtype=np.str_)[codes]


def class_table(table: Table, labels: NDArray[np.str_]) -> tuple[str, ...]:
    """Class names in code order: the array's own order, else sorted. Raises DataError on fewer than two."""
    present = {str(name) for name in np.unique(labels)}
    if len(present) < 2:
        raise DataError(
            f"the label {table.label_name!r} has one class only ({present.pop()!r}); give data with at least two"
        )
    if present <= set(table.class_names):
        return tuple(name for name in table.class_names if name in present)
    return _sorted_names(present)


def class_codes(table: Table, labels: NDArray[np.str_], class_names: tuple[str, ...]) -> NDArray[np.int64]:
    """Codes (n,) of class names. Raises DataError on a class that `class_names` lacks."""
    distinct, inverse = np.unique(labels, return_inverse=True)
    codes = {name: code for code, name in enumerate(class_names)}
    for name in distinct:
        if str(name) not in codes:
            row = int(np.argmax(labels == name))
            raise DataError(
                f"the class {str(name)!r} of label {table.label_name!r} in {table.where(row)} is not in the training "
                "data; add rows of it there or remove it here"
            )
    return np.array([codes[str(name)] for name in distinct], dtype=np.int64)[inverse]


def _codes(table: Table, j: int, names: tuple[str, ...], missing: Missing) -> NDArray[np.float64]:
    column = table.names[j]
    codes = {name: float(code) for code, name in enumerate(names)}
    cells = table.texts[column]
    if missing == "error":
        for row, cell in enumerate(cells):
            if not cell:
                advice = table.allow_missing(table.leave_out(column))
                raise DataError(f"column {column!r} is empty in {table.where(row)}; {advice}")
            if cell not in codes:
                raise DataError(
                    f"column {column!r} holds {cell!r} in {table.where(row)}, a category that the training data lacks; "
                    f"{table.allow_missing('correct it')}"
                )
    return np.array([codes.get(cell, np.nan) for cell in cells])


def _check_finite(table: Table, values: NDArray[Any], missing: Missing) -> None:
    if np.isfinite(values).all():
        return
    infinite = np.isinf(values)
    if infinite.any():
        row, j = _first(infinite)
        raise DataError(f"column {table.names[j]!r} is infinite in {table.where(row)}; correct it or remove that row")
    if missing == "error":
        row, j = _first(np.isnan(values))
        raise DataError(
            f"column {table.names[j]!r} has {int(np.isnan(values[:, j]).sum())} missing values, the first in "
            f"{table.where(row)}; {table.allow_missing(table.leave_out(table.names[j]))}"
        )


def _check_label(table: Table) -> None:
    label = _label(table)
    if label.dtype.kind == "f" and np.isinf(label).any():
        where = table.where(int(np.argmax(np.isinf(label))))
        raise DataError(f"the label {table.label_name!r} is infinite in {where}; correct it or remove that row")
    gone = label == "" if label.dtype.kind == "U" else np.isnan(label.astype(np.float64))
    if gone.any():
        raise DataError(
            f"the label {table.label_name!r} is missing in {table.where(int(np.argmax(gone)))}; fill it in or remove "
            "that row"
        )


def _label_numbers(table: Table) -> NDArray[Any]:
    """The label as it is, or parsed where it is text; raises NotANumberError."""
    label = _label(table)
    return parse_numbers(label.tolist())[0] if label.dtype.kind == "U" else label


def _label(table: Table) -> NDArray[Any]:
    assert table.label is not None
    return table.label


def _sorted_names(names: set[str]) -> tuple[str, ...]:
    try:
        values = {name: float(name) for name in names}
    except ValueError:
        return tuple(sorted(names))
    if not np.isfinite(list(values.values())).all():  # NaN has no order
        return tuple(sorted(names))
    return tuple(sorted(names, key=lambda name: (values[name], name)))


def _first(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Row and column of the first True, column by column, as a reader of the file looks for it."""
    j = int(np.argmax(mask.any(axis=0)))
    return int(np.argmax(mask[:, j])), j


def _wider(values: NDArray[Any], raw_type: RawType) -> RawType:
    """The next raw type after `raw_type` that holds all of `values`; float32 at last."""
    low, high = np.nanmin(values), np.nanmax(values)
    if bool((values == np.round(values)).all()):
        for candidate in INTEGER_TYPES:
            if candidate != raw_type and np.iinfo(candidate).min <= low and high <= np.iinfo(candidate).max:
                return candidate
    return "float32"
