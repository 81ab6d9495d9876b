"""Models of one set of hashed rows, and perhaps a tail, by the names of their fields."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel, Output
from rs2c.model.linear_term import LinearTerm

ROWS = {entry.name for entry in fields(HashedRows)}
OUTPUT = {entry.name for entry in fields(Output)}


def sketch_model(*, tail: LinearTerm | None = None, **given: Any) -> IntegerModel:
    """A model from its own fields and those of its rows and its output; no output shifts unless given."""
    given.setdefault("output_shifts", np.zeros(given["bias"].size, np.uint8))
    rows = HashedRows(**{name: given.pop(name) for name in ROWS & given.keys()})
    output = Output(**{name: given.pop(name) for name in OUTPUT & given.keys()})
    return IntegerModel(**given, blocks=(rows,) if tail is None else (rows, tail), output=output)


def changed(model: IntegerModel, **changes: Any) -> IntegerModel:
    """The model with other fields of its own, of its rows, its output, or another `tail`."""
    rows, tail = rows_of(model), changes.pop("tail", tail_of(model))
    output = replace(model.output, **{name: changes.pop(name) for name in OUTPUT & changes.keys()})
    rows = replace(rows, **{name: changes.pop(name) for name in ROWS & changes.keys()})
    return replace(model, **changes, blocks=(rows,) if tail is None else (rows, tail), output=output)


def rows_of(model: IntegerModel) -> HashedRows:
    """Its hashed rows."""
    rows = model.block(HashedRows)
    assert rows is not None
    return rows


def tail_alone(model: IntegerModel) -> IntegerModel:
    """The model with its linear term as its only block."""
    return replace(model, blocks=tuple(block for block in model.blocks if isinstance(block, LinearTerm)))


def tail_of(model: IntegerModel) -> LinearTerm | None:
    """Its linear term."""
    return model.block(LinearTerm)
