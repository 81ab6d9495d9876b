"""What to fit: method, shape, precision, effort."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import get_args

from rs2c.base.choices import Directions, Family, Method, Metric, Probe, TeacherKind
from rs2c.base.errors import OptionError
from rs2c.base.precision import Precision
from rs2c.model.rules import MAX_COUNTS, MAX_GROUPS, MAX_HASHES, MAX_ROWS
from rs2c.sketch.hash_family import HashFamily
from rs2c.train.learn_options import LearnOptions
from rs2c.train.teacher import HIDDEN

METHODS = get_args(Method)
_ROWS_OF = {"representer": 256, "refit": 64, "learned": 16}
_COLUMNS_OF = {"representer": 16, "refit": 16, "learned": 8}
_SHAPED, _HASHED, _LEARNED = ("learned", "refit", "representer"), ("refit", "representer"), ("learned",)
# The methods that a choice of the sketch belongs to; the others refuse any value but its default, for it would change
# nothing. (What only the kernel student has, its anchors and steps, may be given to all.)
_METHODS_OF = {
    "rows": _SHAPED,
    "columns": _SHAPED,
    "direction_bits": _SHAPED,
    "count_bits": _SHAPED,
    "input_bits": _HASHED,
    "hashes": _HASHED,
    "family": _HASHED,
    "directions": _HASHED,
    "groups": ("representer",),
    "arrays": _LEARNED,
    "weights": _LEARNED,
    "probe": _LEARNED,
    "factor_bits": _LEARNED,
    "offset_bits": _LEARNED,
    "tolerance": ("auto",),
}


@dataclass(frozen=True)
class FitOptions:
    """What to fit. Sizes that are None follow from the method and the data.

    `representer` is the sketch as published: rehashed L2 or signed hashes, counts as built. `refit`: grid hashes read
    by a linear probe, counts fitted to the teacher. `learned`: hash directions trained too. `auto`: the smallest
    learned sketch whose metric on validation rows is within `tolerance` of the teacher's.
    """

    method: Method = "auto"
    rows: int | None = None  # L
    columns: int | None = None  # R; None: 16, of learned sketches 8
    hashes: int | None = None  # K; None: 1, or log2 R where signs are hashed
    anchors: int = 256  # M
    projected: int = 16  # p, at most
    family: Family = "l2"
    directions: Directions = "gaussian"
    groups: int = 1  # 1: mean of the rows; more: median of the means of groups
    arrays: int = 4  # T of learned sketches; 0: one count array a row
    weights: int | None = None  # of a learned row, on average; None: one for each input
    probe: Probe = "linear"  # of a learned sketch; nearest: fewer operations, more bytes
    tolerance: float | None = None  # of auto; None: 0.005 of accuracy, 0.02 of MAE (see exam.allowed_loss)
    metric: Metric | None = None  # what a sketch is judged by; None: accuracy, MAE
    teacher: TeacherKind = "auto"  # auto: the best on rows held back
    precision: Precision = field(default_factory=Precision)
    hidden: tuple[int, ...] = HIDDEN
    seed: int = 0
    teacher_epochs: int = 120
    student_steps: int = 1200
    refit_steps: int = 1000
    learned_steps: int = 2000
    training_rows: int = 20_000  # at most, for a sketch to learn from, and trees; a network is trained on all
    boosting_rounds: int = 100
    judged_parts: int = 4  # of the rows, at most, where few are held back

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError(f"unknown method {self.method!r}; use one of {', '.join(METHODS)}")
        if not 0 <= self.seed < 1 << 63:
            raise OptionError(f"the seed is {self.seed}; use a whole number from 0 to 2^63 - 1")
        for name in (
            "anchors", "projected", "teacher_epochs", "student_steps", "refit_steps", "learned_steps", "training_rows",
            "boosting_rounds", "judged_parts", "rows", "weights",
        ):  # fmt: skip
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise OptionError(f"{name.replace('_', ' ')} is {getattr(self, name)}; use at least 1")
        for name, most in (("rows", MAX_ROWS), ("hashes", MAX_HASHES)):
            if (getattr(self, name) or 1) > most:
                raise OptionError(f"{name} is {getattr(self, name)}; use at most {most}")
        if self.groups % 2 == 0 or not 1 <= self.groups <= MAX_GROUPS or self.sketch_rows % self.groups:
            rows = self.sketch_rows
            raise OptionError(f"groups is {self.groups}; use an odd number up to {MAX_GROUPS} that divides {rows} rows")
        if self.arrays < 0:
            raise OptionError(f"arrays is {self.arrays}; use at least 1, or 0 for one a row")
        if self.tolerance is not None and not self.tolerance >= 0:
            raise OptionError(f"the tolerance is {self.tolerance}; use a number from 0 up, such as 0.005")
        if not isinstance(self.hidden, tuple) or not all(isinstance(n, int) and n > 0 for n in self.hidden):
            raise OptionError(f"hidden is {self.hidden}; use the widths of the hidden layers, such as (64, 32)")
        if self.probe not in get_args(Probe):
            raise OptionError(f"unknown probe {self.probe!r}; use {' or '.join(get_args(Probe))}")
        if self.teacher not in get_args(TeacherKind):
            raise OptionError(f"unknown teacher {self.teacher!r}; use one of {', '.join(get_args(TeacherKind))}")
        self._refuse_idle_options()
        if self.is_learned:
            self.learn_options()
        else:
            self.hash_family(1)
            if self.sketch_rows * self.sketch_columns > MAX_COUNTS:
                raise OptionError(
                    f"{self.sketch_rows} rows of {self.sketch_columns} columns are more than {MAX_COUNTS} counts; use "
                    "fewer rows or columns"
                )

    def _refuse_idle_options(self) -> None:
        for owner in (self, self.precision):
            for option in fields(owner):
                methods = _METHODS_OF.get(option.name, METHODS)
                if self.method not in methods and getattr(owner, option.name) != option.default:
                    name = option.name.replace("_", " ")
                    raise OptionError(
                        f"method {self.method} has no use for {name}; leave {name} out, or use method "
                        f"{' or '.join(methods)}"
                    )

    def quick(self) -> FitOptions:
        """The same sketch with a tenth of the training, taught by a network, judged on one part, for a first look."""
        return replace(
            self,
            teacher="network" if self.teacher == "auto" else self.teacher,
            teacher_epochs=5,
            boosting_rounds=20,
            student_steps=200,
            refit_steps=150,
            learned_steps=150,
            training_rows=3000,
            judged_parts=1,
        )

    @property
    def is_learned(self) -> bool:
        """Whether directions are trained."""
        return self.method in ("auto", "learned")

    @property
    def sketch_rows(self) -> int:
        """L where it is not searched for."""
        return self.rows or _ROWS_OF["learned" if self.is_learned else self.method]

    @property
    def sketch_columns(self) -> int:
        """R."""
        return self.columns or _COLUMNS_OF["learned" if self.is_learned else self.method]

    def learn_options(self) -> LearnOptions:
        """Shape and training of a learned sketch."""
        rows = self.sketch_rows
        return LearnOptions(
            rows=rows,
            columns=self.sketch_columns,
            arrays=min(self.arrays, rows),
            weights=None if self.weights is None else self.weights * rows,
            probe=self.probe,
            precision=self.precision,
            steps=self.learned_steps,
        )

    def hash_family(self, inputs: int) -> HashFamily:
        """The family for data of n inputs."""
        signs, columns = self.family == "srp", self.sketch_columns
        hashes = self.hashes or (columns.bit_length() - 1 if signs else 1)
        return HashFamily(
            kind=self.family,
            dimensions=min(inputs, self.projected),
            hashes=hashes,
            columns=columns,
            range="grid" if self.method == "refit" else "rehash",
            directions=self.directions,
        )
