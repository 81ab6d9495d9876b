"""Every data set through fit, compile and verify, as a user would: `python -m benchmarks.all_datasets`.

Prints one table and writes benchmarks/results/all_datasets.json. Settings are small (`rs2c fit --quick`): this shows
that everything runs and that the C is equal, not what accuracy can be had.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.revisions import revisions_of

RESULTS = Path(__file__).parent / "results" / "all_datasets.json"
CSV_LABELS = {"abalone.csv": "rings", "occupancy_train.csv": "Occupancy"}


def data_folder() -> Path:
    """RS2C_DATA, else shared/data beside the repository."""
    return Path(os.environ.get("RS2C_DATA", Path(__file__).parents[2] / "shared" / "data"))


def rs2c(*arguments: str) -> Any:
    """Run the command line with --json; a failure ends the benchmark with its message."""
    command = [sys.executable, "-m", "rs2c", *arguments, "--json"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode not in (0, 1) or not result.stdout:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")
    return json.loads(result.stdout)


def run_one(path: Path, scratch: Path, boards: Sequence[str], vectors: int, method: str) -> dict[str, Any]:
    """Fit, compile and verify one file; the row of the table."""
    started = time.monotonic()
    model = scratch / f"{path.stem}.rs2c"
    label = ["--label", CSV_LABELS[path.name]] if path.name in CSV_LABELS else []
    fitted = rs2c("fit", str(path), *label, "--quick", "--method", method, "-o", str(model))
    compiled = rs2c("compile", str(model), "-o", str(scratch / path.stem))
    named = [word for board in boards for word in ("--board", board)]
    verified = rs2c("verify", str(model), *named, "--vectors", str(vectors))
    by_stage = {stage["stage"]: stage["value"] for stage in fitted["stages"]}
    return {
        "data": path.name,
        "method": method,
        "metric": fitted["stages"][0]["metric"],
        "teacher": by_stage["teacher"],
        "float": by_stage.get("refined", by_stage.get("sketch")),
        "integer": by_stage["integer"],
        "bytes": compiled["bytes"],
        "operations": compiled["operations"],
        "targets": {t["target"]: [t["vectors"], t["mismatches"]] for t in verified["targets"]},
        "bins_covered": min(t["bins_covered"] for t in verified["targets"]),
        "passed": verified["passed"],
        "seconds": round(time.monotonic() - started, 1),
    }


def main() -> None:
    """Run all, print the table, write the JSON; exit 1 where a target differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", help="file names; all where left out")
    parser.add_argument("--board", nargs="*", default=["host", "cortex-m0", "cortex-m4f"])
    parser.add_argument("--vectors", type=int, default=2000)
    parser.add_argument("--method", nargs="*", default=["refit", "auto"], choices=["refit", "auto"])
    arguments = parser.parse_args()
    folder = data_folder()
    paths = sorted([*folder.glob("*.npz"), *(folder / name for name in CSV_LABELS)])
    chosen = [path for path in paths if not arguments.only or path.name in arguments.only]
    rows = []
    print(
        f"{'data':24}{'method':13}{'metric':10}{'teacher':>9}{'float':>9}{'integer':>9}{'bytes':>8}{'ops':>7}"
        f"{'vectors':>9}{'differ':>8}{'bins':>8}{'s':>7}"
    )
    with tempfile.TemporaryDirectory(prefix="rs2c-") as scratch:
        for method in arguments.method:
            for path in chosen:
                row = run_one(path, Path(scratch), arguments.board, arguments.vectors, method)
                rows.append(row)
                vectors = sum(count for count, _ in row["targets"].values())
                differ = sum(count for _, count in row["targets"].values())
                print(
                    f"{row['data']:24}{method:13}{row['metric']:10}{row['teacher']:9.4f}{row['float']:9.4f}"
                    f"{row['integer']:9.4f}{row['bytes']:8}{row['operations']:7}{vectors:9}{differ:8}"
                    f"{row['bins_covered']:8.4f}{row['seconds']:7.1f}",
                    flush=True,
                )
    if not arguments.only:
        RESULTS.parent.mkdir(exist_ok=True)
        made_with = revisions_of(*(f"fit-{method}" for method in arguments.method))
        head = {"schema": 1, "revisions": made_with, "boards": arguments.board}
        RESULTS.write_text(json.dumps({**head, "rows": rows}, indent=1) + "\n")
    sys.exit(0 if rows and all(row["passed"] for row in rows) else 1)


if __name__ == "__main__":
    main()
