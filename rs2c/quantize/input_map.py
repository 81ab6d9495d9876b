"""The map from raw features to the inputs x of a model, in float: teacher, student and quantization share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import OptionError
from rs2c.base.raw_types import RAW_TYPES, RawType

# Folded directions carry 1 / scale in int8. A feature whose scale lies far above the median would have too few levels;
# one far below would take the levels of all others, so its scale is raised to a share of the median: a rarely set pixel
# bears that, a flag among wide columns would be lost, so the raise has a limit.
_FOLD_ABOVE_MEDIAN = 6.0
_LEAST_FOLDED_SCALE = 0.5
_MOST_RAISED = 12.0
_LEAST_TELLING_SHARE = 0.002  # of the rows, in which a column differs from its usual value
_LEAST_DEVIATION = 1e-30  # of a feature; the integer steps of smaller ones are too coarse
_LEAST_FLAG_SCALE = 0.25  # of a 0/1 column in binary steps: a rare flag should not outweigh all other inputs


@dataclass(frozen=True, eq=False)
class InputMap:
    """Input i is x_i = clip((v_i − centre_i) / scale_i, low_i, high_i) of the value v_i that it reads.

    raw_type: type of the raw features.
    source: int64 (n,), the raw feature that input i reads.
    indicator: bool (n,), v_i is 1 where raw = code_i, else 0: one for each category of a categorical feature. The
        others have v_i = raw.
    code: int64 (n,), the raw value that an indicator asks for; 0 of others.
    flag: bool (n,), the raw values are 0 and 1 alone.
    centre: float64 (n,), the value at x = 0.
    scale: float64 (n,), units of the value per unit of x, > 0.
    low, high: float64 (n,), clip window in units of x; low = high = 0 marks an inert input, which is always 0.
    fill: float64 (n,), the value that a missing one stands for, the training mean or an imputed one; of an indicator 0.
    folded: the device has no front end for these inputs (int8 and uint8 only), so nothing is clipped.
    binary_steps: the device's steps of x are powers of two in raw units, which takes fewer constants; for sketches
        whose directions are trained on those very steps.
    missing: values may be missing, so that the device's zero must be `fill`.
    composed: of a sketch that was trained on the steps of another map, which these may not be coarser than.
    """

    raw_type: RawType
    source: NDArray[np.int64]
    indicator: NDArray[np.bool_]
    code: NDArray[np.int64]
    flag: NDArray[np.bool_]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    fill: NDArray[np.float64]
    folded: bool
    binary_steps: bool = False
    missing: bool = False
    composed: bool = False

    @property
    def inert(self) -> NDArray[np.bool_]:
        """Inputs (n,) that were constant in the training data."""
        return self.low == self.high

    def read(self, raw: NDArray[Any]) -> NDArray[np.float64]:
        """Values v (rows×n) that the inputs read of raw features (rows×d), NaN replaced."""
        picked = raw[:, self.source].astype(np.float64)
        values = np.where(np.isnan(picked), self.fill, picked)
        values[:, self.indicator] = picked[:, self.indicator] == self.code[self.indicator]
        return values

    def transform(self, raw: NDArray[Any]) -> NDArray[np.float32]:
        """Inputs (rows×n, float32) of raw features (rows×d)."""
        x = (self.read(raw) - self.centre) / self.scale
        if self.folded:
            x[:, self.inert] = 0.0
        else:
            np.clip(x, self.low, self.high, out=x)
        return x.astype(np.float32)


def fit_inputs(
    X: NDArray[Any],
    categories: Sequence[Sequence[str]],
    *,
    window: float = 5.0,
    fold: bool | None = None,
    binary_steps: bool = False,
    missing: bool = False,
) -> InputMap:
    """Input map of raw training features X (n×d, of a raw type): standardized numbers, indicators of categories.

    centre and scale are mean and standard deviation (NaN left out), low and high the range of the data, cut off at
    ±`window`. Without a front end nothing can be clipped; there the scale is widened instead until the data lie within
    the window, or a 0/1 column that is rarely 1 would reach hundreds of standard deviations.

    `fold` asks for no front end; None decides: for 8-bit X without categories whose scales lie close together.
    `binary_steps`: for directions trained on the device's own steps (`InputMap`); small scales are raised there too.
    `missing`: values may be missing on the device (float32 only), even where X has them all.
    Raises OptionError where `fold` is impossible, or on a window that is not positive.
    """
    raw_type = next((name for name in RAW_TYPES if X.dtype == name), None)
    if raw_type is None:
        raise OptionError(f"X has type {X.dtype}, which no device reads; give it as one of {', '.join(RAW_TYPES)}")
    if not window > 0:
        raise OptionError(f"the window is {window:g} standard deviations; choose a positive number such as 5")
    can_fold = raw_type in ("int8", "uint8") and not any(categories)
    if fold and not can_fold:
        reason = "has categories" if any(categories) else f"is {raw_type}"
        raise OptionError(f"the input map cannot be folded because X {reason}; leave fold out")
    source = np.repeat(np.arange(X.shape[1], dtype=np.int64), [len(names) or 1 for names in categories])
    indicator = np.array([bool(categories[j]) for j in source.tolist()], dtype=np.bool_)
    code = np.concatenate([np.arange(len(names) or 1, dtype=np.int64) for names in categories])
    mean, deviation, least, most = _moments(X)
    constant = least == most
    low, high = (least - mean)[source], (most - mean)[source]
    scale = np.where(constant, 1.0, deviation)
    widened = np.where(constant, 1.0, np.maximum(deviation, np.maximum(most - mean, mean - least) / window))
    flag = ~constant & np.all((X == 0) | (X == 1) | np.isnan(X), axis=0)
    telling = ~constant & ~_is_rare(X) if binary_steps else ~constant
    folded = can_fold and (_scales_are_close(widened[telling]) if fold is None else fold)
    if not constant.all() and (folded or (binary_steps and _scales_are_close(deviation[~constant]))):
        spread = widened if folded else deviation
        scale = np.where(constant, 1.0, np.maximum(spread, _LEAST_FOLDED_SCALE * np.median(spread[~constant])))
    elif binary_steps:
        scale = np.where(flag, np.maximum(scale, _LEAST_FLAG_SCALE), scale)
    centre = np.where(indicator, 0.0, mean[source])
    input_scale = np.where(indicator, 1.0, scale[source])
    low, high = np.maximum(low / input_scale, -window), np.minimum(high / input_scale, window)
    for i in np.flatnonzero(indicator):
        share = np.mean(X[:, source[i]] == code[i])
        low[i], high[i] = (0.0, 1.0) if 0 < share < 1 else (0.0, 0.0)
    missing = raw_type == "float32" and (missing or bool(np.isnan(X).any()))
    steps = binary_steps and not folded
    return InputMap(
        raw_type=raw_type,
        source=source,
        indicator=indicator,
        code=code,
        flag=flag[source],
        centre=centre,
        scale=input_scale,
        low=low,
        high=high,
        fill=centre,
        folded=folded,
        binary_steps=steps,
        missing=missing,
    )


def too_fine(inputs: InputMap, names: Sequence[str]) -> str | None:
    """A sentence on the first feature whose deviation is too small for integer steps, None where there is none."""
    fine = ~inputs.inert & ~inputs.indicator & (inputs.scale < _LEAST_DEVIATION)
    if not fine.any():
        return None
    i = int(np.argmax(fine))
    return (
        f"feature {names[inputs.source[i]]!r} deviates by {inputs.scale[i]:.3g}; give it in units in which that is at "
        f"least {_LEAST_DEVIATION:g}"
    )


def _moments(X: NDArray[Any]) -> tuple[NDArray[np.float64], ...]:
    """Mean, standard deviation, least and greatest of every column (d,), NaN left out; all-NaN columns are 0."""
    values = X.astype(np.float64)
    gone = np.isnan(values)
    count = np.maximum(np.sum(~gone, axis=0), 1)
    least = np.where(gone, np.inf, values).min(axis=0)
    most = np.where(gone, -np.inf, values).max(axis=0)
    empty = gone.all(axis=0)
    least[empty] = most[empty] = 0.0
    # exact for a constant column: a float32 value has 24 bits, so fewer than 2²⁹ of them add up without rounding
    mean = np.sum(np.where(gone, 0.0, values), axis=0) / count
    squares = np.where(gone, 0.0, (values - mean) ** 2)
    return mean, np.sqrt(np.sum(squares, axis=0) / count), least, most


def _is_rare(X: NDArray[Any]) -> NDArray[np.bool_]:
    """Columns (d,) that differ from their median in so few rows that trained directions may do without them."""
    return np.mean(np.median(X, axis=0) != X, axis=0) < _LEAST_TELLING_SHARE


def _scales_are_close(scales: NDArray[np.float64]) -> bool:
    if not len(scales):
        return True
    median = np.median(scales)
    raised = _LEAST_FOLDED_SCALE * median / scales.min()
    return bool(scales.max() <= _FOLD_ABOVE_MEDIAN * median and raised <= _MOST_RAISED)
