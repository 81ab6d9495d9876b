"""A model in one line, for people."""

from __future__ import annotations

from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel


def summary(model: IntegerModel) -> str:
    """One line on what the model is."""
    values = "1 value" if model.n_scores == 1 else f"{model.n_scores} values"
    what = f"{len(model.class_names)} classes" if model.task == "classify" else values
    rows = model.block(HashedRows)
    if rows is None:
        return f"Linear model, {model.n_features} features to {what}"
    return f"Representer Sketch, {model.n_features} features to {what}, {rows.rows} rows of {rows.columns} columns"
