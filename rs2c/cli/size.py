"""`rs2c size`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rs2c.base.choices import Optimize
from rs2c.cli.choice import choice
from rs2c.cli.output import BoardsOption, JsonOption, QuietOption, StrategyOption, print_json, print_table

if TYPE_CHECKING:
    from rs2c.measure.size import Size


def size(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    board: BoardsOption = None,
    optimize: Annotated[Optimize, choice(Optimize, "What the compiler optimizes for.")] = "size",
    strategy: StrategyOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what the model will take of a board's flash, RAM and stack, before anything is linked or flashed.

    Figures are a little above what a linker makes of them, never below. Where a core's compiler is missing they are
    estimates, and say so. Exits 1 where a board has not that much.

    Example: rs2c size gesture.rs2c --board nucleo_f030r8 --board uno
    """
    from rs2c.boards.boards import list_boards
    from rs2c.boards.names import means_all
    from rs2c.emit.options import chosen
    from rs2c.measure.size import sizes_of
    from rs2c.model.file import load

    content = chosen(load(model), strategy)
    names = board if board and not means_all(board) else [name for name in list_boards() if name != "host"]
    found = sizes_of(content, names, optimize)
    if as_json:
        print_json({"schema": 1, "sizes": [_entry(size) for size in found]})
    elif not quiet:
        columns = ("board", "compiler", "flash", "RAM", "stack", "of all flash", "of all RAM", "")
        print_table("Sizes (bytes net of an empty program)", columns, [_line(size) for size in found])
    raise typer.Exit(0 if all(size.fits for size in found) else 1)


def _entry(size: Size) -> dict[str, Any]:
    return {
        "board": size.board.name,
        "core": size.board.core.name,
        "compiler": size.compiler,
        "flags": size.flags,
        "estimate": not size.compiler,
        "flash_bytes": size.footprint.flash_bytes,
        "ram_bytes": size.footprint.ram_bytes,
        "stack_bytes": size.footprint.stack_bytes,
        "fits": size.fits,
        "remark": size.remark,
    }


def _line(size: Size) -> tuple[str, ...]:
    about = "" if size.compiler else "about "
    need, flash, ram = size.footprint, size.board.flash, size.board.ram
    return (
        size.board.name,
        size.compiler or "estimate",
        f"{about}{need.flash_bytes:,}",
        f"{about}{need.ram_bytes:,}",
        f"{about}{need.stack_bytes:,}",
        "" if flash is None else f"{need.flash_bytes / flash.size:.1%}",
        "" if ram is None else f"{(need.ram_bytes + need.stack_bytes) / ram.size:.1%}",
        size.remark if size.fits or size.remark else "it does not fit",
    )
