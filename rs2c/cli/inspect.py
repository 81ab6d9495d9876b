"""`rs2c inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rs2c.cli.output import JsonOption, QuietOption, print_json, print_table

if TYPE_CHECKING:
    from rs2c.model.integer_model import IntegerModel


def inspect(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what a model file holds: shape, cost, bounds of every accumulator, provenance.

    Example: rs2c inspect gesture.rs2c
    """
    from rs2c.model.bounds import prove
    from rs2c.model.canonical import manifest, model_hash
    from rs2c.model.card import metric_text, read_card
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
    print_table("Model", ("", "value"), _facts(integer))
    names = list(dict.fromkeys([*cost.bytes_of, *cost.operations_of]))
    parts = [(n, f"{cost.bytes_of.get(n, 0):,}", f"{cost.operations_of.get(n, 0):,}") for n in names]
    parts.append(("total", f"{cost.bytes:,}", f"{cost.operations:,}"))
    print_table("Cost", ("section", "bytes", "operations"), parts)
    print_table("Bounds", ("accumulator", "largest", "limit"), [(b.name, str(b.largest), str(b.limit)) for b in bounds])
    if card is not None:
        print_table("How it was made", ("", "value"), card.facts)
        if card.stages:
            rows = [(stage, metric_text(card.metric, value)) for stage, value in card.stages]
            print_table("On test data", ("stage", card.metric), rows)


def _facts(model: IntegerModel) -> list[tuple[str, str]]:
    import numpy as np

    from rs2c.emit.context import count_bits, rows_and_tail

    rows, tail = rows_and_tail(model)
    hashes, front = rows.hashes, model.front_end
    return [
        ("task", model.task),
        ("raw type", model.raw_type),
        ("front end", "none" if front is None else f"{model.n_inputs} inputs, {front.bits} bits"),
        ("projection", "none" if model.projection is None else f"{hashes.weights.shape[2]} dimensions"),
        ("hashes", f"{hashes.kind}, {hashes.weights.shape[1]} a row, {hashes.layout} weights"),
        ("rows x columns x scores", f"{rows.rows} x {rows.columns} x {model.n_scores}"),
        ("count arrays", f"{rows.arrays}{'' if rows.factors is None else ', with a factor for each row and score'}"),
        ("linear tail", "none" if tail is None else f"{np.count_nonzero(tail.weights)} weights"),
        ("counts", f"{count_bits(rows)} bits, {rows.probe} probe"),
        ("aggregation", "sum" if rows.groups == 1 else f"median of {rows.groups} group sums"),
    ]
