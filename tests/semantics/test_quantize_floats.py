"""Float features: the emitted C on bit patterns of every kind, and the reference against exact fractions.

x holds 16 bits of a value of 31, so that each pattern is read by inputs with several centres, and patterns are also
drawn from inside the window of each input.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest

from rs2c.base.arrays import Array
from rs2c.model import reference
from rs2c.model.front_end import FrontEnd, float_to_value
from rs2c.model.integer_model import IntegerModel
from rs2c.simulate.host import HostBuild
from tests.support.host import SANITIZERS, built, host_target
from tests.support.small_models import front_end, hashes, model

MANTISSAS = (0, 1, 0x7FFFFE, 0x7FFFFF)
BOUNDARIES = np.array([s << 31 | e << 23 | m for s in (0, 1) for e in range(256) for m in MANTISSAS], np.uint32)
EXPONENTS = (-256, -255, -150, -127, -100, -99, -98, -97, -24, -1, 0, 1, 6, 7, 23, 24, 30, 127, 128, 149, 150, 255, 256)
CENTRES = (0, 1, -1, 32767, -32768, 1 << 23, -(1 << 23) - 1, (1 << 30) - 1, -(1 << 30), 1 << 30)
RANDOM_PATTERNS, PATTERNS_IN_WINDOWS = 10_000_000, 1_000_000
LIMIT = (1 << 30) - 1


def reading(front: FrontEnd) -> IntegerModel:
    """A model around a front end, as small as can be: the rows read nothing but x[0]."""
    weights = np.zeros((1, 1, len(front.source)), np.int8)
    weights[0, 0, 0] = 1
    return model(raw_type="float32", front_end=front, hashes=hashes(weights))


@contextmanager
def compiled(front: FrontEnd, compiler: str, *flags: str) -> Iterator[tuple[IntegerModel, HostBuild]]:
    subject = reading(front)
    with built(subject, host_target(compiler, *flags)) as (_, build):
        yield subject, build


def differences(subject: IntegerModel, build: HostBuild, patterns: Array) -> int:
    """Inputs that C and the reference quantize differently; patterns are uint32 (m, d)."""
    raw = patterns.astype("<u4").view("<f4")
    return int((build.run(raw).x != reference.quantize(subject, raw)).sum())


def spread(inputs: int, bits: int, seed: int) -> FrontEnd:
    """Inputs with every exponent from -256 to 256, and centres, multipliers and shifts of every size."""
    rng = np.random.default_rng(seed)
    shift = rng.integers(0, 31 - bits, inputs)
    size = rng.integers(0, 31, inputs)
    return front_end(
        bits,
        exponent=(np.arange(inputs) % 513 - 256).tolist(),
        centre=(rng.choice([-1, 1], inputs) * (rng.integers(0, 1 << 30, inputs) >> size)).tolist(),
        multiplier=np.clip(rng.integers(1, 4, inputs) << shift, 1, 32767).tolist(),
        shift=shift.tolist(),
    )


@pytest.mark.parametrize(("compiler", "bits"), [("gcc", 16), ("clang", 8)])
def test_random_bit_patterns(compiler: str, bits: int) -> None:
    front = spread(1026, bits, bits)
    rng = np.random.default_rng(20)
    vectors = RANDOM_PATTERNS // len(front.source) + 1
    with compiled(front, compiler) as (subject, build):
        for start in range(0, vectors, 1000):
            shape = (min(1000, vectors - start), len(front.source))
            patterns = rng.integers(0, 1 << 32, shape, dtype=np.uint32)
            assert differences(subject, build, patterns) == 0


def test_patterns_inside_the_window_of_each_input() -> None:
    """Patterns whose value is near the centre of the input, or a few ulp from there."""
    front = spread(1026, 16, 3)
    rng = np.random.default_rng(21)
    vectors = PATTERNS_IN_WINDOWS // len(front.source) + 1
    with np.errstate(over="ignore", under="ignore"):
        near = (
            front.centre
            + rng.integers(-33000, 33000, (vectors, len(front.source)))
            + rng.choice([0, 0.5], vectors)[:, None]
        )
        raw = np.ldexp(near, -front.exponent.astype(np.int64)).astype("<f4")
    patterns = raw.view("<u4") + rng.integers(-2, 3, raw.shape).astype(np.uint32)
    with compiled(front, "gcc") as (subject, build):
        x = reference.quantize(subject, patterns.view("<f4"))
        assert (np.abs(x) < 32767).mean() > 0.3
        assert differences(subject, build, patterns) == 0


@pytest.mark.parametrize(
    ("compiler", "flags"), [("gcc", SANITIZERS), ("gcc", ("-Ofast", "-ffast-math")), ("clang", ("-O0",))]
)
def test_every_exponent_boundary(compiler: str, flags: tuple[str, ...]) -> None:
    """Each of the 256 exponents with both signs and the mantissas at both ends, for every k and centre above."""
    pairs = [(k, centre) for k in EXPONENTS for centre in CENTRES]
    front = front_end(
        16,
        source=[0] * len(pairs),
        exponent=[k for k, _ in pairs],
        centre=[centre for _, centre in pairs],
    )
    with compiled(front, compiler, *flags) as (subject, build):
        assert differences(subject, build, BOUNDARIES[:, None]) == 0


def test_the_reference_is_the_exact_floor() -> None:
    rng = np.random.default_rng(22)
    for k in (*EXPONENTS, *range(-20, 24)):
        patterns = np.concatenate([BOUNDARIES, rng.integers(0, 1 << 32, 1000, dtype=np.uint32)])
        value, is_number = float_to_value(patterns.astype("<u4").view("<f4"), np.array(k))
        expected = [exact_value(int(bits), k) for bits in patterns]
        assert is_number.tolist() == [e is not None for e in expected]
        assert value[is_number].tolist() == [e for e in expected if e is not None], k


def exact_value(bits: int, k: int) -> int | None:
    """floor(raw * 2^k) within +-(2^30 - 1) in exact fractions; None for not-a-number."""
    sign, biased, mantissa = -1 if bits >> 31 else 1, bits >> 23 & 255, bits & 0x7FFFFF
    if biased == 255:
        return None if mantissa else sign * LIMIT
    if biased == 0:
        return 0
    exact = sign * Fraction(mantissa + (1 << 23)) * Fraction(2) ** (biased - 150 + k)
    return max(-LIMIT, min(LIMIT, exact.numerator // exact.denominator))


def test_the_exact_floor_agrees_with_ieee_754() -> None:
    """`exact_value` reads the same number from the bits as the processor does."""
    for bits in BOUNDARIES[(BOUNDARIES >> 23 & 255) % 255 > 0].tolist():
        number = Fraction(float(np.uint32(bits).view(np.float32)))
        assert exact_value(bits, 0) == max(-LIMIT, min(LIMIT, number.numerator // number.denominator))
