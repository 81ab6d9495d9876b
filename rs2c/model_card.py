"""The optional `card` section of a model file: how the model was made, for people."""

from __future__ import annotations

from dataclasses import dataclass

from rs2c.errors import ModelFileError
from rs2c.model_file import ModelFile


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
            facts=tuple(sorted((str(key), str(value)) for key, value in facts.items())),
            metric=str(stages[0]["metric"]) if stages else "metric",
            stages=tuple((str(stage["stage"]), float(stage["value"])) for stage in stages),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        raise ModelFileError("the model card in the file is not as rs2c writes it; make the file again") from None
