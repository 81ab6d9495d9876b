"""Shape and recipe of a learned sketch."""

from __future__ import annotations

from dataclasses import dataclass, field

from rs2c.base.choices import Probe
from rs2c.base.errors import OptionError
from rs2c.base.precision import Precision
from rs2c.train.recipe import PLAIN, Recipe

FACTORED_FROM = 6  # scores


@dataclass(frozen=True)
class LearnOptions:
    """Shape and recipe of a learned sketch.

    Attributes:
        rows: L.
        columns: R.
        arrays: T, count arrays: row l reads array l mod T; 0 gives each row its own.
        weights: non-zero weights of all directions together, None for dense ones. A row may have more than another.
        probe: linear: rows read on the line between two columns. nearest: each line is stored at finer columns in the
            end (`rs2c.sketch.finer_columns`), which takes fewer operations and more bytes.
        factored: scores are v[l][c] times what row l reads; None: where arrays are shared, and with a linear probe from
            six scores up.
        tail: a linear term beside the rows.
        emphasized: classes whose rows count for more (`rs2c.train.distillation.Lesson.emphasizing`).
    """

    rows: int = 16
    columns: int = 8
    arrays: int = 4
    weights: int | None = None
    probe: Probe = "linear"
    factored: bool | None = None
    tail: bool = False
    precision: Precision = field(default_factory=Precision)
    steps: int = 2000
    batch: int = 512
    recipe: Recipe = PLAIN
    label_weight: float = 0.3
    spread: float = 1.0  # standard deviation of u at the start, in columns
    emphasized: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.rows < 1 or self.steps < 1 or not self.arrays >= 0:
            raise OptionError(f"rows={self.rows}, arrays={self.arrays}, steps={self.steps} cannot work together")
        if self.columns not in (4, 8, 16, 32, 64, 128, 256):
            raise OptionError(f"columns={self.columns} must be a power of two from 4 to 256 in a learned sketch")

    def is_factored(self, scores: int) -> bool:
        """Whether rows read one number and weigh it for each score."""
        if self.factored is not None:
            return self.factored
        shared = 0 < self.arrays < self.rows
        return shared or (self.probe == "linear" and scores >= FACTORED_FROM)
