"""Shapes of learned sketches that take about a given number of canonical bytes, or of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np

from rs2c.base.arrays import Floats
from rs2c.base.choices import Probe
from rs2c.sketch.finer_columns import finer_columns
from rs2c.train.learn_options import LearnOptions
from rs2c.train.recipe import FIRM, FIRMER, FREE, PLAIN, Recipe

MOST_ROWS = 512
_MOST_OF_FEW, _MOST_OF_SOME = 8, 32  # inputs
_Choice = TypeVar("_Choice")
_FAR = 8.0  # standard deviations from zero to the mean of an input: beyond, one byte is too coarse for an offset


@dataclass(frozen=True)
class Plan:
    """What of a shape is not its size: weights a row (None: one for each input), count arrays (0: one a row), widths.

    Weights and factors have 8 bits, or 4 with a scale for each row.
    """

    weights: int | None
    arrays: int
    bits: Literal[4, 8] = 8
    columns: int = 8
    count_bits: Literal[4, 8] = 8
    tail: bool = False
    probe: Probe = "linear"

    def applied(self, base: LearnOptions, inputs: int) -> LearnOptions:
        """Options of this plan with one row."""
        precision = replace(base.precision, direction_bits=self.bits, factor_bits=self.bits, count_bits=self.count_bits)
        return replace(
            base,
            rows=1,
            columns=self.columns,
            weights=None if self.weights is None or self.weights >= inputs else self.weights,
            arrays=self.arrays,
            tail=self.tail,
            probe=self.probe,
            precision=precision,
        )


# The most promising first, by what they gave on the data sets of benchmarks/accuracy; no plan is best everywhere.
_FEW_INPUTS = (Plan(None, 1), Plan(None, 0), Plan(4, 0), Plan(None, 4))
_SOME_INPUTS = (Plan(None, 1, bits=4), Plan(None, 0), Plan(4, 0), Plan(8, 1, bits=4))
_MANY_INPUTS = (Plan(8, 1, bits=4), Plan(4, 0), Plan(16, 1, bits=4), Plan(2, 0))
_SMALL = 256  # bytes: below, a count array of eight bytes is worth another row or two
_SMALL_PLANS = (
    Plan(None, 1, bits=4, columns=4, count_bits=4),
    Plan(8, 1, bits=4, columns=4, count_bits=4),
    Plan(None, 0, columns=4),
    Plan(None, 1),
    Plan(4, 0, columns=4),
    Plan(None, 0, columns=4, tail=True),
    Plan(None, 4),
)
# Where operations are short and bytes are not: rows have whole score vectors, most of them read at the nearest column.
_FEW_INPUTS_FAST = (
    Plan(None, 4),
    Plan(2, 0, probe="nearest"),
    Plan(4, 0, probe="nearest"),
    Plan(None, 0, probe="nearest"),
    Plan(None, 4, tail=True),
)
_SOME_INPUTS_FAST = (
    Plan(None, 0, probe="nearest"),
    Plan(8, 0, probe="nearest"),
    Plan(4, 0, probe="nearest"),
    Plan(2, 0, probe="nearest"),
    Plan(None, 0, probe="nearest", tail=True),
)
_MANY_INPUTS_FAST = (
    Plan(8, 0, probe="nearest"),
    Plan(2, 0, probe="nearest"),
    Plan(4, 0, probe="nearest"),
    Plan(16, 0, probe="nearest"),
    Plan(8, 0, probe="nearest", tail=True),
)


def plans_for(size: int, inputs: int) -> tuple[Plan, ...]:
    """The plans worth trying in `size` bytes."""
    return _SMALL_PLANS if size < _SMALL else _by_inputs(inputs, (_FEW_INPUTS, _SOME_INPUTS, _MANY_INPUTS))


def fast_plans_for(inputs: int) -> tuple[Plan, ...]:
    """The plans worth trying where operations are short, and bytes are not."""
    return _by_inputs(inputs, (_FEW_INPUTS_FAST, _SOME_INPUTS_FAST, _MANY_INPUTS_FAST))


def ladder_for(inputs: int) -> tuple[Recipe, ...]:
    """The recipes to climb along (`rs2c.train.recipe.next_recipe`): freer ones for few inputs, firmer for many."""
    return _by_inputs(inputs, ((FIRM, PLAIN, FREE), (FREE, PLAIN, FIRM, FIRMER), (PLAIN, FIRM, FIRMER)))


def _by_inputs(inputs: int, choices: tuple[_Choice, _Choice, _Choice]) -> _Choice:
    """Of what there is for few, some and many inputs that for so many."""
    return choices[(inputs > _MOST_OF_FEW) + (inputs > _MOST_OF_SOME)]


def offset_bits_for(constant: Floats) -> Literal[8, 16]:
    """Width of offsets for inputs x = unit * integer + constant (n,)."""
    return 8 if float(np.abs(constant).max(initial=0.0)) <= _FAR else 16


def estimated_bytes(options: LearnOptions, inputs: int, scores: int) -> int:
    """Canonical bytes (SPEC section 9) of a sketch of this shape, a little too many where inputs or rows are pruned."""
    rows, precision = options.rows, options.precision
    factored = options.is_factored(scores)
    if options.weights is None or options.weights >= rows * inputs:
        directions = rows * inputs * precision.direction_bits / 8
    else:
        index = 1 if inputs <= 256 else 2
        directions = options.weights * (index + precision.direction_bits / 8) + rows
    places = rows * (precision.offset_bits // 8 + (precision.direction_bits == 4)) + 2  # offsets, scales and shifts
    columns = options.columns if options.probe == "linear" else finer_columns(options.columns)
    counts = (options.arrays or rows) * columns * (1 if factored else scores) * precision.count_bits / 8
    factors = rows * scores * precision.factor_bits / 8 if factored else 0
    tail = (inputs * precision.factor_bits / 8 + 1) * scores if options.tail else 0
    return int(directions + places + counts + factors + tail + 2 * scores + 2)


def estimated_operations(options: LearnOptions, inputs: int, scores: int, converted: int) -> int:
    """Operations (SPEC section 9) of a sketch of this shape, `converted` inputs of its front end included."""
    rows = options.rows
    weights = rows * inputs if options.weights is None else min(options.weights, rows * inputs)
    factored = options.is_factored(scores)
    look_ups = (2 if options.probe == "linear" else 1) * rows * (1 if factored else scores)
    reads = look_ups + (rows * scores if factored else 0)
    tail = (inputs + 1) * scores if options.tail else 0
    scaled = rows if options.precision.direction_bits == 4 else 0
    return 2 * converted + weights + scaled + reads + tail + scores


def shapes_of_size(base: LearnOptions, size: int, inputs: int, scores: int) -> Iterator[LearnOptions]:
    """For each plan in turn the shape with the most rows in at most `size` bytes, no shape twice."""

    def fits(options: LearnOptions) -> bool:
        return estimated_bytes(options, inputs, scores) <= size

    seen = set()
    for plan in plans_for(size, inputs):
        shape = largest_shape(plan, base, inputs, fits)
        if shape is not None and shape not in seen:
            seen.add(shape)
            yield shape


def largest_shape(
    plan: Plan, base: LearnOptions, inputs: int, fits: Callable[[LearnOptions], bool]
) -> LearnOptions | None:
    """The shape of a plan with the most rows that fits; None where not one row does."""
    one = plan.applied(base, inputs)

    def sized(rows: int) -> LearnOptions:
        weights = None if one.weights is None else rows * one.weights
        return replace(one, rows=rows, weights=weights, arrays=0 if one.arrays >= rows else one.arrays)

    rows, step = 0, MOST_ROWS
    while step:
        if rows + step <= MOST_ROWS and fits(sized(rows + step)):
            rows += step
        step //= 2
    return sized(rows) if rows else None
