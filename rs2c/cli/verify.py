"""`rs2c verify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rs2c.cli.output import JsonOption, QuietOption, SeedOption, print_json, print_table, progress

if TYPE_CHECKING:
    from rs2c.verify import Verdict


def verify(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    board: Annotated[list[str] | None, typer.Option(help="Board or core, see rs2c boards; may be repeated.")] = None,
    data: Annotated[Path | None, typer.Option(help="Rows to compare beside the generated vectors.")] = None,
    vectors: Annotated[int, typer.Option(min=1, help="Vectors to compare on each target.")] = 10_000,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the emitted C on the host or on emulated cores and compare every score with the reference.

    Exits 1 on any mismatch. Example: rs2c verify gesture.rs2c --board host --board cortex-m0
    """
    from rs2c.datasets import load_features
    from rs2c.ledger import target_entry
    from rs2c.model_file import load
    from rs2c.verify import verify as verify_model

    integer = load(model).model
    raw = None
    if data is not None:
        raw = load_features(
            data,
            feature_names=integer.feature_names,
            categories=integer.categories,
            raw_type=integer.raw_type,
            missing="mean" if integer.raw_type == "float32" else "error",
        )
    with progress(quiet or as_json) as show:
        verdicts = verify_model(integer, board or ["host"], vectors=vectors, seed=seed, data=raw, progress=show)
    passed = all(verdict.passed for verdict in verdicts)
    if as_json:
        print_json({"schema": 1, "passed": passed, "targets": [target_entry(verdict) for verdict in verdicts]})
    elif not quiet:
        print_verdicts(verdicts)
        print("every score equals the reference" if passed else "MISMATCH: the C does not compute the reference")
    raise typer.Exit(0 if passed else 1)


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """One line a target."""
    columns = ("target", "compiler", "vectors", "mismatches", "bins", "flash", "RAM", "stack", "instructions")
    print_table("Targets (bytes net of an empty program)", columns, [_line(verdict) for verdict in verdicts])


def _line(verdict: Any) -> tuple[str, ...]:
    footprint, span = verdict.footprint, verdict.instructions
    sizes: tuple[str, ...] = ("-", "-", "-")
    if footprint is not None:
        sizes = tuple(f"{n:,}" for n in (footprint.flash_bytes, footprint.ram_bytes, footprint.stack_bytes))
    count = "-" if span is None else (f"{span[0]:,}" if span[0] == span[1] else f"{span[0]:,} to {span[1]:,}")
    bins = f"{verdict.coverage.reached}/{verdict.coverage.reachable}"
    return (verdict.target, verdict.compiler, f"{verdict.vectors:,}", f"{verdict.mismatches:,}", bins, *sizes, count)
