"""What all steps of a fit read: the data, who teaches them, the rows to learn from, and those to be judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.choices import Metric
from rs2c.base.progress import Progress, silent, telling
from rs2c.model.card import Stage
from rs2c.quantize.inputs import IntegerInputs
from rs2c.quantize.model import Labels
from rs2c.read.datasets import Dataset
from rs2c.train.distillation import Lesson
from rs2c.train.exam import Exam, few_rows
from rs2c.train.fit_options import FitOptions
from rs2c.train.measured import measure_stage
from rs2c.train.teach import GivenScores, Lessons, Taught, given_scores, train_teachers
from rs2c.train.validation import Parts, Rows, capped, validation_parts


@dataclass
class Run:
    """One fit, with the stages measured so far; `rows` are those that sketches learn from."""

    train: Dataset
    test: Dataset | None
    options: FitOptions
    metric: Metric
    inputs: IntegerInputs
    given: GivenScores | None
    progress: Progress
    parts: Parts
    rows: Rows
    taught: Taught
    stages: list[Stage] = field(default_factory=list)

    @staticmethod
    def start(
        train: Dataset,
        test: Dataset | None,
        options: FitOptions,
        metric: Metric,
        inputs: IntegerInputs,
        given: GivenScores | None,
        progress: Progress,
        turn: int = 0,
        kind: str | None = None,
    ) -> Run:
        """Part the rows, and train or ask the teacher, of the `kind` of the options where none is given."""
        parts = validation_parts(train, options.seed, turn)
        rows = capped(train, parts.learn, options.training_rows, options.seed)
        if given is not None:
            taught = given_scores(given, train)
        else:
            tell = telling(progress, "training the teacher")
            lessons = Lessons(
                kind or options.teacher,
                metric,
                options.seed,
                options.hidden,
                options.teacher_epochs,
                options.boosting_rounds,
                tell,
            )
            taught = train_teachers(train, test, inputs.map, parts, rows, lessons)
        return Run(train, test, options, metric, inputs, given, progress, parts, rows, taught)

    def turned(self, turn: int) -> Run:
        """The same with other rows to be judged by, taught by a teacher of the same kind."""
        known = self.train, None, self.options, self.metric, self.inputs, self.given
        return Run.start(*known, silent, turn, self.taught.name)

    def record(self, stage: str, scores_of: Callable[[Dataset], npt.NDArray[Any] | None]) -> None:
        """Measure a stage on the rows held back, and on the test data, where there are any."""
        self.stages.append(measure_stage(stage, self.metric, scores_of, self.valid, self.test))

    @cached_property
    def valid(self) -> Dataset:
        """The rows held back."""
        return self.train.take(self.parts.valid)

    @property
    def labels(self) -> Labels:
        """Names that travel with the model."""
        return Labels(self.train.task, self.train.feature_names, self.train.categories, self.train.class_names)

    def lesson(self, x: npt.NDArray[np.float32]) -> Lesson:
        """All training rows with inputs x."""
        return Lesson(self.train.task, x, self.taught.scores, self.train.y, self.train.weight)

    def exam(self) -> Exam:
        """The rows held back, and those of classes that have too few rows among them."""
        train, valid = self.train, self.parts.valid
        rows = valid
        if train.task == "classify":
            few = few_rows(train.y[valid], len(train.class_names))
            rows = np.concatenate([valid, self.rows[few[train.y[self.rows]]]])
        weight, groups = (None if part is None else part[valid] for part in (train.weight, train.groups))
        return Exam(self.metric, train.X[rows], self.taught.scores[rows], train.y[rows], len(valid), weight, groups)
