"""`rs2c boards` and `rs2c doctor`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rs2c.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from rs2c.boards.boards import Board


def boards(
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show the names alone, one a line.")] = False,
) -> None:
    """List the boards, and the cores that verify can emulate.

    Example: rs2c boards --json
    """
    from rs2c.boards.boards import list_boards, load_board

    found = [load_board(name) for name in list_boards()]
    if as_json:
        print_json({"schema": 1, "boards": [_board_entry(board) for board in found]})
    elif quiet:
        print("\n".join(board.name for board in found))
    else:
        columns = ("name", "core", "flash", "RAM", "emulated by", "PlatformIO", "description")
        print_table("Boards", columns, [_board_line(board) for board in found])


def _board_entry(board: Board) -> dict[str, Any]:
    """Every fact of a board that is not a compiler's flag."""
    memories = {name: getattr(board, name) for name in ("flash", "ram")}
    return {
        "name": board.name,
        "description": board.description,
        "mcu": board.mcu,
        "core": board.core.name,
        "clock_hz": board.clock_hz,
        **{name: None if memory is None else asdict(memory) for name, memory in memories.items()},
        "compilers": list(board.core.compilers),
        "emulators": [emulator.kind for emulator in board.core.emulators],
        "platformio": None if board.platformio is None else asdict(board.platformio),
    }


def _board_line(board: Board) -> tuple[str, ...]:
    sizes = ("" if memory is None else f"{memory.size // 1024} K" for memory in (board.flash, board.ram))
    emulators = ", ".join(emulator.kind for emulator in board.core.emulators)
    known = board.platformio
    return (board.name, board.core.name, *sizes, emulators, known.platform if known else "", board.description)


def doctor(
    as_json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show what is missing alone, a line each.")] = False,
) -> None:
    """Show what is installed, what is missing, and how to get it.

    Example: rs2c doctor
    """
    from rs2c.cli.doctor import examine

    findings = examine()
    if as_json:
        listing = [{"name": f.name, "for": f.purpose, "version": f.version, "install": f.install} for f in findings]
        print_json({"schema": 1, "findings": listing})
    elif quiet:
        for finding in findings:
            if finding.version is None:
                print(f"{finding.name}: {finding.install}")
    else:
        rows = [(f.name, f.version or "missing", f.purpose, "" if f.version else f.install) for f in findings]
        print_table("Environment", ("what", "version", "for", "how to get it"), rows)
