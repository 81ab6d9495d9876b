"""Model files of other tools: that they are there, what reads them, and rows in the shape in which they are taken."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import DataError, MissingToolError

Rows = npt.NDArray[Any]
MOST_ROWS = 4096  # rows at once, where a model takes any number


def library(name: str, package: str, teacher: str) -> ModuleType:
    """A module that the extra `teachers` brings; raises MissingToolError where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingToolError(f"{teacher} needs {package} to teach: pip install 'rs2c[teachers]'") from None


def opened(path: Path, reader: Callable[[str], Any]) -> Any:
    """What a library reads of a file; raises DataError where that is no model."""
    if not path.is_file():
        raise DataError(f"{path} does not exist or is no file; check its name")
    try:
        return reader(str(path))
    except Exception as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"{path} is no model that can be read ({said}); export it again") from error


def shaped(rows: Rows, shape: Sequence[Any], teacher: str) -> Rows:
    """Rows (n, d) in the shape of a model's input after its first dimension; what is no number fits any.

    Raises DataError where they do not fit.
    """
    inner = list(shape)[1:]
    free = [place for place, size in enumerate(inner) if not isinstance(size, int) or size < 1]
    fixed = prod(size for place, size in enumerate(inner) if place not in free)
    if not inner or len(free) > 1 or (rows.shape[1] % fixed if free else rows.shape[1] != fixed):
        raise DataError(
            f"{teacher} takes rows of the shape {tuple(inner)}, and the data have {rows.shape[1]} features; give the "
            "features that it was trained with"
        )
    for place in free:
        inner[place] = rows.shape[1] // fixed
    return rows.reshape(len(rows), *inner)


def blocks(rows: int, size: Any) -> Iterator[tuple[npt.NDArray[np.int64], int]]:
    """Numbers of the rows to be asked about together, and how many of them count: the last block is filled up with its
    last row where a model takes `size` rows, no more and no fewer."""
    fixed = isinstance(size, int) and size > 0
    step = size if fixed else MOST_ROWS
    for start in range(0, rows, step):
        end = min(start + step, rows)
        numbers = np.arange(start, start + step if fixed else end)
        yield np.minimum(numbers, end - 1), end - start


def lines(output: Any, asked: int, count: int) -> Any:
    """An output of `asked` rows as an array of a line a row, and of those the first `count`.

    Of one row a model may have squeezed that dimension away; a number for all rows together, such as a loss, is a line.
    """
    told = np.asarray(output)
    return told[None] if told.ndim == 0 or (asked == 1 and told.shape[0] != 1) else told[:count]


def whole(rows: Rows, dtype: npt.DTypeLike, teacher: str) -> Rows:
    """Rows in the number type of a model's input; raises DataError where that type cannot hold them."""
    target = np.dtype(dtype)
    with np.errstate(invalid="ignore"):
        cast = rows.astype(target)
    if target.kind in "iub" and not np.array_equal(cast, rows):
        raise DataError(f"{teacher} reads {target.name}, and the data hold other numbers; give such numbers")
    return cast
