"""Numbers that look like stand-ins for missing values: -999 among temperatures.

Two rules. A number that is a usual stand-in, and further from the rest of its column than they lie apart. Any other
least or greatest value that stands in more than 1 % of the rows, and three times as far away. Neither holds for columns
of two values, for zero, for what a converter of 8 to 14 bits gives at its end, or where most rows have the value: those
are flags, saturated sensors, and columns that seldom change.
"""

import shlex
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.read.table import Table

_USUAL = {"-99", "-999", "-9999", "-99999", "-999999", "-999.9", "-9999.9", "-999.25", "65535", "-32768"}
_USUAL |= {str(2**31 - 1), str(-(2**31)), str(2**32 - 1)}
_ENDS = {0, *(2**bits - 1 for bits in (8, 10, 12, 13, 14, 15)), *(-(2**bits) for bits in (7, 9, 11, 12, 13))}
_LEAST_SHARE, _LEAST_ROWS = 0.01, 3  # of rows that hold the value
_MOST_SHARE = 0.5
_FAR = 3.0  # ranges of the rest
_LEAST_DISTINCT, _LEAST_CODES = 10, 3  # values of the rest, which may be few beside a usual stand-in
_SHOWN = 3  # columns


def sentinel_notes(table: Table) -> tuple[str, ...]:
    """A line for each value that looks like a stand-in: its columns, and the option that declares it missing."""
    found: dict[str, list[tuple[str, int]]] = {}
    for j, name in enumerate(table.names):
        if name not in table.texts and table.values.dtype.itemsize > 1:
            for text, rows in _sentinels(table.values[:, j]):
                found.setdefault(text, []).append((name, rows))
    return tuple(_note(text, columns, len(table.values)) for text, columns in found.items())


def target_notes(name: str, y: NDArray[Any]) -> tuple[str, ...]:
    """A line for each regression target (n,) of the label `name` that looks like a stand-in."""
    return tuple(
        f"{text} in the label {name!r} ({rows} of {len(y)} rows) is far from all other values there: if it stands "
        "for a missing one, remove those rows"
        for text, rows in _sentinels(y)
    )


def _sentinels(column: NDArray[Any]) -> Iterator[tuple[str, int]]:
    """Values of a column (n,) that look like stand-ins, as text, and how many rows hold each."""
    rest, usual = column[np.isfinite(column)], list[float]()
    while len(rest) and (found := [end for end in (rest.min(), rest.max()) if _text(end) in _USUAL]):
        usual += map(float, found)
        rest = rest[~np.isin(rest, found)]
    for value in usual:
        if _is_far(value, rest, 1.0, _LEAST_CODES):
            yield _text(value), int((column == value).sum())
    for value in {float(end) for end in (rest.min(), rest.max())} - _ENDS if len(rest) else ():
        rows = int((rest == value).sum())
        often = rows >= _LEAST_ROWS and _LEAST_SHARE < rows / len(column) <= _MOST_SHARE
        if often and _is_far(value, rest[rest != value], _FAR, _LEAST_DISTINCT):
            yield _text(value), rows


def _is_far(value: float, others: NDArray[Any], ranges: float, least_distinct: int) -> bool:
    """Whether a value lies further from `others` than so many of their ranges, and they are no few codes."""
    if len(others) < least_distinct:
        return False
    low, high = float(others.min()), float(others.max())
    gap = max(low - value, value - high)
    return gap > 0 and gap >= ranges * (high - low) and len(np.unique(others)) >= least_distinct


def _text(value: float) -> str:
    """A number as a file has it; of a float32 its own few digits."""
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return str(single if float(single) == value else float(value)).removesuffix(".0")


def _note(text: str, columns: list[tuple[str, int]], rows: int) -> str:
    shown = ", ".join(f"{name!r} ({count} of {rows} rows)" for name, count in columns[:_SHOWN])
    more = f" and {len(columns) - _SHOWN} more columns" if len(columns) > _SHOWN else ""
    one = f"--missing-value {shlex.quote(f'{columns[0][0]}={text}')}"
    return (
        f"{text} in {shown}{more} is far from all other values there: if it stands for a missing value, say so with "
        f"{one if len(columns) == 1 else f'--missing-value {text}'}"
    )
