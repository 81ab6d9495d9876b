"""A fit in about ten lines, and how much smaller its model is than what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rs2c.model.card import stage_tables
from rs2c.model.cost import model_cost
from rs2c.train.teach import teacher_name

if TYPE_CHECKING:
    from rs2c.train.fit import Fitted

_MOST_NAMES = 6


@dataclass(frozen=True)
class TimesSmaller:
    """Bytes and operations of the network, called `than`, over those of the integer model."""

    than: str
    bytes: float
    operations: float


def times_smaller(fitted: Fitted) -> TimesSmaller | None:
    """How much smaller the model is than the network that was trained beside it; None where none was."""
    if fitted.teacher_bytes is None or fitted.teacher_operations is None:
        return None
    cost = model_cost(fitted.model)
    ratios = fitted.teacher_bytes / max(cost.bytes, 1), fitted.teacher_operations / max(cost.operations, 1)
    taught = fitted.teacher == teacher_name("network")
    return TimesSmaller(f"the teacher, {fitted.teacher}" if taught else "a network in float32", *ratios)


def listed(names: tuple[str, ...]) -> str:
    """How many names there are, and the first of them."""
    return f"{len(names)} ({', '.join(names[:_MOST_NAMES])}{', ...' if len(names) > _MOST_NAMES else ''})"


def notes(fitted: Fitted) -> tuple[str, ...]:
    """Sentences on what a user should know of a fit beside its figures."""
    names, grade = fitted.model.class_names, fitted.grade
    found = [*fitted.notes, *fitted.judged.lost(names)]
    if grade is not None:
        found += [
            f"the class {names[code]!r} is found less than half as often as by the teacher: give more rows of it, or "
            "let its rows weigh more"
            for code in grade.lost
        ]
    if fitted.search and grade is not None and not grade.enough:
        found.append(
            "none is within the tolerance of the teacher: this is the best one; raise the tolerance for a smaller"
        )
    return tuple(found)


def described(fitted: Fitted) -> str:
    """Task, classes, method, teacher, the metric of each stage, cost, and notes."""
    model, cost, smaller = fitted.model, model_cost(fitted.model), times_smaller(fitted)
    lines = [
        (
            "task",
            "classification"
            if model.task == "classify"
            else f"regression of {model.n_scores} value{'s' * (model.n_scores > 1)}",
        ),
        ("classes", listed(model.class_names)),
        ("features", f"{listed(model.feature_names)}, {model.raw_type}"),
        ("method", fitted.method),
        ("teacher", fitted.teacher),
    ]
    for table in stage_tables(fitted.stages):
        lines += [
            (stage, ", ".join(f"{name} {figure}" for name, figure in zip(table.columns[1:], figures, strict=True)))
            for stage, *figures in table.rows
        ]
    lines.append(("size", f"{cost.bytes:,} bytes, {cost.operations:,} operations"))
    if smaller is not None:
        lines.append(("", f"{smaller.bytes:,.0f} and {smaller.operations:,.0f} times fewer than {smaller.than}"))
    lines += [("note", note) for note in notes(fitted)]
    return "\n".join(f"{name:<10}{value}" for name, value in lines if value not in ("", "0 ()"))
