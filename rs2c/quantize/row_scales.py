"""How the directions of a learned sketch become integers: one power of two for all rows, and with 4 bits a scale a row.

Training rounds by this rule and quantization applies it again, to directions that were rounded already; it then finds
the same scales.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.precision import NEARLY, largest_of

_MOST_CELL_BITS = 22  # of a cell and of the columns together: finer steps than that serve nothing
_LARGEST_HASH = 1 << 30
_LEAST_SCALE, _MOST_SCALE = 16, 255  # from 14 on, the largest weight of a row is the largest there is


def row_scales(largest: Floats, bits: int, reach: float, cell_bits: int) -> tuple[npt.NDArray[np.int64] | None, int]:
    """Scales (L,) or None, and the shift s: row l has weights direction * 2^s / scales[l], rounded.

    Args:
        largest: largest magnitude of a direction of each row, in columns a step of an input, (L,).
        bits: of a weight; 8: all rows have the scale 1.
        reach: sum of the largest magnitudes of all inputs that ever change.
        cell_bits: log2 R.
    """
    limit, most_shift = largest_of(bits), _MOST_CELL_BITS - cell_bits
    most = 1.0 if bits == 8 else float(np.clip(_LARGEST_HASH / (limit * max(reach, 1.0)), 1, _MOST_SCALE))
    shift = int(
        np.clip(np.floor(np.log2(limit * most / max(float(largest.max()), 1e-9) * (1 + NEARLY))), 0, most_shift)
    )
    if bits == 8:
        return None, shift
    scales = np.ceil(largest * 2.0**shift / limit * (1 - NEARLY))
    return np.clip(scales, min(_LEAST_SCALE, int(most)), int(most)).astype(np.int64), shift
