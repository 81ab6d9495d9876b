"""Method auto: the smallest learned sketch that is nearly as good as its teacher, judged on validation rows alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rs2c.cost import model_cost
from rs2c.integer_model import IntegerModel
from rs2c.learn_options import LearnOptions
from rs2c.learned_shapes import MOST_ROWS, first_recipe, shapes_of_size
from rs2c.raw_types import Task
from rs2c.recipe import best_recipe, next_recipe
from rs2c.sketch import RepresenterSketch

_SMALLEST, _LARGEST = 24, 16384  # bytes beside the front end
_COARSE, _FINE = 2.0, 2.0**0.25  # from one size to the next
_COARSE_SHAPES, _FINE_SHAPES = 2, 3  # of each size
_QUICK_SHARE = 0.4  # of the training steps while the size is looked for
ACCURACY_TOLERANCE, ERROR_TOLERANCE = 0.005, 0.02  # points of accuracy; share of the mean absolute error


@dataclass(frozen=True)
class Candidate:
    """A trained shape: its sketch, its integer model, and the metric of that model on the validation rows."""

    shape: LearnOptions
    sketch: RepresenterSketch
    model: IntegerModel
    value: float


@dataclass(frozen=True)
class Tried:
    """One line of the search: a shape, what it costs, its metric on validation rows, and whether that is enough."""

    rows: int
    arrays: int
    weights: int
    bytes: int
    operations: int
    value: float
    enough: bool


def least_acceptable(teacher: float, task: Task, tolerance: float | None) -> float:
    """The metric that a sketch must reach: the teacher's less the tolerance (default: 0.5 points, or 2 % of MAE)."""
    if task == "classify":
        return teacher - (ACCURACY_TOLERANCE if tolerance is None else tolerance)
    return teacher * (1 + (ERROR_TOLERANCE if tolerance is None else tolerance))


def smallest_learned(
    train: Callable[[LearnOptions], Candidate],
    base: LearnOptions,
    needed: float,
    task: Task,
    inputs: int,
    scores: int,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Candidate, tuple[Tried, ...]]:
    """Double the size until a quickly trained sketch reaches `needed`, then try finer steps below with full training.

    Between the two the recipe is chosen, and the size halved where a better recipe allows that. Returns the smallest
    candidate that reaches `needed`, or the best one where none does, and every line of the search.
    """
    lines: list[Tried] = []

    def attempt(shape: LearnOptions) -> Candidate:
        candidate = train(shape)
        cost, arrays = model_cost(candidate.model), candidate.model.arrays
        weights = int(np.count_nonzero(candidate.model.hashes.weights))
        enough = good(candidate)
        lines.append(Tried(shape.rows, arrays, weights, cost.bytes, cost.operations, candidate.value, enough))
        progress(f"searching: {cost.bytes} bytes reach {candidate.value:.4f} of {needed:.4f}")
        return candidate

    def good(candidate: Candidate) -> bool:
        return candidate.value >= needed if task == "classify" else candidate.value <= needed

    def at_size(size: float, options: LearnOptions, most: int) -> list[Candidate]:
        shapes = shapes_of_size(options, int(size), inputs, scores, 0)
        return [attempt(shape) for shape in itertools.islice(shapes, most)]

    def best(candidates: list[Candidate]) -> Candidate:
        return (max if task == "classify" else min)(candidates, key=lambda c: c.value)

    begin = first_recipe(inputs)
    quick = replace(base, steps=max(1, int(base.steps * _QUICK_SHARE)), recipe=begin)
    found: list[Candidate] = []
    size = float(_SMALLEST)
    while not any(good(c) for c in found) and size <= _LARGEST:
        found += (more := at_size(size, quick, _COARSE_SHAPES))
        if more and all(c.shape.rows >= MOST_ROWS for c in more):
            break
        size *= _COARSE
    reached = size / _COARSE

    favourite = best(more)
    tried = {begin: favourite.value}
    while (recipe := next_recipe(begin, tried, task)) is not None:
        found.append(attempt(replace(favourite.shape, recipe=recipe)))
        tried[recipe] = found[-1].value
    recipe = best_recipe(tried, task)
    while recipe != begin and any(good(c) for c in found if c.shape.recipe == recipe):
        found += (more := at_size(reached / _COARSE, replace(quick, recipe=recipe), 1))
        if not any(good(c) for c in more):
            break
        reached /= _COARSE

    for step in range(1, 5):
        more = at_size(reached / _COARSE * _FINE**step, replace(base, recipe=recipe), _FINE_SHAPES)
        found += more
        if any(good(c) for c in more):
            break
    enough = [c for c in found if good(c)]
    if enough:
        return min(enough, key=lambda c: (model_cost(c.model).bytes, c.shape.rows)), tuple(lines)
    return best(found), tuple(lines)
