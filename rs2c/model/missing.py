"""The optional `missing` section of a model file: what a missing value is in the files that the model reads."""

from __future__ import annotations

from collections.abc import Sequence

from rs2c.base.choices import Missing
from rs2c.base.errors import ModelFileError
from rs2c.base.missing_value import MissingValue
from rs2c.model.file import ModelFile, Section


def missing_section(values: Sequence[MissingValue]) -> Section:
    """The section of a model for which missing values stand for the training mean, `values` among them."""
    return Section({"treatment": "mean", "values": [[value.column, value.text] for value in values]})


def read_missing(content: ModelFile) -> tuple[Missing, tuple[MissingValue, ...]]:
    """What a missing value is, and the values that are declared so; an error, and none, where there is no section.

    Raises ModelFileError where it is not as we write it.
    """
    section = content.sections.get("missing")
    if section is None:
        return "error", ()
    try:
        values = [(column, text) for column, text in section.values["values"]]
        known = section.values["treatment"] == "mean"
    except (KeyError, TypeError, ValueError):
        known = False
    if not known or not all(isinstance(text, str) and isinstance(column, str | None) for column, text in values):
        raise ModelFileError("the section missing of the file is not as rs2c writes it; make the file again")
    return "mean", tuple(MissingValue(text, column) for column, text in values)
