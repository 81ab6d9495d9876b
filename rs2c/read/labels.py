"""From the label column to a task, and to class codes or regression targets.

A class is the text that stands in the training file. Whatever is scored later is read by that coding, never by its own.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal, DecimalException
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError, OptionError
from rs2c.base.raw_types import Task
from rs2c.read.coding import sorted_names
from rs2c.read.table import Table
from rs2c.read.text_cells import BOOLEANS, MISSING, NotANumberError, parse_numbers

_MAX_AUTO_CLASSES = 20  # values of a label up to which numbers may be classes
_MAX_EXACT = 2**53  # below it a float64 that is whole is one whole number
_NO_VALUE = {*MISSING, "inf", "infinity"}
_WHOLE = re.compile(r"([+-]?\d+)\.0+")


def choose_task(table: Table, wanted: str) -> Task:
    """Task of a labelled table.

    `auto`: text and booleans are classes. Integers of arrays are classes and floats are targets. Whole numbers of CSV
    and Parquet files are classes if they take at most 20 values and at most half as many as there are rows; words for
    what is missing, such as none, are values there; what a file declares to be classes is. Raises DataError on text,
    and integers of arrays, of 20 values or more that differ in more than half of the rows.
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
    numbers = None if table.is_array or table.label_is_class else _numbers(label)
    if numbers is not None:
        known = numbers[~np.isnan(numbers)]
        whole = bool(np.all((known == np.round(known)) & (np.abs(known) < _MAX_EXACT)))
        values = len(np.unique(known)) + len({*label[np.isnan(numbers)].tolist()} - {""})
        return "classify" if whole and values <= min(_MAX_AUTO_CLASSES, len(label) // 2) else "regress"
    distinct = len(np.unique(label))
    if distinct >= _MAX_AUTO_CLASSES and distinct > len(label) / 2:
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
        other = f", or use {table.option('task', 'classify')}" if table.for_training else ""
        raise DataError(
            f"the label {table.label_name!r} is {str(_label(table)[error.index])!r} in {table.where(error.index)}, "
            f"which is no regression target; correct that value{other}"
        ) from None
    _check_label(replace(table, label=label))
    with np.errstate(over="ignore"):
        y = label.astype(np.float32)
    if np.isinf(y).any():
        row = int(np.argmax(np.isinf(y)))
        raise DataError(f"the label {table.label_name!r} is {label[row]:g} in {table.where(row)}; correct that value")
    return y


def names_of_classes(labels: Iterable[object]) -> tuple[str, ...]:
    """What distinct labels (k,), text, booleans or numbers, are called as classes: 1, 1.0, True are "1", "1", "True".

    Text stays as it is, but where all is written as n.0, as a float column writes integers, it is n.
    """
    names = tuple(_number_text(label) for label in labels)
    cut = [match[1] for match in map(_WHOLE.fullmatch, names) if match]
    if len(cut) < len(names) or len(set(cut)) < len(names):
        return names
    return tuple("0" if name == "-0" else name for name in cut)


def class_labels(table: Table) -> NDArray[np.str_]:
    """Class name of every row (n,) of a training table: see `names_of_classes`, or the array's own class names."""
    _check_label(table)
    distinct, codes = np.unique(_label(table), return_inverse=True)
    if not table.class_names:
        names = names_of_classes(distinct)
    elif distinct.dtype.kind == "U":
        names = tuple(distinct.tolist())
    else:
        names = _listed_names(distinct, table.class_names)
    return np.array(names, dtype=np.str_)[codes]


def class_table(table: Table, labels: NDArray[np.str_]) -> tuple[str, ...]:
    """Class names in code order: the array's own order, else sorted. Raises DataError on one, and on one a row."""
    present = {str(name) for name in np.unique(labels)}
    if len(present) < 2:
        raise DataError(
            f"the label {table.label_name!r} has one class only ({present.pop()!r}); give data with at least two"
        )
    if table.source and len(present) == len(labels):
        raise DataError(
            f"the label {table.label_name!r} is another one in each of the {len(labels)} rows; choose "
            f"{table.option('task', 'regress')}, or another label"
        )
    if present <= set(table.class_names):
        return tuple(name for name in table.class_names if name in present)
    return sorted_names(present)


def class_codes(labels: NDArray[np.str_], class_names: tuple[str, ...]) -> NDArray[np.int64]:
    """Codes (n,) of the names of training rows, all of which are in `class_names`."""
    distinct, inverse = np.unique(labels, return_inverse=True)
    codes = {name: code for code, name in enumerate(class_names)}
    return np.array([codes[str(name)] for name in distinct], dtype=np.int64)[inverse]


def coded_labels(
    table: Table, class_names: tuple[str, ...], task: Task, code_names: tuple[str, ...] = ()
) -> NDArray[Any]:
    """Labels (n,) of a table that was not trained on: int64 codes into `class_names`, or float32 targets.

    A class is found by equal text, else by an equal number (true and false are 1 and 0) that no other class has.
    Integers of an array are codes into its own class names, where it has some, or into `code_names`, those of the
    training archive. Raises DataError, naming the row, on a label that is missing, no target, or no such class.
    """
    if task == "regress":
        return targets(table)
    _check_label(table)
    distinct, inverse = np.unique(_label(table), return_inverse=True)
    by_text = {name: code for code, name in enumerate(class_names)}
    by_number: dict[Decimal, list[int]] = {}
    for code, name in enumerate(class_names):
        if (number := _number(name)) is not None:
            by_number.setdefault(number, []).append(code)
    codes = []
    for index, name in enumerate(_names_elsewhere(table, distinct, class_names, code_names)):
        number = _number(name)
        alike = [by_text[name]] if name in by_text else by_number.get(number, []) if number is not None else []
        if len(alike) != 1:
            where = table.where(int(np.argmax(inverse == index)))
            label = f"the class {name!r} of label {table.label_name!r} in {where}"
            if alike:
                which = " or ".join(repr(class_names[code]) for code in alike)
                raise DataError(f"{label} could be {which} of the training data; write it as there")
            raise DataError(f"{label} is not in the training data; add rows of it there or remove it here")
        codes += alike
    return np.array(codes, dtype=np.int64)[inverse]


def label_notes(table: Table, class_names: tuple[str, ...]) -> tuple[str, ...]:
    """A line on each class of a training table that is a word for no value, such as none, among numbers."""
    words = [name for name in class_names if name.lower().lstrip("+-") in _NO_VALUE]
    if _label(table).dtype.kind != "U" or any(_number(name) is None for name in class_names if name not in words):
        return ()
    return tuple(
        f"{word!r} is a class of the label {table.label_name!r}, in {np.count_nonzero(_label(table) == word)} rows; "
        "remove these if it means that the label is missing"
        for word in words
    )


def _names_elsewhere(
    table: Table, distinct: NDArray[Any], class_names: tuple[str, ...], code_names: tuple[str, ...]
) -> tuple[str, ...]:
    """Names (k,) of the distinct labels of a table that was not trained on."""
    listed = table.class_names
    numbered = all(_number(name) is not None for name in class_names)
    if not code_names and numbered and not all(_number(name) is not None for name in listed):
        listed = ()  # names for the very codes that training called by their numbers
    if not listed and not numbered and code_names:
        listed = code_names
        if distinct.dtype.kind == "U" and all(cell.isdecimal() for cell in distinct.tolist()):
            distinct = distinct.astype(np.int64)
    if listed and distinct.dtype.kind != "U":
        return _listed_names(distinct, listed)
    return tuple(map(_number_text, distinct))


def _listed_names(codes: NDArray[Any], listed: tuple[str, ...]) -> tuple[str, ...]:
    """Names (k,) of codes into a list of class names."""
    wrong = codes[(codes < 0) | (codes >= len(listed)) | (codes != np.round(codes))]
    if len(wrong):
        raise DataError(
            f"class_names has {len(listed)} names but a label is {wrong[0]:.9g}; add the missing names, or correct it"
        )
    return tuple(listed[int(code)] for code in codes)


def _number_text(label: object) -> str:
    """A label as text; whole floats as integers are written."""
    if isinstance(label, (float, np.floating)) and label == np.round(label) and abs(label) < _MAX_EXACT:
        return str(int(label))
    return str(label)


def _number(text: str) -> Decimal | None:
    """The number that a class name is, exactly; None where it is none. Underscores make a name, see `parse_numbers`."""
    if text.lower() in BOOLEANS:
        return Decimal(BOOLEANS[text.lower()])
    try:
        number = Decimal(text.replace("_", "x"))
    except DecimalException:
        return None
    return number if number.is_finite() else None


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


def _numbers(label: NDArray[np.str_]) -> NDArray[np.float64] | None:
    """Numbers (n,) that a column of text is, NaN where one is missing; None where it holds text or booleans.

    A few codes of which some differ in leading zeros alone, as "01" and "1" do, are text.
    """
    distinct = {*label.tolist()}
    zeros = len(distinct) <= _MAX_AUTO_CLASSES and len({cell.lstrip("0") or "0" for cell in distinct}) < len(distinct)
    if zeros or any(cell.lower() in BOOLEANS for cell in distinct):
        return None
    try:
        return parse_numbers(label.tolist())[0]
    except NotANumberError:
        return None


def _label_numbers(table: Table) -> NDArray[Any]:
    """The label as it is, or parsed where it is text; raises NotANumberError."""
    label = _label(table)
    return parse_numbers(label.tolist())[0] if label.dtype.kind == "U" else label


def _label(table: Table) -> NDArray[Any]:
    assert table.label is not None
    return table.label
