"""Random moves of raw vectors from one value of a palette to another."""

from __future__ import annotations

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model.vectors import Rng


def moved(tables: tuple[Array, ...], rng: Rng, raw: Array, leaps: float = 0.15) -> Array:
    """Each vector with one to three features changed: to any value of the palette (a share `leaps`), or a near one."""
    trial = raw.copy()
    features = rng.integers(0, len(tables), (3, len(raw)))
    used = np.arange(3)[:, None] < rng.integers(1, 4, len(raw))
    stride = rng.choice([1, 1, 2, 3, 8], features.shape) * rng.choice([-1, 1], features.shape)
    anywhere = rng.random(features.shape) < leaps
    for turn in range(3):
        for feature in np.unique(features[turn]).tolist():
            at = np.flatnonzero(used[turn] & (features[turn] == feature))
            table = tables[feature]
            here = np.searchsorted(table, trial[at, feature])
            there = np.where(anywhere[turn, at], rng.integers(0, len(table), len(at)), here + stride[turn, at])
            trial[at, feature] = table[np.minimum(np.maximum(there, 0), len(table) - 1)]  # np.clip takes thrice as long
    return trial
