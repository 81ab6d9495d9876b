"""Every shape of model that the schema allows: which options there are, and how they can be combined.

`random_shape` chooses among OPTIONS and keeps to what can be combined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rs2c.model.rules import Layout

Rng = np.random.Generator
Choose = Callable[[Sequence[Any]], Any]

OPTIONS: dict[str, tuple[Any, ...]] = {
    "task": ("classify", "regress"),
    "raw_type": ("float32", "int8", "uint8", "int16", "uint16"),
    "features": (5, 1, 2, 17, 300),
    "front_bits": (8, 16, 0, 12),
    "source": ("in order", "sorted", "unsorted"),
    "indicators": (0, 1, 3),
    "projected": (0, 1, 4, 9),
    "z_bits": (8, 16),
    "kind": ("grid", "srp", "rehash"),
    "hashes": (1, 2, 3, 8, 16),
    "cell_bits": (3, 1, 2, 4, 8, 16),
    "column_bits": (3, 1, 4, 8, 13, 16),
    "layout": ("dense", "sparse", "ternary"),
    "offset_shift": (0, 3, 24),
    "scaled": (False, True),
    "outputs": (3, 1, 2, 7, 40),
    "count_bits": (8, 16),
    "linear": (False, True),
    "groups": (1, 3, 5, 15),
    "rows_a_group": (2, 1, 5),
    "arrays": (0, 1, 2, 3),
    "factored": (False, True),
    "tail": ("none", "dense", "sparse"),
    "bias_shift": (0, 5, 24),
    "small": (False, True),
    "runs": (False, True),
    "constants": ("ordinary", "extreme", "ties", "uniform"),
    "shifts": ("fitted", "least", "greatest", "any"),
}
_MOST_COUNTS = 1 << 16


@dataclass(frozen=True)
class Shape:
    """One point of the schema."""

    task: str = "classify"
    raw_type: str = "float32"
    features: int = 5
    front_bits: int = 8  # 0: no front end
    source: str = "in order"  # sorted and unsorted ones repeat features and leave some out
    indicators: int = 0
    projected: int = 0  # 0: no projection
    z_bits: int = 8
    kind: str = "grid"
    hashes: int = 1
    cell_bits: int = 3  # of grid
    column_bits: int = 3  # of rehash
    layout: Layout = "dense"
    offset_shift: int = 0
    scaled: bool = False  # a scale for each hash of a grid
    outputs: int = 3  # classes, or regression values
    count_bits: int = 8
    linear: bool = False
    groups: int = 1
    rows_a_group: int = 6
    arrays: int = 0  # count arrays that the rows share; 0: each row has its own
    factored: bool = False
    tail: str = "none"
    bias_shift: int = 0
    small: bool = False  # weights, factors and counts of -8 to 7, two to a byte
    runs: bool = False  # tables end with a run of equal entries
    constants: str = "ordinary"  # extreme: at the limits of the proof; ties: small and equal; uniform: one a table
    shifts: str = "fitted"  # to the spread of what is shifted, or at the ends of their ranges

    @property
    def rows(self) -> int:
        """L."""
        return self.groups * self.rows_a_group

    @property
    def scores(self) -> int:
        """C."""
        return 1 if self.task == "classify" and self.outputs == 2 else self.outputs

    @property
    def cells(self) -> int:
        """Bits of a cell."""
        return {"grid": self.cell_bits, "srp": 1, "rehash": 16}[self.kind]

    @property
    def log_columns(self) -> int:
        """Bits of a column."""
        return self.column_bits if self.kind == "rehash" else self.hashes * self.cells

    def effective(self) -> dict[str, Any]:
        """The options that make a difference to this shape."""
        idle: set[str] = set()
        if self.front_bits == 0:
            idle |= {"source", "indicators"}
        if self.projected == 0:
            idle.add("z_bits")
        idle |= {"column_bits"} if self.kind != "rehash" else set()
        idle |= {"cell_bits", "scaled"} if self.kind != "grid" else set()
        return {name: getattr(self, name) for name in OPTIONS if name not in idle}


def random_shape(choose: Choose, **fixed: Any) -> Shape:
    """A possible shape with some options given; `choose` picks one of a sequence. The given options must agree."""
    found: dict[str, Any] = {}

    def pick(name: str, allowed: Callable[[Any], bool] = lambda _: True) -> Any:
        values = [v for v in ((fixed[name],) if name in fixed else OPTIONS[name]) if allowed(v)]
        found[name] = choose(values)
        return found[name]

    # An option that is given and only means something together with another calls for that other.
    if "z_bits" in fixed:
        fixed = {"projected": choose(OPTIONS["projected"][1:]), **fixed}
    if "column_bits" in fixed:
        fixed = {"kind": "rehash", **fixed}
    if "cell_bits" in fixed or fixed.get("scaled"):
        fixed = {"kind": "grid", **fixed}
    if "source" in fixed or "indicators" in fixed:
        fixed = {"front_bits": choose((8, 12, 16)), **fixed}
    if fixed.get("runs"):  # long enough for a run to be left out
        fixed = {"front_bits": choose((8, 12, 16)), "features": choose((17, 300)), **fixed}
    pick("raw_type", lambda v: v != "float32" or fixed.get("front_bits") != 0)
    pick("front_bits", lambda v: v != 0 or found["raw_type"] != "float32")
    for name in ("source", "indicators", "features", "projected", "z_bits"):
        pick(name)
    task = pick("task", lambda v: v == "regress" or fixed.get("outputs", 2) >= 2)
    least_bits = max(fixed.get("column_bits", 1), fixed.get("cell_bits", 1), fixed.get("hashes", 1))
    room = _MOST_COUNTS >> least_bits

    def scores(outputs: int) -> int:
        return 1 if task == "classify" and outputs == 2 else outputs

    counts = scores(pick("outputs", lambda v: (task == "regress" or v >= 2) and scores(v) <= room))
    counts *= pick("groups", lambda v: v * counts <= room)
    groups = found["groups"]
    counts *= pick("rows_a_group", lambda v: v * counts <= room and v * groups >= fixed.get("arrays", 0))
    pick("arrays", lambda v: v <= groups * found["rows_a_group"])
    bits = min(16, (_MOST_COUNTS // counts).bit_length() - 1)
    linear = pick("linear", lambda v: not v or (fixed.get("kind", "grid") == "grid" and fixed.get("hashes", 1) == 1))
    kind = pick("kind", lambda v: v == "grid" or not linear)
    cells = pick("cell_bits", lambda v: kind != "grid" or v * fixed.get("hashes", 1) <= bits)
    pick(
        "hashes",
        lambda v: (v == 1 or not linear) and (kind == "rehash" or v * (cells if kind == "grid" else 1) <= bits),
    )
    pick("column_bits", lambda v: v <= bits)
    pick("scaled", lambda v: not v or kind == "grid")
    for name in ("layout", "offset_shift", "count_bits", "factored", "tail", "bias_shift", "small", "runs"):
        pick(name)
    for name in ("constants", "shifts"):
        pick(name)
    return Shape(**found)


def numpy_choice(rng: Rng) -> Choose:
    """`choose` of `random_shape` from a seeded generator."""
    return lambda values: values[int(rng.integers(0, len(values)))]


def shape_of(fixed: Mapping[str, Any], seed: int) -> Shape:
    """A random possible shape with some options given."""
    return random_shape(numpy_choice(np.random.Generator(np.random.PCG64(seed))), **fixed)
