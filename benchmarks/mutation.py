"""Every constant of four models changed by one, and every operator of their code: `python -m benchmarks.mutation`.

Prints one table and what was missed, and writes benchmarks/results/mutation.json. Exit status 1 where fewer than 99 %
of the changes that can be noticed at all are noticed on any model.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.mutation.equivalent import equivalent
from tests.mutation.models import MODELS
from tests.mutation.run import make_subject, try_out

RESULTS = Path(__file__).parent / "results" / "mutation.json"
COLUMNS = ("model", "vectors", "mutants", "by_value", "by_sanitizer", "equivalent", "missed", "noticed_share")


def run_one(name: str, vectors: int, seed: int) -> dict[str, Any]:
    """All mutants of one model; the row of the table."""
    subject = make_subject(MODELS[name], name, vectors, seed)
    outcome = try_out(subject, subject.mutants)
    reasons = {mutant: equivalent(subject, mutant) for mutant in outcome.alive}
    missed = [mutant for mutant, reason in reasons.items() if reason is None]
    noticed = len(outcome.by_value) + len(outcome.by_sanitizer)
    return {
        "model": name,
        "vectors": len(subject.raw),
        "mutants": len(subject.mutants),
        "kinds": dict(Counter(mutant.kind for mutant in subject.mutants)),
        "by_value": len(outcome.by_value),
        "by_sanitizer": len(outcome.by_sanitizer),
        "equivalent": len(outcome.alive) - len(missed),
        "missed": len(missed),
        "noticed_share": round(noticed / (noticed + len(missed)), 4),
        "equivalent_by_reason": dict(Counter(reason for reason in reasons.values() if reason is not None)),
        "survivors": [
            {"mutant": mutant.describe(subject.source), "equivalent": reason} for mutant, reason in reasons.items()
        ],
        "only_by_sanitizer": [mutant.describe(subject.source) for mutant in outcome.by_sanitizer],
    }


def main() -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    rows = []
    print(" ".join(f"{column:>13}" for column in COLUMNS))
    for name in MODELS:
        rows.append(row := run_one(name, options.vectors, options.seed))
        print(" ".join(f"{row[column]:>13}" for column in COLUMNS), flush=True)
        for survivor in row["survivors"]:
            if survivor["equivalent"] is None:
                print(f"  missed: {survivor['mutant']}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps({"schema": 1, "models": rows}, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row["noticed_share"] >= 0.99 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
