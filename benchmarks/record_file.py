"""Files of results: a JSON object a line, the first of what all others have in common; written whole or not at all.

Objects are compact and lines in the order given: the same results give the same bytes, and a new result one new line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rs2c.base.atomic import write_file

SCHEMA = 2


def write_records(path: Path, head: Mapping[str, Any], records: Iterable[Mapping[str, Any]]) -> None:
    """Write the file in the place of the one there was."""
    lines = [json.dumps(each, separators=(",", ":")) for each in ({"schema": SCHEMA, **head}, *records)]
    write_file(path, ("\n".join(lines) + "\n").encode())


def read_records(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Head, without the schema, and records; raises ValueError where the file is none of these."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is no file of results ({error}); take it from the repository again") from None
    if not lines or not all(isinstance(line, dict) for line in lines):
        raise ValueError(f"{path} is no file of results (its lines are no objects); take it from the repository again")
    head, *records = lines
    if head.pop("schema", None) != SCHEMA:
        raise ValueError(f"{path} is no file of results of schema {SCHEMA}; run its benchmark again")
    return head, records
