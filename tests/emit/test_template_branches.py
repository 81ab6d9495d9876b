"""The shapes that the other tests compile take every branch of every template, both ways."""

from __future__ import annotations

from rs2c.emit import library_files
from tests.emit.shapes import shapes
from tests.emit.templates import observed, templates_compiled_once


def test_every_branch_is_rendered() -> None:
    with observed() as branches, templates_compiled_once():
        for name, content in shapes().items():
            library_files(content, name)
    assert len(branches.exist) > 100
    assert not branches.missed()
