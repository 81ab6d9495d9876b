"""Tables of how good answers are: each class and its confusions, or the errors of values."""

from __future__ import annotations

import sys

from rs2c.cli.output import print_table
from rs2c.model.card import class_rows, count, error_rows
from rs2c.model.quality import Quality, quality_json

_MOST_CLASSES, _MOST_CONFUSIONS, _WIDEST = 12, 10, 12  # of a matrix; of its largest entries beyond; of a heading


def print_quality(quality: Quality, class_names: tuple[str, ...], rows: str, *, err: bool = False) -> None:
    """Print the tables for these `rows`, such as test rows, on stdout or stderr."""
    names = tuple(printable(name, err=err) for name in class_names)
    figures = quality_json(quality, names)
    if "classes" not in figures:
        print_table(f"Errors, on {rows}", ("error", "value"), error_rows(figures), err=err)
        return
    columns = ("class", "precision", "recall", "rows")
    print_table(f"Classes, on {rows}", columns, class_rows(figures["classes"]), err=err)
    if len(names) <= _MOST_CLASSES:
        lines = [(name, *map(count, line)) for name, line in zip(names, figures["confusion"], strict=True)]
        heads = [name if len(name) <= _WIDEST else name[: _WIDEST - 2] + ".." for name in names]
        print_table(f"Answers, on {rows}: a line for each true class", ("", *heads), lines, err=err)
        return
    confusions = quality.largest_confusions(_MOST_CONFUSIONS)  # type: ignore[union-attr]
    lines = [(names[true], names[answered], count(n)) for true, answered, n in confusions]
    print_table(f"Largest confusions, on {rows}", ("true class", "answered", "rows"), lines, err=err)


def printable(text: str, *, err: bool = False) -> str:
    """A name as the output can show it: letters that its encoding lacks, and those that move the cursor, are ?."""
    encoding = (sys.stderr if err else sys.stdout).encoding or "utf-8"
    known = text.encode(encoding, "replace").decode(encoding)
    return "".join(letter if letter.isprintable() else "?" for letter in known)
