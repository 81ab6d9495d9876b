"""Proof that no accumulator of a model can overflow, for every possible input (SPEC section 7).

Each part bounds its own accumulators. Two kinds of bounds: *absolute sums* (|b| + sum |w| max|x|) hold for any order of
the additions and for every partial sum; `prove` checks them against int32 and refuses a model that fails. *Intervals*
are tighter and tell which hash values an input can reach at all; verification uses them to say which columns exist to
be covered.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rs2c.base.errors import BoundError
from rs2c.model.int32 import SCORE_LIMIT, Bound
from rs2c.model.integer_model import IntegerModel


def prove(model: IntegerModel) -> tuple[Bound, ...]:
    """Bounds of all accumulators in the order of the computation; raises BoundError where one does not hold."""
    bounds = []
    for bound in _accumulators(model):  # one at a time: the range of z is computed only where the projection fits
        if bound.largest >= bound.limit:
            raise BoundError(
                f"the {bound.name} can reach {bound.largest}, past the limit of {bound.limit - 1}, so the model is not "
                "emitted; use fewer rows or inputs, or smaller counts"
            )
        bounds.append(bound)
    return tuple(bounds)


def _accumulators(model: IntegerModel) -> Iterator[Bound]:
    if model.front_end is not None:
        yield model.front_end.bound()
    if model.projection is not None:
        yield model.projection.bound(*model.input_range)
    read = model.read_range
    total = np.abs(model.output.shifted_bias)
    for block in model.blocks:
        yield from block.bounds(read)
        total = total + block.largest(read)
    yield Bound("score", int(total.max()), SCORE_LIMIT)
