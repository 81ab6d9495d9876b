"""Method auto: the smallest learned sketch that is nearly as good as its teacher, judged on validation rows alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from rs2c.base.progress import Progress, silent
from rs2c.base.raw_types import Task
from rs2c.model.cost import model_cost
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel
from rs2c.model.metric import best_by
from rs2c.sketch.sketch import RepresenterSketch
from rs2c.train.learn_options import LearnOptions
from rs2c.train.recipe import best_recipe, next_recipe
from rs2c.train.shapes import MOST_ROWS, ladder_for, shapes_of_size

_SMALLEST, _LARGEST = 24, 16384  # bytes beside the front end
_COARSE, _FINE = 2.0, 2.0**0.25  # from one size to the next
_COARSE_SHAPES, _FINE_SHAPES = 2, 3  # of each size
_QUICK_SHARE = 0.4  # of the training steps while the size is looked for
ACCURACY_TOLERANCE, ERROR_TOLERANCE = 0.005, 0.02  # points of accuracy; share of the mean absolute error
_NO_ERROR = 1e-6  # of the deviation: targets are float32


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


def least_acceptable(teacher: float, task: Task, tolerance: float | None, deviation: float = 0.0) -> float:
    """The metric that a sketch must reach: the teacher's less the tolerance (default: 0.5 points, or 2 % of MAE).

    Targets that are a regressor's own answers leave it no error to take a share of: that is then of `deviation`, the
    mean absolute deviation of its answers.
    """
    if task == "classify":
        return teacher - (ACCURACY_TOLERANCE if tolerance is None else tolerance)
    share = ERROR_TOLERANCE if tolerance is None else tolerance
    if teacher <= _NO_ERROR * deviation:
        return share * deviation
    return teacher * (1 + share)


def smallest_learned(
    train: Callable[[LearnOptions], Candidate],
    base: LearnOptions,
    needed: float,
    task: Task,
    inputs: int,
    scores: int,
    progress: Progress = silent,
) -> tuple[Candidate, tuple[Tried, ...]]:
    """Double the size until a quickly trained sketch reaches `needed`, then try finer steps below with full training.

    Between the two the recipe is chosen, and the size halved where a better recipe allows that. Returns the smallest
    candidate that reaches `needed`, or the best one where none does, and every line of the search.
    """
    search = _Search(train, base, needed, task, inputs, scores, progress)
    if search.choose_recipe(search.double()):
        search.halve()
    search.refine()
    return search.smallest(), tuple(search.lines)


@dataclass
class _Search:
    """The phases of a search, what it has found, the recipe it goes on with, and the size that was enough so far."""

    train: Callable[[LearnOptions], Candidate]
    base: LearnOptions
    needed: float
    task: Task
    inputs: int
    scores: int
    progress: Progress
    size: float = float(_SMALLEST)
    found: list[Candidate] = field(default_factory=list)
    lines: list[Tried] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.quick = max(1, int(self.base.steps * _QUICK_SHARE))
        self.ladder = ladder_for(self.inputs)
        self.recipe = self.ladder[1]

    def double(self) -> Candidate:
        """Double the size until a sketch is good, or cannot grow; the best of the last size."""
        while True:
            more = self._at(self.size, self.quick, _COARSE_SHAPES)
            grown = bool(more) and all(candidate.shape.rows >= MOST_ROWS for candidate in more)
            if grown or any(map(self.is_good, more)) or self.size * _COARSE > _LARGEST:
                return self._best(more)
            self.size *= _COARSE

    def choose_recipe(self, favourite: Candidate) -> bool:
        """Climb along the recipes with the favourite's shape; whether another one than the first is good."""
        tried = {self.recipe: favourite.value}
        while (recipe := next_recipe(self.ladder, tried, self.task)) is not None:
            tried[recipe] = self._attempt(replace(favourite.shape, recipe=recipe)).value
        self.recipe = best_recipe(tried, self.task)
        return self.recipe != favourite.shape.recipe and any(
            self.is_good(candidate) for candidate in self.found if candidate.shape.recipe == self.recipe
        )

    def halve(self) -> None:
        """Halve the size for as long as sketches are good."""
        while any(map(self.is_good, self._at(self.size / _COARSE, self.quick, 1))):
            self.size /= _COARSE

    def refine(self) -> None:
        """Go up from half the size in finer steps, with full training, until a sketch is good."""
        for step in range(1, 5):
            size = self.size / _COARSE * _FINE**step
            if any(map(self.is_good, self._at(size, self.base.steps, _FINE_SHAPES))):
                return

    def smallest(self) -> Candidate:
        """The smallest of those that are good, or the best one."""
        good = [candidate for candidate in self.found if self.is_good(candidate)]
        if not good:
            return self._best(self.found)
        return min(good, key=lambda candidate: (model_cost(candidate.model).bytes, candidate.shape.rows))

    def is_good(self, candidate: Candidate) -> bool:
        """Whether a candidate reaches what is needed."""
        return candidate.value >= self.needed if self.task == "classify" else candidate.value <= self.needed

    def _at(self, size: float, steps: int, most: int) -> list[Candidate]:
        options = replace(self.base, steps=steps, recipe=self.recipe)
        shapes = shapes_of_size(options, int(size), self.inputs, self.scores)
        return [self._attempt(shape) for shape in itertools.islice(shapes, most)]

    def _attempt(self, shape: LearnOptions) -> Candidate:
        known = next((candidate for candidate in self.found if candidate.shape == shape), None)
        if known is not None:  # sizes above what the most rows take have the same shapes
            return known
        candidate = self.train(shape)
        cost, rows = model_cost(candidate.model), candidate.model.block(HashedRows)
        assert rows is not None, "a learned sketch has rows"
        weights = int(np.count_nonzero(rows.hashes.weights))
        self.found.append(candidate)
        good = self.is_good(candidate)
        self.lines.append(Tried(shape.rows, rows.arrays, weights, cost.bytes, cost.operations, candidate.value, good))
        self.progress(f"searching: {cost.bytes} bytes reach {candidate.value:.4f} of {self.needed:.4f}")
        return candidate

    def _best(self, candidates: list[Candidate]) -> Candidate:
        return best_by(candidates, lambda candidate: candidate.value, self.task)
