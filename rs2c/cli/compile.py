"""`rs2c compile`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rs2c.cli.output import JsonOption, QuietOption, print_json


def compile_model(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write; one of the same name is replaced.")],
    name: Annotated[str | None, typer.Option(help="C prefix, such as 'gesture'; the file's name if left out.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a C library: header, source, self-test, model card, model file, build files.

    Example: rs2c compile gesture.rs2c -o lib/gesture --name gesture
    """
    from rs2c.emit import emit_library
    from rs2c.emit.names import default_name
    from rs2c.model.cost import model_cost
    from rs2c.model.file import load

    content = load(model)
    prefix = name if name is not None else default_name(model.stem)
    files = emit_library(content, prefix, output)
    cost = model_cost(content.model)
    if as_json:
        listing = {"files": [str(path) for path in files], "bytes": cost.bytes, "operations": cost.operations}
        print_json({"schema": 1, "name": prefix, "folder": str(output), **listing})
    elif not quiet:
        for path in files:
            print(path)
        print(f"{cost.bytes} canonical bytes, {cost.operations} operations an inference")
