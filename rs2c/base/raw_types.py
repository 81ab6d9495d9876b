"""What a device reads, and what a model is asked: the two words that every stage shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.choices import RawType as RawType
from rs2c.base.choices import Task as Task

INTEGER_TYPES: tuple[RawType, ...] = ("uint8", "int8", "uint16", "int16")  # in the order in which `auto` prefers them
RAW_TYPES: dict[RawType, np.dtype[Any]] = {name: np.dtype(name) for name in (*INTEGER_TYPES, "float32")}


def type_limits(raw_type: RawType) -> tuple[int, int]:
    """Least and greatest value of an integer raw type."""
    dtype = RAW_TYPES[raw_type]
    bits = 8 * dtype.itemsize
    return (0, (1 << bits) - 1) if dtype.kind == "u" else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def native(array: NDArray[Any]) -> NDArray[Any]:
    """An array in the byte order of this machine, as raw bytes of a sensor may not be; booleans as uint8."""
    if array.dtype == np.bool_:
        return array.view(np.uint8)
    return array.astype(array.dtype.newbyteorder("="), copy=False)
