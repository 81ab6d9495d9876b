"""The fit of each canary, as integers: shapes, costs, and scores of rows that no fit has seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy import teachers
from benchmarks.accuracy.candidates import Candidate
from benchmarks.accuracy.cells import Effort
from benchmarks.accuracy.methods import METHODS
from benchmarks.accuracy.problem import split_rows
from benchmarks.canaries.problems import FEW, MANY, SOME, Tiny
from benchmarks.paper_search import FIRST_SEED, smallest
from benchmarks.paper_search import METHODS as SEARCHED
from rs2c.model.metric import integer_scores
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.teacher import train_teacher

Integers = npt.NDArray[np.int64]
# More steps than the warm-up of the learning rate, and as many trainings as it takes to see every recipe and plan.
EFFORT = Effort(runs=4, learned_runs=9, steps=64, sketch_steps=64, teacher_epochs=24)
FEWER = replace(EFFORT, learned_runs=5)
PRUNED = replace(FEWER, steps=100)  # with masks early in the schedule, which has one every so many steps
FAST = replace(EFFORT, learned_runs=7)
SHORT = replace(EFFORT, runs=2, learned_runs=2)
_FRACTION = 2.0**16  # of a score or a metric that is no integer


def _teacher() -> Iterator[Integers]:
    """Every model that may teach, and who does."""
    for tiny in (FEW, SOME):
        rows, *_ = tiny.rows()
        parts = [array for part in (rows.learn, rows.valid) for array in (rows.inputs.transform(part.X), part.y)]
        x, y, x_valid, y_valid = parts
        network = train_teacher(
            x, y, x_valid, y_valid, "classify", tiny.classes, seed=1, hidden=(24, 12), max_epochs=100
        )
        yield _integers(network.scores(rows.inputs.transform(rows.test.X)))
    learn = FEW.rows()[0].learn
    yield np.concatenate(split_rows(learn, 1, 200))
    yield _integers(teachers.out_of_fold(learn, 1))
    chosen = teachers.choose_teacher(MANY.rows()[0], 1, EFFORT)
    yield _integers(chosen.valid[name] for name in sorted(chosen.valid))
    yield from (_integers(chosen.scores[part]) for part in teachers.PARTS)


def _method(name: str, *fits: tuple[Tiny, Effort]) -> Callable[[], Iterator[Integers]]:
    """Every training of a method of the comparison."""

    def scores() -> Iterator[Integers]:
        for tiny, effort in fits:
            problem, raw = tiny.problem(effort)
            for candidate in METHODS[name](problem):
                yield _of_candidate(candidate, raw)

    return scores


def _paper() -> Iterator[Integers]:
    """A search for the smallest sketch, and one for the smallest network."""
    problem, raw = FEW.problem(SHORT)
    for name in ("learned", "mlp"):
        method = replace(SEARCHED[name], first=32, last=512)
        found = smallest(method, problem, 0.7)
        assert found is not None, "the canary of the paper needs an easier tolerance"
        assert method.again is not None
        yield _of_candidate(found, raw)
        yield _of_candidate(method.again(problem, found, FIRST_SEED), raw)


def _fit(method: Any, tiny: Tiny) -> Callable[[], Iterator[Integers]]:
    """What `rs2c fit` makes, and how much training it has by default and where it is to be quick."""

    def scores() -> Iterator[Integers]:
        rows, *_ = tiny.rows()
        options = FitOptions(method=method, seed=1)
        for each in (options, options.quick()):
            steps = (each.teacher_epochs, each.student_steps, each.refit_steps, each.learned_steps, each.training_rows)
            yield np.array(steps)
        few = replace(options, teacher_epochs=8, student_steps=80, refit_steps=80, learned_steps=100)
        model = fit(rows.learn, few).model
        yield _integers(integer_scores(model, rows.test.X))

    return scores


def _of_candidate(candidate: Candidate, raw: npt.NDArray[Any]) -> Integers:
    scores = _integers(candidate.scorer(raw))
    return np.concatenate([scores.flatten(), [candidate.run, candidate.cost.bytes, candidate.cost.operations]])


def _integers(values: Any) -> Integers:
    values = np.asarray(values if isinstance(values, np.ndarray) else list(values))
    return values.astype(np.int64) if values.dtype.kind in "iu" else np.rint(values * _FRACTION).astype(np.int64)


ALL = ((FEW, EFFORT), (SOME, EFFORT), (MANY, EFFORT))
FITS: dict[str, Callable[[], Iterator[Integers]]] = {
    "teacher": _teacher,
    "kernel": _method("kernel", *ALL),
    "representer": _method("representer", *ALL),
    "refit": _method("refit", *ALL),
    "learned": _method("learned", (FEW, EFFORT), (SOME, FEWER), (MANY, PRUNED)),
    "learned-operations": _method("learned-operations", (FEW, SHORT), (SOME, FAST), (MANY, SHORT)),
    "mlp": _method("mlp", *ALL),
    "mlp-sparse": _method("mlp-sparse", (SOME, EFFORT), (MANY, EFFORT)),
    "mlp-sparse-output": _method("mlp-sparse-output", (SOME, EFFORT)),
    "paper": _paper,
    "fit-auto": _fit("auto", SOME),
    "fit-refit": _fit("refit", FEW),
}
