"""What `rs2c fit` prints of a fit: tables, or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rs2c.cli.output import print_json, print_table

if TYPE_CHECKING:
    from rs2c.model.integer_model import IntegerModel
    from rs2c.train.fit import Fitted


def report(output: Path, fitted: Fitted, notes: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Print what a fit gave, as tables or as JSON."""
    from dataclasses import asdict

    from rs2c.model.canonical import model_hash
    from rs2c.model.card import metric_text, stage_tables
    from rs2c.model.cost import model_cost

    cost = model_cost(fitted.model)
    if as_json:
        print_json(
            {
                "schema": 1,
                "model": str(output),
                "model_hash": model_hash(fitted.model),
                "task": fitted.model.task,
                "classes": fitted.model.class_names,
                "features": fitted.model.feature_names,
                "raw_type": fitted.model.raw_type,
                "notes": notes,
                "stages": [{"stage": s.stage, "metric": s.metric, "value": s.value} for s in fitted.stages],
                "bytes": cost.bytes,
                "operations": cost.operations,
                "teacher_bytes": fitted.teacher_bytes,
                "teacher_operations": fitted.teacher_operations,
                "search": [asdict(tried) for tried in fitted.search],
            }
        )
        return
    if quiet:
        return
    encoding = sys.stdout.encoding or "utf-8"  # which may lack letters of a name
    print("\n".join([_learned_from(fitted.model), *notes]).encode(encoding, "replace").decode(encoding) + "\n")
    metric = fitted.stages[0].metric if fitted.stages else "accuracy"
    if fitted.search:
        names = ("rows", "arrays", "weights", "bytes", "operations", metric, "enough")
        lines = [
            (
                *(f"{n:,}" for n in (t.rows, t.arrays, t.weights, t.bytes, t.operations)),
                metric_text(metric, t.value),
                "yes" if t.enough else "no",
            )
            for t in fitted.search
        ]
        print_table("Search, on validation rows of the training data", names, lines)
        if not any(tried.enough for tried in fitted.search):
            print(
                "none is within the tolerance of the teacher: this is the best one; raise --tolerance for a smaller\n"
            )
    for table in stage_tables(fitted.stages):
        print_table(table.title, table.columns, table.rows)
    sizes = [("integer model", f"{cost.bytes:,}", f"{cost.operations:,}")]
    if fitted.teacher_bytes is not None and fitted.teacher_operations is not None:
        sizes.insert(0, ("teacher", f"{fitted.teacher_bytes:,}", f"{fitted.teacher_operations:,}"))
    print_table("Cost of one inference", ("", "bytes", "operations"), sizes)
    print(f"wrote {output}")


def _learned_from(model: IntegerModel) -> str:
    """What was taken for the classes and the features, in a line: a column too many shows here first."""

    def listed(names: tuple[str, ...]) -> str:
        return f"{len(names)} ({', '.join(names[:6])}{', ...' if len(names) > 6 else ''})"

    answer = f"classes: {listed(model.class_names)}" if model.task == "classify" else "a number to predict"
    return f"{answer}; {model.raw_type} features: {listed(model.feature_names)}"
