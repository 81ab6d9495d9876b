"""Whether a sketch is enough: by how much it is worse than its teacher on rows held back, how sure that is, for whom.

A sketch is enough where its loss, with a part of its standard error, is within the tolerance, and where it finds every
class that its teacher finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from rs2c.base.choices import ClassMetric, Metric
from rs2c.model.metric import decide
from rs2c.model.scoring import Measured, is_error, loss_against, measured

TOLERANCE = 0.005  # points of accuracy, and of all else of which more is better
ERROR_TOLERANCE = 0.02  # a share of the error of the teacher, where less is better
_FEW_OF_A_CLASS = 10  # rows: of fewer, those that a sketch learned from say too whether the class is found
_CERTAINTY = 0.5  # standard errors: the best of many trainings looks better than it is
_FAR, _HOPELESS = 1.0, 4.0  # standard errors beyond the tolerance
_NO_ERROR = 1e-6  # of the deviation: targets are float32
_LEAST_RECALL = 0.5  # of the teacher's, in each class


@dataclass(frozen=True, eq=False)
class Exam:
    """Raw rows X (n, d) to be judged by, the teacher's scores (n, C), and y: labels, targets, or the teacher's answers.

    The first `counted` rows make the metric. Those after them are of classes that have few rows among the first, and
    only say whether such a class is found. `weight` (counted,) and `groups` (counted,) are None where rows are alike
    and apart.
    """

    metric: Metric
    X: npt.NDArray[Any]
    teacher: npt.NDArray[Any]
    y: npt.NDArray[Any]
    counted: int
    weight: npt.NDArray[Any] | None = None
    groups: npt.NDArray[Any] | None = None

    def measured(self, scores: npt.NDArray[Any]) -> Measured:
        """The metric of scores (n, C) of all rows."""
        return measured(self.metric, scores[: self.counted], self.y[: self.counted], self.weight)

    @cached_property
    def of_teacher(self) -> Measured:
        """The metric of the teacher."""
        return self.measured(self.teacher)

    def found(self, scores: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """How many rows of each class are answered rightly; nothing for values."""
        if self.metric not in get_args(ClassMetric):
            return np.zeros(0, np.int64)
        return np.bincount(self.y[decide(scores, "classify") == self.y], minlength=int(self.y.max()) + 1)

    @cached_property
    def found_by_teacher(self) -> npt.NDArray[np.int64]:
        """How many rows of each class the teacher answers rightly."""
        return self.found(self.teacher)

    @cached_property
    def least_found(self) -> npt.NDArray[np.float64]:
        """How many rows of each class are to be found at least.

        Of a class that is judged by rows learned from, the error of a share of so few counts too.
        """
        classes = len(self.found_by_teacher)
        few = few_rows(self.y[: self.counted], classes) if classes else np.zeros(0, np.bool_)
        error = np.where(few, np.sqrt(self.found_by_teacher) / 2, 0.0)
        return _LEAST_RECALL * self.found_by_teacher + _CERTAINTY * error

    @property
    def deviation(self) -> float:
        """Mean absolute deviation of the teacher's values; 0 of a classifier."""
        if self.metric in get_args(ClassMetric):
            return 0.0
        return float(np.mean(np.abs(self.teacher - self.teacher.mean(axis=0))))


@dataclass(frozen=True)
class Grade:
    """The metric of a sketch on the rows of an exam, its loss against the teacher with the standard error of that, the
    classes that the teacher finds and it does not, and whether it is enough; by how much more it loses than it may."""

    value: float
    loss: float
    error: float
    lost: tuple[int, ...]
    enough: bool
    excess: float

    @property
    def overlooked(self) -> tuple[int, ...]:
        """The classes without which it would be enough."""
        return self.lost if self.excess + _CERTAINTY * self.error <= 0 else ()

    @property
    def is_far(self) -> bool:
        """Whether a little more will hardly do."""
        return self.excess > _FAR * self.error

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing near it will do."""
        return self.excess > _HOPELESS * self.error


def few_rows(y: npt.NDArray[np.int64], classes: int) -> npt.NDArray[np.bool_]:
    """Of which of so many classes the labels y (n,) are too few to say whether they are found."""
    return np.bincount(y, minlength=classes) < _FEW_OF_A_CLASS


def graded(exam: Exam, scores: npt.NDArray[Any], tolerance: float | None) -> Grade:
    """The grade on scores (n, C) of the rows of an exam; for the tolerance see `allowed_loss`."""
    teacher, student = exam.of_teacher, exam.measured(scores)
    loss, error = loss_against(teacher, student, exam.groups)
    lost = np.flatnonzero(exam.found(scores) < exam.least_found)
    excess = loss - allowed_loss(exam.metric, teacher.value, tolerance, exam.deviation)
    enough = excess + _CERTAINTY * error <= 0 and not len(lost)
    return Grade(student.value, loss, error, tuple(lost.tolist()), enough, excess)


def allowed_loss(metric: Metric, value: float, tolerance: float | None, deviation: float = 0.0) -> float:
    """The loss that is still enough: so many points, or where less is better a share of the teacher's error.

    A teacher whose own answers are the truth has no error to take a share of: that is then of `deviation`, the mean
    absolute deviation of its answers.
    """
    if not is_error(metric):
        return TOLERANCE if tolerance is None else tolerance
    share = ERROR_TOLERANCE if tolerance is None else tolerance
    return share * (deviation if value <= _NO_ERROR * deviation else value)


def joined(exams: list[Exam]) -> tuple[Exam, npt.NDArray[np.int64]]:
    """One exam of all rows of several, and the places of its rows in a concatenation of theirs."""
    ends = np.cumsum([len(exam.y) for exam in exams])
    starts = ends - [len(exam.y) for exam in exams]
    counted = [np.arange(start, start + exam.counted) for start, exam in zip(starts, exams, strict=True)]
    further = [np.arange(start + exam.counted, end) for start, end, exam in zip(starts, ends, exams, strict=True)]
    order = np.concatenate(counted + further)

    def together(name: str) -> Any:
        parts = [getattr(exam, name) for exam in exams]
        return None if parts[0] is None else np.concatenate(parts)

    X, teacher, y = (together(name)[order] for name in ("X", "teacher", "y"))
    rows = sum(exam.counted for exam in exams)
    return Exam(exams[0].metric, X, teacher, y, rows, together("weight"), together("groups")), order
