"""Measuring what a fit made: each stage on validation rows and on test rows, and the integer model class by class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy.typing as npt

from rs2c.base.choices import Metric
from rs2c.model import reference
from rs2c.model.card import Stage
from rs2c.model.file import Section
from rs2c.model.integer_model import IntegerModel
from rs2c.model.metric import decide, integer_scores, measure
from rs2c.model.quality import ClassQuality, Quality, judge, quality_json
from rs2c.model.scoring import measured
from rs2c.read.datasets import Dataset


@dataclass(frozen=True)
class Judged:
    """How good the answers of an integer model are, on the test data, or on validation rows without; and by what."""

    rows: Literal["test", "validation"]
    quality: Quality
    against: Literal["labels", "teacher"] = "labels"

    def as_json(self, class_names: tuple[str, ...]) -> dict[str, Any]:
        """As JSON values, see `rs2c.model.quality.quality_json`."""
        return {"rows": self.rows, "against": self.against, **quality_json(self.quality, class_names)}

    def lost(self, class_names: tuple[str, ...]) -> list[str]:
        """A sentence on each class that occurs and is never recognized."""
        if not isinstance(self.quality, ClassQuality):
            return []
        figures = zip(class_names, self.quality.recall, self.quality.support, strict=True)
        return [
            f"none of the {rows:g} {self.rows} rows of the class {name!r} is recognized"
            for name, recall, rows in figures
            if rows > 0 and recall == 0
        ]


def card_section(
    facts: Mapping[str, Any], stages: Sequence[Stage], judged: Judged, class_names: tuple[str, ...]
) -> Section:
    """The section `card` of a model file: no row of the data."""
    quality = judged.as_json(class_names)
    quality.pop("confusion", None)  # the square of the number of classes
    return Section({"facts": dict(facts), "stages": [asdict(stage) for stage in stages], "quality": quality}, {})


def measure_stage(
    stage: str,
    metric: Metric,
    scores_of: Callable[[Dataset], npt.NDArray[Any] | None],
    valid: Dataset,
    test: Dataset | None,
) -> Stage:
    """A stage whose scores (m, C) of a data set are known, or None where they are not."""

    def figure(data: Dataset | None) -> float | None:
        scores = None if data is None else scores_of(data)
        return None if data is None or scores is None else measured(metric, scores, data.y, data.weight).value

    return Stage(stage, metric, figure(test), figure(valid))


def judge_model(model: IntegerModel, valid: Dataset, test: Dataset | None) -> Judged:
    """The integer model on the test rows, or on the validation rows where there is no test data."""
    data = valid if test is None else test
    return Judged("validation" if test is None else "test", judge_data(model, data.X, data.y, data.weight))


def judge_data(
    model: IntegerModel, X: npt.NDArray[Any], y: npt.NDArray[Any], weight: npt.NDArray[Any] | None = None
) -> Quality:
    """The answers of an integer model for raw features X (m, d) against labels or targets y, rows by their weight."""
    return judge(reference.predict(model, X), y, model.class_names, weight)


def agreement(model: IntegerModel, data: Dataset, scores: npt.NDArray[Any]) -> float:
    """Share of the rows of data that a model answers as its teacher's `scores` (n, C) do, rows by their weight.

    Of values their mean absolute distance.
    """
    return measure(integer_scores(model, data.X), decide(scores, model.task), model.task, data.weight)
