"""The data sets of the paper: how small a sketch as good as its teacher can be. `python -m benchmarks.paper`.

For each (set, seed): the smallest learned sketch, the smallest int8 network and the smallest sketch as published that
are within 0.2 points of accuracy, or 0.5 % of the mean absolute error, of the teacher on *validation* rows (see
`benchmarks.paper_search`); the test rows are read once for each, and the table says what was lost on them. The
teacher's size is that of d-512-256-128-C in float32, whatever taught. Results are kept in results/paper.jsonl; what has
a result of today's revisions (`benchmarks.revisions`) is not run again.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.cells import Cell, Effort, Source, load_grid
from benchmarks.accuracy.problem import Rows, make_problem
from benchmarks.accuracy.runner import setting_of
from benchmarks.paper_search import METHODS, smallest
from benchmarks.record_file import read_records, write_records
from benchmarks.revisions import is_today, revisions_of
from rs2c.base.atomic import write_file
from rs2c.model.metric import measure
from rs2c.train.torch_setup import one_thread

DATA = ("adult", "phishing", "skin_unique", "susy_low8_11k", "abalone", "year_msd_7k")
POINTS, SHARE_OF_MAE = 0.002, 0.005  # what a model may lose to its teacher
MADE_BY = ("paper", "teacher", "learned", "mlp", "mlp-sparse", "representer")
RESULTS = Path(__file__).parent / "results"


def settings(effort: Effort) -> dict[str, Any]:
    """What decides results beside the revisions of methods: tolerances, effort and data."""
    of_data = ("image", "train_fingerprint", "test_fingerprint")
    sources = {source.name: source for source in load_grid().sources}
    return {
        "points": POINTS,
        "share_of_mae": SHARE_OF_MAE,
        "effort": asdict(effort),
        "data": {name: {field: getattr(sources[name], field) for field in of_data} for name in DATA},
    }


def read_results(path: Path, effort: Effort) -> list[dict[str, Any]]:
    """The results that count, by name and seed; raises ValueError where the file holds anything else."""
    if not path.exists():
        return []
    head, records = read_records(path)
    return [record for record in records if head == settings(effort) and is_today(record["revisions"])]


@one_thread()
def run_one(source: Source, seed: int, effort: Effort) -> dict[str, Any]:
    """All methods on one (set, seed)."""
    setting = setting_of(Cell(source, "teacher", 0, seed), effort)
    rows, teacher = setting.rows, setting.teacher
    problem = make_problem(source, seed, 0, effort, rows, teacher.scores["learn"], teacher.scores["valid"])
    task, network = rows.test.task, teacher.valid["mlp"]
    known = measure(teacher.scores["valid"], rows.valid.y, task)
    needed = known - POINTS if task == "classify" else known * (1 + SHARE_OF_MAE)
    result: dict[str, Any] = {
        "data": source.name,
        "seed": seed,
        "revisions": revisions_of(*MADE_BY),
        "task": task,
        "teacher": {"name": teacher.name, "valid": known, "test": _test(teacher.scores["test"], rows)},
        "network": {"bytes": teacher.network_bytes, "operations": teacher.network_operations, "valid": network},
        "needed": needed,
    }
    for method in METHODS:
        started = time.monotonic()
        found = smallest(METHODS[method], problem, needed)
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
    """Markdown: means over the seeds at which a learned sketch was found, and geometric means over the sets."""
    names = ("data", "seeds", "teacher", "learned", "lost", "bytes", "operations", "smaller", "fewer operations")
    lines = [
        f"| {' | '.join((*names, 'int8 network', 'lost', 'ratio', 'as published', 'smaller'))} |",
        "|---" * 14 + "|",
    ]
    ratios: list[list[float]] = [[], [], []]
    for name in DATA:
        run = [r for r in results if r["data"] == name]
        some = [r for r in run if r["learned"]]
        seeds = str(len(run)) if len(some) == len(run) else f"{len(some)} of {len(run)}"
        if not some:
            if run:
                lines.append(f"| {name} | {seeds} | | none up to {METHODS['learned'].last} bytes |{' |' * 10}")
            continue
        size, work = (float(np.mean([r["learned"][field] for r in some])) for field in ("bytes", "operations"))
        smaller, fewer = some[0]["network"]["bytes"] / size, some[0]["network"]["operations"] / work
        rival, rival_lost = _others(some, "mlp")
        published, _ = _others(some, "representer")
        against = (rival or METHODS["mlp"].last) / size
        for values, value in zip(ratios, (smaller, fewer, against), strict=True):
            values.append(value)
        teacher, learned = (float(np.mean([r[part]["test"] for r in some])) for part in ("teacher", "learned"))
        cells = [
            *(name, seeds, f"{teacher:.4f}", f"{learned:.4f}", f"{_lost(some, 'learned'):.2f} %"),
            *(f"{size:.0f}", f"{work:.0f}", f"{smaller:.0f}x", f"{fewer:.0f}x"),
            *((f"{rival:.0f}", f"{rival_lost:.2f} %", f"{against:.2f}") if rival else _none(against)),
            *((f"{published:.0f}", f"{some[0]['network']['bytes'] / published:.0f}x") if published else ("none", "")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    means = [float(np.exp(np.mean(np.log(values)))) if values else float("nan") for values in ratios]
    lines.append(f"| geometric mean |{' |' * 6} {means[0]:.0f}x | {means[1]:.0f}x | | | {means[2]:.2f} | | |")
    return "\n".join(lines) + "\n"


def _none(against: float) -> tuple[str, str, str]:
    return f"none up to {METHODS['mlp'].last}", "", f"> {against:.2f}"


def _lost(some: list[dict[str, Any]], method: str) -> float:
    """Mean loss to the teacher on test rows: points of accuracy, or percent of the MAE."""
    if some[0]["task"] == "classify":
        return 100 * float(np.mean([r["teacher"]["test"] - r[method]["test"] for r in some]))
    return 100 * float(np.mean([r[method]["test"] / r["teacher"]["test"] - 1 for r in some]))


def _others(some: list[dict[str, Any]], method: str) -> tuple[float | None, float]:
    """Mean bytes and loss of another method, or None where a seed has no such model."""
    if not all(r[method] for r in some):
        return None, float("nan")
    return float(np.mean([r[method]["bytes"] for r in some])), _lost(some, method)


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(DATA))
    parser.add_argument("--budget-minutes", type=float, default=150.0)
    options = parser.parse_args()
    effort, end = Effort(), time.monotonic() + 60 * options.budget_minutes
    sources = {source.name: source for source in load_grid().sources}
    path = RESULTS / "paper.jsonl"
    results = {(r["data"], r["seed"]): r for r in read_results(path, effort)}
    for seed in range(options.seeds):
        for name in options.only:
            if (name, seed) not in results and time.monotonic() < end:
                results[name, seed] = run_one(sources[name], seed, effort)
                write_records(path, settings(effort), [results[place] for place in sorted(results)])
    text = table([results[place] for place in sorted(results)])
    write_file(RESULTS / "paper.md", text.encode())
    print(text)


if __name__ == "__main__":
    main()
