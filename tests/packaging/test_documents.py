"""Documents name files and sections that exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
FOLDERS = (".", "docs", "examples", "findings", "tests")
DOCUMENTS = {str(path.relative_to(REPOSITORY)): path for name in FOLDERS for path in (REPOSITORY / name).glob("*.md")}
# A path from the root of the repository, in code; NAME stands for something.
PATH = re.compile(r"`((?:rs2c|tests|templates|boards|firmware|benchmarks|docs|examples)/[\w./-]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
EXAMPLES = {"docs/boards.md"}  # its paths are those of a user's own project


@cache
def anchors(document: Path) -> set[str]:
    """What the headings of a document are linked by."""
    titles = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    document = DOCUMENTS[name]
    for path, anchor in LINK.findall(document.read_text(encoding="utf-8")):
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("name", sorted(set(DOCUMENTS) - EXAMPLES))
def test_paths_are_those_of_files(name: str) -> None:
    for path in PATH.findall(DOCUMENTS[name].read_text(encoding="utf-8")):
        if "NAME" not in path:
            assert (REPOSITORY / path).exists() or (REPOSITORY / f"{path}.py").exists(), path


def test_there_are_documents_to_read() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/DESIGN.md", "tests/README.md"} <= set(DOCUMENTS)
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS.values()]
    assert sum(len(LINK.findall(text)) for text in texts) > 30
    assert sum(len(PATH.findall(text)) for text in texts) > 30
