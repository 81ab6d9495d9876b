"""What users mean by good: metrics of scores, and what each row adds to them.

The influence of a row is how much the metric would change, to first order, were the row n times as frequent: its mean
is 0, and the standard deviation of the metric is that of the influence over the square root of n. Two answers to the
same rows differ with the error of the difference of their influences, whatever the metric is (the delete-one and
infinitesimal jackknife of Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982, chapter 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.choices import ClassMetric, Metric, Task, ValueMetric
from rs2c.base.errors import OptionError
from rs2c.model.metric import decide

DEFAULT_METRIC: dict[Task, Metric] = {"classify": "accuracy", "regress": "mae"}
_ERRORS = ("log-loss", "mae", "rmse")  # less is better
_LEAST_PROBABILITY = 1e-12
_SCALES = np.exp2(np.arange(-10, 12, 0.5))  # to which the largest score is tried to be scaled


def is_error(metric: str) -> bool:
    """Whether less is better."""
    return metric in _ERRORS


@dataclass(frozen=True, eq=False)
class Measured:
    """A metric of some rows, and the influence (n,) of each."""

    metric: Metric
    value: float
    influence: Floats


def check_metric(metric: Metric | None, task: Task) -> Metric:
    """The metric, or that of the task where none is named. Raises OptionError for one of the other task."""
    known = get_args(ClassMetric if task == "classify" else ValueMetric)
    if metric is None:
        return DEFAULT_METRIC[task]
    if metric not in known:
        what = "a classifier" if task == "classify" else "a regressor"
        raise OptionError(f"the metric {metric} is none of {what}; use one of {', '.join(known)}")
    return metric


def measured(
    metric: Metric, scores: npt.NDArray[Any], y: npt.NDArray[Any], weight: npt.NDArray[Any] | None = None
) -> Measured:
    """The metric of scores (n, C) against labels or targets y, of rows that count by their weight (n,)."""
    share = np.ones(len(y)) if weight is None else np.asarray(weight, np.float64) / np.mean(weight)
    value, influence = _METRICS[metric](np.asarray(scores), y, share)
    return Measured(metric, float(value), influence)


def loss_against(teacher: Measured, student: Measured, groups: npt.NDArray[Any] | None = None) -> tuple[float, float]:
    """How much worse the student is on the same rows, in units of the metric, and the standard error of that.

    Rows of one of the `groups` (n,) may be alike, so that each group counts as one observation, where there are two.
    """
    sign = 1 if is_error(student.metric) else -1
    apart: Floats = sign * (student.influence - teacher.influence)
    few = 1.0
    if groups is not None and (count := len(names := np.unique(groups))) > 1:
        apart = np.bincount(np.searchsorted(names, groups), weights=apart).astype(np.float64)
        few = count / (count - 1)  # sums of groups add up to 0: the fewer, the smaller they are, and of one always 0
    error = float(np.sqrt(few * np.square(apart).sum())) / len(teacher.influence)
    return sign * (student.value - teacher.value) + 0.0, error  # never -0.0


def _accuracy(scores: Any, y: Any, share: Floats) -> tuple[float, Floats]:
    hit = (decide(scores, "classify") == y).astype(np.float64)
    value = float(np.mean(share * hit))
    return value, share * (hit - value)


def _balanced(scores: Any, y: Any, share: Floats) -> tuple[float, Floats]:
    """The mean recall of the classes that occur."""
    hit = (decide(scores, "classify") == y).astype(np.float64)
    frequency = np.bincount(y, weights=share) / len(y)
    recall = np.bincount(y, weights=share * hit) / len(y) / np.where(frequency, frequency, 1)
    present = frequency > 0
    influence = share * (hit - recall[y]) / frequency[y] / present.sum()
    return float(recall[present].mean()), influence


def _macro_f1(scores: Any, y: Any, share: Floats) -> tuple[float, Floats]:
    """The mean F1 of the classes that occur or are answered."""
    answer = decide(scores, "classify")
    values, influence = [], np.zeros(len(y))
    classes = np.union1d(y, answer)
    for code in classes:
        true, answered = (y == code).astype(np.float64), (answer == code).astype(np.float64)
        both = np.mean(share * (true + answered))
        value = 2 * np.mean(share * true * answered) / both
        influence += share * (2 * true * answered - value * (true + answered)) / both / len(classes)
        values.append(value)
    return float(np.mean(values)), influence


def _log_loss(scores: Any, y: Any, share: Floats) -> tuple[float, Floats]:
    """The cross entropy of the scores at the scale that suits them best: a device has no unit for them."""
    scores = np.asarray(scores, np.float64)
    if scores.shape[1] == 1:
        scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
    scores = scores - scores.max(axis=1, keepdims=True)
    unit = float(np.abs(scores).max()) or 1.0
    scaled = (_entropies(scores * (scale / unit), y) for scale in _SCALES)
    best = min(scaled, key=lambda loss: float(np.mean(share * loss)))
    value = float(np.mean(share * best))
    return value, share * (best - value)


def _entropies(scores: Floats, y: npt.NDArray[Any]) -> Floats:
    right = scores[np.arange(len(y)), y] - np.log(np.exp(scores).sum(axis=1))
    return -np.maximum(right, np.log(_LEAST_PROBABILITY))


def _columns(scores: Any, y: Any) -> tuple[Floats, Floats]:
    """Values and targets (n, outputs)."""
    values = np.asarray(scores, np.float64)
    return values, np.asarray(y, np.float64).reshape(len(y), -1)


def _mae(scores: Any, y: Any, share: Floats) -> tuple[float, Floats]:
    values, targets = _columns(scores, y)
    away = np.abs(values - targets).mean(axis=1)
    value = float(np.mean(share * away))
    return value, share * (away - value)


def _rmse(scores: Any, y: Any, share: Floats) -> tuple[float, Floats]:
    """Root mean squared error, the mean over the outputs."""
    values, targets = _columns(scores, y)
    square = np.square(values - targets)
    mean = np.mean(share[:, None] * square, axis=0)
    root = np.sqrt(mean)
    influence = share[:, None] * (square - mean) / np.where(root, 2 * root, 1)
    return float(root.mean()), influence.mean(axis=1)


def _r2(scores: Any, y: Any, share: Floats) -> tuple[float, Floats]:
    """Share of the variance that is explained, the mean over the outputs."""
    values, targets = _columns(scores, y)
    square = np.square(values - targets)
    apart = np.square(targets - np.mean(share[:, None] * targets, axis=0))
    left, total = np.mean(share[:, None] * square, axis=0), np.mean(share[:, None] * apart, axis=0)
    known = total > 0  # of targets that are all alike 1 where all are met, else 0
    total = np.where(known, total, 1)
    influence = -share[:, None] * known * (square - left / total * apart) / total
    return float(np.where(known, 1 - left / total, left == 0).mean()), influence.mean(axis=1)


_METRICS: dict[Metric, Callable[[Any, Any, Floats], tuple[float, Floats]]] = {
    "accuracy": _accuracy,
    "balanced": _balanced,
    "macro-f1": _macro_f1,
    "log-loss": _log_loss,
    "mae": _mae,
    "rmse": _rmse,
    "r2": _r2,
}
