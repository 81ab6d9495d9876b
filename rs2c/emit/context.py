"""What the templates are given: every fact of a model that an emitted library states, ready to be laid out."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from rs2c.base.arrays import Array
from rs2c.base.errors import ModelError
from rs2c.base.version import __version__
from rs2c.emit.features import features
from rs2c.emit.golden import golden_context
from rs2c.emit.names import c_string, shown, shown_in_markdown
from rs2c.emit.tables import Table, avr_problem, make_table, packed_table
from rs2c.model.bounds import prove
from rs2c.model.canonical import model_hash
from rs2c.model.card import metric_text, read_card
from rs2c.model.cost import model_cost
from rs2c.model.file import ModelFile
from rs2c.model.front_end import FrontEnd
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel
from rs2c.model.linear_term import LinearTerm
from rs2c.model.projection import Projection
from rs2c.model.rules import Layout
from rs2c.model.storage import is_packed
from rs2c.model.summary import summary

ABI = 1
HOMEPAGE = "https://arxiv.org/abs/2106.11426"  # manifests must name a page: that of the method
_LEAST_DECIMALS, _MOST_DECIMALS = 4, 15  # that Arduino's print is asked for
_LARGEST_PRINTED, _MOST_TENS = 4e9, 300  # by Arduino's print, for which more is "ovf"; of what a double holds
_INDICATOR_SHIFT = 255  # stands in the table of shifts: an indicator has none


def library_context(content: ModelFile, name: str) -> dict[str, Any]:
    """Template variables of one library; raises BoundError where the model cannot be proved."""
    model = content.model
    bounds = prove(model)
    digest = model_hash(model)
    rows, tail = rows_and_tail(model)
    hashes, stored = rows.hashes, tables(model)
    z_bits = model.projection.bits if model.projection else 0
    clamps = rows.probe == "linear" or _leaves_the_cells(model)
    return {
        "n": name,
        "N": name.upper(),
        "version": __version__,
        "abi": ABI,
        "hash": digest,
        "model_id": f"0x{digest[:8].upper()}UL",
        "summary": summary(model),
        "bounds": bounds,
        "largest_score": bounds[-1].largest,
        "cost": model_cost(model),
        "features": features(model),
        "name_width": max(len(shown(feature)) for feature in model.feature_names),
        "classes": [shown(label) for label in model.class_names],
        "class_literals": [c_string(label) for label in model.class_names],
        "classify": model.task == "classify",
        "two_classes": model.n_scores == 1,
        "n_features": model.n_features,
        "n_inputs": model.n_inputs,
        "n_scores": model.n_scores,
        "frac_bits": model.output.value_frac_bits,
        "decimals": min(max(math.ceil(model.output.value_frac_bits * math.log10(2)), _LEAST_DECIMALS), _MOST_DECIMALS),
        "tens": _tens(bounds[-1].largest, model.output.value_frac_bits),
        "raw_type": "float" if model.raw_type == "float32" else f"{model.raw_type}_t",
        "feature_type": f"{model.feature_dtype.name}_t",
        "z": "z" if model.projection else "x",
        "z_type": f"int{z_bits}_t" if model.projection else f"{name}_feature_t",
        "front": _front_end(model, name),
        "projection": _projection(model.projection),
        "dimensions": model.dimensions,
        "rows": rows.rows,
        "hashes": hashes.weights.shape[1],
        "columns": rows.columns,
        "arrays": rows.arrays,
        "shared": rows.arrays < rows.rows,
        "factors": rows.factors is not None,
        "tail_layout": tail.layout if tail else None,
        "kind": hashes.kind,
        "cell_bits": hashes.cell_bits,
        "column_bits": hashes.column_bits,
        "layout": hashes.layout,
        "offset_shift": hashes.offset_shift,
        "scaled": hashes.scales is not None,
        "bias_shift": model.output.bias_shift,
        "cursor": ", at" if hashes.layout == "sparse" else "",
        "cursor_parameter": ", uint32_t *at" if hashes.layout == "sparse" else "",
        "linear": rows.probe == "linear",
        "clamps": clamps,
        "uses_min_max": bool(clamps or model.front_end or model.projection or rows.groups > 1),
        "shifts_below_8": bool((hashes.shifts < 8).any()),
        "shifts_from_8": bool((hashes.shifts >= 8).any()),
        "groups": rows.groups,
        "shifts_output": bool(rows.output_shifts.any()),
        "count_bits": count_bits(rows),
        "tables": stored,
        "stores_tables": any(table.literal is None for table in stored),
        "packs_tables": any(table.packed for table in stored),
        "avr_problem": avr_problem(stored, name),
        "golden": golden_context(model, stored),
        "homepage": HOMEPAGE,
        "card": _card(content),
    }


def _tens(largest_score: int, value_frac_bits: int) -> int:
    """The power of ten by which Arduino's print takes the largest value, 0 where it takes it as it is."""
    digits = math.log10(largest_score + 1) - value_frac_bits * math.log10(2)
    return min(max(0, math.ceil(digits - math.log10(_LARGEST_PRINTED))), _MOST_TENS)


