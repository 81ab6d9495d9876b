"""The revision of each method (methods.json), which results carry instead of anything about the text of the code.

A file that moves, or a comment that is mended, voids no result. Who changes what a method gives says so by raising its
revision; `benchmarks.canaries` notices where that was forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
METHODS_FILE = Path(__file__).parent / "methods.json"


@cache
def revisions(path: Path = METHODS_FILE) -> dict[str, int]:
    """Every method and its revision today."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {name: entry["revision"] for name, entry in stored["methods"].items()}


def revisions_of(*methods: str) -> dict[str, int]:
    """The revisions of some methods, as a result made today carries them; raises KeyError on an unknown method."""
    return {name: revisions()[name] for name in sorted(set(methods))}


def is_today(made_with: Mapping[str, int]) -> bool:
    """Whether a result that was made with these revisions counts: none of them has been raised since."""
    return all(revisions().get(name) == revision for name, revision in made_with.items())
