"""`rs2c verify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rs2c.base.choices import EmulatorKind
from rs2c.cli.choice import choice
from rs2c.cli.output import (
    BoardsOption,
    JsonOption,
    QuietOption,
    SeedOption,
    StrategyOption,
    print_json,
    print_table,
    progress,
)
from rs2c.cli.reading import DecimalOption, SeparatorOption, reading

if TYPE_CHECKING:
    from rs2c.verify.verdicts import NotRun, Verdict


def verify(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    board: BoardsOption = None,
    data: Annotated[Path | None, typer.Option(help="Rows to compare too: any, up to 3/8 of VECTORS.")] = None,
    separator: SeparatorOption = None,
    decimal: DecimalOption = ".",
    emulator: Annotated[
        EmulatorKind | None,
        choice(EmulatorKind, "What runs all of the boards; by default the first that is installed."),
    ] = None,
    require_all: Annotated[bool, typer.Option("--require-all", help="all: exit 1 where a core is left out.")] = False,
    vectors: Annotated[int, typer.Option(min=1, help="Vectors to compare on each target, at least.")] = 10_000,
    seed: SeedOption = 1,
    strategy: StrategyOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the emitted C on the host or on emulated cores and compare every score with the reference.

    `--board all` is every core, and leaves out those whose tools are missing or that cannot hold the model. Exits 1 on
    any mismatch, and where a board that was named cannot hold the model.

    Example: rs2c verify gesture.rs2c --board host --board cortex-m0
    """
    from rs2c.boards.names import means_all
    from rs2c.emit.options import chosen, options_of
    from rs2c.model.file import load
    from rs2c.model.missing import read_missing
    from rs2c.read.datasets import load_features
    from rs2c.report.ledger import target_entry
    from rs2c.verify.verdicts import every_target, named_targets, verify_targets

    content = chosen(load(model), strategy)
    integer = content.model
    raw = None
    if data is not None:
        raw = load_features(
            data,
            feature_names=integer.feature_names,
            categories=integer.categories,
            raw_type=integer.raw_type,
            missing="mean" if integer.raw_type == "float32" else "error",
            reading=reading(separator, decimal, read_missing(content)[1]),
        )
    left_out: list[NotRun] = []
    every = means_all(board)
    if every:
        targets, left_out = every_target(emulator)
    else:
        targets = named_targets(board or ["host"], emulator)
    with progress(quiet or as_json) as show:
        verdicts = verify_targets(
            integer,
            targets,
            vectors=vectors,
            seed=seed,
            data=raw,
            options=options_of(content),
            progress=show,
            leave_out=left_out.append if every else None,
        )
    passed = all(verdict.passed for verdict in verdicts)
    if as_json:
        not_run = [{"target": core.target, "reason": core.reason} for core in left_out]
        entries = [target_entry(verdict) for verdict in verdicts]
        print_json({"schema": 1, "passed": passed, "targets": entries, "not_run": not_run})
    elif not quiet:
        print_verdicts(verdicts, left_out)
        print("every score equals the reference" if passed else "MISMATCH: the C does not compute the reference")
    raise typer.Exit(0 if passed and not (require_all and left_out) else 1)


def print_verdicts(verdicts: Sequence[Verdict], left_out: Sequence[NotRun] = ()) -> None:
    """One line a target, run or not; the CRC is that of all scores, and equal wherever the vectors are."""
    columns = ("target", "compiler", "vectors", "mismatches", "bins", "flash", "RAM", "stack", "instructions", "cycles")
    not_run = [(core.target, f"not run: {core.reason}", *("",) * len(columns[1:])) for core in left_out]
    lines = [*(_line(verdict) for verdict in verdicts), *not_run]
    print_table("Targets (bytes net of an empty program)", (*columns, "CRC"), lines)


def _line(verdict: Any) -> tuple[str, ...]:
    footprint = verdict.footprint
    sizes: tuple[str, ...] = ("-", "-", "-")
    if footprint is not None:
        sizes = tuple(f"{n:,}" for n in (footprint.flash_bytes, footprint.ram_bytes, footprint.stack_bytes))
    model = "model: " if verdict.cycles_from.startswith("model") else ""
    counts = (_span(verdict.instructions), model + _span(verdict.cycles))
    bins = f"{verdict.coverage.reached}/{verdict.coverage.reachable}"
    return (
        verdict.target,
        verdict.compiler,
        f"{verdict.vectors:,}",
        f"{verdict.mismatches:,}",
        bins,
        *sizes,
        *counts,
        f"{verdict.crc:08x}",
    )


def _span(least_and_most: tuple[int, int] | None) -> str:
    if least_and_most is None:
        return "-"
    return " to ".join(f"{n:,}" for n in dict.fromkeys(least_and_most))
