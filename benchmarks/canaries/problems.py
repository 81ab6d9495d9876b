"""Tiny data sets from nothing but a seed, of every kind that methods treat differently: what canaries learn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.cells import Effort, Source
from benchmarks.accuracy.problem import Problem, Rows, make_problem
from rs2c.base.arrays import Floats
from rs2c.quantize.input_map import fit_inputs
from rs2c.read.datasets import Dataset, from_arrays

LEARN, VALID, FIXED = 640, 160, 48  # rows; more to learn from than there are in a batch


@dataclass(frozen=True)
class Tiny:
    """A data set: noisy answers of a smooth function of Gaussian inputs. `classes` is 0 for a regression."""

    name: str
    classes: int
    inputs: int
    dtype: str
    size: int  # bytes, or operations, that a model may have
    image: bool = False

    def rows(self) -> tuple[Rows, Floats, Floats]:
        """Rows to learn from, to choose by and to score; and what a perfect teacher says of the first two."""
        parts = [self._part(count, seed) for seed, count in enumerate((LEARN, VALID, FIXED))]
        (learn, learn_scores), (valid, valid_scores), (fixed, _) = parts
        return Rows(learn, valid, fixed, fit_inputs(learn.X, learn.categories)), learn_scores, valid_scores

    def problem(self, effort: Effort) -> tuple[Problem, npt.NDArray[np.generic]]:
        """What a method is given, and the rows that its models are to score."""
        rows, learn_scores, valid_scores = self.rows()
        source = Source(self.name, 1, True, self.image, "", "")
        return make_problem(source, 1, self.size, effort, rows, learn_scores, valid_scores), rows.test.X

    def _part(self, count: int, seed: int) -> tuple[Dataset, Floats]:
        rng = np.random.Generator(np.random.PCG64([seed, self.inputs]))
        x = rng.normal(0, 1, (count, self.inputs))
        outputs = 1 if self.classes <= 2 else self.classes
        fixed = np.random.Generator(np.random.PCG64(self.inputs))
        inner = fixed.normal(0, 1.5 / np.sqrt(self.inputs), (self.inputs, 12))
        scores = np.tanh(x @ inner + 0.3) @ fixed.normal(0, 1.2, (12, outputs))
        raw = np.clip(128 + 40 * x, 0, 255).astype("uint8") if self.dtype == "uint8" else (3 * x + 7).astype("float32")
        if self.classes == 0:
            y = (scores[:, 0] + rng.normal(0, 0.3, count)).astype(np.float32)
            return from_arrays(raw, y, task="regress", raw_type=self.dtype), scores
        logits = scores if self.classes > 2 else np.concatenate([np.zeros_like(scores), scores], axis=1)
        y = np.argmax(logits + rng.gumbel(0, 1, logits.shape), axis=1)
        data = from_arrays(raw, y, task="classify", raw_type=self.dtype)
        return replace(data, class_names=tuple(map(str, range(self.classes)))), scores


FEW = Tiny("few", 2, 5, "float32", 200)
SOME = Tiny("some", 6, 18, "uint8", 700, image=True)
MANY = Tiny("many", 0, 34, "float32", 600)
