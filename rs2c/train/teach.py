"""The teacher of a fit: the built-in network, any model that gives scores, or scores computed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.choices import Task
from rs2c.base.errors import DataError
from rs2c.base.progress import Tell, untold
from rs2c.model.metric import decide
from rs2c.quantize.input_map import InputMap
from rs2c.read.datasets import Dataset
from rs2c.read.teacher_scores import as_scores
from rs2c.train.ask import ask
from rs2c.train.target_range import binary_digits
from rs2c.train.teacher import train_teacher

_VALIDATION_SHARE, _MOST_VALIDATION_ROWS = 0.15, 5000


@dataclass(frozen=True)
class GivenScores:
    """A teacher known by its scores only: for each training row, and for each test row where they are known.

    Probabilities are told from log-odds by their range (`rs2c.read.teacher_scores.as_scores`), unless they are said to
    be `margins`.
    """

    train: npt.NDArray[Any]
    test: npt.NDArray[Any] | None = None
    margins: bool = False

    @staticmethod
    def of(
        teacher: Any, X: Any, raw: npt.NDArray[Any], task: Task, classes: int, *, train_rows: int | None = None
    ) -> GivenScores:
        """What a model gives for features X (see `rs2c.train.ask.ask`); rows from `train_rows` on are test rows.

        All are asked at once, because the form of scores shows in all of them together.
        """
        scores = ask(teacher, X, raw, task, classes)
        later = None if train_rows is None else scores[train_rows:]
        return GivenScores(scores[:train_rows], later, margins=True)


def teacher_name(teacher: Any) -> str:
    """What a teacher (see `rs2c.train.fit.fit`) is, for people."""
    if teacher is None:
        return "a network in float32"
    return "known by its scores" if isinstance(teacher, GivenScores) else type(teacher).__name__


@dataclass(frozen=True)
class Taught:
    """Teacher scores of training and test rows; size and operations of the teacher where they are known."""

    scores: Floats
    test_scores: Floats | None
    bytes: int | None = None
    operations: int | None = None


@dataclass(frozen=True)
class Parts:
    """Row numbers of the training data: those to learn from, and those to choose by."""

    learn: npt.NDArray[np.int64]
    valid: npt.NDArray[np.int64]


def validation_split(train: Dataset, seed: int) -> Parts:
    """Every class keeps at least one row to learn from."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    order = rng.permutation(len(train.y))
    count = max(1, min(_MOST_VALIDATION_ROWS, int(_VALIDATION_SHARE * len(order))))
    if train.task == "classify":
        _, first = np.unique(train.y[order], return_index=True)
        order = np.concatenate([np.delete(order, first), order[first]])
    return Parts(order[count:], order[:count])


def teach(
    train: Dataset,
    test: Dataset | None,
    inputs: InputMap,
    parts: Parts,
    teacher: Any,
    *,
    seed: int,
    hidden: tuple[int, ...],
    epochs: int,
    tell: Tell = untold,
) -> Taught:
    """Scores of `teacher` (see `rs2c.train.fit.fit`) for all training rows and, where there are any, test rows."""
    classes = len(train.class_names)
    if teacher is not None:
        if not isinstance(teacher, GivenScores):
            X = train.X if test is None else np.concatenate([train.X, test.X])
            teacher = GivenScores.of(teacher, X, X, train.task, classes, train_rows=len(train.X))
        return _foreign(teacher, train)
    x, learn, valid = inputs.transform(train.X), parts.learn, parts.valid
    # Squares of large targets overflow in float32, those of small ones vanish; a power of two changes nothing else.
    digits = int(binary_digits(train.y).max()) if train.task == "regress" else 0
    y = np.ldexp(train.y, -digits) if digits else train.y
    network = train_teacher(
        x[learn],
        y[learn],
        x[valid],
        y[valid],
        train.task,
        classes,
        seed=seed,
        hidden=hidden,
        max_epochs=epochs,
        tell=tell,
    )
    later = None if test is None else np.ldexp(network.scores(inputs.transform(test.X)), digits)
    return Taught(np.ldexp(network.scores(x), digits), later, network.bytes, network.operations)


def _foreign(given: GivenScores, train: Dataset) -> Taught:
    """What a foreign teacher gave, checked, in the one form."""
    known = given.train if given.test is None else np.concatenate([given.train, given.test])
    scores = as_scores(known, train.task, len(train.class_names), "the teacher", margins=given.margins)
    lines = len(given.train)
    if lines != len(train.y):
        raise DataError(f"there are {lines} teacher scores for {len(train.y)} rows; give one line a row")
    targets = 1 if train.y.ndim == 1 else train.y.shape[1]
    if train.task == "regress" and scores.shape[1] != targets:
        raise DataError(f"the teacher gives {scores.shape[1]} values a row for {targets} to predict; give one for each")
    if train.task == "classify":
        _check_order(decide(scores[:lines], "classify"), train)
    return Taught(scores[:lines], scores[lines:] if len(scores) > lines else None)


def _check_order(answers: npt.NDArray[np.int64], train: Dataset) -> None:
    """Raise DataError on a teacher that is far worse than chance: its columns or its rows are in another order."""
    right = answers == train.y
    by_class = [right[train.y == code].mean() for code in np.unique(train.y)]
    share = max(float(right.mean()), float(np.mean(by_class)))  # rare classes may all be missed, or be all that is hit
    if share < 0.5 / len(train.class_names):
        shown = ", ".join(train.class_names[:10]) + (", …" if len(train.class_names) > 10 else "")
        raise DataError(
            f"the teacher is right in {share:.3f} of the rows, which is far worse than chance; give its scores in the "
            f"order of the rows, and of the classes: {shown}"
        )
