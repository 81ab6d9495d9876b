"""The shapes that the other tests compile take every branch of every template, both ways."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest
from jinja2 import nodes

from rs2c.emit import library_files
from tests.emit.shapes import shapes

Branch = tuple[str, int, bool]


def _mark(tree: nodes.Template, file: str) -> list[Branch]:
    """Make each condition of a template report itself; returns every (file, number, outcome) there is."""
    found: list[nodes.If | nodes.CondExpr] = [*tree.find_all(nodes.If), *tree.find_all(nodes.CondExpr)]
    for number, node in enumerate(found):
        place = [nodes.Const(file), nodes.Const(number)]
        node.test = nodes.Call(nodes.Name("_taken", "load"), [*place, node.test], [], None, None)
        node.test.set_lineno(node.lineno)
    return [(f"{file}:{node.lineno}", number, way) for number, node in enumerate(found) for way in (True, False)]


@pytest.fixture
def branches(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[Branch, str], set[Branch]]:
    exist: dict[Branch, str] = {}
    taken: set[Branch] = set()
    parse = jinja2.Environment._parse

    def parse_and_mark(self: jinja2.Environment, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = parse(self, source, name, filename)
        exist.update({(str(name), number, way): place for place, number, way in _mark(tree, str(name))})

        def note(file: str, number: int, outcome: Any) -> Any:
            taken.add((file, number, bool(outcome)))
            return outcome

        self.globals["_taken"] = note
        return tree

    monkeypatch.setattr(jinja2.Environment, "_parse", parse_and_mark)
    return exist, taken


def test_every_branch_is_rendered(branches: tuple[dict[Branch, str], set[Branch]]) -> None:
    exist, taken = branches
    for name, content in shapes().items():
        library_files(content, name)
    assert len(exist) > 100
    missed = sorted(f"{place} is never {way}" for (_, _, way), place in ((b, exist[b]) for b in set(exist) - taken))
    assert not missed
