"""Boards: what is known of each target, read from `boards/<name>.json`.

A board with no `machine` is the computer rs2c runs on (`host`); every other board is a Cortex-M that the emulator
runs, with its compiler flags and memory map.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rs2c.errors import OptionError
from rs2c.resources import resource_path

T = TypeVar("T")


@dataclass(frozen=True)
class Memory:
    """One memory of a board: address of its first byte, size in bytes."""

    origin: int
    size: int


@dataclass(frozen=True)
class Machine:
    """A Cortex-M: flags that select it in gcc and in zig, the emulator's name of it, and its memories."""

    gcc_flags: tuple[str, ...]
    zig_flags: tuple[str, ...]
    unicorn_cpu: str
    flash: Memory
    ram: Memory


@dataclass(frozen=True)
class Board:
    """One target. `machine` is None for `host`."""

    name: str
    description: str
    core: str
    machine: Machine | None


def list_boards() -> list[str]:
    """Names of all boards, sorted."""
    return sorted(path.stem for path in resource_path("boards").glob("*.json"))


def load_board(name: str) -> Board:
    """The board of that name.

    Raises OptionError for an unknown name (it lists the known ones) and for a board file that breaks the schema
    (it names file and key).
    """
    # compared with the list, so that a name can never be a path
    if name not in list_boards():
        raise OptionError(f"there is no board {name!r}; the known boards are {', '.join(list_boards())}")
    return read_board(resource_path("boards") / f"{name}.json")


def read_board(path: Path) -> Board:
    """The board in one JSON file. Raises OptionError, naming file and key, where it breaks the schema."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OptionError(f"the board file {path.name} is not JSON: {error}") from None
    board = _Section(path.name, "", values, {"name", "description", "core", "machine"})
    name = board.get("name", _text)
    if name != path.stem:
        raise OptionError(f"the board file {path.name} has 'name' {name!r}, which must be the file's own name")
    machine = None
    if board.values["machine"] is not None:
        part = board.section("machine", {"gcc_flags", "zig_flags", "unicorn_cpu", "flash", "ram"})
        machine = Machine(
            part.get("gcc_flags", _texts),
            part.get("zig_flags", _texts),
            part.get("unicorn_cpu", _text),
            _memory(part.section("flash", {"origin", "size"})),
            _memory(part.section("ram", {"origin", "size"})),
        )
    return Board(name, board.get("description", _text), board.get("core", _text), machine)


class _Section:
    """One JSON object of a board file that holds exactly `keys`."""

    def __init__(self, file: str, path: str, values: Any, keys: set[str]) -> None:
        self.file, self.path, self.values = file, path, values
        if not isinstance(values, dict):
            raise OptionError(f"the board file {file} must hold an object at {path.rstrip('.') or 'the top'!r}")
        for key in sorted(keys - values.keys()):
            raise OptionError(f"the board file {file} lacks the key {path + key!r}")
        for key in sorted(values.keys() - keys):
            raise OptionError(f"the board file {file} has an unknown key {path + key!r}")

    def get(self, key: str, parse: Callable[[Any], T]) -> T:
        try:
            return parse(self.values[key])
        except (TypeError, ValueError) as error:
            raise OptionError(f"the board file {self.file} has a bad {self.path + key!r}: {error}") from None

    def section(self, key: str, keys: set[str]) -> "_Section":
        return _Section(self.file, f"{self.path}{key}.", self.values[key], keys)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("it must be a string that is not empty")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("it must be a list of strings")
    return tuple(_text(item) for item in value)


def _address(value: Any) -> int:
    """A number of 32 bits, written as itself or as a string such as "0x20000000"."""
    number = int(value, 0) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**32:
        raise TypeError("it must be an integer of 32 bits")
    return number


def _memory(part: _Section) -> Memory:
    memory = Memory(part.get("origin", _address), part.get("size", _address))
    # pages of 4096 bytes are what the emulator can map
    if memory.size == 0 or memory.size % 4096 or memory.origin % 4096 or memory.origin + memory.size > 2**32:
        raise OptionError(
            f"the board file {part.file} has a bad {part.path.rstrip('.')!r}: origin and size must be multiples of 4096"
        )
    return memory
