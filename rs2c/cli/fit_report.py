"""What `rs2c fit` prints of a fit: tables, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rs2c.cli.output import print_table

if TYPE_CHECKING:
    from rs2c.model.integer_model import IntegerModel
    from rs2c.read.datasets import Split
    from rs2c.train.baselines import Baseline
    from rs2c.train.fit import Fitted


@dataclass(frozen=True)
class FitReport:
    """A fit, the file it was written to, what trivial models reach, and the data with lines on them."""

    output: Path
    fitted: Fitted
    baselines: Sequence[Baseline]
    tolerance: float | None
    split: Split

    def remarks(self) -> list[str]:
        """Sentences on the model."""
        from rs2c.model.cost import model_cost
        from rs2c.train.baselines import enough
        from rs2c.train.description import notes

        model, reached = self.fitted.model, next(s for s in self.fitted.stages if s.stage == "integer")
        assert reached.validation is not None, "validation rows are never none"
        figures = reached.validation, reached.value, model_cost(model).bytes
        trivial = enough(self.baselines, *figures, reached.metric, self.tolerance)  # type: ignore[arg-type]
        return [*notes(self.fitted), *([] if trivial is None else [trivial])]


def print_fit(report: FitReport) -> None:
    """Print what a fit gave as tables."""
    from rs2c.cli.quality import print_quality, printable
    from rs2c.model.card import metric_text, stage_tables
    from rs2c.model.cost import model_cost
    from rs2c.train.description import times_smaller

    fitted = report.fitted
    print("\n".join(printable(line) for line in (_learned_from(fitted.model), *report.split.notes)) + "\n")
    metric, cost = fitted.stages[0].metric, model_cost(fitted.model)
    if fitted.search:
        names = ("rows", "arrays", "weights", "bytes", "operations", metric, "lost to teacher", "enough")
        lines = [
            (
                *(f"{n:,}" for n in (t.rows, t.arrays, t.weights, t.bytes, t.operations)),
                metric_text(metric, t.value),
                f"{metric_text(metric, t.loss)} ± {t.error:.2g}",
                "yes" if t.enough else "no",
            )
            for t in fitted.search
        ]
        print_table("Search, on rows of the training data that are held back", names, lines)
    if fitted.teachers:
        who = [(name, metric_text(metric, value)) for name, value in fitted.teachers]
        print_table(f"Who may teach, on validation rows: {fitted.teacher} does", ("teacher", metric), who)
    for table in stage_tables(fitted.stages):
        print_table(table.title, table.columns, table.rows)
    columns = ("baseline", f"validation {metric}", f"test {metric}", "bytes", "operations")
    baselines = [
        (
            printable(each.name),
            *("-" if figure is None else metric_text(metric, figure) for figure in (each.validation, each.value)),
            *("-" if size is None else f"{size:,}" for size in (each.bytes, each.operations)),
        )
        for each in report.baselines
    ]
    print_table("What is trivial, on the same rows", columns, baselines)
    print_quality(fitted.judged.quality, fitted.model.class_names, f"{fitted.judged.rows} rows")
    sizes = [("integer model", f"{cost.bytes:,}", f"{cost.operations:,}")]
    smaller = times_smaller(fitted)
    if smaller is not None:
        sizes.insert(0, ("float32 network", f"{fitted.teacher_bytes:,}", f"{fitted.teacher_operations:,}"))
        sizes.append((f"times smaller than {smaller.than}", f"{smaller.bytes:,.0f}", f"{smaller.operations:,.0f}"))
    print_table("Cost of one inference", ("", "bytes", "operations"), sizes)
    for remark in report.remarks():
        print(printable(remark))
    print(f"wrote {report.output}")


def fit_json(report: FitReport) -> dict[str, Any]:
    """The same as JSON values."""
    from rs2c.model.canonical import model_hash
    from rs2c.model.cost import model_cost
    from rs2c.train.description import times_smaller

    fitted, model = report.fitted, report.fitted.model
    cost, smaller = model_cost(model), times_smaller(fitted)
    return {
        "schema": 1,
        "model": str(report.output),
        "model_hash": model_hash(model),
        "task": model.task,
        "classes": model.class_names,
        "features": model.feature_names,
        "raw_type": model.raw_type,
        "notes": report.split.notes,
        "split": {
            "by": report.split.by,
            "training_rows": len(report.split.train.y),
            "test_rows": len(report.split.test.y),
            "weighted": report.split.train.weight is not None,
        },
        "remarks": report.remarks(),
        "stages": [asdict(stage) for stage in fitted.stages],
        "baselines": [asdict(baseline) for baseline in report.baselines],
        "quality": fitted.judged.as_json(model.class_names),
        "bytes": cost.bytes,
        "operations": cost.operations,
        "teacher": fitted.teacher,
        "teachers": dict(fitted.teachers),
        "enough": None if fitted.grade is None else fitted.grade.enough,
        "teacher_bytes": fitted.teacher_bytes,
        "teacher_operations": fitted.teacher_operations,
        "times_smaller": None if smaller is None else asdict(smaller),
        "search": [asdict(tried) for tried in fitted.search],
    }


def _learned_from(model: IntegerModel) -> str:
    """What was taken for the classes and the features, in a line: a column too many shows here first."""
    from rs2c.train.description import listed

    answer = f"classes: {listed(model.class_names)}" if model.task == "classify" else "a number to predict"
    return f"{answer}; {model.raw_type} features: {listed(model.feature_names)}"
