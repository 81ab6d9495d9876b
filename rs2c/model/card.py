"""The optional `card` section of a model file: how the model was made and how good it is, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rs2c.base.errors import ModelFileError
from rs2c.model.file import ModelFile

_MOST_CLASSES, _WEAKEST = 12, 10  # classes that a card shows all; of more it shows so many
_ERRORS = {"mae": "MAE", "rmse": "RMSE", "r2": "R2", "worst_decile": "MAE of the worst tenth of the rows"}


@dataclass(frozen=True)
class Stage:
    """Metric of one stage: teacher, kernel, sketch, refined or integer, and of distilled models agreement.

    `value` is that on test rows, `validation` that on the validation rows of the training data, neither of which the
    stage learned from; None where it was not measured there.
    """

    stage: str
    metric: str
    value: float | None
    validation: float | None = None


@dataclass(frozen=True)
class CardTable:
    """A table of texts: numbers are those of one kind of rows, which `title` or a column names."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ModelCard:
    """Facts by name, sorted; the stages in the order of the pipeline, and how good classes or values are."""

    facts: tuple[tuple[str, str], ...]
    tables: tuple[CardTable, ...]


def read_card(content: ModelFile) -> ModelCard | None:
    """The card of a model file, None where there is none; raises ModelFileError where it is not as we write it."""
    section = content.sections.get("card")
    if section is None:
        return None
    try:
        facts, stages = section.values.get("facts", {}), list(section.values.get("stages", []))
        quality = section.values.get("quality")
        return ModelCard(
            facts=tuple(sorted((_text(key), _text(value)) for key, value in facts.items())),
            tables=(
                *stage_tables([_stage(stage) for stage in stages]),
                *([] if quality is None else [_shown(quality)]),
            ),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        raise ModelFileError("the model card in the file is not as rs2c writes it; make the file again") from None


def stage_tables(stages: Sequence[Stage]) -> tuple[CardTable, ...]:
    """A table for each metric, with a column for validation rows and one for test rows where there are such figures."""
    tables = []
    for metric in dict.fromkeys(stage.metric for stage in stages):
        group = [stage for stage in stages if stage.metric == metric]
        seen = [any(stage.validation is not None for stage in group), any(stage.value is not None for stage in group)]
        kinds = [kind for kind, shown in zip(("validation", "test"), seen, strict=True) if shown]
        names = (metric,) if kinds == ["test"] else tuple(f"{kind} {metric}" for kind in kinds)
        rows = tuple((stage.stage, *(_figure(stage, kind) for kind in kinds)) for stage in group)
        title = f"On {' and '.join(kinds)} {'data' if kinds == ['test'] else 'rows'}"
        tables.append(CardTable(title, ("stage", *names), rows))
    return tuple(tables)


def class_rows(classes: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """Name, precision, recall and rows of classes as `rs2c.model.quality.quality_json` has them."""
    return tuple(
        (_text(line["class"]), *(f"{float(line[key]):.4f}" for key in ("precision", "recall")), count(line["support"]))
        for line in classes
    )


def error_rows(errors: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Name and value of the four figures of a regression."""
    return tuple((name, metric_text(key, float(errors[key]))) for key, name in _ERRORS.items())


def metric_text(metric: str, value: float) -> str:
    """A share of rows with four digits, an error with five significant ones."""
    return f"{value:.4f}" if metric in ("accuracy", "balanced", "macro-f1", "r2", "agreement") else f"{value:.5g}"


def count(rows: float) -> str:
    """A number of rows, or the sum of their weights."""
    return f"{rows:,.0f}" if float(rows).is_integer() else f"{rows:,.2f}"


def _stage(stage: Mapping[str, Any]) -> Stage:
    value, validation = (None if stage.get(key) is None else float(stage[key]) for key in ("value", "validation"))
    if value is None and validation is None:
        raise KeyError("value")
    return Stage(_text(stage["stage"]), _text(stage["metric"]), value, validation)


def _figure(stage: Stage, kind: str) -> str:
    value = stage.value if kind == "test" else stage.validation
    return "-" if value is None else metric_text(stage.metric, value)


def _shown(quality: Mapping[str, Any]) -> CardTable:
    kind = f"{_text(quality['rows'])} rows{' by the teacher' if quality.get('against') == 'teacher' else ''}"
    if "classes" not in quality:
        return CardTable(f"Errors on {kind}", ("error", f"on {kind}"), error_rows(quality))
    classes, title = list(quality["classes"]), "Classes"
    if len(classes) > _MOST_CLASSES:
        classes = sorted(classes, key=lambda line: float(line["recall"]))[:_WEAKEST]
        title = f"The {_WEAKEST} classes of the lowest recall"
    return CardTable(f"{title} on {kind}", (f"class, on {kind}", "precision", "recall", "rows"), class_rows(classes))


def _text(value: Any) -> str:
    """A value as text that can be shown; a lone surrogate, which JSON can hold, raises ValueError."""
    return str(value).encode().decode()
