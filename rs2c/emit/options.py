"""How a library is emitted: what a user may choose, and where the choice is kept."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, get_args

from rs2c.base.choices import StrategyName
from rs2c.base.errors import ModelFileError, OptionError
from rs2c.model.file import ModelFile, Section

_SECTION = "emit"  # of a model file


@dataclass(frozen=True)
class EmitOptions:
    """Choices that change the C and no score. What a library was emitted with stands in its banner and manifests.

    strategy: which stages serve which part of a model (`rs2c.emit.strategy`).
    """

    strategy: StrategyName = "loops"

    def __post_init__(self) -> None:
        if self.strategy not in get_args(StrategyName):
            known = ", ".join(get_args(StrategyName))
            raise OptionError(f"unknown strategy {self.strategy!r:.40}; choose one of {known}")

    @property
    def chosen(self) -> dict[str, Any]:
        """The options that are not the default, by name."""
        default = EmitOptions()
        given = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: value for name, value in given.items() if value != getattr(default, name)}

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.chosen.items())


def options_of(content: ModelFile) -> EmitOptions:
    """The options that a model file keeps, the default ones where it keeps none; raises ModelFileError on others."""
    section = content.sections.get(_SECTION)
    if section is None:
        return EmitOptions()
    try:
        return EmitOptions(**section.values)
    except (OptionError, TypeError):
        raise ModelFileError(
            "the model file was made for options of emission that this rs2c does not have; install a newer one, or "
            "name a strategy"
        ) from None


def chosen(content: ModelFile, strategy: StrategyName | None) -> ModelFile:
    """The content with the strategy that a user named, or as it is where none was named."""
    return content if strategy is None else with_options(content, EmitOptions(strategy))


def with_options(content: ModelFile, options: EmitOptions) -> ModelFile:
    """The content with the options kept beside the model, so that whoever reads it emits the very same C."""
    others = {name: section for name, section in content.sections.items() if name != _SECTION}
    return replace(content, sections={**others, _SECTION: Section(options.chosen)} if options.chosen else others)
