"""How much smaller than the teacher: the smallest model that is as good, on the data sets of the paper.

As good: within 0.2 points of the teacher's accuracy, or 0.5 % of its mean absolute error, in the mean over seeds. The
teacher's size is that of the float32 network d-512-256-128-C, whatever taught.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy.summary import NETWORK, Book, Point

DATA = ("adult", "phishing", "skin_unique", "susy_low8_11k", "abalone", "year_msd_7k")
POINTS, SHARE_OF_MAE = 0.002, 0.005


@dataclass(frozen=True)
class Smallest:
    """The row of one data set; ratios are None where no model is as good."""

    data: str
    teacher: float
    teacher_bytes: int
    teacher_operations: int
    learned: Point | None
    network: Point | None

    @property
    def byte_ratio(self) -> float | None:
        """Bytes of the float32 network a byte of the learned sketch."""
        return None if self.learned is None else self.teacher_bytes / self.learned.bytes

    @property
    def operation_ratio(self) -> float | None:
        """Operations of the float32 network an operation of the learned sketch."""
        return None if self.learned is None else self.teacher_operations / self.learned.operations

    @property
    def network_ratio(self) -> float | None:
        """Bytes of the smallest int8 network a byte of the learned sketch."""
        return None if self.learned is None or self.network is None else self.network.bytes / self.learned.bytes


def paper_table(book: Book) -> list[Smallest]:
    """A row for each data set of the paper that has results."""
    rows = []
    for data, task in book.tasks().items():
        teacher = book.point(data, "teacher", 0)
        if data not in DATA or teacher is None:
            continue
        size = next(r.network for key, r in book.results.items() if key[0] == data)
        limit = teacher.test - POINTS if task == "classify" else teacher.test * (1 + SHARE_OF_MAE)

        def smallest(method: str, data: str = data, limit: float = limit, task: str = task) -> Point | None:
            points = [book.point(data, method, size) for size in book.grid.sizes]
            good = [p for p in points if p and (p.test >= limit if task == "classify" else p.test <= limit)]
            return min(good, key=lambda point: point.bytes, default=None)

        learned, network = smallest("learned"), smallest(NETWORK)
        rows.append(Smallest(data, teacher.test, size["bytes"], size["operations"], learned, network))
    return rows


def geometric_mean(values: Sequence[float | None]) -> float | None:
    """The geometric mean of what is known, or None where nothing is."""
    known = [value for value in values if value is not None]
    return float(np.exp(np.mean(np.log(known)))) if known else None
