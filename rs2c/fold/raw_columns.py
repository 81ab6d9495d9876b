"""What the columns that a sketch was fitted to are made of: raw features, scaled, or asked for a category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.errors import OptionError
from rs2c.base.raw_types import RAW_TYPES
from rs2c.quantize.input_map import InputMap
from rs2c.quantize.inputs import IntegerInputs


@dataclass(frozen=True, eq=False)
class RawColumns:
    """Column j is (v_j − shift_j) / factor_j, where v_j is the raw feature source_j, or 1 where that is code_j, else 0.

    source: int64 (m,).
    indicator: bool (m,), v is "raw = code".
    code: int64 (m,), 0 where v is the raw feature.
    shift, factor: float64 (m,), factor > 0.
    fill: float64 (m,), the raw value that a missing one is replaced by; NaN where none may be missing.
    """

    source: npt.NDArray[np.int64]
    indicator: npt.NDArray[np.bool_]
    code: npt.NDArray[np.int64]
    shift: Floats
    factor: Floats
    fill: Floats

    @staticmethod
    def raw(features: int) -> RawColumns:
        """The features themselves."""
        zeros, nothing = np.zeros(features), np.full(features, np.nan)
        source = np.arange(features, dtype=np.int64)
        return RawColumns(source, zeros > 0, np.zeros(features, np.int64), zeros, zeros + 1, nothing)

    @staticmethod
    def joined(parts: Sequence[RawColumns]) -> RawColumns:
        """Columns side by side."""
        return RawColumns(*(np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])))

    def __len__(self) -> int:
        return len(self.source)

    @property
    def is_raw(self) -> npt.NDArray[np.bool_]:
        """Columns (m,) that nothing was done to."""
        return ~self.indicator & (self.shift == 0) & (self.factor == 1) & np.isnan(self.fill)

    def take(self, columns: npt.NDArray[np.int64]) -> RawColumns:
        """Some columns, in the order given."""
        return RawColumns(*(array[columns] for array in vars(self).values()))

    def scaled(self, shift: Floats, factor: Floats) -> RawColumns:
        """Columns after column ↦ (column − shift) / factor, both (m,)."""
        return replace(self, shift=self.shift + shift * self.factor, factor=self.factor * factor)

    def imputed(self, statistic: Floats) -> RawColumns:
        """Columns whose missing values are replaced by `statistic` (m,) in their own units."""
        fill = np.where(self.indicator, np.nan, statistic * self.factor + self.shift)
        return replace(self, fill=np.where(np.isnan(self.fill), fill, self.fill))

    def asked_for(self, codes: Sequence[npt.NDArray[np.int64]]) -> RawColumns:
        """Indicators of raw values, `codes` of each column, which nothing else was done to."""
        lengths = [len(each) for each in codes]
        taken = RawColumns.raw(sum(lengths))
        code = np.concatenate([np.zeros(0, np.int64), *codes])
        return replace(taken, source=np.repeat(self.source, lengths), indicator=taken.factor > 0, code=code)


def compose(trained: IntegerInputs, columns: RawColumns) -> InputMap:
    """Input map of raw features in float32 that were turned into the columns that `trained` reads. Never folded, and
    whether values may be missing is left to who knows what may be given.

    An indicator, and a missing value, stand for what the trained inputs make of them, windows and widths included.
    Raises OptionError on factors that are not positive and finite, and where a column of categories was changed.
    """
    inputs = trained.map
    of, live = columns.take(inputs.source), ~inputs.inert
    bad = ~(np.isfinite(of.factor) & (of.factor > 0) & np.isfinite(of.shift)) & live
    if bad.any():
        i = int(np.argmax(bad))
        raise OptionError(
            f"the scaler of feature {of.source[i]} has factor {of.factor[i]:g} and shift {of.shift[i]:g}; "
            "fit it with a positive, finite factor"
        )
    if (inputs.indicator & ~of.is_raw).any():
        raise OptionError("categories that the sketch reads as such were changed before it; change other columns only")
    centre, scale = inputs.centre * of.factor + of.shift, inputs.scale * of.factor
    off, on, imputed = (_at(trained, columns, value) for value in (0.0, 1.0, np.nan_to_num(columns.fill)))
    indicator = of.indicator & live & (on > off)
    scale = np.where(indicator, 1 / np.where(indicator, on - off, 1.0), scale)
    centre = np.where(indicator, -off * scale, centre)
    filled = ~np.isnan(of.fill)
    fill = np.where(filled, centre + scale * imputed, centre)
    return InputMap(
        raw_type="float32",
        source=of.source,
        indicator=inputs.indicator | of.indicator,
        code=np.where(of.indicator, of.code, inputs.code),
        flag=inputs.flag & of.is_raw,
        centre=centre,
        scale=scale,
        low=inputs.low,
        high=inputs.high,
        fill=np.where(inputs.indicator | of.indicator, 0.0, fill),
        folded=False,
        binary_steps=inputs.binary_steps,
        composed=True,
    )


def _at(trained: IntegerInputs, columns: RawColumns, value: float | Floats) -> Floats:
    """The inputs that the device had, float64 (n,), where every v of the columns has a value."""
    with np.errstate(all="ignore"):  # factors of constant columns may be anything
        rows = ((value - columns.shift) / columns.factor)[None]
    return trained.values(rows.astype(RAW_TYPES[trained.map.raw_type]))[0].astype(np.float64)
