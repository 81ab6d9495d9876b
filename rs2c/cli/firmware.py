"""`rs2c build`, `rs2c flash` and `rs2c test`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rs2c.cli.output import JsonOption, QuietOption, StrategyOption, print_json, progress

if TYPE_CHECKING:
    from rs2c.base.choices import StrategyName
    from rs2c.firmware.project import Project


def _print_extra_script(wanted: bool) -> None:
    if wanted:
        from rs2c.base.resources import resource_path

        print(resource_path("firmware") / "extra_script.py")
        raise typer.Exit


_VECTORS = 1_000
ModelArgument = Annotated[Path, typer.Argument(help="Model file.")]
BoardOption = Annotated[str, typer.Option(help="Board or emulated core, see rs2c boards.")]
NameOption = Annotated[str | None, typer.Option(help="C prefix, such as 'gesture'; the file's name if left out.")]
FolderOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Project folder [default: build/firmware/NAME-BOARD].")
]


def build_model(
    model: ModelArgument,
    board: BoardOption,
    output: FolderOption = None,
    name: NameOption = None,
    extra_script: Annotated[
        bool,
        typer.Option(
            "--print-extra-script",
            is_eager=True,
            callback=_print_extra_script,
            help="Print the path of the script that compiles a model inside a PlatformIO project of your own.",
        ),
    ] = False,
    strategy: StrategyOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Build firmware that checks itself and answers one vector, with PlatformIO.

    Exits 1 where it does not fit the board. Example: rs2c build gesture.rs2c --board nucleo_f446re
    """
    from rs2c.firmware.platformio import build_program

    with _project(model, board, output, name, strategy, quiet or as_json) as (project, show):
        program = build_program(project, show)
    flash_bytes, ram_bytes = _sizes(project, program)
    if as_json:
        print_json({**_facts(project), "program": str(program), "flash": flash_bytes, "ram": ram_bytes})
    elif not quiet:
        print(program)
        if flash_bytes is not None:
            print(f"{flash_bytes:,} bytes of flash and {ram_bytes:,} of static RAM, startup and texts included")


def flash_model(
    model: ModelArgument,
    board: BoardOption,
    output: FolderOption = None,
    name: NameOption = None,
    strategy: StrategyOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Build firmware and write it to a board, with PlatformIO.

    PlatformIO finds the port; PLATFORMIO_UPLOAD_PORT names it. Example: rs2c flash gesture.rs2c --board uno
    """
    from rs2c.boards.boards import load_board
    from rs2c.firmware.platformio import check_flash, flash_program

    check_flash(load_board(board))
    with _project(model, board, output, name, strategy, quiet or as_json) as (project, show):
        flash_program(project, show)
    if as_json:
        print_json(_facts(project))
    elif not quiet:
        print(f"{project.name} is on {project.board.name}; to see its answer: pio device monitor -b 115200")


def selftest_model(
    model: ModelArgument,
    board: BoardOption,
    output: FolderOption = None,
    name: NameOption = None,
    vectors: Annotated[int, typer.Option(min=1, max=10_000_000, help="Random vectors made on the target.")] = _VECTORS,
    strategy: StrategyOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the self-test on a board or in an emulator: golden vectors, and the CRC of the scores of random ones.

    Exits 1 where anything differs from the reference. Example: rs2c test gesture.rs2c --board cortex-m0
    """
    from rs2c.firmware.platformio import run_selftest

    with _project(model, board, output, name, strategy, quiet or as_json, vectors) as (project, show):
        junit = project.folder / "junit.xml"
        result = run_selftest(project, junit, show)
    passed = result.golden > 0 and result.mismatches == 0 and (result.random, result.crc) == (vectors, project.crc)
    crc, reference = f"{result.crc:08x}", f"{project.crc:08x}"
    if as_json:
        counts = {"golden": result.golden, "mismatches": result.mismatches, "vectors": result.random}
        crcs = {"crc": crc, "reference_crc": reference}
        print_json({**_facts(project), "passed": passed, **counts, **crcs, "junit": str(junit)})
    elif not quiet:
        print(f"{result.golden} golden vectors, {result.mismatches} differ")
        print(f"{result.random:,} random vectors, CRC-32 of their scores {crc}, of the reference's {reference}")
        print("every score equals the reference" if passed else "MISMATCH: the C does not compute the reference")
    raise typer.Exit(0 if passed else 1)


@contextmanager
def _project(
    model: Path,
    board: str,
    output: Path | None,
    name: str | None,
    strategy: StrategyName | None,
    quiet: bool,
    vectors: int = _VECTORS,
) -> Iterator[tuple[Project, Callable[[str], None]]]:
    """The project of a model and a function that shows progress."""
    from rs2c.boards.boards import load_board
    from rs2c.emit.names import default_name
    from rs2c.emit.options import chosen
    from rs2c.firmware.project import write_project
    from rs2c.model.file import load

    content, target = chosen(load(model), strategy), load_board(board)
    prefix = name if name is not None else default_name(model.stem)
    folder = output if output is not None else Path("build") / "firmware" / f"{prefix}-{target.name}"
    with progress(quiet) as show:
        show("writing the project")
        yield write_project(content, prefix, target, folder, vectors), show


def _facts(project: Project) -> dict[str, object]:
    return {"schema": 1, "board": project.board.name, "name": project.name, "project": str(project.folder)}


def _sizes(project: Project, program: Path) -> tuple[int, int] | tuple[None, None]:
    """Flash and static RAM of a program for an emulated core; a framework's own report is better for a real board."""
    from rs2c.measure.footprint import section_sizes

    if not project.local or project.board.core.architecture == "host":
        return None, None
    return section_sizes(program)
