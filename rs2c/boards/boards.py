"""Boards and the cores on them: what is known of each, read from `boards/<name>.json` and `boards/cores/<name>.json`.

A core says which compilers build for it, with which flags, and which emulators run it. A board is a core with
memories, a clock and what PlatformIO calls it. Each core is a board of its own: the emulated one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from rs2c.base.choices import EmulatorKind as EmulatorKind
from rs2c.base.errors import OptionError
from rs2c.base.resources import resource_path
from rs2c.boards.names import find_board
from rs2c.boards.schema import Section, flag, memory, number, positive, read_text, span, texts

Architecture = Literal["host", "arm", "riscv", "xtensa", "avr"]
# Instructions that a core may have beyond the least of its architecture: Armv6-M, RV32I, AVR as an AT90S8515 has it.
# Of architectures that are not named here a program's instructions are not checked (rs2c.simulate.instruction_set).
INSTRUCTIONS: dict[Architecture, tuple[str, ...]] = {
    "arm": ("thumb-2", "dsp", "fp", "fpv5", "fp-double", "v8-m", "v8.1-m", "mve"),
    "riscv": ("m", "a", "f", "d", "c"),
    "avr": ("movw", "lpmx", "jmp", "mul", "elpm", "eijmp", "atomic", "des"),
}
# Kinds that rs2c.boards.toolchain knows.
COMPILERS = (
    "gcc", "clang", "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc", "xtensa-lx106-elf-gcc", "llvm-xtensa", "avr-gcc",
    "zig",
)  # fmt: skip
_EMULATES: dict[EmulatorKind, tuple[Architecture, ...]] = {
    "unicorn": ("arm", "riscv"),
    "qemu": ("arm", "riscv", "xtensa"),
    "simavr": ("avr",),
}


@dataclass(frozen=True)
class Memory:
    """One memory: address of its first byte, size in bytes."""

    origin: int
    size: int


@dataclass(frozen=True)
class Emulator:
    """An emulator of a core: what it calls the core or the machine, and the memories that a program has there."""

    kind: EmulatorKind
    machine: str
    flash: Memory
    ram: Memory


Range = tuple[int, int]  # least and most


@dataclass(frozen=True)
class Timing:
    """Cycles of a core's instructions without wait states, least and most of each kind; those not named take one.

    `source` says whose table it is. A load or store of several registers takes one cycle and one a register. What a
    branch takes beside its own cycle where it is taken: jump; call, which also sets the link register; pop, for a
    return by a load of several registers.
    """

    source: str
    load: Range
    store: Range
    multiply: Range
    multiply_add: Range
    long_multiply: Range
    long_multiply_add: Range
    divide: Range
    if_then: Range
    jump: Range
    call: Range
    pop: Range


@dataclass(frozen=True)
class Core:
    """An instruction set, the compilers for it with their flags (the preferred one first), and its emulators.

    The core `host` has no emulator: programs run on this computer. `architecture` chooses the harness's startup code.
    `instructions` are those of INSTRUCTIONS that it has; None where its architecture has none there.
    For estimates without a compiler (`rs2c.measure.size_estimate`): code_size, how many times as large code is as on a
    Cortex-M4, and stack_bytes, what a library needs beside its arrays. `cycles` is None where no table is known. Where
    constants_in_ram, the chip's frameworks place constants in RAM, a copy of what the flash holds.
    """

    name: str
    description: str
    architecture: Architecture
    instructions: frozenset[str] | None
    compilers: Mapping[str, tuple[str, ...]]
    emulators: tuple[Emulator, ...]
    code_size: float
    stack_bytes: int
    cycles: Timing | None
    constants_in_ram: bool

    def emulator(self, kind: EmulatorKind) -> Emulator:
        """The emulator of that kind; raises OptionError where the core has none."""
        for emulator in self.emulators:
            if emulator.kind == kind:
                return emulator
        known = ", ".join(emulator.kind for emulator in self.emulators) or "none"
        raise OptionError(f"{self.name} is not run by {kind}; its emulators: {known}")


@dataclass(frozen=True)
class PlatformIO:
    """What PlatformIO calls a board."""

    platform: str
    board: str
    framework: str
    upload: str


@dataclass(frozen=True)
class Board:
    """One target. Of an emulated core there is no mcu, clock, memory or PlatformIO board."""

    name: str
    description: str
    core: Core
    mcu: str | None = None
    clock_hz: int | None = None
    flash: Memory | None = None
    ram: Memory | None = None
    platformio: PlatformIO | None = None


def list_boards() -> list[str]:
    """Names of all boards, sorted: emulated cores and real ones."""
    folder = resource_path("boards")
    return sorted({path.stem for path in (*folder.glob("*.json"), *(folder / "cores").glob("*.json"))})


def list_cores() -> list[str]:
    """Names of all cores, sorted."""
    return sorted(path.stem for path in (resource_path("boards") / "cores").glob("*.json"))


def load_board(name: str) -> Board:
    """The board that a name means, see `rs2c.boards.names.find_board`.

    Raises OptionError for an unknown name (it lists the known ones) and for a board file that breaks the schema
    (it names file and key).
    """
    # compared with the list, so that a name can never be a path
    name = name if name in list_boards() else find_board(name, {known: _words(known) for known in list_boards()})
    path = resource_path("boards") / f"{name}.json"
    if name not in list_cores():
        return read_board(path)
    if path.exists():
        raise OptionError(f"the board file {path.name} has the name of a core; rename it")
    core = load_core(name)
    return Board(name, core.description, core)


def _words(name: str) -> tuple[str, ...]:
    """What else a board is called."""
    board = load_board(name)
    others = (board.mcu, board.platformio and board.platformio.board)
    return (board.description, *(other for other in others if other))


def load_core(name: str) -> Core:
    """The core of that name; raises OptionError as `load_board` does."""
    if name not in list_cores():
        raise OptionError(f"there is no core {name!r}; the known cores are {', '.join(list_cores())}")
    return read_core(resource_path("boards") / "cores" / f"{name}.json")


def read_board(path: Path) -> Board:
    """The board in one JSON file. Raises OptionError, naming file and key, where it breaks the schema."""
    keys = {"name", "description", "mcu", "core", "clock_hz", "flash", "ram", "platformio"}
    top = _top(path, keys)
    platformio = top.section("platformio", {"platform", "board", "framework", "upload"})
    return Board(
        name=top.get("name", read_text),
        description=top.get("description", read_text),
        core=top.get("core", _core),
        mcu=top.get("mcu", read_text),
        clock_hz=top.get("clock_hz", number),
        flash=Memory(*memory(top.section("flash", {"origin", "size"}))),
        ram=Memory(*memory(top.section("ram", {"origin", "size"}))),
        platformio=PlatformIO(
            *(platformio.get(key, read_text) for key in ("platform", "board", "framework", "upload"))
        ),
    )


def read_core(path: Path) -> Core:
    """The core in one JSON file. Raises OptionError, naming file and key, where it breaks the schema."""
    keys = {"name", "description", "architecture", "compilers", "emulators", "estimates"}
    top = _top(path, keys, may_have={"cycles", "constants_in_ram", "instructions"})
    compilers = top.free_section("compilers")
    emulators = top.free_section("emulators")
    estimates = top.section("estimates", {"code_size", "stack_bytes"})
    architecture = top.get("architecture", _architecture)
    return Core(
        name=top.get("name", read_text),
        description=top.get("description", read_text),
        architecture=architecture,
        instructions=_instructions(top, architecture),
        compilers={_compiler(compilers, name): compilers.get(name, texts) for name in compilers.values},
        emulators=tuple(_emulator(emulators, kind, architecture) for kind in emulators.values),
        code_size=estimates.get("code_size", positive),
        stack_bytes=estimates.get("stack_bytes", number),
        cycles=_timing(top) if "cycles" in top.values else None,
        constants_in_ram="constants_in_ram" in top.values and top.get("constants_in_ram", flag),
    )


def _core(value: Any) -> Core:
    return load_core(read_text(value))


def _architecture(value: Any) -> Architecture:
    if value not in get_args(Architecture):
        raise ValueError(f"it must be one of {', '.join(get_args(Architecture))}")
    return value


def _instructions(top: Section, architecture: Architecture) -> frozenset[str] | None:
    known = INSTRUCTIONS.get(architecture)
    if known is None and "instructions" not in top.values:
        return None
    if known is None:
        raise OptionError(
            f"{top.place('instructions')} must not be there: instructions of {architecture} have no names"
        )
    if "instructions" not in top.values:
        raise OptionError(f"the board file {top.file} lacks the key 'instructions': a list of {', '.join(known)}")
    has = top.get("instructions", texts)
    for name in has:
        if name not in known:
            raise OptionError(f"{top.place('instructions')} has {name!r}, but {architecture} knows {', '.join(known)}")
    return frozenset(has)


def _timing(top: Section) -> Timing:
    kinds = [field.name for field in fields(Timing)]
    part = top.section("cycles", set(kinds))
    return Timing(part.get("source", read_text), *(part.get(kind, span) for kind in kinds[1:]))


def _compiler(compilers: Section, name: str) -> str:
    if name not in COMPILERS:
        raise OptionError(f"{compilers.place(name)} is no compiler; use {', '.join(COMPILERS)}")
    return name


def _emulator(emulators: Section, kind: str, architecture: Architecture) -> Emulator:
    able = [known for known, architectures in _EMULATES.items() if architecture in architectures]
    if kind not in able:
        raise OptionError(f"{emulators.place(kind)} is no emulator of {architecture}; use {', '.join(able) or 'none'}")
    part = emulators.section(kind, {"machine", "flash", "ram"})
    flash, ram = (Memory(*memory(part.section(key, {"origin", "size"}))) for key in ("flash", "ram"))
    if kind == "unicorn" and any(size % 4096 for memory in (flash, ram) for size in (memory.origin, memory.size)):
        raise OptionError(f"{emulators.place(kind)}: origins and sizes must be multiples of 4096, the pages it maps")
    return Emulator(kind, part.get("machine", read_text), flash, ram)


def _top(path: Path, keys: set[str], may_have: Set[str] = frozenset()) -> Section:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OptionError(f"the board file {path.name} is not JSON: {error}") from None
    here = may_have & values.keys() if isinstance(values, dict) else set()
    top = Section(path.name, "", values, keys | here)
    name = top.get("name", read_text)
    if name != path.stem:
        raise OptionError(f"the board file {path.name} has 'name' {name!r}, which must be the file's own name")
    if name == "all":
        raise OptionError(f"the board file {path.name} has a name that stands for every board; rename it")
    return top
