"""The optional `card` section of a model file: how the model was made, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rs2c.base.errors import ModelFileError
from rs2c.model.file import ModelFile


@dataclass(frozen=True)
class ModelCard:
    """Facts by name, sorted, and (stage, value) of each stage in the order of the pipeline, all of one `metric`."""

    facts: tuple[tuple[str, str], ...]
    metric: str
    stages: tuple[tuple[str, float], ...]


def read_card(content: ModelFile) -> ModelCard | None:
    """The card of a model file, None where there is none; raises ModelFileError where it is not as we write it."""
    section = content.sections.get("card")
    if section is None:
        return None
    try:
        facts, stages = section.values.get("facts", {}), list(section.values.get("stages", []))
        return ModelCard(
            facts=tuple(sorted((_text(key), _text(value)) for key, value in facts.items())),
            metric=_text(stages[0]["metric"]) if stages else "metric",
            stages=tuple((_text(stage["stage"]), float(stage["value"])) for stage in stages),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        raise ModelFileError("the model card in the file is not as rs2c writes it; make the file again") from None


def metric_text(metric: str, value: float) -> str:
    """Accuracy with four digits, an error with five significant ones."""
    return f"{value:.4f}" if metric == "accuracy" else f"{value:.5g}"


def _text(value: Any) -> str:
    """A value as text that can be shown; a lone surrogate, which JSON can hold, raises ValueError."""
    return str(value).encode().decode()
