"""A model in one line, for people."""

from __future__ import annotations

from rs2c.model.cost import is_packed
from rs2c.model.integer_model import IntegerModel


def summary(model: IntegerModel) -> str:
    """One line on what the model is."""
    values = "1 value" if model.n_scores == 1 else f"{model.n_scores} values"
    what = f"{len(model.class_names)} classes" if model.task == "classify" else values
    return f"Representer Sketch, {model.n_features} features to {what}, {model.rows} rows of {model.columns} columns"


def count_bits(model: IntegerModel) -> int:
    """Bits of a count as it is stored."""
    return 4 if is_packed(model.counts) else 8 * model.counts.dtype.itemsize
