"""The cells of the comparison: data set x size x method x seed, fixed in cells.json before there were results."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

GRID_FILE = Path(__file__).parent / "cells.json"
Budget = Literal["bytes", "operations"]
SIZELESS = ("teacher", "kernel")  # methods that are no integer model of a given size: one cell a (set, seed)


@dataclass(frozen=True)
class Effort:
    """How much work a cell gets; results made with another are void."""

    runs: int = 4  # trainings a cell, of each kind of network: 8 to 12 in all
    learned_runs: int = 8  # of `learned`, which stands against all of them
    steps: int = 2000  # of one training
    sketch_steps: int = 1200  # of a kernel student, and of a refit
    teacher_epochs: int = 120
    training_rows: int = 20_000  # at most; the teacher sees no more than its students
    seconds: float = 180.0  # a cell stops before a training that would take it beyond this

    def runs_of(self, method: str) -> int:
        """Trainings of a cell of this method."""
        return self.learned_runs if method in ("learned", "learned-operations") else self.runs


QUICK = Effort(runs=2, learned_runs=3, steps=300, sketch_steps=200, teacher_epochs=10, training_rows=3000)


@dataclass(frozen=True)
class Source:
    """A data set of the comparison."""

    name: str
    seeds: int
    counted: bool  # in the statistics; all are shown
    image: bool  # labels weigh less in the loss
    train_fingerprint: str  # Dataset.fingerprint of what the archive holds
    test_fingerprint: str


@dataclass(frozen=True)
class Grid:
    """All sizes, in canonical bytes, and all data sets."""

    sizes: tuple[int, ...]
    sources: tuple[Source, ...]

    def only(self, names: Sequence[str] | None, seeds: int | None) -> Grid:
        """The grid of some data sets, each with at most so many seeds; raises SystemExit on an unknown name."""
        unknown = set(names or ()) - {source.name for source in self.sources}
        if unknown:
            raise SystemExit(f"unknown data set {', '.join(sorted(unknown))}; cells.json lists those there are")
        chosen = [source for source in self.sources if names is None or source.name in names]
        if seeds is not None:
            chosen = [replace(source, seeds=min(seeds, source.seeds)) for source in chosen]
        return replace(self, sources=tuple(chosen))


@dataclass(frozen=True)
class Cell:
    """One unit of work and its result. `size`, in units of `budget`, is 0 for methods that have none."""

    source: Source
    method: str
    size: int
    seed: int

    @property
    def budget(self) -> Budget:
        """What a model may have `size` of."""
        return "operations" if self.method == "learned-operations" else "bytes"

    @property
    def label(self) -> str:
        """A short name, for people: it tells cells of one data set apart."""
        return f"{self.method}_{self.size}_s{self.seed}" if self.size else f"{self.method}_s{self.seed}"


def load_grid(path: Path = GRID_FILE) -> Grid:
    """The committed grid."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Grid(tuple(stored["sizes"]), tuple(Source(**entry) for entry in stored["sources"]))


def order_of_work(grid: Grid, methods: Sequence[str]) -> Iterator[Cell]:
    """Every cell once: seed 0 of all data sets first, size by size, so that an interrupted run is balanced."""
    for seed in range(max((source.seeds for source in grid.sources), default=0)):
        sources = [source for source in grid.sources if seed < source.seeds]
        for size in (0, *grid.sizes):
            wanted = [method for method in methods if (method in SIZELESS) == (size == 0)]
            yield from (Cell(source, method, size, seed) for source in sources for method in wanted)
