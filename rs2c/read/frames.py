"""Data frames of pandas: categories to codes, as in files."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from rs2c.base.choices import Missing
from rs2c.read.coding import Categories, category_tables, coded_values
from rs2c.read.table import Table, check_names
from rs2c.read.text_cells import NotANumberError, category_text, parse_numbers


def coded_frame(
    X: Any, missing: Missing, known: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Any, Categories | None]:
    """A data frame with codes in place of its categories, and the categories of every column, () for numbers.

    Categories are the columns that `known` has some for; where it is None, those of type `category`, and those of text
    that is not all numbers. What is no data frame, or has no categories, comes back as it is, with None. A code is NaN
    where it is missing, which is an error unless `missing` is "mean". Raises DataError, naming column and row.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(X, pandas.DataFrame):
        return X, None
    texts = {
        j: _cells(X.iloc[:, j], pandas)
        for j, name in enumerate(map(str, X.columns))
        if (_is_categorical(X.iloc[:, j], pandas) if known is None else known.get(name))
    }
    if not texts:
        return X, None
    names = tuple(map(str, X.columns))
    check_names(names, "X")
    table = Table(
        source="",
        names=tuple(names[j] for j in texts),
        values=np.zeros((len(X), len(texts))),
        integer=True,
        texts={names[j]: cells for j, cells in texts.items()},
        for_training=known is None,
        may_be_missing=False,
    )
    found = category_tables(table) if known is None else tuple(known[name] for name in table.names)
    codes = coded_values(table, found, missing)
    coded, categories = X.copy(deep=False), dict(zip(texts, found, strict=True))
    for j, column in zip(texts, codes.T, strict=True):
        whole = not np.isnan(column).any()
        coded.isetitem(j, column.astype(np.min_scalar_type(len(categories[j]))) if whole else column)
    return coded, tuple(categories.get(j, ()) for j in range(len(names)))


def _is_categorical(column: Any, pandas: Any) -> bool:
    if isinstance(column.dtype, pandas.CategoricalDtype):
        return True
    if not pandas.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        return False
    words = [cell for cell in column if isinstance(cell, str)]
    try:
        parse_numbers(words)
    except NotANumberError:
        return True
    return False


def _cells(column: Any, pandas: Any) -> tuple[str, ...]:
    """Cells (n,) of a column as text, "" where missing."""
    gone = pandas.isna(column)
    return tuple("" if g else category_text(str(cell)) for cell, g in zip(column, gone, strict=True))
