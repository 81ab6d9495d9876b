"""Results side by side: those of one (set, size, method) over its seeds, and the opponent that counts at a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from rs2c.base.raw_types import Task
from rs2c.model.metric import is_better

from benchmarks.accuracy.cells import Grid
from benchmarks.accuracy.methods import LEARNED, LEARNED_OPERATIONS, NETWORKS
from benchmarks.accuracy.results import Chosen, Result

NETWORK = "network"  # at each seed the best of NETWORKS by validation


@dataclass(frozen=True)
class Point:
    """One method at one size: mean and standard deviation over seeds; bytes and operations are means."""

    test: float
    sd: float
    valid: float
    bytes: float
    operations: float
    seeds: int


@dataclass(frozen=True)
class Book:
    """All results, by data set, method, size and seed."""

    grid: Grid
    results: dict[tuple[str, str, int, int], Result]

    @staticmethod
    def of(grid: Grid, results: Iterable[Result]) -> Book:
        """The book of some results."""
        return Book(grid, {(r.data, r.method, r.size, r.seed): r for r in results})

    def tasks(self) -> dict[str, Task]:
        """The task of every data set that has results, in the order of the grid."""
        found = {key[0]: result.task for key, result in self.results.items()}
        return {source.name: found[source.name] for source in self.grid.sources if source.name in found}

    def seeds(self, data: str) -> list[int]:
        """The seeds of a data set, or, where there are learned sketches, theirs.

        A method that has been run at further seeds would be a mean over other rows and teachers.
        """
        seeds = range(next(source.seeds for source in self.grid.sources if source.name == data))
        sketches = (LEARNED, LEARNED_OPERATIONS)
        learned = {seed for name, method, _, seed in self.results if name == data and method in sketches}
        return [seed for seed in seeds if seed in learned or not learned]

    def chosen(self, data: str, method: str, size: int) -> dict[int, Result]:
        """Results with a model, by seed."""
        if method == NETWORK:
            picked = {seed: self.best_network(data, seed, lambda r: r.size == size) for seed in self.seeds(data)}
            return {seed: result for seed, result in picked.items() if result is not None}
        results = {seed: self.results.get((data, method, size, seed)) for seed in self.seeds(data)}
        return {seed: r for seed, r in results.items() if r is not None and r.chosen is not None}

    def tried(self, data: str, method: str, size: int) -> bool:
        """Whether there is any result, be it that no model fits."""
        return any((data, method, size, seed) in self.results for seed in self.seeds(data))

    def all_networks_tried(self, data: str, seed: int) -> bool:
        """Whether each kind of network has a result at each size, be it that no model fits."""
        return all((data, method, size, seed) in self.results for method in NETWORKS for size in self.grid.sizes)

    def best_network(self, data: str, seed: int, allowed: Callable[[Result], bool]) -> Result | None:
        """The best network by validation among those allowed at one seed."""
        best: Result | None = None
        for method in NETWORKS:
            for size in self.grid.sizes:
                result = self.results.get((data, method, size, seed))
                if result is None or result.chosen is None or not allowed(result):
                    continue
                if best is None or is_better(result.chosen.valid, model_of(best).valid, result.task):
                    best = result
        return best

    def point(self, data: str, method: str, size: int) -> Point | None:
        """Mean and spread of a method at a size, or None where it has no model."""
        models = [model_of(result) for result in self.chosen(data, method, size).values()]
        if not models:
            return None
        test = [model.test for model in models]
        return Point(
            test=float(np.mean(test)),
            sd=float(np.std(test, ddof=1)) if len(test) > 1 else 0.0,
            valid=float(np.mean([model.valid for model in models])),
            bytes=float(np.mean([model.bytes for model in models])),
            operations=float(np.mean([model.operations for model in models])),
            seeds=len(models),
        )


def model_of(result: Result) -> Chosen:
    """The model of a result that has one."""
    assert result.chosen is not None, "the result has no model"
    return result.chosen
