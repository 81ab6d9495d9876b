"""What a method proposes for a cell: integer models with their cost, judged on validation rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
from rs2c.model.cost import Cost
from rs2c.model.metric import is_better, measure

from benchmarks.accuracy.cells import Budget
from benchmarks.accuracy.problem import Problem

Scorer = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A finished model. `scorer` maps raw rows to its scores: integers, or values in units of the target."""

    run: int  # the training it came from, counted from 0; one training may give several models
    settings: Mapping[str, Any]  # what was chosen; JSON values
    cost: Cost
    scorer: Scorer
    valid: float  # metric on the rows to choose by
    integer: bool = True  # False for the float models that are shown beside them

    @staticmethod
    def of(problem: Problem, run: int, settings: Mapping[str, Any], cost: Cost, scorer: Scorer, **rest: Any) -> Any:
        """A candidate, measured on the validation rows of the problem."""
        valid = measure(scorer(problem.valid.X), problem.valid.y, problem.valid.task)
        return Candidate(run, settings, cost, scorer, valid, **rest)


def best_of(problem: Problem, candidates: list[Candidate], budget: Budget = "bytes") -> Candidate | None:
    """The best on validation rows of those within the budget; of equals the cheaper, then the earlier."""
    best: Candidate | None = None
    for candidate in sorted(candidates, key=lambda each: getattr(each.cost, budget)):
        fits = not problem.size or getattr(candidate.cost, budget) <= problem.size
        if fits and (best is None or is_better(candidate.valid, best.valid, problem.learn.task)):
            best = candidate
    return best
