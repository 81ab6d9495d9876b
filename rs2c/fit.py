"""From a data set to an integer model: teacher, kernel student, sketch, refit, quantization, each stage measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rs2c import reference
from rs2c.datasets import Dataset
from rs2c.distillation import Lesson
from rs2c.errors import DataError, OptionError
from rs2c.hash_family import HashFamily, draw_hashes
from rs2c.inputs import InputMap, fit_inputs
from rs2c.integer_model import IntegerModel
from rs2c.model_file import ModelFile, Section
from rs2c.quantize import Labels, Precision, quantize
from rs2c.refine import refit
from rs2c.scores import Floats, as_scores, measure, metric_name, scores_of
from rs2c.sketch import RepresenterSketch, build, query
from rs2c.sketch_state import to_state
from rs2c.student import train_student
from rs2c.teacher import HIDDEN, train_teacher

Method = Literal["auto", "representer", "refit"]
METHODS = ("auto", "representer", "refit")
_VALIDATION_SHARE, _MOST_VALIDATION_ROWS = 0.15, 5000
_ROWS_OF = {"representer": 256, "refit": 64}


@dataclass(frozen=True)
class FitOptions:
    """What to fit. Sizes that are None follow from the method and the data.

    `auto` means `refit`: grid hashes read by a linear probe, counts fitted to the teacher. `representer` is the
    sketch as published: rehashed L2 or signed hashes, counts as built.
    """

    method: Method = "auto"
    rows: int | None = None  # L
    columns: int = 16  # R
    hashes: int | None = None  # K; None: 1, or log2 R where signs are hashed
    anchors: int = 256  # M
    projected: int = 16  # p, at most
    family: Literal["l2", "srp"] = "l2"
    directions: Literal["gaussian", "ternary"] = "gaussian"
    groups: int = 1  # 1: mean of the rows; more: median of the means of groups
    precision: Precision = field(default_factory=Precision)
    hidden: tuple[int, ...] = HIDDEN
    seed: int = 0
    teacher_epochs: int = 120
    student_steps: int = 1200
    refit_steps: int = 1000
    training_rows: int = 20_000  # of the student and the refit; the teacher sees all

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError(f"unknown method {self.method!r}; use one of {', '.join(METHODS)}")
        if not 0 <= self.seed < 1 << 63:
            raise OptionError(f"the seed is {self.seed}; use a whole number from 0 to 2^63 - 1")
        for name in ("anchors", "projected", "teacher_epochs", "student_steps", "refit_steps", "training_rows"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name.replace('_', ' ')} is {getattr(self, name)}; use at least 1")
        if self.resolved_method == "refit" and self.groups != 1:
            raise OptionError("refitted counts are summed, so groups must be 1; use method representer for medians")

    def quick(self) -> FitOptions:
        """The same sketch with about a quarter of the training, for a first look."""
        return replace(self, teacher_epochs=20, student_steps=300, refit_steps=300, training_rows=5000)

    @property
    def resolved_method(self) -> Literal["representer", "refit"]:
        """The method that `auto` stands for."""
        return "refit" if self.method == "auto" else self.method

    def hash_family(self, inputs: int) -> HashFamily:
        """The family for data of n inputs."""
        signs = self.family == "srp"
        hashes = self.hashes or (self.columns.bit_length() - 1 if signs else 1)
        return HashFamily(
            kind=self.family,
            dimensions=min(inputs, self.projected),
            hashes=hashes,
            columns=self.columns,
            range="grid" if self.resolved_method == "refit" else "rehash",
            directions=self.directions,
        )


@dataclass(frozen=True)
class Stage:
    """Metric of one stage on test data: teacher, kernel, sketch, refined or integer."""

    stage: str
    metric: str
    value: float


@dataclass(frozen=True)
class Fitted:
    """Everything a fit made. `teacher_bytes` and `teacher_operations` are None where only scores are known."""

    model: IntegerModel
    sketch: RepresenterSketch
    inputs: InputMap
    stages: tuple[Stage, ...]
    teacher_bytes: int | None
    teacher_operations: int | None
    content: ModelFile


@dataclass(frozen=True)
class GivenScores:
    """A teacher known by its scores only: for each training row, and for each test row where they are known."""

    train: npt.NDArray[Any]
    test: npt.NDArray[Any] | None = None


def fit(
    train: Dataset,
    options: FitOptions | None = None,
    *,
    test: Dataset | None = None,
    teacher: Any = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Fitted:
    """Fit a data set.

    `teacher` is None for the built-in network, a GivenScores, or any model that `rs2c.scores.scores_of` can ask: a
    fitted scikit-learn estimator, a torch module or a callable on raw features. Stages are measured on `test`.
    """
    options = options or FitOptions()
    classes = len(train.class_names)
    inputs = fit_inputs(train.X, train.categories)
    if inputs.inert.all():
        raise DataError("every feature is constant, so there is nothing to learn from; give data that varies")
    x = inputs.transform(train.X)
    x_test = None if test is None else inputs.transform(test.X)
    stages: list[Stage] = []

    def record(stage: str, scores: npt.NDArray[Any] | None) -> None:
        if test is not None and scores is not None:
            stages.append(Stage(stage, metric_name(train.task), measure(scores, test.y, train.task)))

    learn, valid = _validation_split(train, options.seed)
    progress("training the teacher" if teacher is None else "asking the teacher")
    known = _teach(train, test, x, x_test, learn, valid, teacher, options)
    record("teacher", known.test_scores)
    lesson = Lesson(train.task, x, known.scores, train.y)
    rng = np.random.Generator(np.random.PCG64(options.seed))
    taught = lesson.take(np.sort(rng.permutation(learn)[: options.training_rows]))
    family = options.hash_family(x.shape[1])
    refits = options.resolved_method == "refit"
    progress("training the kernel student")
    student = train_student(
        taught,
        family,
        anchors=min(options.anchors, len(taught.x)),
        seed=options.seed,
        spread=family.columns ** (1 / family.hashes) / 6 if refits else 1.0,
        steps=options.student_steps,
    )
    record("kernel", None if x_test is None else student.scores(x_test))
    linear = refits and family.kind == "l2" and family.hashes == 1
    sketch = build(
        draw_hashes(family, options.rows or _ROWS_OF[options.resolved_method], options.seed),
        student.anchors,
        student.weights,
        projection=student.projection,
        bias=student.bias,
        groups=options.groups,
        probe="linear" if linear else "nearest",
    )
    record("sketch", None if x_test is None else query(sketch, x_test))
    if refits:
        progress("refitting the counts")
        sketch = refit(sketch, taught, lesson.take(valid), seed=options.seed, steps=options.refit_steps)
        record("refined", None if x_test is None else query(sketch, x_test))
    progress("quantizing")
    labels = Labels(train.task, train.feature_names, train.categories, train.class_names)
    model = quantize(sketch, inputs, labels, options.precision)
    if test is not None:
        record("integer", integer_scores(model, test.X))
    content = ModelFile(
        model, {"sketch": Section(*to_state(sketch)), "card": _card(train, options, tuple(stages), classes)}
    )
    return Fitted(model, sketch, inputs, tuple(stages), known.bytes, known.operations, content)


def integer_scores(model: IntegerModel, raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Scores of the integer model: int32 for classes, values in the units of the target for regression."""
    scores = reference.scores(model, reference.quantize(model, raw))
    return scores if model.task == "classify" else np.ldexp(scores.astype(np.float64), -model.value_frac_bits)


