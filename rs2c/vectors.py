"""Raw vectors to verify a model with: random over the whole type, inside the window the model resolves, and corners.

The search for vectors that sit on the edges of columns is in `rs2c.reach`.
"""

from __future__ import annotations

import numpy as np

from rs2c.integer_model import RAW_TYPES, Array, IntegerModel, type_limits

Rng = np.random.Generator
_FLOAT_CORNERS = (
    0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x007FFFFF, 0x00800000, 0x80800000,  # zero, subnormal, least normal
    0x3F800000, 0xBF800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000,  # one, largest, infinities
    0x7F800001, 0xFF800001, 0x7FC00000, 0xFFFFFFFF,  # not a number
)  # fmt: skip


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


def palettes(model: IntegerModel) -> list[Array]:
    """For each feature, ascending raw values: both sides of every edge at which its x changes."""
    dtype = RAW_TYPES[model.raw_type]
    found: list[Array] = [np.zeros(0, np.int64)] * model.n_features
    front = model.front_end
    if front is None:
        least, most = type_limits(model.raw_type)
        return [np.arange(least, most + 1).astype(dtype)] * model.n_features
    for i in range(len(front.source)):
        centre, feature = int(front.centre[i]), int(front.source[i])
        if front.indicator[i]:
            values = np.array([centre - 1, centre, centre + 1], np.int64)
        else:
            levels = _levels(front.bits).astype(np.int64)
            v = -((-levels << int(front.shift[i])) // max(1, int(front.multiplier[i])))  # least v with x = level
            v = np.clip(np.concatenate([v - 1, v, [-(1 << 15) - 1, (1 << 15)]]), -(1 << 15) - 1, 1 << 15)
            values = centre + v
        raw = _values_to_raw(values, int(front.exponent[i]), model.raw_type)
        found[feature] = np.concatenate([found[feature].astype(dtype), raw])
    return [np.unique(p) if len(p) else np.zeros(1, dtype) for p in found]


def _levels(bits: int) -> Array:
    """All x of 8 bits; for 16 bits every one near zero and a spread of the others."""
    half = 1 << (bits - 1)
    if bits == 8:
        return np.arange(-half, half)
    return np.unique(np.concatenate([np.arange(-512, 512), np.linspace(-half, half - 1, 1024).astype(np.int64)]))


def _values_to_raw(values: Array, exponent: int, raw_type: str) -> Array:
    if raw_type != "float32":
        return np.clip(values, *type_limits(raw_type)).astype(raw_type)
    with np.errstate(over="ignore", under="ignore"):
        raw = np.ldexp(values.astype(np.float64), -exponent).astype(np.float32)
    return raw[np.isfinite(raw)]
