"""From table columns to what the device reads: categories as codes, numbers in a raw type."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.choices import Missing
from rs2c.base.errors import DataError, OptionError
from rs2c.base.raw_types import INTEGER_TYPES, RAW_TYPES, RawType
from rs2c.read.table import Table

Categories = tuple[tuple[str, ...], ...]

COARSEST = 1 / 10  # standard deviations by which float32 may round a column


def category_tables(table: Table) -> Categories:
    """Categories of every feature, sorted (by value where all are numbers); () for numeric features."""
    return tuple(sorted_names({*table.texts[name]} - {""}) if name in table.texts else () for name in table.names)


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


def unknown_categories(table: Table, categories: Categories) -> tuple[str, ...]:
    """A sentence on each column with cells that are none of its categories, which count as missing."""
    found = []
    for name, known in zip(table.names, categories, strict=True):
        cells = table.texts.get(name, ())
        unknown = {*cells} - {"", *known}
        if unknown:
            rows = [row for row, cell in enumerate(cells) if cell in unknown]
            first = cells[rows[0]]
            found.append(
                f"column {name!r} holds categories that the training data lacks in {len(rows):,} rows, such as "
                f"{first!r} in {table.where(rows[0])}: they count as missing"
            )
    return tuple(found)


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


def sorted_names(names: set[str]) -> tuple[str, ...]:
    """Names of categories or classes in order: by value where all are numbers."""
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