def _leaves_the_cells(model: IntegerModel) -> bool:
    """Whether some hash value may lie outside its cells, so that it has to be clamped."""
    hashes = rows_and_tail(model)[0].hashes
    low, high = hashes.range(model.read_range)
    beyond = high >> hashes.shifts.astype(np.int64) >= 1 << hashes.cell_bits
    return hashes.kind != "srp" and bool(((low < 0) | beyond).any())


def rows_and_tail(model: IntegerModel) -> tuple[HashedRows, LinearTerm | None]:
    """The two kinds of blocks that are emitted."""
    rows = model.block(HashedRows)
    if rows is None:
        raise ModelError("a model without hashed rows is not emitted yet; give it a row")
    return rows, model.block(LinearTerm)


def _front_end(model: IntegerModel, name: str) -> SimpleNamespace | None:
    front = model.front_end
    if front is None:
        return None
    in_order = np.array_equal(front.source, np.arange(model.n_features))
    return SimpleNamespace(
        bits=front.bits,
        is_float=model.raw_type == "float32",
        nan_means=_nan_means(front),
        indicator=_INDICATOR_SHIFT if front.indicator.any() else None,
        # Below this exponent the bits of infinity would not exceed the largest shift by themselves.
        tests_infinity=bool((front.exponent < 6 + 1 + 150 - 255).any()),
        source="i" if in_order else f"{name.upper()}_SOURCE(i)",
    )


def _nan_means(front: FrontEnd) -> str:
    """What not-a-number is read as: at x = 0 lies the centre, and in a category no indicator is set."""
    number = front.indicator == 0
    means = []
    if number.any():
        means.append("the training mean" if front.centre[number].any() else "zero")
    if not number.all():
        means.append("none of its names")
    return " or, in a category, ".join(means)


def _projection(projection: Projection | None) -> SimpleNamespace | None:
    if projection is None:
        return None
    return SimpleNamespace(bits=projection.bits, shift=projection.shift, half=(1 << projection.shift) >> 1)


