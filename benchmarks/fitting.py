"""What `rs2c fit` takes with all its defaults: seconds and peak memory, on a quarter, a half and all rows of adult_raw.

`python -m benchmarks.fitting` prints a table and writes benchmarks/results/fitting.json. Run it on an idle machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.all_datasets import data_folder
from benchmarks.revisions import revisions_of

RESULTS = Path(__file__).parent / "results" / "fitting.json"
SHARES = (0.25, 0.5, 1.0)


def with_rows(share: float, folder: Path) -> Path:
    """adult_raw with a share of its training rows and all its test rows."""
    with np.load(data_folder() / "adult_raw.npz", allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    kept = np.random.default_rng(1).permutation(len(arrays["X_train"]))[: int(share * len(arrays["X_train"]))]
    arrays |= {name: arrays[name][kept] for name in ("X_train", "y_train")}
    path = folder / f"adult_raw_{round(100 * share)}.npz"
    np.savez(path, **arrays)
    return path


def measure(path: Path, folder: Path) -> dict[str, Any]:
    """One fit in a process of its own."""
    command = [sys.executable, "-m", "rs2c", "fit", str(path), "-o", str(folder / "m.rs2c"), "--json"]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed")
    stages = {stage["stage"]: stage["value"] for stage in json.loads(printed)["stages"]}
    return {
        "seconds": round(time.monotonic() - started, 1),
        "peak_memory_mb": round(usage.ru_maxrss / 1024),
        "teacher": stages["teacher"],
        "integer": stages["integer"],
    }


def main() -> None:
    """Measure, print, write."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="rs2c-") as scratch:
        for share in SHARES:
            row = {"share_of_rows": share, **measure(with_rows(share, Path(scratch)), Path(scratch))}
            rows.append(row)
            print(row, flush=True)
    head = {"schema": 1, "revisions": revisions_of("fit-auto"), "data": "adult_raw", "cores": os.cpu_count()}
    RESULTS.write_text(json.dumps({**head, "fits": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
