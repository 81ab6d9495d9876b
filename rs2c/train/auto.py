"""Sketches whose directions are trained: one of a given shape, or the smallest that is enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.progress import telling
from rs2c.model.integer_model import IntegerModel
from rs2c.model.metric import integer_scores
from rs2c.quantize.model import quantize
from rs2c.sketch.sketch import RepresenterSketch
from rs2c.train.distillation import Lesson
from rs2c.train.exam import Exam, Grade, graded, joined
from rs2c.train.learn import learn
from rs2c.train.learn_options import LearnOptions
from rs2c.train.run import Run
from rs2c.train.search import Candidate, Tried, smallest_learned
from rs2c.train.shapes import offset_bits_for
from rs2c.train.validation import turns_for


@dataclass(frozen=True, eq=False)
class _Part:
    """What a sketch learns from, and the exam on what is held back meanwhile."""

    lesson: Lesson
    exam: Exam

    @staticmethod
    def of(run: Run, x: npt.NDArray[np.float32]) -> _Part:
        """Those of a run whose training rows have inputs x."""
        return _Part(run.lesson(x).take(run.rows), run.exam())


def learned(run: Run) -> tuple[Candidate, tuple[Tried, ...]]:
    """A sketch of the shape that the options give, or the smallest that is enough and the lines of the search for it.

    Where few rows are held back, those that are enough are trained again without other rows, and judged by all of them.
    """
    options, inputs = run.options, run.inputs
    x = inputs.values(run.train.X)
    first = _Part.of(run, x)

    def trained(part: _Part, shape: LearnOptions) -> tuple[RepresenterSketch, IntegerModel]:
        tell = telling(run.progress, f"training a sketch of {shape.rows} row{'s' * (shape.rows > 1)}")
        sketch = learn(part.lesson, inputs, shape, seed=options.seed, tell=tell)
        return sketch, quantize(sketch, inputs, run.labels, shape.precision)

    def attempt(shape: LearnOptions) -> Candidate:
        sketch, model = trained(first, shape)
        return Candidate(
            shape, sketch, model, graded(first.exam, integer_scores(model, first.exam.X), options.tolerance)
        )

    base = options.learn_options()
    if options.method == "learned":
        return attempt(base), ()
    turns = turns_for(run.train, run.parts, options.judged_parts, options.seed)
    others = cache(lambda: [_Part.of(run.turned(turn), x) for turn in range(1, turns)])

    def confirm(candidate: Candidate) -> Grade:
        if turns == 1:
            return candidate.grade
        models = [candidate.model, *(trained(part, candidate.shape)[1] for part in others())]
        exams = [part.exam for part in (first, *others())]
        scores = [integer_scores(model, exam.X) for model, exam in zip(models, exams, strict=True)]
        exam, order = joined(exams)
        return graded(exam, _alike(scores)[order], options.tolerance)

    base = replace(base, precision=replace(base.precision, offset_bits=offset_bits_for(inputs.constant)))
    n, outputs = int(inputs.used.sum()), run.taught.scores.shape[1]
    return smallest_learned(attempt, confirm, base, n, outputs, run.progress)


def _alike(scores: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Scores of several models as one table; those of classifiers in units of their largest, which models choose."""
    if scores[0].dtype.kind == "f":
        return np.concatenate(scores)
    return np.concatenate([part / max(1, int(np.abs(part.astype(np.int64)).max())) for part in scores])
