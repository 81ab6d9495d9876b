"""`rs2c inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rs2c.cli.output import JsonOption, QuietOption, print_json, print_table


def inspect(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what a model file holds: shape, cost, bounds of every accumulator, provenance.

    Example: rs2c inspect gesture.rs2c
    """
    from rs2c.emit.options import options_of
    from rs2c.emit.plan import plan_of
    from rs2c.model.bounds import prove
    from rs2c.model.canonical import manifest, model_hash
    from rs2c.model.card import read_card
    from rs2c.model.cost import model_cost
    from rs2c.model.file import load
    from rs2c.model.summary import summary

    content = load(model)
    integer, cost, bounds = content.model, model_cost(content.model), prove(content.model)
    card, written = read_card(content), content.sections.get("card")
    if as_json:
        print_json(
            {
                "schema": 1,
                "summary": summary(integer),
                "model_hash": model_hash(integer),
                "integer": manifest(integer),
                "bytes": cost.bytes,
                "bytes_of": cost.bytes_of,
                "operations": cost.operations,
                "operations_of": cost.operations_of,
                "bounds": [{"name": b.name, "largest": b.largest, "limit": b.limit} for b in bounds],
                "sections": sorted(content.sections),
                "card": None if written is None else dict(written.values),
            }
        )
        return
    if quiet:
        return
    print(f"{summary(integer)}\nmodel hash {model_hash(integer)}\n")
    options = options_of(content)
    facts = [("task", integer.task), ("raw type", integer.raw_type), *plan_of(integer, options).facts]
    print_table("Model", ("", "value"), [*facts, *([("emission", str(options))] if options.chosen else [])])
    names = list(dict.fromkeys([*cost.bytes_of, *cost.operations_of]))
    parts = [(n, f"{cost.bytes_of.get(n, 0):,}", f"{cost.operations_of.get(n, 0):,}") for n in names]
    parts.append(("total", f"{cost.bytes:,}", f"{cost.operations:,}"))
    print_table("Cost", ("section", "bytes", "operations"), parts)
    print_table("Bounds", ("accumulator", "largest", "limit"), [(b.name, str(b.largest), str(b.limit)) for b in bounds])
    if card is not None:
        print_table("How it was made", ("", "value"), card.facts)
        for table in card.tables:
            print_table(table.title, table.columns, table.rows)
