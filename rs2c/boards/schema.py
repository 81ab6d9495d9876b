"""The checks of board files: which keys an object has, and what stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rs2c.base.errors import OptionError

T = TypeVar("T")


class Section:
    """One JSON object of a board file that holds exactly `keys`, or any where that is None."""

    def __init__(self, file: str, path: str, values: Any, keys: set[str] | None) -> None:
        self.file, self.path, self.values = file, path, values
        if not isinstance(values, dict):
            raise OptionError(f"the board file {file} must hold an object at {path.rstrip('.') or 'the top'!r}")
        for key in sorted((keys or set()) - values.keys()):
            raise OptionError(f"the board file {file} lacks the key {path + key!r}")
        for key in sorted(values.keys() - keys if keys is not None else ()):
            raise OptionError(f"the board file {file} has an unknown key {path + key!r}")

    def place(self, key: str) -> str:
        """Where a key stands, for a message."""
        return f"the key {self.path + key!r} of the board file {self.file}"

    def get(self, key: str, parse: Callable[[Any], T]) -> T:
        """The value of a key, or an OptionError that names it."""
        try:
            return parse(self.values[key])
        except (TypeError, ValueError) as error:
            raise OptionError(f"the board file {self.file} has a bad {self.path + key!r}: {error}") from None

    def section(self, key: str, keys: set[str]) -> Section:
        """The object behind a key."""
        return Section(self.file, f"{self.path}{key}.", self.values[key], keys)

    def free_section(self, key: str) -> Section:
        """The object behind a key, whatever its keys."""
        return Section(self.file, f"{self.path}{key}.", self.values[key], None)


def read_text(value: Any) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value:
        raise TypeError("it must be a string that is not empty")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list):
        raise TypeError("it must be a list of strings")
    return tuple(read_text(item) for item in value)


def flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise TypeError("it must be true or false")
    return value


def number(value: Any) -> int:
    """A number of 32 bits, written as itself or as a string such as "0x20000000"."""
    found = int(value, 0) if isinstance(value, str) else value
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**32:
        raise TypeError("it must be an integer of 32 bits")
    return found


def positive(value: Any) -> float:
    """A positive number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1000:
        raise TypeError("it must be a positive number")
    return float(value)


def span(value: Any) -> tuple[int, int]:
    """Least and most, each from 0 to 100."""
    if not isinstance(value, list) or len(value) != 2:
        raise TypeError("it must be a list of two numbers, the least and the most")
    least, most = (number(item) for item in value)
    if not least <= most <= 100:
        raise ValueError("the least must not exceed the most, nor the most 100")
    return least, most


def memory(part: Section) -> tuple[int, int]:
    """Origin and size in bytes."""
    origin, size = part.get("origin", number), part.get("size", number)
    if size == 0 or origin + size > 2**32:
        raise OptionError(
            f"the board file {part.file} has a bad {part.path.rstrip('.')!r}: it must have a size, and end below 2^32"
        )
    return origin, size
