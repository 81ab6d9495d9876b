"""The typer application, and the one place where errors become exit codes: 0 done, 1 negative verdict, 2 bad input.

An error is one sentence on stderr. With --json it is also `{"schema": 1, "error": ...}` on stdout, which holds JSON
whatever happens.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Annotated, Any, NoReturn

import typer

from rs2c.base.errors import DoesNotFitError, Rs2cError, shortened
from rs2c.base.version import __version__
from rs2c.cli.compile import compile_model
from rs2c.cli.demo import demo
from rs2c.cli.environment import boards, doctor
from rs2c.cli.firmware import build_model, flash_model, selftest_model
from rs2c.cli.fit import fit
from rs2c.cli.inspect import inspect
from rs2c.cli.output import print_json
from rs2c.cli.predict import predict
from rs2c.cli.size import size
from rs2c.cli.verify import verify

app = typer.Typer(
    name="rs2c",
    help="Compile a table of data, or a trained model, into a Representer Sketch and that into C for microcontrollers.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]  # of click, or of the copy of it that typer brings


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
    """Run the command line and exit with its code."""
    for word in sys.argv[1:]:
        if re.fullmatch("-[a-z]=.*", word):  # click would write a file of that name
            _fail(f"{word!r} gives {word[:2]} the value {word[2:]!r}; leave the = out, as in {word[:2]} {word[3:]}")
    try:
        try:
            code = app(sys.argv[1:] or ["--help"], prog_name="rs2c", standalone_mode=False)
        finally:
            if sys.stdout is not None:  # it was closed before the program began
                sys.stdout.flush()
    except _UsageError as error:
        _fail(_wrong_usage(error))
    except Rs2cError as error:
        _fail(str(error), code=1 if isinstance(error, DoesNotFitError) else 2)
    except UnicodeEncodeError as error:
        letter = ascii(error.object[error.start])
        _fail(f"the output's encoding, {error.encoding}, has no {letter}; set PYTHONIOENCODING to utf-8")
    except OSError as error:
        if sys.stdout is not None:  # what is left cannot be written at exit either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(f"cannot use {error.filename or 'the output'} ({error.strerror}); check its name and who may use it")
    sys.exit(code)


def _wrong_usage(error: Any) -> str:
    command = error.ctx.command_path if error.ctx is not None else "rs2c"
    return f"{' '.join(error.format_message().split()).rstrip('.')}; {command} --help shows what it takes"


def _fail(sentence: str, code: int = 2) -> NoReturn:
    told = shortened(sentence)
    print(f"error: {told}", file=sys.stderr)
    if "--json" in sys.argv and sys.stdout is not None:
        print_json({"schema": 1, "error": told})
        sys.stdout.flush()
    sys.exit(code)
