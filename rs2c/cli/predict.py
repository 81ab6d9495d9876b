"""`rs2c predict`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from rs2c.base.choices import Missing
from rs2c.cli.choice import choice
from rs2c.cli.output import JsonOption, QuietOption, print_json
from rs2c.cli.reading import DecimalOption, SeparatorOption, reading


def predict(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    data: Annotated[Path, typer.Argument(help="CSV, TSV, ARFF, Parquet, .npz or .npy with the model's features.")],
    label: Annotated[
        str | None, typer.Option(help="Column of right answers, of .npz y: shows how good the answers are.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV to write; stdout where left out.")] = None,
    missing: Annotated[
        Missing | None,
        choice(
            Missing,
            "Missing values: an error, or what the device makes of them [default: the training mean for a model that "
            "was fitted so, else an error].",
        ),
    ] = None,
    separator: SeparatorOption = None,
    decimal: DecimalOption = ".",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Answer each row of DATA through the integer reference: what the device will answer.

    With --label, tables of how good the answers are go to stderr, to stdout where -o takes the answers.

    Example: rs2c predict occupancy.rs2c new.csv -o answers.csv
    """
    from rs2c.base.atomic import check_writable, write_file
    from rs2c.base.errors import OptionError
    from rs2c.cli.quality import print_quality, printable
    from rs2c.model import reference
    from rs2c.model.file import load
    from rs2c.model.missing import read_missing
    from rs2c.model.quality import judge, quality_json
    from rs2c.read.datasets import load_features, load_labels

    if output is not None:
        check_writable(output, (model, data))
    content = load(model)
    integer = content.model
    names = integer.class_names
    if label is not None and integer.task == "regress" and integer.n_scores > 1:
        raise OptionError(
            f"the model predicts {integer.n_scores} values a row, which no column holds; leave --label out"
        )
    treatment, declared = read_missing(content)
    how, notes = reading(separator, decimal, declared), list[str]()
    raw = load_features(
        data,
        feature_names=integer.feature_names,
        categories=integer.categories,
        raw_type=integer.raw_type,
        missing=missing or treatment,
        reading=how,
        tell=notes.append,
    )
    answers, quality = reference.predict(integer, raw), None
    if label is not None:
        y = load_labels(data, label, feature_names=integer.feature_names, class_names=names, reading=how)
        quality = judge(answers, y, names)
    if integer.task == "classify":
        shown = [names[code] for code in answers.tolist()]
        columns = ["prediction"]
        table = [[_quoted(name)] for name in shown]
    else:
        shown = answers.tolist()
        values = answers[:, None] if answers.ndim == 1 else answers
        columns = ["prediction"] if values.shape[1] == 1 else [f"prediction{i}" for i in range(values.shape[1])]
        table = [[repr(value) for value in line] for line in values.tolist()]
    text = "\n".join(",".join(line) for line in [columns, *table]) + "\n"
    if output is not None:
        write_file(output, text.encode())
    if as_json:
        told = {} if quality is None else {"quality": quality_json(quality, names)}
        print_json({"schema": 1, "rows": len(shown), "predictions": shown, "notes": notes, **told})
    elif not quiet:
        for note in notes:
            print(f"note: {printable(note, err=True)}", file=sys.stderr)
        if output is None:
            print(text, end="")
        if quality is not None:
            print_quality(quality, names, f"{len(shown):,} rows of {data.name}", err=output is None)


def _quoted(name: str) -> str:
    """A CSV field (RFC 4180)."""
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\r\n') else name
