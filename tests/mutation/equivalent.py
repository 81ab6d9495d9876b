"""Mutants that compute the same for every input, each by a rule with its proof. Nothing else is excused.

A rule looks at the changed line, the token marked with «», and where a proof needs it, at the model's constants.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rs2c.base.raw_types import type_limits
from rs2c.model.hashed_rows import FRACTION_BITS
from rs2c.model.hashes import cell_tuples
from rs2c.model.int32 import narrow
from rs2c.model.integer_model import IntegerModel
from rs2c.model.storage import stored_entries
from tests.mutation.mutants import Mutant
from tests.mutation.run import Subject
from tests.support.sketches import rows_of


@dataclass(frozen=True)
class Rule:
    """`pattern` is searched in the marked line followed by ` -> ` and what the token becomes."""

    where: str  # pattern of the function or table
    pattern: str
    reason: str
    holds: Callable[[IntegerModel, Mutant, str], bool] = lambda model, mutant, source: True


def equivalent(subject: Subject, mutant: Mutant) -> str | None:
    """The reason why a mutant cannot be noticed, or None."""
    change = f"{mutant.context(subject.source)} -> {mutant.text}"
    for rule in RULES:
        matches = re.fullmatch(rule.where, mutant.where) and re.search(rule.pattern, change)
        if matches and rule.holds(subject.model, mutant, subject.source):
            return rule.reason
    return None


def _one_score(model: IntegerModel, _: Mutant, __: str) -> bool:
    return model.n_scores == 1


def _shifts_drop_a_bit(model: IntegerModel, mutant: Mutant, _: str) -> bool:
    """Whether what stands behind max(., 0) is always shifted right by one or more."""
    if mutant.where == "narrow":
        front, projection = model.front_end, model.projection
        least = [] if front is None else [int(front.shift[front.indicator == 0].min(initial=99))]
        return min([*least, 99 if projection is None else projection.shift]) >= 1
    spare = FRACTION_BITS if mutant.where == "position" else 0
    return int(rows_of(model).hashes.shifts.min()) > spare


def _third_of_the_groups_is_half(model: IntegerModel, _: Mutant, __: str) -> bool:
    return rows_of(model).groups // 3 == rows_of(model).groups // 2


def _value(mutant: Mutant, source: str) -> tuple[int, int]:
    """A table entry before and after, with the sign that stands before it."""
    sign = -1 if source[: mutant.start].endswith("-") else 1
    digits = mutant.before(source).rstrip("uUlL")
    before = int(digits, 0)
    after = before - 1 if mutant.text.startswith("(0") else int(mutant.text.rstrip("uUlL"), 0)
    return sign * before, sign * after


def _no_column_moves(model: IntegerModel, mutant: Mutant, source: str) -> bool:
    """Whether every tuple of cells that any input can give keeps its column."""
    hashes, (before, after) = rows_of(model).hashes, _value(mutant, source)
    row, k = (mutant.index, 0) if mutant.where == "addend" else divmod(mutant.index, hashes.weights.shape[1])
    low, high = (hashes.cells(end)[row] for end in hashes.range(model.read_range))
    tuples = cell_tuples(low, high)
    if tuples is None:
        return False
    mixed = int(hashes.addends[row]) + (tuples * hashes.multipliers[row].astype(np.int64)).sum(axis=1)
    moved = mixed + (after - before) * (1 if mutant.where == "addend" else tuples[:, k])
    columns = [(sums & 0xFFFFFFFF) >> (32 - hashes.column_bits) for sums in (mixed, moved)]
    return bool((columns[0] == columns[1]).all())


def _same_inputs(model: IntegerModel, mutant: Mutant, source: str) -> bool:
    """Whether x stays what it is for every value of every raw feature of an integer type."""
    front, (before, after) = model.front_end, _value(mutant, source)
    assert front is not None
    if model.raw_type == "float32" or front.indicator.any():
        return False
    value = np.arange(type_limits(model.raw_type)[0], type_limits(model.raw_type)[1] + 1)[:, None]
    constants = {
        "centre": front.centre.astype(np.int64),
        "multiplier": front.multiplier.astype(np.int64),
        "window": np.array([-(1 << 15), (1 << 15) - 1], np.int64),
    }
    name, at = (mutant.where, mutant.index) if mutant.where in constants else ("window", int(before > 0))
    changed = {**constants, name: constants[name].copy()}
    assert changed[name][at] == before
    stands_for_the_rest = name != "window" and at == stored_entries(constants[name]) - 1
    changed[name][at : None if stands_for_the_rest else at + 1] = after
    x = []
    for c in (constants, changed):
        v = np.clip(value - c["centre"], *c["window"])
        x.append(narrow(v * c["multiplier"], front.shift.astype(np.int64), front.bits))
    return bool((x[0] == x[1]).all())


def _no_edge_is_crossed(model: IntegerModel, mutant: Mutant, source: str) -> bool:
    """Whether t, a fixed number modulo the divisor of all weights, never is next to an edge on the side it moves to.

    Edges of a linear probe are 1/256 of a cell apart: every multiple of 2^(shift - 8).
    """
    before, after = _value(mutant, source)
    if rows_of(model).hashes.kind == "srp" or (model.front_end is not None and model.front_end.indicator.any()):
        return False
    row, k = divmod(mutant.index, rows_of(model).hashes.weights.shape[1])
    weights, step = rows_of(model).hashes.weights, 1 << rows_of(model).hashes.offset_shift
    if mutant.index == stored_entries(rows_of(model).hashes.offsets) - 1 < rows_of(model).hashes.offsets.size - 1:
        return False  # the offset of several hashes
    divisor = math.gcd(*weights[row, k].astype(int).tolist())
    shift = int(rows_of(model).hashes.shifts[row, k]) - (FRACTION_BITS if rows_of(model).probe == "linear" else 0)
    if shift < 0:
        return False
    # Adding a step crosses the edge e from t = e - step to e - 1, subtracting one crosses it from e to e + step - 1.
    crossing = range(-step, 0) if after > before else range(step)
    return all((t - before * step) % math.gcd(divisor, 1 << shift) != 0 for t in crossing)


def _scales_nothing(model: IntegerModel, mutant: Mutant, _: str) -> bool:
    """Whether the hashes that a scale belongs to have no weight."""
    scales, weights = rows_of(model).hashes.scales, rows_of(model).hashes.weights.reshape(-1, model.dimensions)
    assert scales is not None
    last = mutant.index == stored_entries(scales) - 1
    return not weights[mutant.index : None if last else mutant.index + 1].any()


def _fills_its_type(model: IntegerModel, _: Mutant, __: str) -> bool:
    """Whether x and z have as many bits as the types that hold them."""
    return all(part is None or part.bits in (8, 16) for part in (model.front_end, model.projection))


def _one_more(_: IntegerModel, mutant: Mutant, source: str) -> bool:
    return int(mutant.text.rstrip("u")) == int(mutant.before(source).rstrip("u")) + 1


RULES = (
    Rule("scale", "", "a sum without weights is 0, and stays so whatever its scale", _scales_nothing),
    Rule("min", "«<» b.* -> <=$", "both branches give the same number where a = b"),
    Rule("max", "«>» b.* -> >=$", "both branches give the same number where a = b"),
    Rule(
        "narrow|cell|position",
        r"_max\(.*, «0»\).* -> 1$",
        "0 and 1 give the same after the right shift by one or more that follows",
        _shifts_drop_a_bit,
    ),
    Rule(
        "narrow",
        r"«-» half; -> \+$",
        "differs by 2^bits, which the conversion to so many bits takes away",
        _fills_its_type,
    ),
    Rule("value", r"shift (>= «0»|«>=» 0)\).* -> (1|>)$", "at shift 0 both branches shift by nothing"),
    Rule("value", "-shift, «24».* -> 25$", "a 24-bit mantissa shifted by 24 or by 25 leaves 0, or 1 rounded up"),
    Rule("column", "column = «0u»;", "these bits are shifted past the column and masked away"),
    Rule("read|median", r"N_SCORES «\+» c.* -> -$", "c is 0, for there is one score", _one_score),
    Rule("scores", r"< \w+_N_SCORES; c«\+\+».* -> --$", "one pass either way, for there is one score", _one_score),
    Rule("predict", "c = «1u».* -> 0u$", "score 0 is not greater than itself"),
    Rule("median", "GROUPS / «2u».* -> 3u$", "so few groups have the same third as half", _third_of_the_groups_is_half),
    Rule(
        "[A-Z_]+",
        r"\(i\) < «(\d+)u»\) \? \(i\) : \1u\)",
        "the last entry is read at its own place or for those after it: at that place the same entry",
        _one_more,
    ),
    Rule("mix|addend", "", "no cells that an input can give get another column", _no_column_moves),
    Rule("multiplier|centre", "", "x is the same for every value of the raw type", _same_inputs),
    Rule("quantize", "«3276[78]L»", "x is the same for every value of the raw type", _same_inputs),
    Rule("offset", "", "t never is next to an edge, for the weights have a common divisor", _no_edge_is_crossed),
)
