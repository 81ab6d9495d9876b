"""The data sets of the paper: how small a sketch as good as its teacher can be. `python -m benchmarks.paper`.

For each (set, seed): the smallest learned sketch, the smallest int8 network and the smallest sketch as published
that are within 0.2 points of accuracy, or 0.5 % of the mean absolute error, of the teacher on *validation* rows; the
test rows are read once for each, and the table says what was lost on them. The teacher's size is that of
d-512-256-128-C in float32, whatever taught. One JSON a (set, seed), resumable; then a table.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy import learned_method, mlp_methods, sketch_methods
from benchmarks.accuracy.candidates import Candidate
from benchmarks.accuracy.cells import Cell, Effort, Source, load_grid
from benchmarks.accuracy.code_version import ROOT, teacher_key
from benchmarks.accuracy.problem import Problem, Rows, load_rows, make_problem
from benchmarks.accuracy.teachers import teacher_scores
from rs2c.atomic import write_file
from rs2c.errors import Rs2cError
from rs2c.scores import is_better, measure
from rs2c.search import least_acceptable

DATA = ("adult", "phishing", "skin_unique", "susy_low8_11k", "abalone", "year_msd_7k")
POINTS, SHARE_OF_MAE = 0.002, 0.005  # what a model may lose to its teacher
RESULTS = Path(__file__).parent / "results"
METHODS: dict[str, tuple[Callable[[Problem], Iterable[Candidate]], float, float]] = {
    # candidates of a size, first and last size in bytes
    "learned": (lambda problem: _sketches(problem), 16, 4096),
    "mlp": (lambda problem: _networks(problem), 16, 8192),
    "representer": (sketch_methods.representer, 512, 32768),
}


def _networks(problem: Problem) -> Iterator[Candidate]:
    """Dense and sparse networks, together as many trainings as a learned sketch has."""
    for kind in (mlp_methods.dense, mlp_methods.sparse):
        yield from _first_runs(kind(problem), problem.effort.learned_runs // 2)


def _sketches(problem: Problem) -> Iterator[Candidate]:
    yield from _first_runs(learned_method.by_bytes(problem), problem.effort.learned_runs)


def _first_runs(candidates: Iterable[Candidate], runs: int) -> Iterator[Candidate]:
    return itertools.takewhile(lambda candidate: candidate.run < runs, candidates)


def smallest(method: str, problem: Problem, needed: float) -> Candidate | None:
    """The first model that reaches `needed` on validation rows: sizes are doubled, then those between are tried."""
    candidates, size, last = METHODS[method]

    def at(size: float) -> Candidate | None:
        try:
            for candidate in candidates(replace(problem, size=int(size))):
                enough = candidate.valid == needed or is_better(candidate.valid, needed, problem.learn.task)
                if candidate.cost.bytes <= size and enough:
                    return candidate
        except Rs2cError as error:
            print(f"  {method} {int(size)}: {error}", flush=True)
        return None

    found = None
    while found is None and size <= last:
        found = at(size)
        size *= 2
    if found is None:
        return None
    between = (at(size / 2 * 2**-step) for step in (0.75, 0.5, 0.25))
    return next((candidate for candidate in between if candidate is not None), found)


def run_one(source: Source, seed: int, effort: Effort) -> dict[str, Any]:
    """All methods on one (set, seed)."""
    rows = load_rows(source, seed, effort)
    key = teacher_key(Cell(source, "teacher", 0, seed), effort)
    cache = ROOT / "build" / "accuracy" / "teachers" / f"{source.name}_s{seed}_{key[:16]}.npz"
    teacher = teacher_scores(rows, seed, effort, cache)
    problem = make_problem(source, seed, 0, effort, rows, teacher.scores["learn"], teacher.scores["valid"])
    task, network = rows.test.task, teacher.valid["mlp"]
    known = measure(teacher.scores["valid"], rows.valid.y, task)
    needed = least_acceptable(known, task, POINTS if task == "classify" else SHARE_OF_MAE)
    result: dict[str, Any] = {
        "data": source.name,
        "seed": seed,
        "task": task,
        "teacher": {"name": teacher.name, "valid": known, "test": _test(teacher.scores["test"], rows)},
        "network": {"bytes": teacher.network_bytes, "operations": teacher.network_operations, "valid": network},
        "needed": needed,
    }
    for method in METHODS:
        started = time.monotonic()
        found = smallest(method, problem, needed)
        result[method] = None
        if found is not None:
            result[method] = {
                "bytes": found.cost.bytes,
                "operations": found.cost.operations,
                "valid": found.valid,
                "test": _test(found.scorer(rows.test.X), rows),
                "settings": dict(found.settings),
                "seconds": round(time.monotonic() - started, 1),
            }
        print(f"{source.name} s{seed} {method}: {result[method]}", flush=True)
    return result


def _test(scores: Any, rows: Rows) -> float:
    return float(f"{measure(np.asarray(scores), rows.test.y, rows.test.task):.6g}")


def table(results: list[dict[str, Any]]) -> str:
    """Markdown: means over seeds, and geometric means over the sets."""
    names = ("data", "seeds", "teacher", "learned", "lost", "bytes", "operations", "smaller", "fewer operations")
    lines = [f"| {' | '.join((*names, 'int8 network', 'as published'))} |", "|" + "---|" * 11]
    ratios: list[list[float]] = [[], [], []]
    for name in DATA:
        some = [r for r in results if r["data"] == name and r["learned"]]
        if not some:
            continue
        wanted = (("teacher", "test"), ("learned", "test"), ("learned", "bytes"), ("learned", "operations"))
        teacher, test, size, work = (float(np.mean([r[part][field] for r in some])) for part, field in wanted)
        lost = teacher - test if some[0]["task"] == "classify" else (test - teacher) / teacher
        smaller, fewer = some[0]["network"]["bytes"] / size, some[0]["network"]["operations"] / work
        rival = [r["mlp"]["bytes"] for r in some if r["mlp"]]
        published = [r["representer"]["bytes"] for r in some if r["representer"]]
        against = float(np.mean(rival)) / size if len(rival) == len(some) else None
        for values, value in zip(ratios, (smaller, fewer, against), strict=True):
            if value is not None:
                values.append(value)
        others = [
            "none" if not sizes else f"{np.mean(sizes):.0f} ({len(sizes)} of {len(some)})"
            for sizes in (rival, published)
        ]
        lines.append(
            f"| {name} | {len(some)} | {teacher:.4f} | {test:.4f} | {100 * lost:.2f} % | {size:.0f} | {work:.0f} | "
            f"{smaller:.0f}x | {fewer:.0f}x | {others[0]} | {others[1]} |"
        )
    means = [float(np.exp(np.mean(np.log(values)))) if values else float("nan") for values in ratios]
    lines.append(f"| geometric mean | | | | | | | {means[0]:.0f}x | {means[1]:.0f}x | {means[2]:.2f}x | |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(DATA))
    parser.add_argument("--budget-minutes", type=float, default=150.0)
    options = parser.parse_args()
    effort, end = Effort(), time.monotonic() + 60 * options.budget_minutes
    sources = {source.name: source for source in load_grid().sources}
    folder = RESULTS / "paper"
    for seed in range(options.seeds):
        for name in options.only:
            path = folder / f"{name}_s{seed}.json"
            if not path.exists() and time.monotonic() < end:
                write_file(path, (json.dumps(run_one(sources[name], seed, effort), indent=1) + "\n").encode())
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    write_file(RESULTS / "paper.md", table(results).encode())
    print(table(results))


if __name__ == "__main__":
    main()
