"""The learned sketch against the network, cell by cell, with a paired bootstrap over seeds and test rows.

A cell is won where the mean of the learned sketch is at least that of the network. It is lost where the whole 95 %
interval of the difference lies below -0.5 points of accuracy, or below -0.5 % of the network's mean absolute error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.methods import LEARNED, LEARNED_OPERATIONS
from benchmarks.accuracy.packed_rows import unpack_rows
from benchmarks.accuracy.results import Result
from benchmarks.accuracy.summary import NETWORK, Book, model_of

MARGIN = 0.005  # points of accuracy, or share of the network's MAE
MORE_OPERATIONS = 1.05
DRAWS = 2000
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Comparison:
    """One cell. Differences are gains: positive where the learned sketch is better."""

    data: str
    size: int
    seeds: int
    learned: float
    network: float
    difference: float
    low: float  # of the 95 % interval
    high: float
    won: bool
    lost: bool
    learned_bytes: float
    network_bytes: float
    learned_operations: float
    network_operations: float


@dataclass(frozen=True)
class Tally:
    """All cells of one comparison. Cells without a model on one side are listed, and count in no share."""

    cells: list[Comparison]
    unopposed: list[str]  # no network fits
    absent: list[str]  # no learned sketch fits, though a network does

    @property
    def won(self) -> int:
        """Cells where the learned mean is at least the network's."""
        return sum(cell.won for cell in self.cells)

    @property
    def lost(self) -> int:
        """Cells that are lost beyond doubt."""
        return sum(cell.lost for cell in self.cells)

    @property
    def share(self) -> float | None:
        """Share of cells won."""
        return self.won / len(self.cells) if self.cells else None


def at_equal_bytes(book: Book) -> Tally:
    """Each learned cell against the better network, by validation, of the same size."""
    return _tally(book, LEARNED, lambda data, size: book.chosen(data, NETWORK, size))


def at_equal_operations(book: Book) -> Tally:
    """Each learned sketch of so many operations against the best network, by validation, of any size that takes at most
    1.05 times as many. A seed counts once networks of all sizes have been trained."""

    def opponents(data: str, size: int) -> dict[int, Result]:
        found: dict[int, Result] = {}
        for seed, learned in book.chosen(data, LEARNED_OPERATIONS, size).items():
            if not book.all_networks_tried(data, seed):
                continue
            limit = MORE_OPERATIONS * model_of(learned).operations
            best = book.best_network(data, seed, lambda r, limit=limit: model_of(r).operations <= limit)
            if best is not None:
                found[seed] = best
        return found

    return _tally(book, LEARNED_OPERATIONS, opponents)


def _tally(book: Book, method: str, opponents) -> Tally:  # type: ignore[no-untyped-def]
    cells, unopposed, absent = [], [], []
    counted = [source.name for source in book.grid.sources if source.counted]
    for data in counted:
        for size in book.grid.sizes:
            ours = book.chosen(data, method, size)
            theirs = opponents(data, size)
            both = sorted(ours.keys() & theirs.keys())
            if both:
                cells.append(compare([ours[seed] for seed in both], [theirs[seed] for seed in both], size))
            elif ours:
                unopposed.append(f"{data} {size}")
            elif book.tried(data, method, size) and book.chosen(data, NETWORK, size):
                absent.append(f"{data} {size}")
    return Tally(cells, unopposed, absent)


def compare(ours: list[Result], theirs: list[Result], size: int) -> Comparison:
    """The comparison of one cell, from results of the same seeds."""
    task, n = ours[0].task, ours[0].n_test
    a, b = (np.stack([unpack_rows(model_of(r).rows, task, n) for r in side]) for side in (ours, theirs))
    gains = a - b if task == "classify" else b - a
    learned, network = (float(np.mean([model_of(r).test for r in side])) for side in (ours, theirs))
    difference = learned - network if task == "classify" else network - learned
    margin = MARGIN if task == "classify" else MARGIN * network
    low, high = bootstrap(gains)
    cost = [
        float(np.mean([getattr(model_of(r), name) for r in side]))
        for name in ("bytes", "operations")
        for side in (ours, theirs)
    ]
    won = difference >= -1e-12
    return Comparison(
        ours[0].data, size, len(ours), learned, network, difference, low, high, won, high < -margin, *cost
    )


def bootstrap(gains: npt.NDArray[np.float64], draws: int = DRAWS, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the mean of gains (seeds, rows): seeds and rows are drawn again, rows alike for all seeds."""
    rng = np.random.Generator(np.random.PCG64(seed))
    seeds, rows = gains.shape
    # Rows that gain alike at every seed are one kind of row: drawing how often each kind comes is the same draw.
    kinds, counts = np.unique(gains, axis=1, return_counts=True)
    means = np.empty((draws, seeds))
    for start in range(0, draws, 200):
        part = slice(start, min(start + 200, draws))
        drawn = rng.multinomial(rows, counts / rows, size=part.stop - part.start)
        means[part] = drawn @ kinds.T / rows
    picked = rng.integers(0, seeds, (draws, seeds))
    low, high = np.percentile(np.take_along_axis(means, picked, axis=1).mean(axis=1), _INTERVAL)
    return float(low), float(high)
