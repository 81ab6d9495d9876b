"""`rs2c fit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from rs2c.base.choices import (
    Directions,
    Family,
    Method,
    Metric,
    Missing,
    Probe,
    RawType,
    ScoresAre,
    StrategyName,
    Task,
)
from rs2c.cli.choice import choice
from rs2c.cli.fit_report import FitReport, fit_json, print_fit
from rs2c.cli.given_teacher import check_teachers, given_teacher
from rs2c.cli.output import JsonOption, QuietOption, SeedOption, print_json, progress
from rs2c.cli.reading import DecimalOption, SeparatorOption, reading


def fit(
    data: Annotated[
        Path, typer.Argument(help="CSV, TSV, ARFF, Parquet, or .npz with X, y, or X_train, y_train[, X_test, y_test].")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model file to write.")] = Path("model.rs2c"),
    label: Annotated[str | None, typer.Option(help="Column to predict (not for .npz).")] = None,
    test: Annotated[Path | None, typer.Option(help="File of test data.")] = None,
    test_size: Annotated[float, typer.Option(help="Share of DATA held out where there is no test data.")] = 0.2,
    drop: Annotated[list[str] | None, typer.Option(help="Column to leave out; may be repeated.")] = None,
    categorical: Annotated[list[str] | None, typer.Option(help="Column of categories; may be repeated.")] = None,
    group_column: Annotated[
        str | None,
        typer.Option(help="Column of groups, such as persons: none is both learned from and tested, or judged by."),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            help="Column of numbers or ISO 8601 dates, or rows for the order of the file: the last rows are held out."
        ),
    ] = None,
    sample_weight: Annotated[
        str | None, typer.Option(help="Column of numbers above 0, by which rows count in training and in figures.")
    ] = None,
    missing: Annotated[
        Missing | None,
        choice(
            Missing, "Missing values: an error, or the training mean [default: mean with --missing-value, else error]."
        ),
    ] = None,
    missing_value: Annotated[
        list[str] | None,
        typer.Option(
            help="Value that stands for a missing one, such as -999, or of one column as NAME=-999; may be repeated. "
            "The model file keeps it; on the device give not-a-number in its place."
        ),
    ] = None,
    separator: SeparatorOption = None,
    decimal: DecimalOption = ".",
    task: Annotated[
        Literal["auto", Task],
        choice(
            Literal["auto", Task],
            "What the label is. auto: text, whole numbers of at most 20 values and integers of .npz are classes.",
        ),
    ] = "auto",
    raw_type: Annotated[
        Literal["auto", RawType], choice(Literal["auto", RawType], "Type of the raw features on the device.")
    ] = "auto",
    method: Annotated[
        Method,
        choice(
            Method,
            "auto: the smallest learned sketch within the tolerance. learned: hashes and counts trained, of a "
            "shape you give. refit: drawn hashes, counts fitted to the teacher. representer: the sketch as published.",
        ),
    ] = "auto",
    teacher_scores: Annotated[
        Path | None,
        typer.Option(
            help=".npy of a teacher's scores: a line a row of DATA (of X_train) in file order, a column a class. "
            "Classes are sorted by name, by value where all are numbers, in the order of class_names in .npz."
        ),
    ] = None,
    scores_are: Annotated[
        ScoresAre | None,
        choice(
            ScoresAre,
            "What the scores of a given teacher are; logits are log-odds, margins, or whatever is largest for the "
            "class that is meant [default: guessed, and told].",
        ),
    ] = None,
    teacher: Annotated[
        str,
        typer.Option(
            metavar="<auto|network|boosting|linear|file>",
            help="Who teaches, where there are no scores. auto: the best, or the mean of the best two. FILE: a model "
            "of your own, .onnx or .tflite, that reads the features in their order.",
        ),
    ] = "auto",
    metric: Annotated[
        Metric | None,
        choice(
            Metric, "What teachers and sketches are judged by [default: accuracy; mae where a number is predicted]."
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(help="auto: loss against the teacher [default: 0.005, half a point of accuracy; 0.02 of MAE]."),
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="Rows L [default: learned 16, refit 64, representer 256].")
    ] = None,
    columns: Annotated[
        int | None, typer.Option(min=2, help="Columns R, a power of two [default: learned 8, others 16].")
    ] = None,
    arrays: Annotated[int, typer.Option(min=0, help="learned: count arrays that rows share; 0: one a row.")] = 4,
    weights: Annotated[int | None, typer.Option(min=1, help="learned: weights of a row, on average.")] = None,
    probe: Annotated[
        Probe, choice(Probe, "learned: nearest, with --arrays 0, takes fewer operations and more bytes.")
    ] = "linear",
    hashes: Annotated[
        int | None, typer.Option(min=1, help="refit, representer: hashes K concatenated in a row.")
    ] = None,
    anchors: Annotated[int, typer.Option(min=1, help="refit, representer: anchors M of the kernel student.")] = 256,
    project: Annotated[int, typer.Option(min=1, help="refit, representer: projected dimensions p, at most.")] = 16,
    family: Annotated[Family, choice(Family, "refit, representer: hash family.")] = "l2",
    directions: Annotated[Directions, choice(Directions, "refit, representer: hash directions.")] = "gaussian",
    groups: Annotated[int, typer.Option(min=1, help="representer: groups of the median of means; 1 is the mean.")] = 1,
    input_bits: Annotated[int, typer.Option(help="refit, representer: bits of an input: 8 or 16.")] = 8,
    direction_bits: Annotated[int, typer.Option(help="Not auto: bits of a direction's weight: 4 or 8.")] = 8,
    count_bits: Annotated[int, typer.Option(help="Not auto: bits of a count: 4, 8 or 16.")] = 8,
    factor_bits: Annotated[int, typer.Option(help="learned: bits of a factor: 4 or 8.")] = 8,
    quick: Annotated[bool, typer.Option("--quick", help="Train for a first look only.")] = False,
    strategy: Annotated[
        StrategyName | None,
        choice(StrategyName, "How the C of this model is laid out, kept in the file [default: loops]."),
    ] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fit DATA and write a model file.

    Example: rs2c fit occupancy.csv --label Occupancy -o occupancy.rs2c
    """
    from rs2c.base.atomic import check_writable
    from rs2c.base.precision import Precision
    from rs2c.emit.options import chosen
    from rs2c.model.file import save
    from rs2c.read.datasets import load_split
    from rs2c.read.reading import missing_value as declared
    from rs2c.train.baselines import baselines
    from rs2c.train.fit import fit as fit_data
    from rs2c.train.fit_options import FitOptions
    from rs2c.train.teachers.choose import kind_or_file

    kind, model = kind_or_file(teacher)
    check_teachers(kind, model, teacher_scores, scores_are)
    check_writable(output, (data, test, teacher_scores, model))
    options = FitOptions(
        method=method,
        rows=rows,
        columns=columns,
        hashes=hashes,
        anchors=anchors,
        projected=project,
        family=family,
        directions=directions,
        groups=groups,
        arrays=arrays,
        weights=weights,
        probe=probe,
        tolerance=tolerance,
        metric=metric,
        teacher=kind,
        precision=Precision(input_bits, direction_bits, count_bits, factor_bits),  # type: ignore[arg-type]
        seed=seed,
    )
    split = load_split(
        data,
        label,
        test=test,
        test_size=test_size,
        drop=drop or (),
        categorical=categorical or (),
        group_column=group_column,
        time=time,
        sample_weight=sample_weight,
        missing=missing,
        task=task,
        raw_type=raw_type,
        reading=reading(separator, decimal, [declared(text) for text in missing_value or ()]),
        seed=seed,
    )
    given = given_teacher(split, model, teacher_scores, scores_are)
    with progress(quiet or as_json) as show:
        options = options.quick() if quick else options
        fitted = fit_data(split.train, options, test=split.test, teacher=given, progress=show)
        save(output, chosen(fitted.content, strategy))
        show("comparing with trivial models")
        told = as_json or not quiet
        trivial = (
            baselines(split.train, split.test, fitted.inputs, fitted.parts, metric=metric, seed=seed) if told else ()
        )
    report = FitReport(output, fitted, trivial, tolerance, split)
    if as_json:
        print_json(fit_json(report))
    elif not quiet:
        print_fit(report)
