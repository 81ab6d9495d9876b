"""The integer model: everything a device needs to answer, and nothing else.

`IntegerModel` is the intermediate representation between quantization and C: a front end, a projection, blocks whose
scores are summed, and an output. It is frozen, holds integers only, and checks itself when it is made, so that whoever
holds one may rely on every rule of docs/SPEC.md.

Notation: d raw features, n inputs, p projected dimensions, C scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError
from rs2c.base.raw_types import RAW_TYPES, RawType, Task
from rs2c.model.block import Block
from rs2c.model.front_end import FrontEnd, value_limits
from rs2c.model.kinds import BLOCK_KINDS
from rs2c.model.projection import Projection, ReadRange
from rs2c.model.rules import MAX_FEATURES, MAX_SCORES, check_array, freeze, require
from rs2c.model.storage import Share, stored_bytes

B = TypeVar("B", bound=Block)


@dataclass(frozen=True, eq=False)
class Output:
    """score = sum of blocks + (bias << bias_shift), and what a score means (SPEC section 6)."""

    bias: Array  # int32 (C,)
    bias_shift: int = 0  # the bias counts in steps of 2^bias_shift
    value_frac_bits: int = 0  # regression: a score is a value in units of 2^-value_frac_bits

    def __post_init__(self) -> None:
        scores = self.bias.size
        require(1 <= scores <= MAX_SCORES, f"{scores} scores, not 1 to {MAX_SCORES}")
        check_array("bias", self.bias, ("int32",), (scores,))
        require(0 <= self.bias_shift <= 24, f"the bias shift is {self.bias_shift}, not 0 to 24")
        require(abs(self.value_frac_bits) <= 1024, "the value scale is beyond 2^+-1024")
        freeze(self)

    @property
    def shifted_bias(self) -> Array:
        """What is added to each score, int64 (C,)."""
        return self.bias.astype(np.int64) << self.bias_shift

    def cost(self) -> Share:
        """The bias, and its addition."""
        return Share("output", stored_bytes(self.bias) + (self.bias_shift > 0), self.bias.size)


@dataclass(frozen=True, eq=False)
class IntegerModel:
    """A complete model in integers. `scores` are int32; see docs/SPEC.md for every rule."""

    task: Task
    raw_type: RawType
    feature_names: tuple[str, ...]  # d
    categories: tuple[tuple[str, ...], ...]  # d; () where the feature is a number
    class_names: tuple[str, ...]  # () for regression
    front_end: FrontEnd | None  # None: x is the raw vector itself
    projection: Projection | None  # None: z is x
    blocks: tuple[Block, ...]  # at most one of a kind, in the order of `rs2c.model.kinds`
    output: Output

    def __post_init__(self) -> None:
        require(self.task in ("classify", "regress"), f"unknown task {self.task!r}")
        require(self.raw_type in RAW_TYPES, f"unknown raw type {self.raw_type!r}")
        self._check_names()
        self._check_features()
        self._check_blocks()
        self._check_task()

    def _check_names(self) -> None:
        try:
            "".join((*self.feature_names, *self.class_names, *(name for t in self.categories for name in t))).encode()
        except UnicodeEncodeError:
            raise ModelError("invalid integer model: a name holds half of a surrogate pair, which is no text") from None

    def _check_features(self) -> None:
        d = self.n_features
        require(1 <= d <= MAX_FEATURES, f"{d} features, not 1 to {MAX_FEATURES}")
        require(len(self.categories) == d, "categories do not match the features")
        if self.front_end is None:
            require(self.raw_type != "float32", "float features need a front end")
        else:
            self.front_end.check_features(self.raw_type, d)
        if self.projection is not None:
            matches = self.projection.weights.shape[1] == self.n_inputs
            require(matches, "the projection does not match the inputs")

    def _check_blocks(self) -> None:
        order = [list(BLOCK_KINDS.values()).index(type(block)) for block in self.blocks]
        require(bool(order), "there is no block")
        require(order == sorted(set(order)), "a kind of block stands twice, or after one that it belongs before")
        for block in self.blocks:
            require(block.dimensions == self.dimensions, "the weights of a block do not match what it reads")
            require(block.n_scores == self.n_scores, "the scores of a block do not match the bias")

    def _check_task(self) -> None:
        if self.task == "classify":
            classes, scores = len(self.class_names), self.n_scores
            require(classes >= 2, "a classifier needs two classes")
            require(scores == (1 if classes == 2 else classes), f"{scores} scores do not fit {classes} classes")
            alike = all((block.output_shifts == block.output_shifts[0]).all() for block in self.blocks)
            require(alike, "the scores of a classifier have different shifts")
            require(self.output.value_frac_bits == 0, "a classifier has no value scale")
        else:
            require(not self.class_names, "a regressor has no classes")

    def block(self, kind: type[B]) -> B | None:
        """The block of a kind, None where the model has none."""
        return next((block for block in self.blocks if isinstance(block, kind)), None)

    @property
    def n_features(self) -> int:
        """d, the length of a raw vector."""
        return len(self.feature_names)

    @property
    def n_inputs(self) -> int:
        """n, the length of the vector that scores reads."""
        return self.n_features if self.front_end is None else len(self.front_end.source)

    @property
    def dimensions(self) -> int:
        """p, the length of the vector that the blocks read."""
        return self.n_inputs if self.projection is None else int(self.projection.weights.shape[0])

    @property
    def n_scores(self) -> int:
        """C: one for two classes and for each regression output, else one a class."""
        return int(self.output.bias.size)

    @property
    def n_answers(self) -> int:
        """Integers a caller gets: the class index, or one value an output."""
        return 1 if self.task == "classify" else self.n_scores

    @property
    def feature_dtype(self) -> np.dtype[Any]:
        """Type of x: the raw type without a front end, else int8 or int16."""
        return (
            RAW_TYPES[self.raw_type]
            if self.front_end is None
            else np.dtype("int8" if self.front_end.bits == 8 else "int16")
        )

    @property
    def input_range(self) -> tuple[Array, Array]:
        """Least and greatest x of each input over all raw vectors, int64 (n,) each."""
        if self.front_end is not None:
            return self.front_end.range(self.raw_type)
        least, most = value_limits(self.raw_type)
        return np.full(self.n_inputs, least, np.int64), np.full(self.n_inputs, most, np.int64)

    @property
    def read_range(self) -> ReadRange:
        """What the blocks can read at all."""
        return ReadRange.of(self.projection, *self.input_range)
