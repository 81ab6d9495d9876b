"""`rs2c compile`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rs2c.cli.output import JsonOption, QuietOption, StrategyOption, print_json


def compile_model(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write; one of the same name is replaced.")],
    name: Annotated[str | None, typer.Option(help="C prefix, such as 'gesture'; the file's name if left out.")] = None,
    strategy: StrategyOption = None,
    dump_plan: Annotated[bool, typer.Option("--dump-plan", help="Print the stages and tables of the source.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a C library: header, source, self-test, model card, model file, build files.

    Example: rs2c compile gesture.rs2c -o lib/gesture --name gesture
    """
    from rs2c.emit import emit_library
    from rs2c.emit.names import default_name
    from rs2c.emit.options import chosen, options_of
    from rs2c.emit.plan import plan_of, plan_text
    from rs2c.model.cost import model_cost
    from rs2c.model.file import load

    content = chosen(load(model), strategy)
    prefix = name if name is not None else default_name(model.stem)
    files = emit_library(content, prefix, output)
    cost = model_cost(content.model)
    plan = plan_text(plan_of(content.model, options_of(content), prefix)) if dump_plan else None
    if as_json:
        listing = {"files": [str(path) for path in files], "bytes": cost.bytes, "operations": cost.operations}
        planned = {} if plan is None else {"plan": plan}
        print_json({"schema": 1, "name": prefix, "folder": str(output), **listing, **planned})
    elif plan is not None:
        print(plan)
    elif not quiet:
        for path in files:
            print(path)
        print(f"{cost.bytes} canonical bytes, {cost.operations} operations an inference")
