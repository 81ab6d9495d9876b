"""The learned sketch at a size or at so many operations: every plan, then decay and other seeds for the best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from benchmarks.accuracy.candidates import Candidate
from benchmarks.accuracy.problem import Problem
from benchmarks.accuracy.sketch_methods import labels_of, model_candidate
from rs2c.cost import model_cost
from rs2c.inputs import fit_inputs
from rs2c.learn import learn
from rs2c.learn_options import LearnOptions
from rs2c.learned_shapes import (
    Plan,
    estimated_bytes,
    estimated_operations,
    largest_shape,
    offset_bits_for,
    plans_for,
)
from rs2c.precision import Precision
from rs2c.quantize import quantize
from rs2c.quantize_inputs import quantize_inputs
from rs2c.scores import is_better

BY_OPERATIONS = (
    Plan(4, 0, probe="nearest"),
    Plan(8, 0, probe="nearest"),
    Plan(None, 4),
    Plan(2, 0, probe="nearest"),
    Plan(16, 0, probe="nearest"),
    Plan(None, 0, probe="nearest"),
)
DECAY = 1e-2  # of the directions


class _Trainer:
    """Trains shapes of one problem, and remembers the best of those that fit."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.inputs = fit_inputs(problem.learn.X, problem.learn.categories, binary_steps=True)
        self.integer = quantize_inputs(self.inputs, 8)
        self.lesson = replace(problem.lesson, x=self.integer.values(self.inputs, problem.learn.X))
        self.n = int((self.integer.unit > 0).sum())
        self.front_bytes = 4 if self.integer.front_end is not None else 0  # as far as is known
        self.runs = 0
        self.best: tuple[Candidate, LearnOptions] | None = None

    def train(self, options: LearnOptions, fits: Callable[[Candidate], bool]) -> Candidate:
        """One training; its seed is its number."""
        problem = self.problem
        sketch = learn(self.lesson, self.integer, options, seed=1000 * problem.seed + self.runs)
        model = quantize(sketch, self.inputs, labels_of(problem), options.precision)
        found = model_candidate(problem, self.runs, _settings(options), model)
        self.runs += 1
        self.front_bytes = max(self.front_bytes, model_cost(model).bytes_of.get("front end", 0))
        if fits(found) and (self.best is None or is_better(found.valid, self.best[0].valid, problem.learn.task)):
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
        "decay": options.direction_decay,
    }


def by_bytes(problem: Problem) -> Iterator[Candidate]:
    """Every plan of the product, with as many rows as the bytes allow."""
    trainer = _Trainer(problem)

    def shape_fits(options: LearnOptions) -> bool:
        return estimated_bytes(options, trainer.n, problem.n_scores, trainer.front_bytes) <= problem.size

    yield from _search(trainer, plans_for(problem.size), shape_fits, lambda found: found.cost.bytes <= problem.size)


def by_operations(problem: Problem) -> Iterator[Candidate]:
    """Wide plans with as many rows as `problem.size` operations allow, however many bytes that takes."""
    trainer = _Trainer(problem)
    converted = trainer.n if trainer.integer.front_end is not None else 0

    def shape_fits(options: LearnOptions) -> bool:
        # A sparse shape may leave inputs out: it may try to, and is dropped where its model does too much after all.
        read = converted if options.weights is None else min(converted, options.weights)
        return estimated_operations(options, trainer.n, problem.n_scores, read) <= problem.size

    yield from _search(trainer, BY_OPERATIONS, shape_fits, lambda found: found.cost.operations <= problem.size)


def _search(
    trainer: _Trainer,
    plans: Sequence[Plan],
    shape_fits: Callable[[LearnOptions], bool],
    fits: Callable[[Candidate], bool],
) -> Iterator[Candidate]:
    """The plans one by one, then decay for the best of them, then other seeds until the trainings are used up."""
    problem = trainer.problem
    precision = Precision(offset_bits=offset_bits_for(trainer.integer.constant))
    base = LearnOptions(steps=problem.effort.steps, label_weight=problem.label_weight, precision=precision)
    done = set()
    for plan in plans[: max(1, problem.effort.learned_runs - 1)]:
        options = largest_shape(plan, base, trainer.n, shape_fits)
        if options is not None and options not in done:
            done.add(options)
            yield trainer.train(options, fits)
    if trainer.best is None:
        return
    yield trainer.train(replace(trainer.best[1], direction_decay=DECAY), fits)
    while True:
        yield trainer.train(trainer.best[1], fits)
