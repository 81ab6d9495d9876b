"""The opponents: a small int8 network, dense or sparse, with its own learning rate and density searched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from rs2c.model.metric import is_better

from benchmarks.accuracy.candidates import Candidate
from benchmarks.accuracy.mlp_model import mlp_cost
from benchmarks.accuracy.mlp_size import Plan, Shape, dense_plan, sparse_plan
from benchmarks.accuracy.mlp_train import DeviceInputs, Recipe, train_mlp
from benchmarks.accuracy.problem import Problem

RATES = (2e-2, 4e-2, 1e-2)  # in this order
DECAY = 1e-2
FAN_INS = (12, 6, 24, 3)  # of sparse hidden units
MOST_FAN_IN = 0.5  # of the inputs: beyond, a list takes more bytes than all weights
OUTPUT_DENSITY = 0.35  # of the output layer, where it is pruned too
FEW_OUTPUTS = 6  # an output layer of fewer is not worth pruning
_REINVESTED = 0.6  # of the bytes that a training left unused


class _Trainer:
    """Trains recipes of one problem, and remembers the best of those that fit."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.inputs = problem, DeviceInputs.of(problem)
        self.best: tuple[float, Recipe, Plan] | None = None
        self.runs = 0
        learn = problem.learn
        self.shape = Shape.of(
            self.inputs.integer, problem.inputs.raw_type, learn.X.shape[1], problem.n_scores, learn.task == "regress"
        )

    def train(self, plan: Plan, rate: float = RATES[0], decay: float = 0.0) -> Candidate:
        """One training; its seed is its number."""
        problem = self.problem
        seed = 1000 * problem.seed + self.runs
        recipe = Recipe(rate=rate, steps=problem.effort.steps, seed=seed, decay=decay, **asdict(plan))
        model = train_mlp(problem, self.inputs, recipe)
        found = Candidate.of(problem, self.runs, asdict(recipe), mlp_cost(model), model.scores)
        self.runs += 1
        fits = found.cost.bytes <= problem.size
        if fits and (self.best is None or is_better(found.valid, self.best[0], problem.learn.task)):
            self.best = (found.valid, recipe, plan)
        return found


def dense(problem: Problem) -> Iterator[Candidate]:
    """The largest d-H-C that fits, at three learning rates; then beyond the best of them, or with weight decay.

    Nothing where no unit fits.
    """
    return islice(_dense(problem), problem.effort.runs)


def _dense(problem: Problem) -> Iterator[Candidate]:
    trainer = _Trainer(problem)
    plan = dense_plan(trainer.shape, problem.size)
    if plan is None:
        return
    for rate in RATES:
        yield trainer.train(plan, rate)
    yield from _refine_rate(trainer, plan)


def _refine_rate(trainer: _Trainer, plan: Plan) -> Iterator[Candidate]:
    best = RATES[0] if trainer.best is None else trainer.best[1].rate
    if best == max(RATES):
        yield trainer.train(plan, 2 * best)
    elif best == min(RATES):
        yield trainer.train(plan, best / 2)
    else:
        yield trainer.train(plan, best, DECAY)


def sparse(problem: Problem) -> Iterator[Candidate]:
    """Pruned hidden units: two fan-ins, then one beyond the better, then learning rates for the best of them."""
    return islice(_sparse(problem, 1.0), problem.effort.runs)


def sparse_output(problem: Problem) -> Iterator[Candidate]:
    """The same with a pruned output layer too: more bytes for its units, fewer operations. Many outputs only."""
    most = problem.effort.runs if problem.n_scores >= FEW_OUTPUTS else 0
    return islice(_sparse(problem, OUTPUT_DENSITY), most)


def _sparse(problem: Problem, output_density: float) -> Iterator[Candidate]:
    trainer = _Trainer(problem)
    ladder = sorted(f for f in FAN_INS if f <= MOST_FAN_IN * trainer.shape.inputs)
    target = float(problem.size)  # bytes to plan for: more than there are where pruning leaves some unused
    results: dict[int, float] = {}
    first = [fan_in for fan_in in FAN_INS if fan_in in ladder][:2]
    for fan_in in first:
        plan = sparse_plan(trainer.shape, target, fan_in, output_density)
        if plan is None:
            continue
        found = trainer.train(plan)
        yield found
        results[fan_in] = found.valid
        left = problem.size - found.cost.bytes
        target += _REINVESTED * left if left > 0 else 1.5 * left
    if trainer.best is None:
        return
    best = trainer.best[2].fan_in
    beyond = [f for f in ladder if f not in results and (f > best) == (best == max(results))]
    for fan_in in beyond[:1] if best == max(results) else beyond[-1:]:
        plan = sparse_plan(trainer.shape, target, fan_in, output_density)
        if plan is not None:
            yield trainer.train(plan)
    for rate in RATES[1:]:
        yield trainer.train(trainer.best[2], rate)
