"""The data sets of the paper: how small a sketch as good as its teacher can be. `python -m benchmarks.paper`.

For each (set, seed): the smallest learned sketch, the smallest int8 network and the smallest sketch as published that
are within 0.2 points of accuracy, or 0.5 % of the mean absolute error, of the teacher on *validation* rows (see
`benchmarks.paper_search`); the test rows are read once for each, and the table says what was lost on them. The
teacher's size is that of d-512-256-128-C in float32, whatever taught. One JSON a (set, seed), with the key of what
decided it; what has been run with this code is not run again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.cells import Cell, Effort, Source, load_grid
from benchmarks.accuracy.code_version import TEACHER, imported, sources_hash
from benchmarks.accuracy.problem import Rows, make_problem
from benchmarks.accuracy.runner import setting_of
from benchmarks.paper_search import METHODS, smallest
from rs2c.base.atomic import write_file
from rs2c.model.metric import measure
from rs2c.train.search import least_acceptable
from rs2c.train.torch_setup import one_thread

DATA = ("adult", "phishing", "skin_unique", "susy_low8_11k", "abalone", "year_msd_7k")
POINTS, SHARE_OF_MAE = 0.002, 0.005  # what a model may lose to its teacher
RESULTS = Path(__file__).parent / "results"


def result_key(source: Source, seed: int, effort: Effort) -> str:
    """What decides the result of a (set, seed): source text, settings, data; hex."""
    own = ("benchmarks.accuracy.cells:Effort", "benchmarks.accuracy.runner:_load_setting")
    own += ("benchmarks.paper:run_one", "benchmarks.paper:_test", "rs2c.train.search:least_acceptable")
    sources = imported(("benchmarks.paper_search", *TEACHER)) + own
    parts = [asdict(source), seed, asdict(effort), POINTS, SHARE_OF_MAE]
    text = json.dumps([parts, sources_hash(sources)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def wrong_results(folder: Path, effort: Effort) -> list[str]:
    """Names of the committed results that another code or other settings made."""
    sources = {source.name: source for source in load_grid().sources}
    results = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    return [name for name, r in results.items() if r["key"] != result_key(sources[r["data"]], r["seed"], effort)]


@one_thread()
def run_one(source: Source, seed: int, effort: Effort) -> dict[str, Any]:
    """All methods on one (set, seed)."""
    setting = setting_of(Cell(source, "teacher", 0, seed), effort)
    rows, teacher = setting.rows, setting.teacher
    problem = make_problem(source, seed, 0, effort, rows, teacher.scores["learn"], teacher.scores["valid"])
    task, network = rows.test.task, teacher.valid["mlp"]
    known = measure(teacher.scores["valid"], rows.valid.y, task)
    needed = least_acceptable(known, task, POINTS if task == "classify" else SHARE_OF_MAE)
    result: dict[str, Any] = {
        "key": result_key(source, seed, effort),
        "data": source.name,
        "seed": seed,
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
    folder = RESULTS / "paper"
    for seed in range(options.seeds):
        for name in options.only:
            path = folder / f"{name}_s{seed}.json"
            done = path.exists() and json.loads(path.read_text(encoding="utf-8"))["key"] == result_key(
                sources[name], seed, effort
            )
            if not done and time.monotonic() < end:
                write_file(path, (json.dumps(run_one(sources[name], seed, effort), indent=1) + "\n").encode())
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    write_file(RESULTS / "paper.md", table(results).encode())
    print(table(results))


if __name__ == "__main__":
    main()
