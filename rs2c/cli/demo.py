"""`rs2c demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rs2c.cli.output import FitSeedOption, JsonOption, QuietOption, print_json, print_table, progress


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")] = Path("build/demo"),
    board: Annotated[list[str] | None, typer.Option(help="Board or core; may be repeated.")] = None,
    vectors: Annotated[int, typer.Option(min=1, help="Vectors on the host.")] = 10_000,
    emulated_vectors: Annotated[int, typer.Option(min=1, help="Vectors on each emulated core.")] = 2_000,
    seed: FitSeedOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """From the digits of scikit-learn to C that is proved equal on emulated cores, with the ledger.

    Example: rs2c demo --board host --board cortex-m4f
    """
    from rs2c.cli.demo_run import BOARDS, run_demo
    from rs2c.model.card import Stage, stage_tables

    with progress(quiet or as_json) as show:
        ledger, verdicts = run_demo(output, board or BOARDS, vectors, emulated_vectors, seed, show)
    passed = all(verdict.passed for verdict in verdicts)
    if as_json:
        print_json(ledger)
    elif not quiet:
        from rs2c.cli.verify import print_verdicts

        for table in stage_tables([Stage(**stage) for stage in ledger["stages"]]):
            print_table(f"Handwritten digits, {table.title.lower()}", table.columns, table.rows)
        cost, ratio = ledger["model"], ledger["model"]["times_smaller"]
        sizes = [
            ("teacher", f"{cost['teacher_bytes']:,}", f"{cost['teacher_operations']:,}"),
            ("integer model", f"{cost['bytes']:,}", f"{cost['operations']:,}"),
            (f"times smaller than {ratio['than']}", f"{ratio['bytes']:.0f}", f"{ratio['operations']:.0f}"),
        ]
        print_table("Cost of one inference", ("", "bytes", "operations"), sizes)
        recalls = [(name, f"{share:.3f}") for name, share in ledger["recall"].items()]
        print_table("Recall of each class, in C", ("class", "recall"), recalls)
        print_verdicts(verdicts)
        print(f"wrote {output}/digits.rs2c, {output}/digits/ and {output}/ledger.json")
        print("every score equals the reference" if passed else "MISMATCH: the C does not compute the reference")
    raise typer.Exit(0 if passed else 1)
