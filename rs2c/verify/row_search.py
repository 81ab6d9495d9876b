"""Search for raw vectors that put a hash value exactly on an edge of a cell, and for ones that reach a given column.

A change of one offset or weight by one moves a hash value by little; only a vector whose hash value lies next to an
edge shows it. Each target asks for t within an interval in one row (or one hash of it). All targets are searched at
once by random coordinate moves, starting from the nearest vector of a pool.
"""

from __future__ import annotations

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model import reference
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import Rng, palettes, window_vectors
from rs2c.verify.coverage import read_by_blocks
from rs2c.verify.moves import moved
from rs2c.verify.row_targets import FAR, Targets, column_targets, edge_targets

_BAND = 64  # steps of a hash value
_AT_ONCE = 1000  # targets, which bounds the memory of a search


def hashed_row_vectors(
    model: IntegerModel, block: HashedRows, rng: Rng, pool: Array, rounds: int
) -> tuple[Array, Array]:
    """Raw vectors on both sides of cell edges and in columns that `pool` (m, d) does not reach.

    Returns them after the pool with the ramps that the search started from as well.
    """
    pool = np.concatenate([pool, _ramps(model, block, rng)])
    found = _search(model, block, rng, pool, edge_targets(model, block, rng, pool), rounds)
    seen = block.columns_read(read_by_blocks(model, np.concatenate([pool, found])))
    wanted = column_targets(model, block, rng, pool, block.reachable_columns(model.read_range) & ~seen)
    if wanted is not None:
        found = np.concatenate([found, _search(model, block, rng, pool, wanted, rounds)])
    return pool, found


def _ramps(model: IntegerModel, block: HashedRows, rng: Rng, steps: int = 12) -> Array:
    """Vectors that lead each hash from its least to its greatest value, feature by feature."""
    through = slopes(model, block).reshape(-1, model.n_inputs)
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


def _search(model: IntegerModel, block: HashedRows, rng: Rng, pool: Array, targets: Targets, rounds: int) -> Array:
    """The best raw vector found for each target that was met, one line each."""
    effects = _Effects(model, block, palettes(model))
    found = [pool[:0]]
    if len(effects.features):
        start = pool[_nearest(model, block, pool, targets)]
        effects.switch_on(rng, start, targets.held)
        for first in range(0, len(start), _AT_ONCE):
            lines = np.arange(first, min(first + _AT_ONCE, len(start)))
            found.append(_meet(effects, rng, start[lines], targets[lines], rounds))
    return np.concatenate(found)


def _meet(effects: _Effects, rng: Rng, state: Array, targets: Targets, rounds: int) -> Array:
    """Move each vector of `state` (m, d) toward its target, in place; returns those that met it."""
    in_one_hash = bool(((targets.low > -FAR) | (targets.high < FAR)).sum(axis=1).max() == 1)
    gap = targets.distance(effects.own_hash_values(state, targets.row))
    for turn in range(rounds):
        open_ = np.flatnonzero(gap > 0)
        if not len(open_):
            break
        sought = targets[open_]
        if turn % 4 == 0:
            trial = moved(effects.tables, rng, state[open_])
        elif turn % (16 if in_one_hash else 4) != 1 and effects.lines and len(effects.features) > 1:
            trial = effects.solved(rng, state[open_], sought)
        else:
            trial = effects.best_pair(rng, state[open_], sought)
        if turn < rounds // 2:
            held = np.flatnonzero(sought.held >= 0)
            feature = effects.source[sought.held[held]]
            trial[held, feature] = state[open_[held], feature]
        new_gap = sought.distance(effects.own_hash_values(trial, sought.row))
        # Closer is taken; so is any move inside the band, where one trial in about BAND falls on the edge itself.
        taken = new_gap <= np.maximum(gap[open_], _BAND)
        state[open_[taken]] = trial[taken]
        gap[open_[taken]] = new_gap[taken]
    return state[gap == 0]


