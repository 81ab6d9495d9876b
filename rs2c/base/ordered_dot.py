"""Dot products whose every bit is defined: terms added in index order, each product and sum rounded once to float64.

BLAS chooses its order by shape and machine. A last bit can move a point across a bin edge, and then inserting
anchors one by one would no longer equal building from all of them.
"""

import numpy as np
from numpy.typing import NDArray

_BLOCK_VALUES = 32768  # one block of the accumulator stays in a level-2 cache


def ordered_dot(points: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dot product of every point (n, p) with every vector (q, p): float64 (n, q), ((0 + z_0 w_0) + z_1 w_1) + …"""
    result = np.zeros((len(points), len(vectors)))
    columns = np.ascontiguousarray(vectors.T)
    block = max(1, _BLOCK_VALUES // max(1, len(vectors)))
    products = np.empty((block, len(vectors)))
    for start in range(0, len(points), block):
        z = points[start : start + block]
        total, term = result[start : start + block], products[: len(z)]
        for j, column in enumerate(columns):
            np.multiply(z[:, j, None], column, out=term)
            total += term
    return result
