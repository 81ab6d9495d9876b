"""From the label column to a task, and to class codes or regression targets."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError, OptionError
from rs2c.base.raw_types import Task
from rs2c.read.coding import sorted_names
from rs2c.read.table import Table
from rs2c.read.text_cells import MAX_AUTO_CLASSES, NotANumberError, parse_numbers


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
    return sorted_names(present)


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
