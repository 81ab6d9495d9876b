"""A plan to the text of the source."""

from __future__ import annotations

from typing import Any

import jinja2

from rs2c.emit.plan import Plan
from rs2c.emit.stage import Stage

_STAGES = "src/stages/"
_WIDTH = 79  # columns of the line that begins a section


def source_context(plan: Plan, environment: jinja2.Environment) -> dict[str, Any]:
    """What the template of the source needs of a plan."""
    return {
        "bounds": plan.bounds,
        "avr_problem": plan.avr_problem,
        "sizes": plan.sizes,
        "tables": plan.tables,
        "stores_tables": any(table.literal is None for table in plan.tables),
        "packs_tables": any(table.packed for table in plan.tables),
        "helpers": plan.helpers,
        "functions": _functions(plan, environment),
    }


def _functions(plan: Plan, environment: jinja2.Environment) -> list[str]:
    """The functions of all stages in their order, and the function scores before the answers; sections begin by a line.

    The last stage of a plan reads the scores.
    """
    *others, last = plan.stages
    texts = [(stage.section, _rendered(stage, stage.template, environment)) for stage in others if stage.template]
    texts += [(s.section, _rendered(s, s.closing_template, environment)) for s in others if s.closing_template]
    texts.append(("scores", environment.get_template("src/scores.c.j2").render(_scores(plan, environment))))
    texts.append((last.section, _rendered(last, last.template, environment)))
    found, before = [], ""
    for section, text in texts:
        found.append(text if section == before else f"/* {'-' * (_WIDTH - 7 - len(section))} {section} */\n{text}")
        before = section
    return found


def _scores(plan: Plan, environment: jinja2.Environment) -> dict[str, Any]:
    """What all stages add to the function scores."""
    bodies = [_rendered(stage, stage.body_template, environment) for stage in plan.stages if stage.body_template]
    return {
        "n": plan.name,
        "N": plan.name.upper(),
        "declarations": list(dict.fromkeys(line for stage in plan.stages for line in stage.declarations())),
        "start": [line for stage in plan.stages for line in stage.start()],
        "bodies": bodies,
        "between": [line for stage in plan.stages for line in stage.between()],
        "each_score": [line for stage in plan.stages for line in stage.each_score()],
    }


def _rendered(stage: Stage, template: str, environment: jinja2.Environment) -> str:
    return environment.get_template(_STAGES + template).render(stage.view())