def tables(model: IntegerModel) -> list[Table]:
    """Constant tables of the source, in the order in which the computation meets them."""
    made: list[Table] = []
    rows, tail = rows_and_tail(model)
    front, projection, hashes = model.front_end, model.projection, rows.hashes
    if front is not None:
        if not np.array_equal(front.source, np.arange(model.n_features)):
            made.append(make_table("source", front.source, "the raw feature that each input reads"))
        if model.raw_type == "float32":
            made.append(make_table("exponent", front.exponent, "value = floor(feature * 2^exponent)"))
        made.append(make_table("centre", front.centre, "the value at x = 0"))
        made.append(make_table("multiplier", front.multiplier, "multiplier / 2^shift: steps of x for one of the value"))
        shift = np.where(front.indicator == 1, _INDICATOR_SHIFT, front.shift)
        made.append(make_table("shift", shift.astype(np.uint8), "of the multiplier"))
    if projection is not None:
        comment = "one direction for each dimension of z"
        made.append(
            make_table("projection", projection.weights, comment, per_line=projection.weights.shape[1], whole=True)
        )
        made.append(make_table("projection_bias", projection.bias, "added to each dimension"))
    flat = hashes.weights.reshape(-1, model.dimensions)
    if hashes.layout == "ternary":
        ends, entries = index_lists(model)
        comment = "inputs of each hash: first those with +1, then those with -1"
        made.append(make_table("list", entries, comment, whole=True))
        made.append(make_table("list_end", ends, "end of the +1 and of the -1 list of each hash", keep=True))
    else:
        made += _weight_tables(flat, hashes.layout, ("direction", ""), "hash")
    made.append(make_table("offset", hashes.offsets, f"added to each hash value{_steps(hashes.offset_shift)}"))
    if hashes.scales is not None:
        made.append(make_table("scale", hashes.scales, "what the sum of each hash is multiplied by"))
    if hashes.kind != "srp":
        made.append(make_table("cell_shift", hashes.shifts, "a cell is 2^shift wide"))
    if hashes.multipliers is not None and hashes.addends is not None:
        made.append(make_table("mix", hashes.multipliers, "rehash multipliers, uniform over 32 bits", whole=True))
        made.append(make_table("addend", hashes.addends, "rehash addends, uniform over 32 bits", whole=True))
    width = rows.counts.shape[2]
    shape = f"[{rows.arrays}][{rows.columns}]" + ("" if rows.factors is not None else f"[{model.n_scores}]")
    what = "row" if rows.arrays == rows.rows else "array"
    made.append(
        packed_table(
            "count",
            rows.counts,
            f"count arrays {shape}: {what}, column{', score' if rows.factors is None else ''}",
            per_line=width if width > 1 else rows.columns,
        )
    )
    if rows.factors is not None:
        comment = f"[{rows.rows}][{model.n_scores}]: what a row reads counts this many times for each score"
        made.append(packed_table("factor", rows.factors, comment, per_line=model.n_scores))
    if tail is not None:
        made += _weight_tables(tail.weights, tail.layout, ("slope", "tail_"), "score")
        made.append(make_table("tail_shift", tail.output_shifts, "left shift of the linear term of each score"))
    if rows.output_shifts.any():
        made.append(make_table("output_shift", rows.output_shifts, "left shift of each output"))
    made.append(make_table("bias", model.output.bias, f"added to each score{_steps(model.output.bias_shift)}"))
    return made


def _steps(shift: int) -> str:
    return f", in steps of {1 << shift}" if shift else ""


def _weight_tables(weights: Array, layout: Layout, names: tuple[str, str], owner: str) -> list[Table]:
    """Tables of int8 weights (m, p): all of them under the first name, or lists with the second as their prefix."""
    whole, prefix = names
    if layout == "dense":
        return [packed_table(whole, weights, f"one direction for each {owner}", per_line=weights.shape[1])]
    place, lengths = np.nonzero(weights), np.count_nonzero(weights, axis=1)
    return [
        packed_table(f"{prefix}weight", weights[place], f"weights that are not 0, {owner} by {owner}"),
        make_table(f"{prefix}index", place[1].astype(np.uint16), "the input of each weight", whole=True),
        make_table(f"{prefix}length", lengths.astype(np.uint16), f"number of weights of each {owner}"),
    ]


def index_lists(model: IntegerModel) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Ternary directions as lists: ends int64 (2 L K,) and inputs int64 (entries,)."""
    weights = rows_and_tail(model)[0].hashes.weights
    flat = weights.reshape(-1, weights.shape[2])
    lists = [np.flatnonzero(direction == sign) for direction in flat for sign in (1, -1)]
    return np.cumsum([len(entries) for entries in lists]), np.concatenate(lists)


def _card(content: ModelFile) -> SimpleNamespace | None:
    """The model card, its texts made safe for Markdown."""
    card = read_card(content)
    if card is None:
        return None
    return SimpleNamespace(
        facts=[(shown_in_markdown(key), shown_in_markdown(value)) for key, value in card.facts],
        metric=shown_in_markdown(card.metric),
        stages=[(shown_in_markdown(stage), metric_text(card.metric, value)) for stage, value in card.stages],
    )


def count_bits(rows: HashedRows) -> int:
    """Bits of a count as it is stored."""
    return 4 if is_packed(rows.counts) else 8 * rows.counts.dtype.itemsize
