"""Text cells to numbers and categories."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# In a column of numbers these cells are missing. In a column of text only the empty cell is: "none" or "?" may
# well be a class or a category.
MISSING = {"", "?", "na", "n/a", "#n/a", "nan", "null", "none", "<na>"}
BOOLEANS = {"false": 0.0, "true": 1.0}
_SWAPPED = str.maketrans(",.", ".,")


class NotANumberError(Exception):
    """A cell holds text; `index` is its place among the cells."""

    def __init__(self, index: int) -> None:
        self.index = index


def parse_numbers(cells: Sequence[str], decimal: str = ".") -> tuple[NDArray[np.float64], bool]:
    """Numbers of text cells (n,), NaN where missing, true and false as 1 and 0; and whether all were integers.

    Where `decimal` is a comma, a point is text: it may well stand between thousands.
    """
    if decimal == ",":
        cells = [cell.translate(_SWAPPED) for cell in cells]
    if "_" not in "".join(cells):  # float("1_0") is 10 in Python, but a name in data
        for convert in (int, float):
            try:
                return np.array([*map(convert, cells)], dtype=np.float64), convert is int
            except (ValueError, OverflowError):
                pass
    numbers, integer = np.empty(len(cells)), True
    for i, cell in enumerate(cells):
        word = cell.strip().lower()
        if word in MISSING:
            numbers[i] = np.nan
        elif word in BOOLEANS:
            numbers[i] = BOOLEANS[word]
        else:
            try:
                numbers[i] = float(word.replace("_", "x"))
            except ValueError:
                raise NotANumberError(i) from None
            integer = integer and word.lstrip("+-").isdecimal()
    return numbers, integer


def category_text(cell: str) -> str:
    """One spelling for a category: "1.0", as a float column writes an integer, is "1"."""
    cell = cell.strip()
    return cell.partition(".")[0] if re.fullmatch(r"-?\d+\.0+", cell) else cell


def label_cells(cells: Sequence[str], decimal: str) -> Sequence[str]:
    """Label cells (n,) with a decimal point where all are numbers with decimal commas."""
    if decimal == ".":
        return cells
    try:
        parse_numbers(cells, decimal)
    except NotANumberError:
        return cells
    return [cell.translate(_SWAPPED) for cell in cells]


def are_bits(cells: Sequence[str]) -> bool:
    """Whether text cells are patterns of bits, such as 0110, which databases write: their values are no numbers."""
    filled = [cell for cell in cells if cell]
    alike = len({len(cell) for cell in filled}) == 1 and len(filled[0]) > 1
    return alike and set("".join(filled)) <= {"0", "1"} and any(cell[0] == "0" for cell in filled)
