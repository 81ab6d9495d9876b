"""The on-target self-test's other half: the vectors that firmware/selftest/selftest.c makes, and the CRC it must print.

selftest.c states the generator and the CRC in words.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.raw_types import RAW_TYPES
from rs2c.model import reference
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import palettes

SEED = 2106
_OCTAVES = 4  # below a feature's largest edge, from which most exponents are drawn
_SLICE = 1 << 20  # raw values at a time
_LINE = re.compile(r"rs2c golden (\d+) mismatches (\d+) random (\d+) crc ([0-9a-f]{8})")


@dataclass(frozen=True)
class SelftestResult:
    """What a device printed: golden vectors and how many differ, random vectors and the CRC of their scores."""

    golden: int
    mismatches: int
    random: int
    crc: int


def read_result(output: str) -> SelftestResult | None:
    """The result in a device's output; None where it printed none."""
    found = _LINE.search(output)
    if found is None:
        return None
    golden, mismatches, random, crc = found.groups()
    return SelftestResult(int(golden), int(mismatches), int(random), int(crc, 16))


def exponent_range(model: IntegerModel) -> tuple[int, int] | None:
    """First biased exponent and how many, for the float32 values of a model; None where raw values are integers.

    They reach from four octaves below the least of the features' largest edges to the greatest of these.
    """
    if model.raw_type != "float32":
        return None
    found = [edges[np.isfinite(edges)].view("<u4") for edges in palettes(model)]
    # a feature that the model does not read has no edge but zero
    largest = [exponent for edges in found if (exponent := int(((edges >> 23) & 0xFF).max(initial=0)))] or [127]
    low = max(0, min(largest) - _OCTAVES)
    return low, max(largest) - low + 1


def selftest_vectors(model: IntegerModel, start: int, stop: int) -> Array:
    """Raw vectors number `start` to `stop` (stop - start, d) of the model's raw type."""
    dtype, d = RAW_TYPES[model.raw_type], model.n_features
    n = np.arange(start * d, stop * d, dtype=np.uint64)
    a = _word(2 * n)
    exponents = exponent_range(model)
    if exponents is None:
        bits = (a >> np.uint32(32 - 8 * dtype.itemsize)).astype(f"<u{dtype.itemsize}")
    else:
        b = _word(2 * n + 1)
        exponent = np.uint32(exponents[0]) + (((b >> np.uint32(16)) * np.uint32(exponents[1])) >> np.uint32(16))
        placed = (a & np.uint32(0x807FFFFF)) | (exponent << np.uint32(23))
        bits = np.where(b & np.uint32(3), placed, a).astype("<u4")
    return bits.view(dtype).reshape(stop - start, d)


def selftest_crc(model: IntegerModel, vectors: int) -> int:
    """CRC-32 of the reference's scores of that many vectors, each score as four bytes, the lowest first."""
    crc, step = 0, max(1, _SLICE // model.n_features)
    for start in range(0, vectors, step):
        raw = selftest_vectors(model, start, min(start + step, vectors))
        scores = reference.scores(model, reference.quantize(model, raw))
        crc = zlib.crc32(scores.astype("<i4").tobytes(), crc)
    return crc


def _word(index: Array) -> Array:
    h = (np.uint64(SEED) + index * np.uint64(0x9E3779B9)).astype(np.uint32)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    return h ^ (h >> np.uint32(16))
