"""What a command shows: JSON on stdout, or a table; progress on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Annotated, Any

import typer

from rs2c.base.choices import StrategyName
from rs2c.base.progress import Progress, shown
from rs2c.cli.choice import choice

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON with a stable schema on stdout.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no table.")]
BoardsOption = Annotated[
    list[str] | None, typer.Option("--board", help="Board or core, see rs2c boards; repeat it, or use all.")
]

_LARGEST_SEED = (1 << 63) - 1

StrategyOption = Annotated[
    StrategyName | None,
    choice(
        StrategyName,
        "How the C is laid out; unpacked has larger tables and takes fewer instructions [default: what the model file "
        "keeps, else loops].",
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, max=_LARGEST_SEED, help="Seed of everything random.")]
FitSeedOption = Annotated[
    int, typer.Option(min=0, max=_LARGEST_SEED, help="Seed of the fit; test rows and vectors stay the same.")
]


def progress(quiet: bool) -> AbstractContextManager[Progress]:
    """What shows what is being done on stderr, or does not."""
    return shown(not quiet)


def print_json(value: Any) -> None:
    """JSON on stdout, keys in the order given; numbers that JSON has not (inf, nan) are null."""
    print(json.dumps(_finite(value), indent=2))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, err: bool = False) -> None:
    """A table on stdout, or stderr; numbers to the right; a line is never wrapped, so that it can be searched."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        is_text = number == 0 or any(row[number][:1].isalpha() for row in rows)
        table.add_column(column, justify="left" if is_text else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    file = sys.stderr if err else sys.stdout
    print(title, file=file)
    width = sum(2 + max(map(cell_len, cells)) for cells in zip(columns, *rows, strict=True))
    Console(file=file, markup=False, highlight=False, width=width).print(table)
    print(file=file)
