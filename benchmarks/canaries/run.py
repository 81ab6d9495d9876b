"""Run the fits, in a process of their own whose libraries are held to one set of instructions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.canaries.environment import environment, pinned
from benchmarks.canaries.record import Canaries, Canary
from benchmarks.revisions import revisions


def in_own_process(methods: Sequence[str] = (), root: Path | None = None) -> Canaries:
    """The canaries of some methods, or of all, by the code in `root`, or by this code; about half a minute for all.

    Raises RuntimeError with what was printed where the process fails.
    """
    command = [sys.executable, "-m", "benchmarks.canaries.run", *methods]
    folder = root or Path(__file__).parents[2]
    done = subprocess.run(command, env=pinned(), cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the canaries cannot be run:\n{done.stderr}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Canaries(
        found["environment"],
        {n: Canary(c["revision"], tuple(c["first"]), c["digest"]) for n, c in found["methods"].items()},
    )


def main(methods: Sequence[str]) -> None:
    """Print the environment and the canaries as one line of JSON."""
    from benchmarks.canaries.fits import FITS
    from rs2c.train.torch_setup import one_thread

    with one_thread():
        found = {name: Canary.of(revisions()[name], FITS[name]()) for name in methods or FITS}
    print(json.dumps({"environment": environment(), "methods": {name: asdict(c) for name, c in found.items()}}))


if __name__ == "__main__":
    main(sys.argv[1:])
