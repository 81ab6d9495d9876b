"""Sketches whose directions are trained: one of a given shape, or the smallest that is enough."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.progress import telling
from rs2c.model.metric import integer_scores
from rs2c.quantize.model import quantize
from rs2c.train.judge import Verdict, joined, judge
from rs2c.train.learn import learn
from rs2c.train.learn_options import LearnOptions
from rs2c.train.run import Run
from rs2c.train.search import Candidate, Tried, smallest_learned
from rs2c.train.shapes import offset_bits_for
from rs2c.train.validation import turns_for


def learned(run: Run) -> tuple[Candidate, tuple[Tried, ...]]:
    """A sketch of the shape that the options give, or the smallest that is enough and the lines of the search for it.

    Where few rows are held back, those that are enough are trained again without other rows, and judged by all of them.
    """
    options, inputs = run.options, run.inputs
    x = inputs.values(run.train.X)

    def trained(of: Run, shape: LearnOptions) -> Candidate:
        tell = telling(run.progress, f"training a sketch of {shape.rows} row{'s' * (shape.rows > 1)}")
        sketch = learn(of.lesson(x).take(of.rows), inputs, shape, seed=options.seed, tell=tell)
        model = quantize(sketch, inputs, run.labels, shape.precision)
        exam = of.exam
        return Candidate(shape, sketch, model, judge(exam, integer_scores(model, exam.X), options.tolerance))

    base = options.learn_options()
    if options.method == "learned":
        return trained(run, base), ()
    turns = turns_for(run.train, run.parts, options.judged_parts, options.seed)
    others = cache(lambda: [run.turned(turn) for turn in range(1, turns)])

    def confirm(candidate: Candidate) -> Verdict:
        models = [candidate.model, *(trained(other, candidate.shape).model for other in others())]
        exams = [of.exam for of in (run, *others())]
        scores = [integer_scores(model, exam.X) for model, exam in zip(models, exams, strict=True)]
        exam, order = joined(exams)
        return judge(exam, _alike(scores)[order], options.tolerance)

    base = replace(base, precision=replace(base.precision, offset_bits=offset_bits_for(inputs.constant)))
    n, outputs = int(inputs.used.sum()), run.taught.scores.shape[1]
    return smallest_learned(lambda shape: trained(run, shape), confirm, base, n, outputs, run.progress)


def _alike(scores: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Scores of several models as one table; those of classifiers in units of their largest, which models choose."""
    if scores[0].dtype.kind == "f":
        return np.concatenate(scores)
    return np.concatenate([part / max(1, int(np.abs(part.astype(np.int64)).max())) for part in scores])
