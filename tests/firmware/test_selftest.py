"""The vectors that a device makes, against their definition computed number by number."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from rs2c.firmware.selftest_vectors import (
    SEED,
    SelftestResult,
    exponent_range,
    read_result,
    selftest_crc,
    selftest_vectors,
)
from rs2c.model import reference
from tests.emit.models import GOLDENS

M = 0xFFFFFFFF


def word(index: int) -> int:
    h = (SEED + index * 0x9E3779B9) & M
    h ^= h >> 16
    h = h * 0x7FEB352D & M
    h ^= h >> 15
    h = h * 0x846CA68B & M
    return h ^ (h >> 16)


def raw_bytes(model, exponents, n: int) -> bytes:
    """One raw value, as the comment of selftest.c defines it."""
    a, b = word(2 * n), word(2 * n + 1)
    if model.raw_type == "float32":
        first, count = exponents
        return struct.pack("<I", a if b % 4 == 0 else (a & 0x807FFFFF) | (first + ((b >> 16) * count >> 16)) << 23)
    size = np.dtype(model.raw_type).itemsize
    return (a >> (32 - 8 * size)).to_bytes(size, "little")


@pytest.mark.parametrize("name", GOLDENS)
def test_vectors_are_what_the_definition_says(name):
    model = GOLDENS[name].model
    exponents = exponent_range(model)
    expected = b"".join(raw_bytes(model, exponents, n) for n in range(3 * model.n_features, 40 * model.n_features))
    assert selftest_vectors(model, 3, 40).tobytes() == expected


@pytest.mark.parametrize("name", GOLDENS)
def test_the_crc_is_of_every_score_in_order(name, monkeypatch):
    model = GOLDENS[name].model
    raw = selftest_vectors(model, 0, 50)
    scores = reference.scores(model, reference.quantize(model, raw))
    expected = zlib.crc32(b"".join(struct.pack("<i", score) for score in scores.ravel()))
    assert selftest_crc(model, 50) == expected
    monkeypatch.setattr("rs2c.firmware.selftest_vectors._SLICE", 3 * model.n_features)
    assert selftest_crc(model, 50) == expected
    assert selftest_crc(model, 49) != expected


@pytest.mark.parametrize("name", GOLDENS)
def test_vectors_reach_many_scores(name):
    model = GOLDENS[name].model
    scores = reference.scores(model, reference.quantize(model, selftest_vectors(model, 0, 1000)))
    assert len(np.unique(scores, axis=0)) > 50


def test_floats_lie_where_the_model_looks_and_everywhere():
    model = GOLDENS["motor"].model
    bits = selftest_vectors(model, 0, 4000).view("<u4")
    exponents = (bits >> 23) & 255
    first, count = exponent_range(model)
    inside = (exponents >= first) & (exponents < first + count)
    assert 0.7 < inside.mean() < 0.8
    assert len(np.unique(exponents)) == 256


def test_the_result_is_found_among_other_lines():
    text = "selftest.c:3:golden_vectors:PASS\r\nrs2c golden 16 mismatches 2 random 1000 crc 00ab12cd\r\n2 Tests"
    assert read_result(text) == SelftestResult(16, 2, 1000, 0xAB12CD)
    assert read_result("rs2c golden 16 mismatches") is None
