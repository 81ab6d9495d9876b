"""What the templates around the source are given: every fact of a model that a library states, ready to be laid out."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from rs2c.base.version import __version__
from rs2c.emit.features import features
from rs2c.emit.golden import golden_context
from rs2c.emit.names import all_shown, c_strings, shown_in_markdown
from rs2c.emit.plan import Plan
from rs2c.emit.stages.front_end import FloatFrontEnd
from rs2c.model.canonical import model_hash
from rs2c.model.card import read_card
from rs2c.model.cost import model_cost
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from rs2c.model.summary import summary

ABI = 1
HOMEPAGE = "https://arxiv.org/abs/2106.11426"  # manifests must name a page: that of the method
_LEAST_DECIMALS, _MOST_DECIMALS = 4, 15  # that Arduino's print is asked for
_LARGEST_PRINTED, _MOST_TENS = 4e9, 300  # by Arduino's print, for which more is "ovf"; of what a double holds


def library_context(content: ModelFile, plan: Plan) -> dict[str, Any]:
    """Template variables of one library, but for those of its source."""
    model, name = content.model, plan.name
    digest, frac_bits = model_hash(model), model.output.value_frac_bits
    largest = plan.bounds[-1].largest
    front, clamps = plan.stages[0], model.front_end is not None
    made_with = f", {plan.options}" if plan.options.chosen else ""
    return {
        "n": name,
        "N": name.upper(),
        "version": __version__,
        "abi": ABI,
        "hash": digest,
        "made_with": made_with,
        "model_id": f"0x{digest[:8].upper()}UL",
        "summary": summary(model),
        "description": summary(model) + made_with,
        "bounds": plan.bounds,
        "largest_score": largest,
        "cost": model_cost(model),
        "features": features(model),
        "name_width": max(map(len, all_shown(model.feature_names))),
        "classes": all_shown(model.class_names),
        "class_literals": c_strings(model.class_names),
        "classify": model.task == "classify",
        "score_means": _score_means(model),
        "n_features": model.n_features,
        "n_inputs": model.n_inputs,
        "n_scores": model.n_scores,
        "frac_bits": frac_bits,
        "decimals": min(max(math.ceil(frac_bits * math.log10(2)), _LEAST_DECIMALS), _MOST_DECIMALS),
        "tens": _tens(largest, frac_bits),
        "raw_type": _raw_type(model),
        "feature_type": f"{model.feature_dtype.name}_t",
        "keyword": "classifier" if model.task == "classify" else "regression",
        "clamps": clamps,
        "clamp_remark": ", with the window outside of which a value is clamped" if clamps else "",
        "window_word": "and windows " if clamps else "",
        "load_remark": ", floats from their bits" if model.raw_type == "float32" else "",
        "nan_means": front.nan_means if isinstance(front, FloatFrontEnd) else None,
        "facts": (_task(model), _features(model), *plan.facts),
        "golden": golden_context(model, plan.tables),
        "homepage": HOMEPAGE,
        "card": _card(content),
    }


def _score_means(model: IntegerModel) -> str:
    if model.task == "regress":
        return "One score an output."
    return "One score: above 0 is class 1." if model.n_scores == 1 else "One score a class; the largest wins."


def _task(model: IntegerModel) -> tuple[str, str]:
    if model.task == "classify":
        return "task", f"classification, {len(model.class_names)} classes"
    return "task", f"regression, {model.n_scores} outputs in units of 2^{-model.output.value_frac_bits}"


def _features(model: IntegerModel) -> tuple[str, str]:
    return "raw features", f"{model.n_features} of type `{_raw_type(model)}`"


def _raw_type(model: IntegerModel) -> str:
    return "float" if model.raw_type == "float32" else f"{model.raw_type}_t"


def _tens(largest_score: int, value_frac_bits: int) -> int:
    """The power of ten by which Arduino's print takes the largest value, 0 where it takes it as it is."""
    digits = math.log10(largest_score + 1) - value_frac_bits * math.log10(2)
    return min(max(0, math.ceil(digits - math.log10(_LARGEST_PRINTED))), _MOST_TENS)


def _card(content: ModelFile) -> SimpleNamespace | None:
    """The model card, its texts made safe for Markdown."""
    card = read_card(content)
    if card is None:
        return None
    return SimpleNamespace(
        facts=[(shown_in_markdown(key), shown_in_markdown(value)) for key, value in card.facts],
        tables=[
            SimpleNamespace(columns=_escaped(table.columns), rows=[_escaped(row) for row in table.rows])
            for table in card.tables
        ],
    )


def _escaped(texts: tuple[str, ...]) -> list[str]:
    return [shown_in_markdown(text) for text in texts]
