"""The generator of every hash constant, defined bit by bit (SPEC section 10): any language can draw the same ones.

Words. All arithmetic is unsigned, modulo 2**64; `>>` is a logical shift.

    mix(v):      v = (v ^ (v >> 30)) * 0xBF58476D1CE4E5B9
                 v = (v ^ (v >> 27)) * 0x94D049BB133111EB
                 return v ^ (v >> 31)
    draw(s, i) = mix(s + (i + 1) * 0x9E3779B97F4A7C15)
    word(seed, purpose, row, k, index) = draw(draw(draw(draw(seed, purpose), row), k), index)

draw(s, i) is output number i, from 0, of SplitMix64 started at state s (Steele, Lea, Flood, *Fast Splittable
Pseudorandom Number Generators*, OOPSLA 2014), so each part of the key picks one output of the stream that the part
before it names. Purposes: 0 directions, 1 offsets, 2 multipliers, 3 addends, 4 reference Monte Carlo.
Rows, hashes k of a row, and indices count from 0.

Gaussian direction, coordinate j: w = word(seed, 0, row, k, j). The size is table[(w >> 52) & 2047] / 2**20, negative
if w >> 63 is 1. `gaussian_table.bin` holds 2048 little-endian uint32: entry i is 2**20 times the root mean square of a
standard normal variable X given i/2048 <= P(|x| < |X|) < (i+1)/2048, rounded to the nearest integer, so the
variance over all words is 1.

Ternary direction, coordinate j: w = word(seed, purpose, row, k, attempt * p + j), p coordinates in all. The value is 0
unless ((w >> 31) & (2**32 - 1)) < floor(density * 2**32); then it is -1 if w >> 63 is 1, else +1. `attempt` is the
first of 0, 1, 2, … for which not every coordinate is 0.

Offset: float64 (word(seed, 1, row, k, 0) >> 40) * 2**-24 * r, which is uniform on [0, r).
Multiplier a_k: word(seed, 2, row, k, 0) >> 32. Addend b: word(seed, 3, row, 0, 0) >> 32. Both are uniform on uint32.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import Rs2cError

DIRECTIONS, OFFSETS, MULTIPLIERS, ADDENDS, MONTE_CARLO = range(5)
GAUSSIAN_TABLE_SHA256 = "76dca768fa8fa093ff3e137194e2ae54d3651012db353a904684241b9535dc75"

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_BLOCK_WORDS = 1 << 20


def draw(state: NDArray[np.uint64], index: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Output number `index` of SplitMix64 started at `state`; the two broadcast against each other."""
    v = state + (index + np.uint64(1)) * _GAMMA
    v = (v ^ (v >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    v = (v ^ (v >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return v ^ (v >> np.uint64(31))


def words(
    seed: int, purpose: int, row: NDArray[np.uint64], k: NDArray[np.uint64], index: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """word(seed, purpose, row, k, index) of the module's definition, for arrays that broadcast (at least 1-d)."""
    state = draw(np.array([seed], np.uint64), np.array([purpose], np.uint64))
    return draw(draw(draw(state, row), k), index)


@cache
def gaussian_table() -> NDArray[np.float64]:
    """Positive sizes of a standard normal draw: float64 (2048,), exact multiples of 2**-20.

    Raises:
        Rs2cError: the file in the package is not the one this version was made with.
    """
    content = Path(__file__).with_name("gaussian_table.bin").read_bytes()
    if hashlib.sha256(content).hexdigest() != GAUSSIAN_TABLE_SHA256:
        raise Rs2cError("gaussian_table.bin in the package rs2c is damaged; install rs2c again")
    return np.frombuffer(content, "<u4").astype(np.float64) * 2.0**-20


def gaussian_directions(seed: int, rows: int, hashes: int, dimensions: int) -> NDArray[np.float64]:
    """Standard normal directions: float64 (rows, hashes, dimensions)."""
    result = np.empty((rows, hashes, dimensions))
    table = gaussian_table()
    for block, row in _row_blocks(rows, hashes * dimensions):
        w = words(seed, DIRECTIONS, row[:, None, None], _count(hashes)[:, None], _count(dimensions))
        size = table[(w >> np.uint64(52)) & np.uint64(2047)]
        result[block] = np.where(w >> np.uint64(63), -size, size)
    return result


def ternary_directions(
    seed: int, rows: int, hashes: int, dimensions: int, density: float, purpose: int = DIRECTIONS
) -> NDArray[np.int8]:
    """Directions of -1, 0 and +1, each with at least one coordinate that is not 0: int8 (rows, hashes, dimensions)."""
    result = np.empty((rows * hashes, dimensions), np.int8)
    threshold = np.uint64(int(density * 2**32))
    for block, vector in _row_blocks(rows * hashes, dimensions):
        values = result[block]
        index, redrawn = _count(dimensions), np.arange(len(vector))
        while len(redrawn):
            row, k = np.divmod(vector[redrawn, None], np.uint64(hashes))
            w = words(seed, purpose, row, k, index)
            nonzero = (w >> np.uint64(31)) & np.uint64(0xFFFFFFFF) < threshold
            values[redrawn] = np.where(nonzero, np.where(w >> np.uint64(63), -1, 1), 0)
            redrawn = redrawn[~nonzero.any(axis=1)]
            index = index + np.uint64(dimensions)
    return result.reshape(rows, hashes, dimensions)


def offsets(seed: int, rows: int, hashes: int, bin_width: float) -> NDArray[np.float64]:
    """Offsets uniform on [0, bin_width), in the units of the points: float64 (rows, hashes)."""
    w = words(seed, OFFSETS, _count(rows)[:, None], _count(hashes), _count(1))
    return (w >> np.uint64(40)).astype(np.float64) * 2.0**-24 * bin_width


def rehash_constants(seed: int, rows: int, hashes: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Multipliers uint32 (rows, hashes) and addends uint32 (rows,), uniform over all of uint32."""
    multipliers = words(seed, MULTIPLIERS, _count(rows)[:, None], _count(hashes), _count(1))
    addends = words(seed, ADDENDS, _count(rows), _count(1), _count(1))
    return (multipliers >> np.uint64(32)).astype(np.uint32), (addends >> np.uint64(32)).astype(np.uint32)


def _count(n: int) -> NDArray[np.uint64]:
    return np.arange(n, dtype=np.uint64)


def _row_blocks(rows: int, words_per_row: int) -> Iterator[tuple[slice, NDArray[np.uint64]]]:
    """Slices of at most about 8 MB of words, with the row numbers in them."""
    step = max(1, _BLOCK_WORDS // words_per_row)
    for start in range(0, rows, step):
        block = slice(start, min(start + step, rows))
        yield block, np.arange(block.start, block.stop, dtype=np.uint64)
