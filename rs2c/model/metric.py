"""Answers from scores, and how good they are: accuracy, or the mean absolute error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rs2c.base.raw_types import Task
from rs2c.model import reference
from rs2c.model.integer_model import IntegerModel

T = TypeVar("T")


def decide(scores: npt.NDArray[Any], task: Task) -> npt.NDArray[Any]:
    """Scores (n, C) to class codes int64 (n,), or to the values themselves; ties as on the device."""
    if task == "regress":
        return scores[:, 0] if scores.shape[1] == 1 else scores
    if scores.shape[1] == 1:
        return (scores[:, 0] > 0).astype(np.int64)
    return np.argmax(scores, axis=1).astype(np.int64)


def integer_scores(model: IntegerModel, raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Scores of the integer model: int32 for classes, values in the units of the target for regression."""
    scores = reference.scores(model, reference.quantize(model, raw))
    return scores if model.task == "classify" else np.ldexp(scores.astype(np.float64), -model.output.value_frac_bits)


def measure(scores: npt.NDArray[Any], y: npt.NDArray[Any], task: Task, weight: npt.NDArray[Any] | None = None) -> float:
    """Accuracy of scores (n, C), or mean absolute error in the units of y, of rows that count by their weight (n,)."""
    answer = decide(np.asarray(scores), task)
    assert answer.shape == y.shape, "a column of targets would be compared with all others"
    if task == "classify":
        return float(np.average(answer == y, axis=0, weights=weight))
    return float(np.mean(np.average(np.abs(answer - y), axis=0, weights=weight)))


def best_by(items: Iterable[T], metric: Callable[[T], float], task: Task) -> T:
    """The first of the items whose metric is best."""
    return (max if task == "classify" else min)(items, key=metric)


def is_better(a: float, b: float, task: Task) -> bool:
    """Whether metric a beats metric b."""
    return a > b if task == "classify" else a < b
