"""Shapes of learned sketches that take about a given number of canonical bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from rs2c.learn_options import LearnOptions

MOST_ROWS = 512
_WEIGHTS_A_ROW = (None, 8, 4, 16)  # None: all inputs
_ARRAYS = (4, 0, 1)


def estimated_bytes(options: LearnOptions, inputs: int, scores: int, front_bytes: int) -> int:
    """Canonical bytes (SPEC section 9) of a sketch of this shape, a little too many where inputs or rows are pruned."""
    rows, precision = options.rows, options.precision
    factored = options.is_factored(scores)
    if options.weights is None or options.weights >= rows * inputs:
        directions = rows * inputs * precision.direction_bits / 8
    else:
        index = 1 if inputs <= 256 else 2
        directions = options.weights * (index + precision.direction_bits / 8) + rows
    places = 3 * rows  # offsets and shifts
    counts = (options.arrays or rows) * options.columns * (1 if factored else scores) * precision.count_bits / 8
    factors = rows * scores * precision.factor_bits / 8 if factored else 0
    tail = (inputs * precision.factor_bits / 8 + 1) * scores if options.tail else 0
    return int(front_bytes + directions + places + counts + factors + tail + 2 * scores + 2)


def estimated_operations(options: LearnOptions, inputs: int, scores: int, converted: int) -> int:
    """Operations (SPEC section 9) of a sketch of this shape, `converted` inputs of its front end included."""
    rows = options.rows
    weights = rows * inputs if options.weights is None else min(options.weights, rows * inputs)
    factored = options.is_factored(scores)
    reads = 2 * rows * (1 if factored else scores) + (rows * scores if factored else 0)
    tail = (inputs + 1) * scores if options.tail else 0
    return 2 * converted + weights + reads + tail + scores


def shapes_of_size(base: LearnOptions, size: int, inputs: int, scores: int, front_bytes: int) -> Iterator[LearnOptions]:
    """Shapes of at most `size` bytes, the one with the most rows for each density and number of count arrays.

    The first are the most promising ones: on the data sets of benchmarks/accuracy no density or sharing is best
    everywhere, but dense rows that share four arrays are seldom far behind.
    """
    seen = set()
    order = sorted(
        ((i + j, weights, arrays) for i, weights in enumerate(_WEIGHTS_A_ROW) for j, arrays in enumerate(_ARRAYS)),
        key=lambda entry: entry[0],
    )
    for _, weights, arrays in order:
        if weights is not None and weights >= inputs:
            continue
        shape = largest_shape(
            replace(base, arrays=arrays),
            weights,
            lambda options: estimated_bytes(options, inputs, scores, front_bytes) <= size,
        )
        if shape is not None and shape not in seen:
            seen.add(shape)
            yield shape


def largest_shape(base: LearnOptions, weights: int | None, fits: Callable[[LearnOptions], bool]) -> LearnOptions | None:
    """The shape with the most rows, each of so many weights (None: all), that fits; None where not one row does."""

    def shape(rows: int) -> LearnOptions:
        total = None if weights is None else rows * weights
        return replace(base, rows=rows, arrays=0 if base.arrays >= rows else base.arrays, weights=total)

    rows, step = 0, MOST_ROWS
    while step:
        if rows + step <= MOST_ROWS and fits(shape(rows + step)):
            rows += step
        step //= 2
    return shape(rows) if rows else None
