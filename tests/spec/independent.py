"""Interpreter and proof of a model, written from docs/SPEC.md alone: Python integers, one value at a time.

A model is a namespace of the fields of SPEC section 2, and each of its parts and blocks is one of its own; arrays are
nested lists. Nothing here may import rs2c.
"""

from __future__ import annotations

from itertools import chain, pairwise
from types import SimpleNamespace as Model

Bounds = tuple[list[tuple[str, int, int]], list[int]]

LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "uint16": (0, 65535)}
LARGEST_VALUE = 2**30 - 1


def clamp(v: int, low: int, high: int) -> int:
    return low if v < low else high if v > high else v


def narrow(t: int, s: int, bits: int) -> int:
    return clamp(t >> s, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def inputs(model: Model, raw: list[int]) -> list[int]:
    """Section 3. A float32 feature is given as its 32 bits."""
    if model.front_end is None:
        return list(raw)
    return [_input(model, i, raw[source]) for i, source in enumerate(model.front_end.source)]


def _input(model: Model, i: int, raw: int) -> int:
    front, value = model.front_end, raw
    if model.raw_type == "float32":
        if (raw & 0x7FFFFFFF) > 0x7F800000:
            return 0
        value = _value(raw, front.exponent[i])
    if front.indicator[i]:
        return front.multiplier[i] if value == front.centre[i] else 0
    return _affine(front, i, value)


def _affine(front: Model, i: int, value: int) -> int:
    v = clamp(value - front.centre[i], -(2**15), 2**15 - 1)
    return narrow(v * front.multiplier[i], front.shift[i], front.bits)


def _value(bits: int, k: int) -> int:
    biased, negative = (bits >> 23) & 255, bits >> 31
    mantissa, s = (bits & 0x7FFFFF) + 2**23, biased - 150 + k
    down = min(-s, 24)
    if biased == 0:
        magnitude = 0
    elif biased == 255 or s > 6:
        magnitude = LARGEST_VALUE
    elif s >= 0:
        magnitude = mantissa << s
    else:
        magnitude = (mantissa + (2**down - 1 if negative else 0)) >> down
    return -magnitude if negative else magnitude


def project(model: Model, x: list[int]) -> list[int]:
    """Section 4."""
    part = model.projection
    if part is None:
        return x
    half = 2**part.shift >> 1
    return [
        narrow(_dot(weights, x) + bias + half, part.shift, part.bits)
        for weights, bias in zip(part.weights, part.bias, strict=True)
    ]


def scores(model: Model, x: list[int]) -> list[int]:
    """Sections 4 to 6: inputs to scores."""
    z = project(model, x)
    total = [bias << model.output.bias_shift for bias in model.output.bias]
    for block in model.blocks:
        total = [t + (g << s) for t, g, s in zip(total, GIVES[block.kind](block, z), block.output_shifts, strict=True)]
    return total


def hash_values(part: Model, z: list[int]) -> list[list[int]]:
    """Section 5.1: t of each row and hash."""
    return [
        [_dot(weights, z) * c + (offset << part.offset_shift) for weights, offset, c in zip(*row, strict=True)]
        for row in zip(part.weights, part.offsets, scales(part), strict=True)
    ]


def scales(part: Model) -> list[list[int]]:
    return [[1] * len(row) for row in part.offsets] if part.scales is None else part.scales


def column(part: Model, row: int, t: list[int]) -> int:
    """Section 5.1: the column that a row reads."""
    if part.kind == "srp":
        cells = [int(v >= 0) for v in t]
    else:
        cells = [clamp(v, 0, 2 ** (part.cell_bits + s) - 1) >> s for v, s in zip(t, part.shifts[row], strict=True)]
    if part.kind == "rehash":
        mixed = part.addends[row] + _dot(part.multipliers[row], cells)
        return (mixed % 2**32) >> (32 - part.column_bits)
    result = 0
    for cell in cells:
        result = result * 2**part.cell_bits + cell
    return result


def hashed_rows(block: Model, z: list[int]) -> list[int]:
    """Section 5.1: g of each score."""
    added = [_added(block, row, t) for row, t in enumerate(hash_values(block.hashes, z))]
    size = len(added) // block.groups
    result = []
    for c in range(len(block.output_shifts)):
        sums = [sum(row[c] for row in added[j * size : (j + 1) * size]) for j in range(block.groups)]
        result.append(sorted(sums)[(block.groups - 1) // 2])
    return result


def _added(block: Model, row: int, t: list[int]) -> list[int]:
    """What a row adds to each score."""
    read = _read(block, row, t)
    return read if block.factors is None else [read[0] * factor for factor in block.factors[row]]


def _read(block: Model, row: int, t: list[int]) -> list[int]:
    counts = block.counts[row % len(block.counts)]
    if block.probe == "nearest":
        return counts[column(block.hashes, row, t)]
    s = block.hashes.shifts[row][0]
    position = clamp(t[0], 0, ((len(counts) - 1) << s) - 1)
    i = position >> s
    low = position - (i << s)
    f = low >> (s - 8) if s >= 8 else low << (8 - s)
    return [256 * a + (b - a) * f for a, b in zip(counts[i], counts[i + 1], strict=True)]


def linear_term(block: Model, z: list[int]) -> list[int]:
    """Section 5.2: g of each score."""
    return [_dot(weights, z) for weights in block.weights]


def answers(model: Model, score: list[int]) -> list[int]:
    """Section 6."""
    if model.task == "regress":
        return score
    return [int(score[0] > 0)] if len(score) == 1 else [score.index(max(score))]


def bounds(model: Model) -> list[tuple[str, int, int]]:
    """Section 7: name, largest, limit."""
    found = []
    front, projection = model.front_end, model.projection
    low, high = input_range(model)
    if front is not None:
        entries = zip(front.indicator, front.multiplier, front.shift, strict=True)
        largest = max((0 if i else 2**15) * m + 2 ** (s + front.bits - 1) for i, m, s in entries)
        found.append(("front end", largest, 2**31))
    if projection is not None:
        half = 2**projection.shift >> 1
        fixed = 2 ** (projection.shift + projection.bits - 1) + half
        sums = [_largest(w, low, high) + abs(b) for w, b in zip(projection.weights, projection.bias, strict=True)]
        found.append(("projection", max(sums) + fixed, 2**31))
        ends = []
        for w, b in zip(projection.weights, projection.bias, strict=True):
            least = sum(v * (lo if v > 0 else hi) for v, lo, hi in zip(w, low, high, strict=True))
            most = sum(v * (hi if v > 0 else lo) for v, lo, hi in zip(w, low, high, strict=True))
            ends.append([narrow(e + b + half, projection.shift, projection.bits) for e in (least, most)])
        low, high = [e[0] for e in ends], [e[1] for e in ends]
    total = [abs(bias) << model.output.bias_shift for bias in model.output.bias]
    for block in model.blocks:
        own, largest_given = BOUNDS[block.kind](block, low, high)
        found += own
        total = [t + (g << s) for t, g, s in zip(total, largest_given, block.output_shifts, strict=True)]
    found.append(("score", max(total), 2**30))
    return found


def input_range(model: Model) -> tuple[list[int], list[int]]:
    least, most = LIMITS.get(model.raw_type, (-LARGEST_VALUE, LARGEST_VALUE))
    front = model.front_end
    if front is None:
        d = len(model.feature_names)
        return [least] * d, [most] * d
    low, high = [], []
    for i, indicator in enumerate(front.indicator):
        low.append(0 if indicator else min(0, _affine(front, i, least)))
        high.append(front.multiplier[i] if indicator else max(0, _affine(front, i, most)))
    return low, high


def hashed_rows_bounds(block: Model, low: list[int], high: list[int]) -> Bounds:
    """Section 5.1: the bounds, and G of each score."""
    hashes = block.hashes
    directions = zip(chain(*hashes.weights), chain(*scales(hashes)), chain(*hashes.offsets), strict=True)
    reach = [_largest(w, low, high) * c + (abs(b) << hashes.offset_shift) for w, c, b in directions]
    reads = [[_largest_read(block, list(counts)) for counts in zip(*array, strict=True)] for array in block.counts]
    totals = [0] * len(block.output_shifts)
    for row in range(len(hashes.weights)):
        read = reads[row % len(reads)]
        for c in range(len(totals)):
            totals[c] += read[c] if block.factors is None else read[0] * abs(block.factors[row][c])
    return [("hash value", max(reach), 2**31), ("sum of counts", max(totals), 2**31)], totals


def _largest_read(block: Model, counts: list[int]) -> int:
    if block.probe == "nearest":
        return max(abs(v) for v in counts)
    return max(256 * abs(a) + 255 * abs(b - a) for a, b in pairwise(counts))


def linear_term_bounds(block: Model, low: list[int], high: list[int]) -> Bounds:
    """Section 5.2: the bound, and G of each score."""
    lines = [_largest(weights, low, high) for weights in block.weights]
    return [("tail", max(lines), 2**31)], lines


def _largest(weights: list[int], low: list[int], high: list[int]) -> int:
    return sum(abs(w) * max(-lo, hi) for w, lo, hi in zip(weights, low, high, strict=True))


def _dot(weights: list[int], values: list[int]) -> int:
    return sum(w * v for w, v in zip(weights, values, strict=True))


GIVES = {"hashed_rows": hashed_rows, "linear_term": linear_term}
BOUNDS = {"hashed_rows": hashed_rows_bounds, "linear_term": linear_term_bounds}
