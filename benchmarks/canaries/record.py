"""Canaries as they are kept in canaries.json, one set for each environment, and what is wrong with new ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.atomic import write_file

KEPT = Path(__file__).parent / "canaries.json"
RENEW = "python -m benchmarks.canaries --renew"


@dataclass(frozen=True)
class Canary:
    """The fits of one method, made at a revision: the first number of each, and a digest of all numbers."""

    revision: int
    first: tuple[int, ...]
    digest: str

    @staticmethod
    def of(revision: int, fits: Iterable[npt.NDArray[np.int64]]) -> Canary:
        """The canary of fits, integers of any shape."""
        flat = [np.ascontiguousarray(fit.flatten(), "<i8") for fit in fits]
        digest = hashlib.sha256(b"".join(len(fit).to_bytes(8, "little") + fit.tobytes() for fit in flat)).hexdigest()
        return Canary(revision, tuple(int(fit[0]) for fit in flat), digest[:32])

    def moved_from(self, kept: Canary) -> str | None:
        """What differs from the canary that was kept, or None."""
        if self.digest == kept.digest:
            return None
        if len(self.first) != len(kept.first):
            return f"{len(self.first)} fits, {len(kept.first)} were kept"
        for number, (now, before) in enumerate(zip(self.first, kept.first, strict=True)):
            if now != before:
                return f"fit {number} begins with {now}, {before} was kept"
        return "later scores differ"


@dataclass(frozen=True)
class Canaries:
    """All canaries of one environment (`benchmarks.canaries.environment`)."""

    environment: dict[str, Any]
    methods: dict[str, Canary]


def read(path: Path = KEPT) -> list[Canaries]:
    """Those of all environments; none where there is no file."""
    if not path.exists():
        return []
    kept = []
    for entry in json.loads(path.read_text(encoding="utf-8"))["environments"]:
        methods = {name: Canary(c["revision"], tuple(c["first"]), c["digest"]) for name, c in entry["methods"].items()}
        kept.append(Canaries(entry["environment"], methods))
    return kept


def write(kept: Iterable[Canaries], path: Path = KEPT) -> None:
    """Write those of all environments, a line a canary."""
    entries = []
    for each in kept:
        lines = [f"    {json.dumps(name)}: {json.dumps(asdict(each.methods[name]))}" for name in sorted(each.methods)]
        environment = json.dumps(each.environment)
        entries.append(f'  {{"environment": {environment},\n   "methods": {{\n' + ",\n".join(lines) + "\n   }}")
    write_file(path, ('{"environments": [\n' + ",\n".join(entries) + "\n]}\n").encode())


def kept_for(environment: Mapping[str, Any], kept: Iterable[Canaries]) -> Canaries | None:
    """The canaries of an environment, or None where it is unknown."""
    return next((each for each in kept if each.environment == environment), None)


def undeclared(found: Canaries, kept: Canaries) -> list[str]:
    """One sentence for each canary that moved though the revision of its method was not raised."""
    wrong = []
    for name, canary in found.methods.items():
        before = kept.methods.get(name)
        moved = before and canary.moved_from(before)
        if before and moved and canary.revision <= before.revision:
            wrong.append(
                f"the canary of {name} moved ({moved}): raise the revision of {name} in benchmarks/methods.json, which "
                "voids its results, or undo the change"
            )
    return wrong


def stale(found: Canaries, kept: Canaries) -> list[str]:
    """One sentence for each canary that is of another revision than its method, and for each that has no method."""
    names = sorted(found.methods.keys() | kept.methods.keys())
    return [
        f"the kept canary of {name} is not of its revision in benchmarks/methods.json: run `{RENEW}`"
        for name in names
        if name not in found.methods
        or name not in kept.methods
        or found.methods[name].revision != kept.methods[name].revision
    ]


def unknown(environment: Mapping[str, Any]) -> str:
    """What to do where no canaries of an environment are kept."""
    versions = ", ".join(f"{name} {version}" for name, version in environment["versions"].items())
    return (
        f"no canaries are kept for {versions} on {environment['processor']}: check out a commit "
        f"whose methods are of the revisions in benchmarks/methods.json, run `{RENEW}` there, and commit canaries.json"
    )
