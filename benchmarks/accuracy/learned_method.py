"""The learned sketch at a size or at so many operations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from benchmarks.accuracy.candidates import Candidate
from benchmarks.accuracy.cells import Budget
from benchmarks.accuracy.problem import Problem
from benchmarks.accuracy.sketch_methods import labels_of, model_candidate
from rs2c.base.precision import Precision
from rs2c.model.metric import is_better
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import quantize
from rs2c.train.learn import learn
from rs2c.train.learn_options import LearnOptions
from rs2c.train.recipe import RECIPES, Recipe, best_recipe, next_recipe
from rs2c.train.shapes import (
    Plan,
    estimated_bytes,
    estimated_operations,
    fast_plans_for,
    ladder_for,
    largest_shape,
    offset_bits_for,
    plans_for,
)


class _Trainer:
    """Trains plans of one problem at its size, and remembers the best of the models that fit."""

    def __init__(self, problem: Problem, budget: Budget) -> None:
        self.problem, self.budget = problem, budget
        inputs = fit_inputs(problem.learn.X, problem.learn.categories, binary_steps=True)
        self.integer = quantize_inputs(inputs, 8)
        self.lesson = replace(problem.lesson, x=self.integer.values(problem.learn.X))
        self.n = int((self.integer.unit > 0).sum())
        precision = Precision(offset_bits=offset_bits_for(self.integer.constant))
        self.base = LearnOptions(steps=problem.effort.steps, label_weight=problem.label_weight, precision=precision)
        self.unforeseen = 0  # bytes or operations of earlier models beyond what was estimated
        self.runs = 0
        self.best: tuple[Candidate, LearnOptions] | None = None

    def shape(self, plan: Plan, recipe: Recipe) -> LearnOptions | None:
        """The plan with as many rows as are likely to fit; None where not one is."""
        base, room = replace(self.base, recipe=recipe), self.problem.size - self.unforeseen
        return largest_shape(plan, base, self.n, lambda options: self._estimate(options) <= room)

    def _estimate(self, options: LearnOptions) -> int:
        """Bytes or operations of a model of this shape."""
        if self.budget == "bytes":
            return estimated_bytes(options, self.n, self.problem.n_scores)
        converted = self.n if self.integer.front_end is not None else 0
        read = converted if options.weights is None else min(converted, options.weights)
        return estimated_operations(options, self.n, self.problem.n_scores, read)

    def train(self, options: LearnOptions) -> Candidate:
        """One training; its seed is its number."""
        problem = self.problem
        sketch = learn(self.lesson, self.integer, options, seed=1000 * problem.seed + self.runs)
        model = quantize(sketch, self.integer, labels_of(problem), options.precision)
        found = model_candidate(problem, self.runs, _settings(options), model)
        self.runs += 1
        taken = getattr(found.cost, self.budget)
        self.unforeseen = max(self.unforeseen, taken - self._estimate(options))
        better = self.best is None or is_better(found.valid, self.best[0].valid, problem.learn.task)
        if taken <= problem.size and better:
            self.best = found, options
        return found


def _settings(options: LearnOptions) -> dict[str, object]:
    return {
        "rows": options.rows,
        "arrays": options.arrays,
        "weights": options.weights,
        "columns": options.columns,
        "direction_bits": options.precision.direction_bits,
        "count_bits": options.precision.count_bits,
        "tail": options.tail,
        "probe": options.probe,
        "recipe": RECIPES.index(options.recipe),
    }


def by_bytes(problem: Problem) -> Iterator[Candidate]:
    """Plans of the product, with as many rows as the bytes allow."""
    trainer = _Trainer(problem, "bytes")
    return _search(trainer, plans_for(problem.size, trainer.n))


def by_operations(problem: Problem) -> Iterator[Candidate]:
    """Wide plans with as many rows as `problem.size` operations allow, however many bytes that takes."""
    trainer = _Trainer(problem, "operations")
    return _search(trainer, fast_plans_for(trainer.n))


def _search(trainer: _Trainer, plans: Sequence[Plan]) -> Iterator[Candidate]:
    """As many trainings as a cell has."""
    return islice(_trainings(trainer, plans), trainer.problem.effort.learned_runs)


def _trainings(trainer: _Trainer, plans: Sequence[Plan]) -> Iterator[Candidate]:
    """Recipes for the first plan, the other plans with the best of them, then other seeds of the best of all."""
    task, ladder = trainer.problem.learn.task, ladder_for(trainer.n)
    by_shape: dict[LearnOptions | None, Plan] = {}
    for plan in plans:
        by_shape.setdefault(trainer.shape(plan, ladder[1]), plan)
    first, *others = [plan for shape, plan in by_shape.items() if shape is not None] or [None]
    if first is None:
        return
    tried: dict[Recipe, float] = {}
    while (recipe := next_recipe(ladder, tried, task)) and (shape := trainer.shape(first, recipe)):
        found = trainer.train(shape)
        tried[recipe] = found.valid
        yield found
    for plan in others:
        if shape := trainer.shape(plan, best_recipe(tried, task)):
            yield trainer.train(shape)
    while trainer.best is not None:
        yield trainer.train(trainer.best[1])
