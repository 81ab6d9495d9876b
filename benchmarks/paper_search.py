"""The smallest model of a kind that loses no more than a tolerance to its teacher, by validation rows.

Sizes are doubled until a model does; then those between are tried. A best of many trainings is lucky: where it reaches
the tolerance, the same shape is trained twice more with other seeds, and the mean of the three must reach it as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.accuracy import learned_method, mlp_methods, sketch_methods
from benchmarks.accuracy.candidates import Candidate
from benchmarks.accuracy.mlp_model import mlp_cost
from benchmarks.accuracy.mlp_train import DeviceInputs, Recipe, train_mlp
from benchmarks.accuracy.problem import Problem
from rs2c.base.errors import Rs2cError
from rs2c.base.precision import Precision
from rs2c.model.metric import is_better
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import quantize
from rs2c.train.learn import learn
from rs2c.train.learn_options import LearnOptions
from rs2c.train.recipe import RECIPES
from rs2c.train.shapes import offset_bits_for

CONFIRMED = 2  # further trainings of a shape that reached the tolerance
FIRST_SEED = 77_000  # of those


@dataclass(frozen=True)
class Method:
    """A kind of model: what it proposes at a size, how a proposal is trained anew, and sizes to look at, in bytes."""

    candidates: Callable[[Problem], Iterable[Candidate]]
    again: Callable[[Problem, Candidate, int], Candidate] | None  # None: nothing in it is random but the problem's seed
    first: int
    last: int


def smallest(method: Method, problem: Problem, needed: float) -> Candidate | None:
    """The smallest model found, or None where none up to the last size reaches `needed` on validation rows."""
    size: float = method.first
    found = None
    while found is None and size <= method.last:
        found = _at(method, replace(problem, size=int(size)), needed)
        size *= 2
    if found is None:
        return None
    between = (_at(method, replace(problem, size=int(size / 2 * 2**-step)), needed) for step in (0.75, 0.5, 0.25))
    return next((candidate for candidate in between if candidate is not None), found)


def _at(method: Method, problem: Problem, needed: float) -> Candidate | None:
    def reaches(valid: float) -> bool:
        return valid == needed or is_better(valid, needed, problem.learn.task)

    try:
        for candidate in method.candidates(problem):
            if candidate.cost.bytes > problem.size or not reaches(candidate.valid):
                continue
            if method.again is None:
                return candidate
            twins = [method.again(problem, candidate, FIRST_SEED + k) for k in range(CONFIRMED)]
            if reaches(float(np.mean([candidate.valid, *(twin.valid for twin in twins)]))):
                return candidate
    except Rs2cError as error:
        print(f"  {problem.size} bytes: {error}", flush=True)
    return None


def _networks(problem: Problem) -> Iterator[Candidate]:
    """Dense and sparse networks, together as many trainings as a learned sketch has."""
    yield from mlp_methods.dense(problem)
    yield from mlp_methods.sparse(problem)


def _sketch_again(problem: Problem, candidate: Candidate, seed: int) -> Candidate:
    shape = candidate.settings
    inputs = fit_inputs(problem.learn.X, problem.learn.categories, binary_steps=True)
    integer = quantize_inputs(inputs, 8)
    bits = shape["direction_bits"]
    precision = Precision(8, bits, shape["count_bits"], bits, offset_bits_for(integer.constant))
    options = LearnOptions(
        **{name: shape[name] for name in ("rows", "columns", "arrays", "weights", "tail", "probe")},
        steps=problem.effort.steps,
        recipe=RECIPES[shape["recipe"]],
        label_weight=problem.label_weight,
        precision=precision,
    )
    lesson = replace(problem.lesson, x=integer.values(problem.learn.X))
    model = quantize(learn(lesson, integer, options, seed=seed), integer, sketch_methods.labels_of(problem), precision)
    return sketch_methods.model_candidate(problem, candidate.run, dict(shape), model)


def _network_again(problem: Problem, candidate: Candidate, seed: int) -> Candidate:
    recipe = Recipe(**{**candidate.settings, "seed": seed})
    model = train_mlp(problem, DeviceInputs.of(problem), recipe)
    return Candidate.of(problem, candidate.run, candidate.settings, mlp_cost(model), model.scores)


METHODS = {
    "learned": Method(learned_method.by_bytes, _sketch_again, 16, 4096),
    "mlp": Method(_networks, _network_again, 16, 8192),
    "representer": Method(sketch_methods.representer, None, 512, 32768),
}
