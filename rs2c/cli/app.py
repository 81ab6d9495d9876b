"""The typer application, and the one place where errors become exit codes: 0 done, 1 negative verdict, 2 bad input."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from rs2c.base.errors import DoesNotFitError, Rs2cError
from rs2c.base.version import __version__
from rs2c.cli.compile import compile_model
from rs2c.cli.demo import demo
from rs2c.cli.environment import boards, doctor
from rs2c.cli.firmware import build_model, flash_model, selftest_model
from rs2c.cli.fit import fit
from rs2c.cli.inspect import inspect
from rs2c.cli.predict import predict
from rs2c.cli.size import size
from rs2c.cli.verify import verify

app = typer.Typer(
    name="rs2c",
    help="Compile a table of data, or a trained model, into a Representer Sketch and that into C for microcontrollers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"rs2c {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options before a command."""


app.command()(fit)
app.command()(predict)
app.command("compile")(compile_model)
app.command()(size)
app.command()(verify)
app.command("build")(build_model)
app.command("flash")(flash_model)
app.command("test")(selftest_model)
app.command()(inspect)
app.command()(demo)
app.command()(boards)
app.command()(doctor)


def main() -> None:
    """Run the command line and exit with its code. Wrong usage is typer's to report: it exits with 2 itself."""
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:  # it was closed before the program began
                sys.stdout.flush()
    except Rs2cError as error:
        _fail(str(error), code=1 if isinstance(error, DoesNotFitError) else 2)
    except UnicodeEncodeError as error:
        letter = ascii(error.object[error.start])
        _fail(f"the output's encoding, {error.encoding}, has no {letter}; set PYTHONIOENCODING to utf-8")
    except OSError as error:
        if sys.stdout is not None:  # what is left cannot be written at exit either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"cannot use {error.filename or 'the output'} ({error.strerror}); check its name and who may use it")


def _fail(sentence: str, code: int = 2) -> None:
    print(f"error: {sentence}", file=sys.stderr)
    sys.exit(code)
