"""The integer front end of an input map (SPEC section 3), or none where the directions carry the scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.errors import DataError
from rs2c.base.raw_types import type_limits
from rs2c.model.front_end import FrontEnd
from rs2c.quantize.input_map import InputMap

_WINDOW = (1 << 15) - 1  # of value - centre
_LARGEST_CENTRE = 1 << 29
_MULTIPLIER_LIMIT = 32767
_MOST_X_BITS = 16  # of an input in binary steps
_FLAG_DIGITS = 6
_STEPS_OF_DEVIATION = 1 << _FLAG_DIGITS
_NEAR_DIGITS = 3  # steps that differ by no more binary digits are made one


@dataclass(frozen=True)
class IntegerInputs:
    """What integer inputs stand for: x = unit * integer + constant, for the inputs of the map that are `kept`."""

    map: InputMap
    front_end: FrontEnd | None
    kept: npt.NDArray[np.int64]  # (n,)
    unit: Floats  # (n,)
    constant: Floats  # (n,)
    largest: Floats  # (n,) largest magnitude of the integer

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """Those that ever change, (n,): a folded map keeps the others too."""
        return self.unit > 0

    @property
    def origin(self) -> Floats:
        """The constants in steps of the integers (n,): x = unit * (integer + origin)."""
        return self.constant / np.where(self.used, self.unit, 1.0)

    def values(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Inputs (m, all of the map) as the device has them: kept ones in their integer steps, others 0."""
        x = np.zeros((len(raw), len(self.map.source)), np.float32)
        integers = raw[:, self.map.source[self.kept]] if self.front_end is None else self.front_end.convert(raw)
        x[:, self.kept] = integers * self.unit + self.constant
        return x


def quantize_inputs(inputs: InputMap, bits: int) -> IntegerInputs:
    """Integer inputs of `bits` bits; raises DataError where every feature is constant."""
    if inputs.inert.all():
        raise DataError("every feature is constant, so there is nothing to learn from; give data that varies")
    if inputs.folded:
        kept = np.arange(len(inputs.source))
        unit = np.where(inputs.inert, 0.0, 1 / inputs.scale)
        return IntegerInputs(
            inputs,
            None,
            kept,
            unit,
            -inputs.centre * unit,
            np.full(len(kept), float(max(abs(v) for v in type_limits(inputs.raw_type)))),
        )
    kept = np.flatnonzero(~inputs.inert)
    return _binary_steps(inputs, kept) if inputs.binary_steps else _fitted_steps(inputs, kept, bits)


def _fitted_steps(inputs: InputMap, kept: npt.NDArray[np.int64], bits: int) -> IntegerInputs:
    """Steps of x fitted to the window of each input: all levels are used, at 3 constants an input (4 for floats)."""
    top = (1 << (bits - 1)) - 1
    indicator, is_float = inputs.indicator[kept], inputs.raw_type == "float32"
    middle, scale, fill = inputs.centre[kept], inputs.scale[kept], inputs.fill[kept]
    low, high = inputs.low[kept], inputs.high[kept]
    # The centre of an integer feature is a whole number, however few of them its window has: the window is about that.
    # That of a float is what a missing value stands for.
    origin = fill if is_float else _whole_centre(middle, middle + low * scale, middle + high * scale)
    moved = (middle - origin) / scale
    reach = np.maximum(np.abs(low + moved), np.abs(high + moved))
    unit = np.where(indicator, 1.0 / (top * scale), reach / top)
    width = reach * scale  # of the window to either side, in raw units
    exponent = _exponents(width, origin) if is_float else np.zeros(len(kept), np.int64)
    exponent = np.where(indicator, 0, exponent)
    slope = 2.0**-exponent / (scale * unit)  # integer steps of x a step of the value
    shift = np.clip(np.floor(np.log2(_MULTIPLIER_LIMIT / slope)), 0, 30 - bits).astype(np.int64)
    multiplier = np.clip(np.rint(slope * 2.0**shift), 1, _MULTIPLIER_LIMIT)
    # x is a floor: half a step of x, in steps of the value, makes it round to nearest.
    half_step = 0.5 * 2.0**shift / multiplier - 0.5 * is_float
    half_step = np.maximum(half_step, 0)
    centre = np.rint(origin * 2.0**exponent - half_step)
    front = FrontEnd(
        bits=bits,
        source=inputs.source[kept].astype(np.uint16),
        indicator=indicator.astype(np.uint8),
        exponent=exponent.astype(np.int16),
        centre=np.where(indicator, inputs.code[kept], centre).astype(np.int32),
        multiplier=np.where(indicator, top, multiplier).astype(np.uint16),
        shift=np.where(indicator, 0, shift).astype(np.uint8),
    )
    # What rounding left between centres: of floats next to nothing, for their values have 15 bits.
    constant = (np.where(is_float, origin, centre + half_step) - middle) / scale
    constant = np.where(indicator, 0.0 - middle / scale, constant)
    return IntegerInputs(inputs, front, kept, unit, constant, np.where(indicator, top, float(top + 1)))


