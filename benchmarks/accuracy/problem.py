"""What every method of a (set, seed) is given: the same rows to learn from and to choose by, and the same scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rs2c.quantize.input_map import InputMap, fit_inputs
from rs2c.read.datasets import Dataset, load_split
from rs2c.train.distillation import Lesson

from benchmarks.accuracy.cells import Effort, Source
from benchmarks.all_datasets import data_folder

VALIDATION_SHARE, MOST_VALIDATION_ROWS = 0.15, 5000


@dataclass(frozen=True, eq=False)
class Rows:
    """The data of one (set, seed): rows to learn from, rows to choose by, and rows that are read once, at the end."""

    learn: Dataset
    valid: Dataset
    test: Dataset
    inputs: InputMap  # fitted to the rows to learn from


@dataclass(frozen=True, eq=False)
class Problem:
    """All that a method may know: no test row is in it."""

    source: Source
    seed: int
    size: int  # canonical bytes that a model may have; 0 for methods without a size
    effort: Effort
    learn: Dataset
    valid: Dataset
    inputs: InputMap
    lesson: Lesson  # the rows to learn from, with the teacher's scores
    valid_lesson: Lesson  # the rows to choose by, with the teacher's scores

    @property
    def label_weight(self) -> float:
        """Share of the labels in the distillation loss."""
        return 0.1 if self.source.image else 0.3

    @property
    def n_scores(self) -> int:
        """C."""
        return int(self.lesson.scores.shape[1])


def load_rows(source: Source, seed: int, effort: Effort) -> Rows:
    """The rows of a data set, split by seed; raises SystemExit where the archive is not the one in cells.json."""
    both = load_split(data_folder() / f"{source.name}.npz", None, seed=0)
    found = (both.train.fingerprint, both.test.fingerprint)
    if found != (source.train_fingerprint, source.test_fingerprint):
        raise SystemExit(f"{source.name}.npz holds other data than cells.json names; fetch the archive again")
    learn, valid = split_rows(both.train, seed, effort.training_rows)
    known = both.train.take(learn)
    return Rows(known, both.train.take(valid), both.test, fit_inputs(known.X, known.categories))


def split_rows(train: Dataset, seed: int, most: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Row numbers to learn from (at most `most`) and to choose by, drawn by seed; no class is left without a row."""
    order = np.random.Generator(np.random.PCG64([seed, 2])).permutation(len(train.y))
    count = min(MOST_VALIDATION_ROWS, int(VALIDATION_SHARE * len(order)))
    if train.task == "classify":
        _, first = np.unique(train.y[order], return_index=True)
        order = np.concatenate([order[first], np.delete(order, first)])
    return order[: len(order) - count][:most], order[len(order) - count :]


def make_problem(
    source: Source, seed: int, size: int, effort: Effort, rows: Rows, learn_scores: Any, valid_scores: Any
) -> Problem:
    """The problem of one cell."""
    parts = ((rows.learn, learn_scores), (rows.valid, valid_scores))
    lesson, valid = (Lesson(part.task, rows.inputs.transform(part.X), scores, part.y) for part, scores in parts)
    return Problem(source, seed, size, effort, rows.learn, rows.valid, rows.inputs, lesson, valid)
