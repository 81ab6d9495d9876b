"""How good answers are, class by class, or as errors: what tables and the model card show beside one metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.choices import ValueMetric
from rs2c.model.scoring import measured


@dataclass(frozen=True)
class ClassQuality:
    """Answers to labels. `confusion` float64 (k, k) [true, answered] holds rows, or their weights.

    The other figures are (k,), one for each class, and 0 where they would divide by 0: the precision of a class that is
    never answered, the recall of one that does not occur.
    """

    confusion: Floats

    @property
    def support(self) -> Floats:
        """Rows of each class, or their weights."""
        return self.confusion.sum(axis=1)

    @property
    def precision(self) -> Floats:
        """Share of the answers of each class that are right."""
        return _shares(np.diag(self.confusion), self.confusion.sum(axis=0))

    @property
    def recall(self) -> Floats:
        """Share of each class that was answered rightly."""
        return _shares(np.diag(self.confusion), self.support)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall."""
        return _shares(2 * np.diag(self.confusion), self.confusion.sum(axis=0) + self.support)

    @property
    def accuracy(self) -> float:
        """Share of all rows that were answered rightly."""
        return float(np.trace(self.confusion) / self.confusion.sum())

    def largest_confusions(self, most: int) -> list[tuple[int, int, float]]:
        """Up to `most` pairs (true class, answered class, rows) of wrong answers, the largest first."""
        wrong = self.confusion - np.diag(np.diag(self.confusion))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        pairs = [divmod(int(at), len(wrong)) for at in order]
        return [(true, answered, float(wrong[true, answered])) for true, answered in pairs if wrong[true, answered] > 0]


@dataclass(frozen=True)
class ErrorQuality:
    """Answers to targets: MAE and RMSE in the units of the targets, R², and how bad the worst tenth of the rows is.

    `worst_decile` is the mean absolute error of the tenth of the rows (of their weight) with the largest errors; a row
    that lies on its border counts by the part that lies within. Of several outputs every figure is the mean over them.
    """

    mae: float
    rmse: float
    r2: float
    worst_decile: float


Quality = ClassQuality | ErrorQuality


def judge_classes(
    answers: npt.NDArray[np.int64], y: npt.NDArray[np.int64], classes: int, weight: Floats | None = None
) -> ClassQuality:
    """Answers (n,) against labels (n,), both codes below `classes`; `weight` (n,) or None for one each."""
    pairs = np.bincount(y * classes + answers, weights=weight, minlength=classes * classes)
    return ClassQuality(pairs.astype(np.float64).reshape(classes, classes))


def judge_values(answers: npt.NDArray[Any], y: npt.NDArray[Any], weight: Floats | None = None) -> ErrorQuality:
    """Answers (n,) or (n, C) against targets of the same shape; `weight` (n,) or None for one each."""
    assert answers.shape == y.shape, "a column of targets would be compared with all others"
    values = np.asarray(answers, np.float64).reshape(len(y), -1)
    mae, rmse, r2 = (measured(metric, values, y, weight) for metric in get_args(ValueMetric))
    sizes = np.abs(values - np.asarray(y, np.float64).reshape(values.shape)).mean(axis=1)
    weights = np.ones(len(y)) if weight is None else np.asarray(weight, np.float64)
    return ErrorQuality(mae.value, rmse.value, r2.value, _worst_tenth(sizes, weights))


def judge(
    answers: npt.NDArray[Any], y: npt.NDArray[Any], class_names: tuple[str, ...], weight: Floats | None = None
) -> Quality:
    """`judge_classes` where there are classes, else `judge_values`."""
    if class_names:
        return judge_classes(answers, y, len(class_names), weight)
    return judge_values(answers, y, weight)


def quality_json(quality: Quality, class_names: tuple[str, ...]) -> dict[str, Any]:
    """As JSON values: the four figures, or `accuracy`, `classes` and `confusion` (rows true, columns answered)."""
    if isinstance(quality, ErrorQuality):
        return {"mae": quality.mae, "rmse": quality.rmse, "r2": quality.r2, "worst_decile": quality.worst_decile}
    figures = zip(class_names, quality.precision, quality.recall, quality.f1, quality.support, strict=True)
    keys = ("class", "precision", "recall", "f1", "support")
    classes = [dict(zip(keys, (name, *map(float, line)), strict=True)) for name, *line in figures]
    return {"accuracy": quality.accuracy, "classes": classes, "confusion": quality.confusion.tolist()}


def _worst_tenth(sizes: Floats, weights: Floats) -> float:
    order = np.argsort(-sizes, kind="stable")
    before = np.cumsum(weights[order]) - weights[order]
    part = np.clip(weights.sum() / 10 - before, 0, weights[order])
    return float(np.average(sizes[order], weights=part))


def _shares(parts: npt.NDArray[Any], wholes: npt.NDArray[Any]) -> Floats:
    return np.asarray(parts / np.where(wholes > 0, wholes, 1), np.float64)