def _binary_steps(inputs: InputMap, kept: npt.NDArray[np.int64]) -> IntegerInputs:
    """Steps of x that are powers of two in raw units, one constant an input, for directions that are trained on them.

    A standard deviation is 32 to 64 steps; where all are near each other, one step serves all. x has up to 16 bits,
    which cost no flash, and starts at zero, not at the mean, for trained offsets take that up; only where some value
    is too far away for 16 bits, or may be missing, is the mean, or what stands for a missing value, taken off first.
    """
    indicator, is_float = inputs.indicator[kept], inputs.raw_type == "float32"
    centre, scale, fill = inputs.centre[kept], inputs.scale[kept], inputs.fill[kept]
    low, high = centre + inputs.low[kept] * scale, centre + inputs.high[kept] * scale
    digits = np.floor(np.log2(_STEPS_OF_DEVIATION / scale))  # binary digits after the point that x keeps
    flag = inputs.flag[kept] & np.isclose(low, 0) & np.isclose(high, 1)
    digits = np.where(flag | indicator, _FLAG_DIGITS, digits)
    if np.ptp(digits) <= _NEAR_DIGITS and not inputs.composed:
        digits = np.full(len(kept), digits.min())
    furthest = np.maximum(np.abs(low), np.abs(high))
    near = not inputs.missing and bool((digits + np.ceil(np.log2(furthest)) < _MOST_X_BITS).all())
    if not is_float:  # value - centre is clamped to 16 bits before it is shifted
        near = near and bool((furthest <= _WINDOW).all())
    far_origin = fill if is_float else _whole_centre(centre, low, high)
    origin = np.zeros(len(kept)) if near else far_origin
    if is_float:
        exponent = np.minimum(digits, _exponents(np.full(len(kept), 1e-30), origin)).astype(np.int64)
        shift = np.zeros(len(kept), np.int64)
    else:
        exponent = np.zeros(len(kept), np.int64)
        shift = np.clip(-digits, 0, 30 - _MOST_X_BITS - _FLAG_DIGITS).astype(np.int64)
    integer_centre = np.where(indicator, inputs.code[kept], np.rint(origin * 2.0**exponent))
    unit = np.where(indicator, 1.0 / _STEPS_OF_DEVIATION, 2.0 ** (shift - exponent)) / scale
    # x is a floor, on average half a step below what it stands for: trained offsets have that taken in.
    constant = (np.where(indicator, 0.0, integer_centre * 2.0**-exponent) - centre) / scale
    largest = np.maximum(high - origin, origin - low) * 2.0 ** (exponent - shift)
    bits = int(np.clip(np.ceil(np.log2(largest[~indicator].max(initial=1) + 1)) + 1, 8, _MOST_X_BITS))
    multiplier = 1
    if indicator.any():  # one multiplier for all: an indicator is worth as much as a standard deviation
        multiplier, shift = _STEPS_OF_DEVIATION, shift + _FLAG_DIGITS
    front = FrontEnd(
        bits=bits,
        source=inputs.source[kept].astype(np.uint16),
        indicator=indicator.astype(np.uint8),
        exponent=np.where(indicator, 0, exponent).astype(np.int16),
        centre=integer_centre.astype(np.int32),
        multiplier=np.full(len(kept), multiplier, np.uint16),
        shift=np.where(indicator, 0, shift).astype(np.uint8),
    )
    reach = np.where(indicator, _STEPS_OF_DEVIATION, float(1 << (bits - 1)))
    return IntegerInputs(inputs, front, kept, unit, constant, reach)


def _whole_centre(centre: Floats, low: Floats, high: Floats) -> Floats:
    """The whole numbers nearest to `centre` from which the windows (raw units) lie within 16 bits."""
    return np.rint(np.clip(centre, np.ceil(high) - _WINDOW, np.floor(low) + _WINDOW + 1))


def _exponents(width: Floats, centre: Floats) -> npt.NDArray[np.int64]:
    """Binary digits of a float feature kept below the point: as many as the window and the centre leave room for."""
    room = np.minimum(_WINDOW / width, _LARGEST_CENTRE / np.maximum(np.abs(centre), 1e-30))
    return np.clip(np.floor(np.log2(room)), -140, 160).astype(np.int64)
