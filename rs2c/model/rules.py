"""What the parts of a model share: how a rule is checked, how arrays are frozen, and the largest sizes."""

from __future__ import annotations

from dataclasses import fields
from typing import Literal

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError

Layout = Literal["dense", "sparse", "ternary"]

MAX_FEATURES, MAX_ROWS, MAX_SCORES, MAX_COUNTS = 4096, 8192, 1024, 1 << 26
MAX_HASHES, MAX_GROUPS = 16, 255
MAX_OUTPUT_SHIFT = 24


def require(condition: bool, sentence: str) -> None:
    """Raise ModelError with the sentence unless the condition holds."""
    if not condition:
        raise ModelError(f"invalid integer model: {sentence}")


def check_array(name: str, value: Array, dtypes: tuple[str, ...], shape: tuple[int, ...]) -> None:
    """Raise ModelError unless `value` is an array of one of the types and of the shape."""
    require(isinstance(value, np.ndarray), f"{name} is not an array")
    require(value.dtype.name in dtypes, f"{name} has type {value.dtype.name}, not {' or '.join(dtypes)}")
    require(value.shape == shape, f"{name} has shape {value.shape}, not {shape}")


def freeze(instance: object) -> None:
    """Store every array of a frozen dataclass C-contiguous, little-endian and read-only."""
    for entry in fields(instance):  # type: ignore[arg-type]
        value = getattr(instance, entry.name)
        if isinstance(value, np.ndarray):
            copy = np.array(value, dtype=value.dtype.newbyteorder("<"), order="C")
            copy.setflags(write=False)
            object.__setattr__(instance, entry.name, copy)