class _Effects:
    """What changing one feature does to each hash value, exact but for the rounding of a projection."""

    def __init__(self, model: IntegerModel, block: HashedRows, tables: tuple[Array, ...]) -> None:
        self.model, self.block, self.tables = model, block, tables
        self.slope = slopes(model, block)
        self.source = np.arange(model.n_inputs) if model.front_end is None else model.front_end.source
        longest = max(len(table) for table in tables)
        raw = np.stack([np.resize(table, longest) for table in tables], axis=1)
        self.levels = reference.quantize(model, raw)  # x of every palette value (longest, n)
        at_work = (self.slope != 0).any(axis=(0, 1)) & (self.levels != self.levels[0]).any(axis=0)
        self.features = np.unique(self.source[at_work])  # that change a hash value
        alone = np.flatnonzero(at_work & (np.bincount(self.source)[self.source] == 1))
        self.lines = {int(self.source[i]): int(i) for i in alone}  # features that make one input: x is a line or step

    def switch_on(self, rng: Rng, raw: Array, held: Array) -> None:
        """Give each vector's held input a value other than 0 where it has one, in place."""
        for at in np.unique(held[held >= 0]).tolist():
            table = self.tables[self.source[at]]
            values = table[np.flatnonzero(self.levels[: len(table), at])]
            lines = np.flatnonzero(held == at)
            if len(values):
                raw[lines, self.source[at]] = rng.choice(values, len(lines))

    def best_pair(self, rng: Rng, raw: Array, targets: Targets) -> Array:
        """Each vector with two features set to the values that bring its hash values nearest to the target."""
        features = rng.choice(self.features, 2).tolist()
        picks = [rng.integers(0, len(self.tables[f]), size) for f, size in zip(features, (24, 96), strict=True)]
        if features[0] == features[1]:
            picks[1] = picks[1][:1]
        effects = [self._effect(f, pick, targets.row) for f, pick in zip(features, picks, strict=True)]
        base, start = self._without(raw, features, targets.row)
        if features[0] == features[1]:
            effects[1] = np.zeros_like(effects[1])
        t = start[:, :, None, None] + effects[0][:, :, :, None] + effects[1][:, :, None, :]
        low, high = targets.low[:, :, None, None], targets.high[:, :, None, None]
        away = (np.maximum(low - t, 0) + np.maximum(t - high, 0)).sum(axis=1).reshape(len(raw), -1)
        first, second = np.divmod(away.argmin(axis=1), len(picks[1]))
        base[:, features[1]] = self.tables[features[1]][picks[1][second]]
        base[:, features[0]] = self.tables[features[0]][picks[0][first]]
        return base

    def solved(self, rng: Rng, raw: Array, targets: Targets) -> Array:
        """Each vector with one feature at the best of some values, another at what is then missing to the target.

        What is missing is solved for the hash with the narrowest interval; the second feature must make one input.
        """
        second = int(rng.choice(list(self.lines)))
        first = int(rng.choice(self.features[self.features != second]))
        at, table = self.lines[second], self.tables[second]
        pick = rng.integers(0, len(self.tables[first]), 24)
        base, start = self._without(raw, [first, second], targets.row)
        t = start[:, :, None] + self._effect(first, pick, targets.row)
        line, k = np.arange(len(raw)), (targets.high - targets.low).argmin(axis=1)
        wanted = np.where(targets.low > -FAR, targets.low, targets.high)[line, k]
        slope = self.slope[:, :, at][targets.row]
        level = np.rint((wanted[:, None] - t[line, k]) / np.where(slope == 0, 1, slope)[line, k, None])
        place = np.minimum(np.searchsorted(self.levels[: len(table), at], level), len(table) - 1)
        t += slope[:, :, None] * self.levels[place, at][:, None, :]
        low, high = targets.low[:, :, None], targets.high[:, :, None]
        best = (np.maximum(low - t, 0) + np.maximum(t - high, 0)).sum(axis=1).argmin(axis=1)
        base[:, first] = self.tables[first][pick[best]]
        base[:, second] = table[place[line, best]]
        return base

    def own_hash_values(self, raw: Array, row: Array) -> Array:
        """Hash values int64 (m, K) of each vector in its own row only."""
        hashes, z = self.block.hashes, read_by_blocks(self.model, raw)
        return np.einsum("mkp,mp->mk", hashes.scaled_weights[row], z) + hashes.shifted_offsets[row]

    def _without(self, raw: Array, features: list[int], row: Array) -> tuple[Array, Array]:
        """The vectors with the features at the start of their palettes, and their hash values less those effects."""
        base = raw.copy()
        for feature in features:
            base[:, feature] = self.tables[feature][0]
        start = self.own_hash_values(base, row).astype(np.float64)
        for feature in set(features):
            start -= self._effect(feature, np.zeros(1, np.int64), row)[:, :, 0]
        return base, start

    def _effect(self, feature: int, pick: Array, row: Array) -> Array:
        """Part of each hash value that a feature adds at some values of its palette, float64 (m, K, picks)."""
        inputs = np.flatnonzero(self.source == feature)
        return self.slope[:, :, inputs][row] @ self.levels[pick][:, inputs].T.astype(np.float64)


def slopes(model: IntegerModel, block: HashedRows) -> Array:
    """How much each hash value grows with each input, float64 (L, K, n)."""
    weights = block.hashes.scaled_weights.astype(np.float64)
    if model.projection is None:
        return weights
    return weights @ model.projection.weights.astype(np.float64) / (1 << model.projection.shift)


def _nearest(model: IntegerModel, block: HashedRows, pool: Array, targets: Targets) -> Array:
    """For each target the pool vector whose hash values are nearest."""
    t = block.hashes.values(read_by_blocks(model, pool))
    nearest = np.empty(len(targets.row), np.int64)
    for row in np.unique(targets.row):
        at = np.flatnonzero(targets.row == row)
        low, high = targets.low[at, None], targets.high[at, None]
        away = (np.maximum(low - t[:, row], 0) + np.maximum(t[:, row] - high, 0)).sum(axis=2)
        nearest[at] = away.argmin(axis=1)
    return nearest
