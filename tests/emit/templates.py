"""Templates under test: which way their conditions were taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jinja2
import pytest
from jinja2 import nodes
from jinja2.defaults import DEFAULT_NAMESPACE

from rs2c.base.templates import template_environment

Branch = tuple[str, int, bool]  # file, number of the condition, outcome


@dataclass(frozen=True)
class Branches:
    """The branches of the templates read so far, each with its place, and those taken."""

    exist: dict[Branch, str] = field(default_factory=dict)
    taken: set[Branch] = field(default_factory=set)

    def missed(self) -> list[str]:
        """A sentence for each branch that was not taken."""
        return sorted(f"{self.exist[branch]} is never {branch[2]}" for branch in set(self.exist) - self.taken)


@contextmanager
def observed() -> Iterator[Branches]:
    """Every condition of a template that is read in here reports its outcome."""
    found = Branches()
    parse = jinja2.Environment._parse

    def parse_and_mark(self: jinja2.Environment, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = parse(self, source, name, filename)
        found.exist.update({(str(name), number, way): place for place, number, way in _mark(tree, str(name))})
        return tree

    def note(file: str, number: int, outcome: Any) -> Any:
        found.taken.add((file, number, bool(outcome)))
        return outcome

    template_environment.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "_parse", parse_and_mark)
        patch.setitem(DEFAULT_NAMESPACE, "_taken", note)
        yield found
    template_environment.cache_clear()


def _mark(tree: nodes.Template, file: str) -> list[Branch]:
    """Make each condition of a template report itself; returns every (place, number, outcome) there is."""
    found: list[nodes.If | nodes.CondExpr] = [*tree.find_all(nodes.If), *tree.find_all(nodes.CondExpr)]
    for number, node in enumerate(found):
        place = [nodes.Const(file), nodes.Const(number)]
        node.test = nodes.Call(nodes.Name("_taken", "load"), [*place, node.test], [], None, None)
        node.test.set_lineno(node.lineno)
    return [(f"{file}:{node.lineno}", number, way) for number, node in enumerate(found) for way in (True, False)]
