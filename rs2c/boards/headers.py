"""Headers that a library's own must not stand before: boards/frameworks/headers.json, which says where each is from.

Some file systems take stream.h for Stream.h, so that names are compared in lower case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from rs2c.base.resources import resource_path


@lru_cache
def known_headers() -> Mapping[str, str]:
    """Whose each header is, by its name without .h; a name that ends in * stands for all that begin so."""
    text = (resource_path("boards") / "frameworks" / "headers.json").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for entry in json.loads(text)["headers"]:
        for name in " ".join(entry["names"]).split():
            found.setdefault(name, entry["of"])
    return found


def owner_of_header(name: str) -> str | None:
    """Whose header `name`.h is; None where it is nobody's."""
    known = known_headers()
    return known.get(name) or next((known[family] for family in _families() if name.startswith(family[:-1])), None)


@lru_cache
def _families() -> tuple[str, ...]:
    return tuple(name for name in known_headers() if name.endswith("*"))
