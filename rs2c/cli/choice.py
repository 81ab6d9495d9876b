"""An option that takes one word of a few."""

from __future__ import annotations

from enum import Enum
from typing import Any, get_args

import typer
from typer.main import get_click_type


def choice(words: Any, text: str) -> Any:
    """A typer option, with the help `text`, for a parameter whose type is the Literal `words`.

    Typer itself knows Literal from release 0.19 on only, so it is asked for its type of an Enum of the same words.
    """
    kind = get_click_type(annotation=Enum("words", {w: w for w in get_args(words)}), parameter_info=typer.Option())
    return typer.Option(click_type=kind, help=text)
