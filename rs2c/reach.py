"""Search for raw vectors that put a hash value exactly on an edge of a cell, and for ones that reach a given column.

A change of one offset or weight by one moves a hash value by little; only a vector whose hash value lies next to an
edge shows it. Each target asks for t within an interval in one row (or one hash of it). All targets are searched at
once by random coordinate moves, starting from the nearest vector of a pool.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rs2c import reference
from rs2c.bounds import hash_range
from rs2c.coverage import cell_tuples, hash_values_of, reachable_columns, reached_columns, rehash
from rs2c.integer_model import Array, IntegerModel
from rs2c.vectors import Rng, palettes, window_vectors

_FAR = np.int64(1) << 40
_BAND = 64
_EDGES_OF_A_HASH = 24
_MOST_TARGETS = 6000


@dataclass(frozen=True)
class Targets:
    """Intervals that hash values should fall into, one target a line."""

    row: Array  # int64 (m,)
    low: Array  # int64 (m, K)
    high: Array  # int64 (m, K)

    def distance(self, t: Array) -> Array:
        """Sum over the hashes of how far t (m, K) is from its interval, int64 (m,)."""
        return (np.maximum(self.low - t, 0) + np.maximum(t - self.high, 0)).sum(axis=-1)


def edge_and_column_vectors(model: IntegerModel, rng: Rng, pool: Array, rounds: int = 300) -> Array:
    """Raw vectors on both sides of cell edges and in columns that `pool` (m, d) does not reach."""
    pool = np.concatenate([pool, _ramps(model, rng)])
    targets = _edge_targets(model, rng, pool)
    found = _search(model, rng, pool, targets, rounds)
    missing = reachable_columns(model) & ~reached_columns(model, np.concatenate([pool, found]))
    wanted = _column_targets(model, rng, pool, missing)
    if wanted is None:
        return found
    return np.concatenate([found, _search(model, rng, pool, wanted, rounds)])


def _ramps(model: IntegerModel, rng: Rng, steps: int = 12) -> Array:
    """Vectors that lead each hash from its least to its greatest value, feature by feature."""
    through = slopes(model).reshape(-1, model.n_inputs)
    through = through[rng.permutation(len(through))[:256]]
    slope = np.zeros((len(through), model.n_features))
    source = np.arange(model.n_inputs) if model.front_end is None else model.front_end.source
    np.add.at(slope.T, source, through.T)
    raw = window_vectors(model, rng, len(through) * steps).reshape(len(through), steps, -1)
    threshold = np.linspace(0, 1, steps)[None, :, None]
    upward = rng.random((len(through), 1, model.n_features)) < threshold
    for feature, palette in enumerate(palettes(model)):
        rising = slope[:, None, feature] > 0
        raw[:, :, feature] = np.where(upward[:, :, feature] == rising, palette[-1], palette[0])
    return raw.reshape(-1, model.n_features)


def _edge_targets(model: IntegerModel, rng: Rng, pool: Array) -> Targets:
    """t exactly at the first value of a cell, and at the last value of the cell before."""
    shifts, rows, hashes = model.hashes.shifts.astype(np.int64), model.rows, model.hashes.weights.shape[1]
    least, most = hash_range(model)
    t = hash_values_of(model, pool)
    seen_low, seen_high = t.min(axis=0), t.max(axis=0)
    edges: list[tuple[int, int, int]] = []
    for row in range(rows):
        for k in range(hashes):
            if model.hashes.kind == "srp":
                cells = np.zeros(1, np.int64)
            else:
                shift = int(shifts[row, k])
                cells = np.arange(max(0, int(seen_low[row, k]) >> shift), (int(seen_high[row, k]) >> shift) + 2)
                cells = cells[cells <= 1 << model.hashes.cell_bits] << shift
            if len(cells) > _EDGES_OF_A_HASH:
                cells = rng.choice(cells, _EDGES_OF_A_HASH, replace=False)
            edges += [(row, k, int(e)) for e in cells if least[row, k] < e <= most[row, k]]
    if 2 * len(edges) > _MOST_TARGETS:
        edges = [edges[i] for i in rng.permutation(len(edges))[: _MOST_TARGETS // 2]]
    exact = [(row, k, e - side) for row, k, e in edges for side in (0, 1)]
    low = np.full((len(exact), hashes), -_FAR)
    high = np.full((len(exact), hashes), _FAR)
    for i, (_, k, e) in enumerate(exact):
        low[i, k] = high[i, k] = e
    return Targets(np.array([row for row, _, _ in exact], np.int64), low, high)


def _column_targets(model: IntegerModel, rng: Rng, pool: Array, missing: Array) -> Targets | None:
    """Intervals of the cells behind each missing column (of one tuple of cells, after rehash)."""
    rows, lows, highs = [], [], []
    bits, hashes = model.hashes.cell_bits, model.hashes.weights.shape[1]
    seen = reference.cells(model, hash_values_of(model, pool)) if model.hashes.kind == "rehash" else None
    for row in np.flatnonzero(missing.any(axis=1)).tolist():
        if seen is not None:
            tuples = cell_tuples(seen[:, row].min(axis=0), seen[:, row].max(axis=0))
            tuples = rng.permutation(np.unique(seen[:, row], axis=0)) if tuples is None else tuples
            _, first = np.unique(columns := rehash(model, row, tuples), return_index=True)
            cells = tuples[first[missing[row, columns[first]]]]
        else:
            column = np.flatnonzero(missing[row])
            cells = np.stack([(column >> (bits * (hashes - 1 - k))) & ((1 << bits) - 1) for k in range(hashes)], axis=1)
        low, high = _cell_interval(model, row, cells)
        rows.append(np.full(len(cells), row, np.int64))
        lows.append(low)
        highs.append(high)
    if not rows:
        return None
    kept = slice(0, _MOST_TARGETS)
    return Targets(np.concatenate(rows)[kept], np.concatenate(lows)[kept], np.concatenate(highs)[kept])


def _cell_interval(model: IntegerModel, row: int, cells: Array) -> tuple[Array, Array]:
    """Least and greatest t of cells (m, K); end cells are open, for t is clamped."""
    if model.hashes.kind == "srp":
        return np.where(cells == 1, 0, -_FAR), np.where(cells == 1, _FAR, -1)
    shift = model.hashes.shifts[row].astype(np.int64)
    low = np.where(cells == 0, -_FAR, cells << shift)
    if model.probe == "linear":  # node R - 1 is read from the cell before it
        low = np.minimum(low, (model.columns - 2) << shift)
    return low, np.where(cells == (1 << model.hashes.cell_bits) - 1, _FAR, ((cells + 1) << shift) - 1)


def _search(model: IntegerModel, rng: Rng, pool: Array, targets: Targets, rounds: int) -> Array:
    """The best raw vector found for each target that was met, one line each."""
    if not len(targets.row):
        return pool[:0]
    tables = palettes(model)
    effects = _Effects(model, tables)
    state = pool[_nearest(model, pool, targets)].copy()
    gap = targets.distance(_own_hash_values(model, state, targets.row))
    for turn in range(rounds):
        open_ = np.flatnonzero(gap > 0)
        if not len(open_):
            break
        sought = Targets(targets.row[open_], targets.low[open_], targets.high[open_])
        trial = effects.best_pair(rng, state[open_], sought) if turn % 2 else _moved(tables, rng, state[open_])
        new_gap = sought.distance(_own_hash_values(model, trial, sought.row))
        # Closer is taken; so is any move inside the band, where one trial in about BAND falls on the edge itself.
        taken = new_gap <= np.maximum(gap[open_], _BAND)
        state[open_[taken]] = trial[taken]
        gap[open_[taken]] = new_gap[taken]
    return state[gap == 0]


class _Effects:
    """What changing one feature does to each hash value, exact but for the rounding of a projection."""

    def __init__(self, model: IntegerModel, tables: list[Array]) -> None:
        self.model, self.tables = model, tables
        self.slope = slopes(model)
        self.source = np.arange(model.n_inputs) if model.front_end is None else model.front_end.source
        longest = max(len(table) for table in tables)
        raw = np.stack([np.resize(table, longest) for table in tables], axis=1)
        self.levels = reference.quantize(model, raw)  # x of every palette value (longest, n)

    def best_pair(self, rng: Rng, raw: Array, targets: Targets) -> Array:
        """Each vector with two features set to the values that bring its hash values nearest to the target."""
        features = rng.integers(0, len(self.tables), 2).tolist()
        picks = [rng.integers(0, len(self.tables[f]), size) for f, size in zip(features, (24, 96), strict=True)]
        if features[0] == features[1]:
            picks[1] = picks[1][:1]
        effects = [self._effect(f, pick, targets.row) for f, pick in zip(features, picks, strict=True)]
        base = raw.copy()
        for feature in features:
            base[:, feature] = self.tables[feature][0]
        start = _own_hash_values(self.model, base, targets.row).astype(np.float64)
        start -= sum(self._effect(f, np.zeros(1, np.int64), targets.row)[:, :, 0] for f in set(features))
        if features[0] == features[1]:
            effects[1] = np.zeros_like(effects[1])
        t = start[:, :, None, None] + effects[0][:, :, :, None] + effects[1][:, :, None, :]
        low, high = targets.low[:, :, None, None], targets.high[:, :, None, None]
        away = (np.maximum(low - t, 0) + np.maximum(t - high, 0)).sum(axis=1).reshape(len(raw), -1)
        first, second = np.divmod(away.argmin(axis=1), len(picks[1]))
        base[:, features[1]] = self.tables[features[1]][picks[1][second]]
        base[:, features[0]] = self.tables[features[0]][picks[0][first]]
        return base

    def _effect(self, feature: int, pick: Array, row: Array) -> Array:
        """Part of each hash value that a feature adds at some values of its palette, float64 (m, K, picks)."""
        inputs = np.flatnonzero(self.source == feature)
        return self.slope[row][:, :, inputs] @ self.levels[pick][:, inputs].T.astype(np.float64)


def slopes(model: IntegerModel) -> Array:
    """How much each hash value grows with each input, float64 (L, K, n)."""
    weights = model.hashes.weights.astype(np.float64)
    if model.projection is None:
        return weights
    return weights @ model.projection.weights.astype(np.float64) / (1 << model.projection.shift)


def _moved(tables: list[Array], rng: Rng, raw: Array) -> Array:
    """Each vector with one to three features changed: to a neighbour in the palette, or to any value of it."""
    trial = raw.copy()
    features = rng.integers(0, len(tables), (3, len(raw)))
    used = np.arange(3)[:, None] < rng.integers(1, 4, len(raw))
    stride = rng.choice([1, 1, 2, 3, 8], features.shape) * rng.choice([-1, 1], features.shape)
    anywhere = rng.random(features.shape) < 0.15
    for turn in range(3):
        for feature in np.unique(features[turn]).tolist():
            at = np.flatnonzero(used[turn] & (features[turn] == feature))
            table = tables[feature]
            here = np.searchsorted(table, trial[at, feature])
            there = np.where(anywhere[turn, at], rng.integers(0, len(table), len(at)), here + stride[turn, at])
            trial[at, feature] = table[np.clip(there, 0, len(table) - 1)]
    return trial


def _nearest(model: IntegerModel, pool: Array, targets: Targets) -> Array:
    """For each target the pool vector whose hash values are nearest."""
    t = hash_values_of(model, pool)
    nearest = np.empty(len(targets.row), np.int64)
    for row in np.unique(targets.row):
        at = np.flatnonzero(targets.row == row)
        low, high = targets.low[at, None], targets.high[at, None]
        away = (np.maximum(low - t[:, row], 0) + np.maximum(t[:, row] - high, 0)).sum(axis=2)
        nearest[at] = away.argmin(axis=1)
    return nearest


def _own_hash_values(model: IntegerModel, raw: Array, row: Array) -> Array:
    """Hash values (m, K) of each vector in its own row only."""
    z = reference.project(model, reference.quantize(model, raw))
    weights = model.hashes.weights.astype(np.int64)[row]
    return np.einsum("mkp,mp->mk", weights, z) + model.hashes.offsets[row]
