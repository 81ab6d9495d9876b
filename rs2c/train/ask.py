"""Asking a teacher for its scores, and whether they answer as the teacher itself does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.choices import ScoresAre, Task
from rs2c.base.errors import DataError, OptionError, Rs2cError
from rs2c.model.metric import decide
from rs2c.read.labels import names_of_classes
from rs2c.read.teacher_scores import as_scores, check_lines
from rs2c.train.teachers.choose import adapter_of
from rs2c.train.teachers.reply import Codes, Question, Reply, a_model
from rs2c.train.torch_setup import one_thread

LEAST_AGREEMENT, LEAST_OF_CLASS = 0.999, 0.99  # shares of the rows, and of those of each class that the teacher answers


@dataclass(frozen=True)
class Asked:
    """Scores (n, C) in the one form of `rs2c.read.teacher_scores`, and sentences on how they were read."""

    scores: Floats
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Read:
    """A reply that was read: scores, and the share of the rows (all, and the least of a class) that agree."""

    asked: Asked
    agreement: float = 1.0
    of_class: float = 1.0

    @property
    def agrees(self) -> bool:
        return self.agreement >= LEAST_AGREEMENT and self.of_class >= LEAST_OF_CLASS


def ask(
    teacher: Any,
    X: Any,
    raw: npt.NDArray[Any],
    task: Task,
    labels: Sequence[object] = (),
    scores_are: ScoresAre | None = None,
) -> Asked:
    """What a model gives for features X as its user has them, and `raw` (n, d) as the device reads them.

    `teacher` is a model of a library that `rs2c.train.teachers` knows, the Path of a model file, or a callable on
    `raw`; `labels` are those of the classes. A pipeline may choose columns of a data frame by their names; anything
    else is asked with an array. Raises OptionError and DataError for what gives no scores, or others than it answers.
    """
    question = Question(X, raw, task, tuple(labels))
    with one_thread():
        try:
            return _first_that_agrees(teacher, question, scores_are)
        except Rs2cError:
            raise
        except Exception as error:
            said = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise DataError(
                f"the teacher, {a_model(teacher)}, cannot be asked about rows of {raw.shape[-1]} features in "
                f"{raw.dtype} ({said}); give a function of X that returns its scores"
            ) from error


def _first_that_agrees(teacher: Any, question: Question, are: ScoresAre | None) -> Asked:
    worst: _Read | None = None
    for reply in adapter_of(teacher, question.task)(teacher, question):
        read = _read(reply, question, are)
        if read.agrees:
            return read.asked
        worst = worst or read
    assert worst is not None, "an adapter replies, or raises"
    raise DataError(
        f"the scores of the teacher, {a_model(teacher)}, answer as its own predict does in "
        f"{worst.agreement:.4f} of the rows, {worst.of_class:.4f} of those of a class; give a function of X whose "
        "largest score is of the class that it answers"
    )


def _read(reply: Reply, question: Question, are: ScoresAre | None) -> _Read:
    scores = as_scores(reply.scores, question.task, len(question.labels), "the teacher", are or reply.are)
    table, notes = scores.table, (*reply.notes, *scores.note("the teacher"))
    check_lines(table, len(question.raw))
    if reply.answers is None:
        return _Read(Asked(_in_order(table, reply, question), notes))
    if not len(table) or len(reply.answers) != len(table):
        return _Read(Asked(table, notes), 0.0, 0.0)
    agreement = _agreement(table, reply.answers)
    if not _Read(Asked(table), *agreement).agrees and table.shape[1] == 1:
        cut = _cut(table[:, 0], reply.answers)
        if cut is not None:
            table, agreement = table - cut, (1.0, 1.0)
            notes = (*notes, f"the teacher answers its second class where its log-odds are above {cut:.4g}, not 0")
    return _Read(Asked(_in_order(table, reply, question), notes), *agreement)


def _agreement(table: Floats, answers: Codes) -> tuple[float, float]:
    """Shares of rows whose largest score is of the answer: of all, and the least of those of each answer."""
    same = decide(table, "classify") == answers
    return float(same.mean()), min(float(same[answers == code].mean()) for code in np.unique(answers))


def _cut(odds: npt.NDArray[np.float64], answers: Codes) -> float | None:
    """The score between those of rows that are answered 0 and 1, or beyond all where one is never answered; None where
    there is none."""
    low, high = odds[answers == 0].max(initial=-np.inf), odds[answers == 1].min(initial=np.inf)
    if low >= high:
        return None
    if np.isinf(low) or np.isinf(high):
        return float(low if np.isinf(high) else np.nextafter(high, -np.inf))
    return float((low + high) / 2)


def _in_order(table: Floats, reply: Reply, question: Question) -> Floats:
    """Scores in the order of the labels, where the model has the same labels in another."""
    if reply.classes is None or question.task == "regress":
        return table
    has, wanted = names_of_classes(reply.classes), names_of_classes(question.labels)
    are_places = [each for each in reply.classes if type(each) is int] == list(range(len(has)))
    if sorted(has) != sorted(wanted):
        shared = [name for place, name in enumerate(has) if name in wanted and wanted.index(name) != place]
        if shared and not are_places:
            raise OptionError(
                f"the teacher's classes are {has}, and those asked for {wanted}, with {shared[0]!r} at another place; "
                "give the classes in the teacher's words"
            )
        return table
    if has == wanted or (are_places and all(isinstance(each, str) for each in question.labels)):
        return table
    return -table if table.shape[1] == 1 else table[:, [has.index(name) for name in wanted]]