@dataclass(frozen=True)
class _Known:
    scores: Floats
    test_scores: Floats | None
    bytes: int | None = None
    operations: int | None = None


def _teach(
    train: Dataset,
    test: Dataset | None,
    x: npt.NDArray[np.float32],
    x_test: npt.NDArray[np.float32] | None,
    learn: npt.NDArray[np.int64],
    valid: npt.NDArray[np.int64],
    teacher: Any,
    options: FitOptions,
) -> _Known:
    classes = len(train.class_names)
    if isinstance(teacher, GivenScores):
        given = as_scores(teacher.train, train.task, classes, "the teacher")
        if len(given) != len(train.y):
            raise DataError(f"there are {len(given)} teacher scores for {len(train.y)} rows; give one line a row")
        later = None if teacher.test is None else as_scores(teacher.test, train.task, classes, "the teacher")
        return _Known(given, later)
    if teacher is not None:
        given = scores_of(teacher, train.X, train.task, classes)
        return _Known(given, None if test is None else scores_of(teacher, test.X, train.task, classes))
    network = train_teacher(
        x[learn],
        train.y[learn],
        x[valid],
        train.y[valid],
        train.task,
        classes,
        seed=options.seed,
        hidden=options.hidden,
        max_epochs=options.teacher_epochs,
    )
    return _Known(
        network.scores(x),
        None if x_test is None else network.scores(x_test),
        network.bytes,
        network.operations,
    )


def _validation_split(train: Dataset, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows to learn from and rows to choose by: every class keeps at least one row to learn from."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    order = rng.permutation(len(train.y))
    count = max(1, min(_MOST_VALIDATION_ROWS, int(_VALIDATION_SHARE * len(order))))
    if train.task == "classify":
        _, first = np.unique(train.y[order], return_index=True)
        order = np.concatenate([np.delete(order, first), order[first]])
    return order[count:], order[:count]


def _card(train: Dataset, options: FitOptions, stages: tuple[Stage, ...], classes: int) -> Section:
    """Provenance for the model card: names, sizes and figures, no row of the data."""
    facts = {
        "data": train.name,
        "data hash (training rows)": train.fingerprint[:16],
        "training rows": len(train.y),
        "method": options.resolved_method,
        "seed": options.seed,
        "anchors": options.anchors,
    }
    if classes:
        facts["classes"] = classes
    return Section({"facts": facts, "stages": [asdict(stage) for stage in stages]}, {})
