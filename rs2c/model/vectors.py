"""Raw vectors to verify a model with: random over the whole type, inside the window the model resolves, and corners.

The search for vectors that sit on the edges of columns is in `rs2c.verify.edge_search`.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.raw_types import RAW_TYPES, RawType, type_limits
from rs2c.model.integer_model import IntegerModel

Rng = np.random.Generator
_FLOAT_CORNERS = (
    0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x007FFFFF, 0x00800000, 0x80800000,  # zero, subnormal, least normal
    0x3F800000, 0xBF800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000,  # one, largest, infinities
    0x7F800001, 0xFF800001, 0x7FC00000, 0xFFFFFFFF,  # not a number
)  # fmt: skip


_NARROW = 16  # inputs up to which a palette holds every level of 16 bits


def random_vectors(model: IntegerModel, rng: Rng, count: int) -> Array:
    """(count, d) raw vectors, uniform over the bit patterns of the raw type."""
    dtype = RAW_TYPES[model.raw_type]
    shape = (count, model.n_features)
    return rng.integers(0, 1 << (8 * dtype.itemsize), shape, dtype=np.uint32).astype(f"<u{dtype.itemsize}").view(dtype)


def window_vectors(model: IntegerModel, rng: Rng, count: int) -> Array:
    """(count, d) raw vectors from the values between which the model tells a difference."""
    raw = np.empty((count, model.n_features), RAW_TYPES[model.raw_type])
    for feature, palette in enumerate(palettes(model)):
        raw[:, feature] = rng.choice(palette, count)
    return raw


def corner_vectors(model: IntegerModel, rng: Rng, count: int) -> Array:
    """(count, d) raw vectors whose entries are extremes, ties and special values, mixed with ordinary ones."""
    dtype = RAW_TYPES[model.raw_type]
    if model.raw_type == "float32":
        special = np.array(_FLOAT_CORNERS, dtype="<u4").view("<f4")
    else:
        least, most = type_limits(model.raw_type)
        special = np.unique(np.clip([least, least + 1, -1, 0, 1, most - 1, most], least, most)).astype(dtype)
    raw = window_vectors(model, rng, count)
    share = rng.choice([0.05, 0.5, 1.0], (count, 1))
    chosen = rng.random(raw.shape) < share
    raw[chosen] = rng.choice(special, int(chosen.sum()))
    whole = min(len(special), count // 2)
    raw[:whole] = special[:whole, None]
    return raw


@lru_cache(maxsize=8)  # many kinds of vectors are made for one model
def palettes(model: IntegerModel) -> tuple[Array, ...]:
    """For each feature, ascending raw values: both sides of every edge at which its x changes. Not to be written to."""
    dtype = RAW_TYPES[model.raw_type]
    found: list[Array] = [np.zeros(0, np.int64)] * model.n_features
    front = model.front_end
    if front is None:
        least, most = type_limits(model.raw_type)
        return (np.arange(least, most + 1).astype(dtype),) * model.n_features
    for i in range(len(front.source)):
        centre, feature = int(front.centre[i]), int(front.source[i])
        if front.indicator[i]:
            edges = np.array([centre, centre + 1], np.int64)
        else:
            levels = _levels(front.bits, every=len(front.source) <= _NARROW)
            v = -((-levels << int(front.shift[i])) // max(1, int(front.multiplier[i])))  # least v with x = level
            edges = centre + np.clip(np.append(v, [-(1 << 15), (1 << 15) - 1, 1 << 15]), -(1 << 15), 1 << 15)
        raw = _both_sides(edges, int(front.exponent[i]), model.raw_type)
        found[feature] = np.concatenate([found[feature].astype(dtype), raw])
    return tuple(np.unique(p) if len(p) else np.zeros(1, dtype) for p in found)


@cache
def _levels(bits: int, every: bool) -> Array:
    """All x, int64; of 16 bits, unless `every` is set, those near zero and a spread of the others."""
    half = np.int64(1) << (bits - 1)
    if bits == 8 or every:
        return np.arange(-half, half)
    return np.unique(np.concatenate([np.arange(-512, 512), np.linspace(-half, half - 1, 1024).astype(np.int64)]))


def _both_sides(edges: Array, exponent: int, raw_type: RawType) -> Array:
    """The raw value of each edge and the greatest one below it: for floats, the neighbour that is not subnormal."""
    if raw_type != "float32":
        return np.clip(np.concatenate([edges - 1, edges]), *type_limits(raw_type)).astype(raw_type)
    with np.errstate(over="ignore", under="ignore"):
        raw = np.ldexp(edges.astype(np.float64), -exponent).astype(np.float32)
        below = np.nextafter(raw, np.float32(-np.inf))
    least = np.finfo(np.float32).smallest_normal
    below = np.where((below < 0) & (below > -least), -least, below)
    both = np.concatenate([below, raw])
    return both[np.isfinite(both)]
