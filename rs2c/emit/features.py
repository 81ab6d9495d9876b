"""What an emitted library tells its user of each raw feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c.base.raw_types import type_limits
from rs2c.emit.names import all_shown
from rs2c.model.integer_model import IntegerModel

_LARGEST_FLOAT = 3.4e38  # of few digits
_FEW, _ALL = 6, 9  # digits that are shown, and those of any float32


@dataclass(frozen=True)
class Feature:
    """A raw feature, in the units of the training data.

    window: outside of it the inputs made of the feature are saturated; "not read", "by category", with its numbers
        where these have no names, or "" without a front end.
    start: a C literal of the raw type, in the window or the nearest number to it, for an example to start from.
    """

    name: str
    codes: list[str]
    window: str
    start: str

    @property
    def window_remark(self) -> str:
        """The window as it stands behind the name."""
        return f": {self.window}" if self.window else ""


def features(model: IntegerModel) -> list[Feature]:
    """The features in the order of raw[]."""
    front = model.front_end
    windows = ["" if front is None else "not read"] * model.n_features
    starts, digits = np.zeros(model.n_features), np.full(model.n_features, _FEW)
    if front is not None:
        with np.errstate(divide="ignore"):
            reach = np.ldexp(1 / front.multiplier.astype(np.float64), front.bits - 1 + front.shift.astype(np.int64))
        # value - centre, to either side; the multiplication sees no more than 16 bits of it
        points = front.centre + np.minimum(reach, 1 << 15) * [[-1], [0], [1]]
        if model.raw_type == "float32":
            points = np.ldexp(points, -front.exponent.astype(np.int64))
        else:
            points = np.clip(points, *type_limits(model.raw_type))
        for i, feature in enumerate(front.source.tolist()):
            if front.indicator[i] == 0 and front.multiplier[i] > 0:
                low, starts[feature], high = points[:, i].tolist()
                # a window that is narrow for where it lies
                digits[feature] = _ALL if max(abs(low), abs(high)) > 1000 * (high - low) else _FEW
                windows[feature] = f"{low:.{digits[feature]}g} to {high:.{digits[feature]}g}"
            elif windows[feature] == "not read":
                windows[feature] = _by_category(model, feature)
    return [
        Feature(name, all_shown(codes), window, _literal(start, few, model.raw_type))
        for name, codes, window, start, few in zip(
            all_shown(model.feature_names), model.categories, windows, starts.tolist(), digits.tolist(), strict=True
        )
    ]


def _by_category(model: IntegerModel, feature: int) -> str:
    """That a feature is one of some numbers, and of which where they have no names."""
    front = model.front_end
    assert front is not None, "there are categories"
    if model.categories[feature]:
        return "by category"
    numbers = np.unique(front.centre[(front.source == feature) & (front.indicator == 1)])
    return f"by category: {', '.join(map(str, numbers.tolist()))}"


def _literal(value: float, digits: int, raw_type: str) -> str:
    """A number as a C literal of a raw type, the nearest of so many digits that the type can hold."""
    if raw_type != "float32":
        return str(int(value))
    text = f"{float(np.float32(np.clip(value, -_LARGEST_FLOAT, _LARGEST_FLOAT))):.{digits}g}"
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"
