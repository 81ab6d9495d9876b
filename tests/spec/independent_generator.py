"""The hash generator, written from docs/SPEC.md section 10 alone."""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise
from statistics import NormalDist

WORD = 2**64


def mix(v: int) -> int:
    v = (v ^ (v >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    v = (v ^ (v >> 27)) * 0x94D049BB133111EB % WORD
    return v ^ (v >> 31)


def draw(state: int, i: int) -> int:
    return mix((state + (i + 1) * 0x9E3779B97F4A7C15) % WORD)


def word(seed: int, purpose: int, row: int, k: int, index: int) -> int:
    return draw(draw(draw(draw(seed, purpose), row), k), index)


@cache
def gaussian_table() -> list[int]:
    """The closed form in 45 digits: quantiles by Newton's method from the standard library's."""
    with localcontext() as context:
        context.prec = 45
        density_at_0 = 1 / (2 * Decimal("3.14159265358979323846264338327950288419716939937510582")).sqrt()
        products = [Decimal(0)]
        for i in range(1, 2048):
            q = Decimal(NormalDist().inv_cdf(0.5 + i / 4096))
            for _ in range(2):  # each doubles about 16 right digits
                density = density_at_0 * (-q * q / 2).exp()
                q -= (density * _series(q) - Decimal(i) / 4096) / density
            products.append(q * density_at_0 * (-q * q / 2).exp())
        products.append(Decimal(0))
        squares = [1 - 4096 * (b - a) for a, b in pairwise(products)]
        return [int((2**20 * square.sqrt()).to_integral_value()) for square in squares]


def _series(q: Decimal) -> Decimal:
    """(Φ(q) - 1/2) / φ(q) = q + q^3/3 + q^5/15 + …"""
    term = total = q
    n = 1
    while term > Decimal(10) ** -42:
        n += 2
        term = term * q * q / n
        total += term
    return total


def gaussian(seed: int, rows: int, hashes: int, p: int) -> list[list[list[int]]]:
    """In units of 2^-20."""

    def coordinate(w: int) -> int:
        size = gaussian_table()[(w >> 52) & 2047]
        return -size if w >> 63 else size

    return [[[coordinate(word(seed, 0, r, k, j)) for j in range(p)] for k in range(hashes)] for r in range(rows)]


def ternary(seed: int, rows: int, hashes: int, p: int, density: float, purpose: int = 0) -> list[list[list[int]]]:
    return [[_ternary(seed, purpose, r, k, p, density) for k in range(hashes)] for r in range(rows)]


def _ternary(seed: int, purpose: int, row: int, k: int, p: int, density: float) -> list[int]:
    above, below = density.as_integer_ratio()
    threshold = above * 2**32 // below
    attempt = 0
    while True:
        words = [word(seed, purpose, row, k, attempt * p + j) for j in range(p)]
        values = [(-1 if w >> 63 else 1) if ((w >> 31) & (2**32 - 1)) < threshold else 0 for w in words]
        if any(values):
            return values
        attempt += 1


def offsets(seed: int, rows: int, hashes: int) -> list[list[int]]:
    """In units of r / 2^24."""
    return [[word(seed, 1, r, k, 0) >> 40 for k in range(hashes)] for r in range(rows)]


def multipliers(seed: int, rows: int, hashes: int) -> list[list[int]]:
    return [[word(seed, 2, r, k, 0) >> 32 for k in range(hashes)] for r in range(rows)]


def addends(seed: int, rows: int) -> list[int]:
    return [word(seed, 3, r, 0, 0) >> 32 for r in range(rows)]
