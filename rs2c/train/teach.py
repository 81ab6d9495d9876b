"""The teacher of a fit: the best of some that are trained here, a model that gives scores, or scores from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.choices import Metric, ScoresAre, Task, TeacherKind
from rs2c.base.errors import DataError
from rs2c.base.progress import Tell, untold
from rs2c.model.metric import decide
from rs2c.model.scoring import is_error, measured
from rs2c.quantize.input_map import InputMap
from rs2c.read.datasets import Dataset
from rs2c.read.teacher_scores import as_scores, check_lines
from rs2c.train import known_models
from rs2c.train.ask import ask
from rs2c.train.target_range import binary_digits
from rs2c.train.teacher import Teacher, train_teacher
from rs2c.train.validation import Parts, Rows

NEAR, NEAR_SHARE = 0.003, 0.02  # points, or a share of an error, by which the network may be worse and still teach
_FOLDS = 3


@dataclass(frozen=True)
class GivenScores:
    """A teacher known by its scores only: for each training row, and for each test row where they are known.

    `scores_are` says what those of classes are: probabilities, or logits, which are any scores whose largest wins, and
    log-odds of the second of two classes. None: it is guessed (`rs2c.read.teacher_scores.as_scores`). `notes` are
    sentences on how they were read, and `name` says whose they are, for people.
    """

    train: npt.NDArray[Any]
    test: npt.NDArray[Any] | None = None
    scores_are: ScoresAre | None = None
    notes: tuple[str, ...] = ()
    name: str = "known by its scores"

    def take(self, rows: npt.NDArray[np.int64]) -> GivenScores:
        """The scores of some training rows."""
        return replace(self, train=np.asarray(self.train)[rows])

    @staticmethod
    def of(
        teacher: Any,
        X: Any,
        raw: npt.NDArray[Any],
        task: Task,
        labels: Sequence[object],
        scores_are: ScoresAre | None = None,
    ) -> GivenScores:
        """What a model gives for features X (see `rs2c.train.ask.ask`)."""
        asked = ask(teacher, X, raw, task, labels, scores_are)
        name = teacher.name if isinstance(teacher, Path) else type(teacher).__name__
        return replace(GivenScores.read(asked.scores, task, asked.notes), name=name)

    @staticmethod
    def of_data(teacher: Any, train: Dataset, test: Dataset | None, scores_are: ScoresAre | None = None) -> GivenScores:
        """What a model gives for the rows of training and test data, as the device reads them.

        All are asked at once, because the form of scores shows in all of them together.
        """
        X = train.X if test is None else np.concatenate([train.X, test.X])
        rows = np.arange(len(X))
        later = None if test is None else rows[len(train.X) :]
        asked = GivenScores.of(teacher, X, X, train.task, train.class_names, scores_are)
        return asked.of_split(rows[: len(train.X)], later)

    @staticmethod
    def read(scores: Floats, task: Task, notes: tuple[str, ...] = ()) -> GivenScores:
        """Scores that are in the one form already."""
        return GivenScores(scores, None, None if task == "regress" else "logits", notes)

    def of_split(self, train: npt.NDArray[np.int64], test: npt.NDArray[np.int64] | None) -> GivenScores:
        """Scores of all rows of a file as those of its training rows and of its test rows."""
        return replace(self, train=self.train[train], test=None if test is None else self.train[test])


@dataclass(frozen=True)
class Taught:
    """What a teacher says of training rows, NaN of those that nobody learns from, and of test rows.

    `name` says who teaches, `tried` what each that was trained here reached on the rows held back. Size and operations
    are those of the network, where one was trained; `notes` say how scores from elsewhere were read.
    """

    scores: Floats
    test_scores: Floats | None
    name: str = "given"
    tried: tuple[tuple[str, float], ...] = ()
    bytes: int | None = None
    operations: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lessons:
    """How to train a teacher: of which kind, judged by which metric, how large and how long a network, how many trees,
    and who is told how far that is."""

    kind: str  # a TeacherKind, or two joined by +
    metric: Metric
    seed: int
    hidden: tuple[int, ...]
    epochs: int
    rounds: int
    tell: Tell = untold


def teacher_name(name: str) -> str:
    """Who taught (`Taught.name`), for people."""
    words = {"network": "a network in float32", "boosting": "boosted trees", "linear": "a linear model"}
    members = [words[member] for member in name.split("+")]
    return members[0] if len(members) == 1 else f"the mean of {' and '.join(members)}"


def given_scores(given: GivenScores, train: Dataset) -> Taught:
    """What a teacher from elsewhere gave, checked, in the one form."""
    known = given.train if given.test is None else np.concatenate([given.train, given.test])
    read = as_scores(known, train.task, len(train.class_names), "the teacher", given.scores_are)
    scores = read.table
    check_lines(given.train, len(train.y))
    lines = len(train.y)
    targets = 1 if train.y.ndim == 1 else train.y.shape[1]
    if train.task == "regress" and scores.shape[1] != targets:
        raise DataError(f"the teacher gives {scores.shape[1]} values a row for {targets} to predict; give one for each")
    if train.task == "classify":
        _check_order(decide(scores[:lines], "classify"), train)
    later = scores[lines:] if len(scores) > lines else None
    return Taught(scores[:lines], later, notes=(*given.notes, *read.note("the teacher")))


def train_teachers(
    train: Dataset, test: Dataset | None, inputs: InputMap, parts: Parts, rows: Rows, lessons: Lessons
) -> Taught:
    """Train a network, boosted trees and a linear model, and let one teach, or the mean of the best two.

    The network teaches where it is nearly the best: it is smooth, as a sketch is. `rows` are those that a sketch is to
    learn from. Of them boosted trees say what such trees say that have not seen them, and are judged by that too.
    """
    # Squares of large targets overflow in float32, those of small ones vanish; a power of two changes nothing else.
    digits = int(binary_digits(train.y).max()) if train.task == "regress" else 0
    data = train if digits == 0 else replace(train, y=np.ldexp(train.y, -digits))
    x = inputs.transform(data.X)
    valid = data.take(parts.valid)
    pupils = _trained(data, x, parts, rows, lessons)
    models = {name: pupil(valid.X, x[parts.valid]) for name, pupil in pupils.items()}
    values = {name: _value(scores, valid, lessons.metric) for name, scores in models.items()}
    if len(models) > 1:
        pair = "+".join(sorted(models, key=lambda name: -values[name])[:2]) if lessons.kind == "auto" else lessons.kind
        models[pair] = np.mean([models[name] for name in pair.split("+")], axis=0)
        values[pair] = _value(models[pair], valid, lessons.metric)
    name = _choose(values, lessons.metric) if lessons.kind == "auto" else lessons.kind
    learners, unseen = data.take(rows), None
    if "boosting" in name:
        unseen = known_models.out_of_fold(learners, lessons.seed, lessons.rounds, _FOLDS)
        if lessons.kind == "auto":
            gap = values["boosting"] - _value(unseen, learners, lessons.metric)
            worth = _as_teachers(values, max(gap, 0.0))
            name = max(worth, key=lambda each: worth[each])
    members = name.split("+")
    scores = np.full((len(data.y), models[name].shape[1]), np.nan)
    scores[parts.valid] = models[name]
    taught = [unseen if each == "boosting" else pupils[each](learners.X, x[rows]) for each in members]
    scores[rows] = np.mean(np.array(taught), axis=0)
    later = None
    if test is not None:
        x_test = inputs.transform(test.X)
        later = np.ldexp(np.mean([pupils[member](test.X, x_test) for member in members], axis=0), digits)
    sign = -1 if is_error(lessons.metric) else 1
    scale = 2.0**digits if lessons.metric in ("mae", "rmse") else 1.0
    tried = tuple((each, sign * value * scale) for each, value in values.items())
    network = pupils.get("network")
    size = (network.teacher.bytes, network.teacher.operations) if isinstance(network, _Network) else (None, None)
    return Taught(np.ldexp(scores, digits), later, name, tried, *size)


Pupil = Callable[[npt.NDArray[Any], npt.NDArray[np.float32]], Floats]  # raw X (m, d), inputs x (m, n) to scores (m, C)


@dataclass(frozen=True)
class _Network:
    teacher: Teacher

    def __call__(self, X: npt.NDArray[Any], x: npt.NDArray[np.float32]) -> Floats:
        return self.teacher.scores(x)


def _trained(data: Dataset, x: npt.NDArray[np.float32], parts: Parts, rows: Rows, lessons: Lessons) -> dict[str, Pupil]:
    """The models that may teach: a network that learned from all that is not held back, others from `rows` of it."""
    learn, valid = data.take(parts.learn), data.take(parts.valid)
    pupils: dict[str, Pupil] = {}
    wanted = get_args(TeacherKind) if lessons.kind == "auto" else lessons.kind.split("+")
    if "network" in wanted:
        network = train_teacher(
            x[parts.learn], learn.y, x[parts.valid], valid.y, data.task, len(data.class_names),
            seed=lessons.seed, hidden=lessons.hidden, max_epochs=lessons.epochs, tell=lessons.tell,
            weight=learn.weight, weight_valid=valid.weight,
        )  # fmt: skip
        pupils["network"] = _Network(network)
    if "boosting" in wanted:
        trees = known_models.boosted_trees(data.take(rows), lessons.seed, lessons.rounds)
        pupils["boosting"] = lambda X, _: known_models.scores(trees, X, data)
    if "linear" in wanted:
        linear = known_models.linear_model(data.take(rows), x[rows])
        pupils["linear"] = lambda _, x: known_models.scores(linear, x, data)
    return pupils


def _value(scores: Floats, valid: Dataset, metric: Metric) -> float:
    """The metric with its sign turned where less is better."""
    found = measured(metric, scores, valid.y, valid.weight)
    return -found.value if is_error(metric) else found.value


def _choose(values: dict[str, float], metric: Metric) -> str:
    """The network where it is near the best of all, else the best."""
    best = max(values, key=lambda name: values[name])
    allowed = NEAR_SHARE * -values[best] if is_error(metric) else NEAR
    return "network" if values.get("network", -np.inf) >= values[best] - allowed else best


def _as_teachers(values: dict[str, float], gap: float) -> dict[str, float]:
    """Values of models, less what boosted trees say worse of the rows to learn from; of a mean, less their share."""
    return {name: value - gap * ("boosting" in name) / len(name.split("+")) for name, value in values.items()}


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
