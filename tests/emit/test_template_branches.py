"""The shapes that the other tests compile take every stage, and every branch of every template, both ways."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from rs2c.base.resources import resource_path
from rs2c.emit import EmitOptions, library_files
from rs2c.emit.plan import plan_of
from rs2c.emit.stage import Stage
from rs2c.emit.strategy import STRATEGIES
from tests.emit.shapes import shapes
from tests.emit.templates import observed


def test_every_branch_is_rendered() -> None:
    with observed() as branches:
        for name, content in shapes().items():
            for strategy in STRATEGIES:
                library_files(content, name, EmitOptions(strategy))
    assert len(branches.exist) > 50
    assert not branches.missed()


def test_every_stage_serves_a_shape() -> None:
    listed = {
        stage
        for strategy in STRATEGIES.values()
        for role in fields(strategy)
        if isinstance(stages := getattr(strategy, role.name), tuple)
        for stage in stages
    }
    assert len(listed) > 20
    plans = [plan_of(c.model, EmitOptions(strategy)) for c in shapes().values() for strategy in STRATEGIES]
    assert {type(stage) for plan in plans for stage in plan.stages} == listed


def test_every_template_of_a_stage_belongs_to_one() -> None:
    stages: list[type[Stage]] = [Stage]
    for stage in stages:  # grows while it is walked
        stages += stage.__subclasses__()
    named = {t for stage in stages for t in (stage.template, stage.body_template, stage.closing_template) if t}
    folder: Path = resource_path("templates") / "library" / "src" / "stages"
    texts = {path.name: path.read_text(encoding="ascii") for path in folder.glob("*.j2")}
    included = {name for name in texts if any(f'include "src/stages/{name}"' in text for text in texts.values())}
    assert set(texts) == named | included
