"""Method auto: the smallest learned sketch that is nearly as good as its teacher, judged on rows held back alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from rs2c.base.progress import Progress, silent
from rs2c.model.cost import model_cost
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel
from rs2c.sketch.sketch import RepresenterSketch
from rs2c.train.exam import Grade
from rs2c.train.learn_options import LearnOptions
from rs2c.train.recipe import best_recipe, next_recipe
from rs2c.train.shapes import MOST_ROWS, ladder_for, shapes_of_size

_SMALLEST, _LARGEST = 24, 16384  # bytes beside the front end
_SMALL = 256  # bytes: below, more of them always help
_COARSE, _FINE = 2.0, 2.0**0.25  # from one size to the next
_COARSE_SHAPES, _FINE_SHAPES = 2, 3  # of each size
_QUICK_SHARE = 0.4  # of the training steps while the size is looked for
_MOST_SIZES, _OF_A_SIZE = 8, 2  # that are tried where sketches are not confirmed


@dataclass(frozen=True)
class Candidate:
    """A trained shape: its sketch, its integer model, and the grade on that model."""

    shape: LearnOptions
    sketch: RepresenterSketch
    model: IntegerModel
    grade: Grade

    @property
    def bytes(self) -> int:
        """Canonical bytes of the model."""
        return model_cost(self.model).bytes


@dataclass(frozen=True)
class Tried:
    """One line of the search: a shape, what it costs, its metric on the rows held back, its loss against the teacher
    there with the standard error of that, and whether it is enough."""

    rows: int
    arrays: int
    weights: int
    bytes: int
    operations: int
    value: float
    loss: float
    error: float
    enough: bool

    @staticmethod
    def of(candidate: Candidate) -> Tried:
        """The line of a candidate."""
        cost, rows, grade = model_cost(candidate.model), candidate.model.block(HashedRows), candidate.grade
        assert rows is not None, "a learned sketch has rows"
        weights = int(np.count_nonzero(rows.hashes.weights))
        judged = grade.value, grade.loss, grade.error, grade.enough
        return Tried(candidate.shape.rows, rows.arrays, weights, cost.bytes, cost.operations, *judged)


def smallest_learned(
    train: Callable[[LearnOptions], Candidate],
    confirm: Callable[[Candidate], Grade],
    base: LearnOptions,
    inputs: int,
    scores: int,
    progress: Progress = silent,
) -> tuple[Candidate, tuple[Tried, ...]]:
    """Double the size until a quickly trained sketch is enough, then try finer steps below with full training.

    Between the two the recipe is chosen, and the size halved where a better recipe allows that. Classes that are
    overlooked (`Grade.overlooked`) are emphasized from then on. Returns the smallest
    candidate that is enough, and that `confirm` calls so too, or the best one where none is, and every line of the
    search. Of equal ones the surer is better, then the smaller.
    """
    search = _Search(train, confirm, base, inputs, scores, progress)
    if search.choose_recipe(search.double()) or search.jumped:
        search.halve()
    search.refine()
    found = search.smallest()
    return found, tuple(map(Tried.of, search.found))


@dataclass
class _Search:
    """The phases of a search, what it has found, the recipe it goes on with, the size that was enough so far, the
    classes that were overlooked, whether more bytes were idle, and whether a size was left out."""

    train: Callable[[LearnOptions], Candidate]
    confirm: Callable[[Candidate], Grade]
    base: LearnOptions
    inputs: int
    scores: int
    progress: Progress
    size: float = float(_SMALLEST)
    found: list[Candidate] = field(default_factory=list)
    overlooked: frozenset[int] = frozenset()
    idle: bool = False
    jumped: bool = False

    def __post_init__(self) -> None:
        self.quick = max(1, int(self.base.steps * _QUICK_SHARE))
        self.ladder = ladder_for(self.inputs)
        self.recipe = self.ladder[1]

    def double(self) -> Candidate:
        """Double the size until a sketch is good or cannot grow, or twice the size has not helped; twice where far off.

        Returns the best of the last size, or of all where size does not help.
        """
        sizes_without_gain, best_size, best = 0, self.size, None
        while True:
            more = self._at(self.size, self.quick, _COARSE_SHAPES)
            grown = bool(more) and all(candidate.shape.rows >= MOST_ROWS for candidate in more)
            if grown or _any_enough(more):
                return self._best(more)
            if not self.found:  # no shape is so small
                self.size *= _COARSE
                continue
            before, best = best, self._best(self.found)
            sizes_without_gain = sizes_without_gain + 1 if best is before else 0
            best_size = best_size if best is before else self.size
            self.idle = self.size > _SMALL and sizes_without_gain >= (1 if best.grade.is_far else 2)
            if self.idle or self.size * _COARSE > _LARGEST:
                self.size = best_size
                return best
            self.jumped = self.size < _SMALL and all(candidate.grade.is_hopeless for candidate in more)
            self.size *= _COARSE**2 if self.jumped else _COARSE

    def choose_recipe(self, favourite: Candidate) -> bool:
        """Climb along the recipes with the favourite's shape; whether another one than the first is good."""
        tried = {self.recipe: -favourite.grade.loss}
        while (recipe := next_recipe(self.ladder, tried, "classify")) is not None:  # more is better
            tried[recipe] = -self._attempt(replace(favourite.shape, recipe=recipe)).grade.loss
        self.recipe = best_recipe(tried, "classify")
        return self.recipe != favourite.shape.recipe and _any_enough(
            candidate for candidate in self.found if candidate.shape.recipe == self.recipe
        )

    def halve(self) -> None:
        """Halve the size for as long as sketches are good."""
        while _any_enough(self._at(self.size / _COARSE, self.quick, 1)):
            self.size /= _COARSE

    def refine(self) -> None:
        """Go up from half the size in finer steps, with full training, until a sketch is good."""
        if self.idle:  # the best shape, with all of the training
            self._attempt(replace(self._best(self.found).shape, steps=self.base.steps))
            return
        for step in range(1, 5):
            if _any_enough(self._at(self.size / _COARSE * _FINE**step, self.base.steps, _FINE_SHAPES)):
                return

    def smallest(self) -> Candidate:
        """The smallest of those that are good and are confirmed, of larger ones where none is, or the best one."""
        pool, confirmed = self.found, False
        for _ in range(_MOST_SIZES):
            good = sorted(filter(_is_enough, pool), key=lambda c: (c.bytes, c.grade.error, c.shape.rows))
            for candidate in good[:_OF_A_SIZE]:
                judged = self._confirmed(candidate)
                if _is_enough(judged):
                    return judged
            self.size *= _COARSE**0.5
            if self.size > _LARGEST or not (good or confirmed):
                break
            confirmed = True
            pool = self._at(self.size, self.base.steps, _COARSE_SHAPES)
        best = self._best(self.found)
        return self._confirmed(best) if _is_enough(best) else best

    def _confirmed(self, candidate: Candidate) -> Candidate:
        """The candidate, here and among what was found, with the grade of all rows."""
        self.progress(f"confirming a sketch of {candidate.bytes} bytes")
        place = self.found.index(candidate)
        self.found[place] = replace(candidate, grade=self.confirm(candidate))
        return self.found[place]

    def _at(self, size: float, steps: int, most: int) -> list[Candidate]:
        options = replace(self.base, steps=steps, recipe=self.recipe)
        shapes = shapes_of_size(options, int(size), self.inputs, self.scores)
        tried: list[Candidate] = []
        for shape in itertools.islice(shapes, most):
            tried.append(self._attempt(replace(shape, emphasized=tuple(sorted(self.overlooked)))))
            if tried[0].grade.is_hopeless:  # no other shape of that size will do
                break
        return tried

    def _attempt(self, shape: LearnOptions) -> Candidate:
        known = next((candidate for candidate in self.found if candidate.shape == shape), None)
        if known is not None:  # sizes above what the most rows take have the same shapes
            return known
        candidate = self.train(shape)
        self.found.append(candidate)
        self.overlooked |= set(candidate.grade.overlooked)
        loss, error = candidate.grade.loss, candidate.grade.error
        self.progress(f"searching: {candidate.bytes} bytes lose {loss:.4g} ± {error:.2g}")
        return candidate

    def _best(self, candidates: list[Candidate]) -> Candidate:
        """The best by its metric, of those that are enough if any are; of equal ones the surer, then the smaller."""
        candidates = list(filter(_is_enough, candidates)) or candidates
        ordered = sorted(candidates, key=lambda candidate: (candidate.grade.error, candidate.bytes))
        return min(ordered, key=lambda candidate: candidate.grade.loss)


def _is_enough(candidate: Candidate) -> bool:
    return candidate.grade.enough


def _any_enough(candidates: Iterable[Candidate]) -> bool:
    return any(map(_is_enough, candidates))
