"""The integer front end of an input map (SPEC section 3), or none where the directions carry the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rs2c.errors import OptionError
from rs2c.inputs import InputMap
from rs2c.integer_model import FrontEnd
from rs2c.raw_types import type_limits
from rs2c.scores import Floats

_WINDOW = (1 << 15) - 1  # of value - centre
_LARGEST_CENTRE = 1 << 29
_MULTIPLIER_LIMIT = 32767


@dataclass(frozen=True)
class IntegerInputs:
    """What integer inputs stand for: x = unit * integer + constant, for the inputs that are `kept`."""

    front_end: FrontEnd | None
    kept: npt.NDArray[np.int64]  # of the input map, (n,)
    unit: Floats  # (n,)
    constant: Floats  # (n,)
    largest: Floats  # (n,) largest magnitude of the integer


def quantize_inputs(inputs: InputMap, bits: int) -> IntegerInputs:
    """Integer inputs of `bits` bits; raises OptionError where every feature is constant."""
    if inputs.folded:
        kept = np.arange(len(inputs.source))
        unit = np.where(inputs.inert, 0.0, 1 / inputs.scale)
        return IntegerInputs(
            None,
            kept,
            unit,
            -inputs.centre * unit,
            np.full(len(kept), float(max(abs(v) for v in type_limits(inputs.raw_type)))),
        )
    kept = np.flatnonzero(~inputs.inert)
    if not len(kept):
        raise OptionError("every feature is constant, so there is nothing to learn from; give data that varies")
    top = (1 << (bits - 1)) - 1
    indicator = inputs.indicator[kept]
    reach = np.maximum(np.abs(inputs.low), np.abs(inputs.high))[kept]
    unit = np.where(indicator, 1.0 / top, reach / top)
    width = reach * inputs.scale[kept]  # of the window to either side, in raw units
    is_float = inputs.raw_type == "float32"
    exponent = _exponents(width, inputs.centre[kept]) if is_float else np.zeros(len(kept), np.int64)
    exponent = np.where(indicator, 0, exponent)
    slope = 2.0**-exponent / (inputs.scale[kept] * unit)  # integer steps of x a step of the value
    shift = np.clip(np.floor(np.log2(_MULTIPLIER_LIMIT / slope)), 0, 30 - bits).astype(np.int64)
    multiplier = np.clip(np.rint(slope * 2.0**shift), 1, _MULTIPLIER_LIMIT)
    # x is a floor: half a step of x, in steps of the value, makes it round to nearest.
    half_step = 0.5 * 2.0**shift / multiplier - 0.5 * is_float
    centre = np.rint(inputs.centre[kept] * 2.0**exponent - np.maximum(half_step, 0))
    front = FrontEnd(
        bits=bits,
        source=inputs.source[kept].astype(np.uint16),
        indicator=indicator.astype(np.uint8),
        exponent=exponent.astype(np.int16),
        centre=np.where(indicator, inputs.centre[kept], centre).astype(np.int32),
        multiplier=np.where(indicator, top, multiplier).astype(np.uint16),
        shift=np.where(indicator, 0, shift).astype(np.uint8),
    )
    zeros = np.zeros(len(kept))
    return IntegerInputs(front, kept, unit, zeros, np.where(indicator, top, float(top + 1)))


def _exponents(width: Floats, centre: Floats) -> npt.NDArray[np.int64]:
    """Binary digits of a float feature kept below the point: as many as the window and the centre leave room for."""
    room = np.minimum(_WINDOW / width, _LARGEST_CENTRE / np.maximum(np.abs(centre), 1e-30))
    return np.clip(np.floor(np.log2(room)), -140, 160).astype(np.int64)
