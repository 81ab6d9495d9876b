"""From the cells of a row's hashes to its column, and back: one rule for float sketches and integer models."""

from __future__ import annotations

import numpy as np

from rs2c.base.arrays import Array


def column_of_digits(cells: Array, cell_bits: int) -> Array:
    """Cells (..., K) as digits of the column, int64 (...): hash 0 is the most significant."""
    column = np.zeros(cells.shape[:-1], np.int64)
    for k in range(cells.shape[-1]):
        column = (column << cell_bits) | cells[..., k]
    return column


def digits_of_column(column: Array, cell_bits: int, hashes: int) -> Array:
    """The cells (..., K) whose digits are the columns (...): the inverse of `column_of_digits`."""
    shifts = cell_bits * np.arange(hashes - 1, -1, -1)
    return (column[..., None] >> shifts) & ((1 << cell_bits) - 1)


def mixed_column(cells: Array, multipliers: Array, addends: Array, column_bits: int) -> Array:
    """Column after a rehash, int64 (...): the top bits of addend + sum of multiplier * cell, modulo 2^32.

    cells (..., K) below 2^16, multipliers uint32 (..., K), addends uint32 (...).
    """
    products = multipliers.astype(np.uint64) * cells.astype(np.uint64)
    mixed = addends.astype(np.uint64) + products.sum(axis=-1, dtype=np.uint64)
    return ((mixed & np.uint64(0xFFFFFFFF)) >> np.uint64(32 - column_bits)).astype(np.int64)
