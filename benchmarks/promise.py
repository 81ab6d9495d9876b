"""What `rs2c fit` promises, held against test rows: `python -m benchmarks.promise`.

- `defaults`: each classification set with all defaults; how far the integer model is behind the better of the network
  of that fit and boosted trees of all training rows with scikit-learn's defaults.
- `promise`: the same sets with `--quick`, ten seeds. Rows are pooled and parted anew by each seed, but for the sets
  whose test rows are of other people or days. How often a fit says "enough", and is then within its tolerance of the
  teacher, plus two standard errors of the paired difference, on test rows.
- `rare`: four kinds of data with 2 to 20 rows of a class in 1,000 to 120,000, 20 seeds, and a perfect teacher: the
  recall of the class in all rows, and whether a class that is lost is named, on rows held back or on test rows.

Results are kept in results/promise.jsonl; those of today's revision (`benchmarks.revisions`) are not made again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.all_datasets import data_folder
from benchmarks.record_file import read_records, write_records
from benchmarks.revisions import is_today, revisions_of
from rs2c.base.progress import silent
from rs2c.model.cost import model_cost
from rs2c.model.metric import decide, integer_scores
from rs2c.model.scoring import loss_against, measured
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import quantize_inputs
from rs2c.read.datasets import Dataset, from_arrays, load_split
from rs2c.read.held_out import draw_test_rows
from rs2c.train import known_models
from rs2c.train.auto import learned
from rs2c.train.exam import TOLERANCE
from rs2c.train.fit_options import FitOptions
from rs2c.train.measured import judge_model
from rs2c.train.run import Run
from rs2c.train.search import Candidate
from rs2c.train.teach import GivenScores
from rs2c.train.torch_setup import one_thread

RESULTS = Path(__file__).parent / "results" / "promise.jsonl"
OTHER_PEOPLE_OR_DAYS = ("occupancy", "wisdm_byuser", "watch_exercise")


def classification_sets() -> list[str]:
    """Names of the sets that have classes, those with few rows first."""
    sizes = {}
    for path in data_folder().glob("*.npz"):
        with np.load(path, allow_pickle=False) as archive:
            if archive["y_train"].dtype.kind in "iu":
                sizes[path.stem] = archive["X_train"].size
    return sorted(sizes, key=lambda name: sizes[name])


@dataclass(frozen=True)
class RareClass:
    """Places in the unit square that hold a rare class, and nothing else, among so many rows."""

    rows: int
    rare: int
    places: tuple[tuple[int, int], ...]
    width: int  # of the lattice
    more: int  # features that say nothing

    def data(self) -> tuple[Dataset, npt.NDArray[Any]]:
        """The rows, and the scores (n, 1) of a teacher that knows."""
        rng = np.random.Generator(np.random.PCG64(self.rows))
        cells = np.array([(i, j) for i in range(self.width) for j in range(self.width) if (i, j) not in self.places])
        y = np.repeat([0, 1], [self.rows - self.rare, self.rare])
        usual = cells[rng.integers(0, len(cells), self.rows - self.rare)]
        at = np.concatenate([usual, np.array(self.places)[np.arange(self.rare) % len(self.places)]])
        x = np.concatenate([10 * at + rng.normal(0, 0.7, at.shape), rng.normal(0, 1, (self.rows, self.more))], axis=1)
        return from_arrays(x.astype(np.float32), y), np.where(y, 6.0, -6.0)[:, None]


RARE = {
    "rare 20 of 5,000": RareClass(5_000, 20, ((2, 3), (1, 2), (3, 1)), 4, 0),
    "rare 2 of 1,000": RareClass(1_000, 2, ((2, 1),), 3, 0),
    "rare 8 of 20,000": RareClass(20_000, 8, ((4, 0), (0, 3)), 5, 2),
    "rare 20 of 120,000": RareClass(120_000, 20, ((3, 3), (0, 0)), 4, 1),
}


def started(train: Dataset, test: Dataset, options: FitOptions, given: GivenScores | None = None) -> Run:
    """What `rs2c fit` does first."""
    inputs = quantize_inputs(fit_inputs(train.X, train.categories, binary_steps=True), options.precision.input_bits)
    return Run.start(train, test, options, "accuracy", inputs, given, silent)


def drawn(data: Dataset, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows to learn from, and a fifth to test by."""
    held = draw_test_rows(data, 0.2, seed)
    return np.setdiff1d(np.arange(len(data.y)), held), held


def _facts(run: Run, candidate: Candidate) -> dict[str, Any]:
    grade = candidate.grade
    return {
        "bytes": model_cost(candidate.model).bytes,
        "enough": grade.enough,
        "loss": round(grade.loss, 6),
        "error": round(grade.error, 6),
        "lost": [run.train.class_names[code] for code in grade.lost],
    }


def with_defaults(name: str, seed: int) -> dict[str, Any]:
    """One set with all defaults, beside the network and trees."""
    split = load_split(data_folder() / f"{name}.npz", None, seed=seed)
    train, test = split.train, split.test
    options = FitOptions(seed=seed)
    run = started(train, test, options)
    candidate, _ = learned(run)

    def right(scores: npt.NDArray[Any] | None) -> float:
        assert scores is not None
        return round(float(np.mean(decide(scores, "classify") == test.y)), 6)

    alone = run if run.taught.name == "network" else started(train, test, replace(options, teacher="network"))
    trees = known_models.boosted_trees(train, seed, 100)
    return {
        "teacher": run.taught.name,
        "taught": right(run.taught.test_scores),
        "network": right(alone.taught.test_scores),
        "boosting": right(known_models.scores(trees, test.X, train)),
        "integer": right(integer_scores(candidate.model, test.X)),
        **_facts(run, candidate),
    }


def with_quick(name: str, seed: int) -> dict[str, Any]:
    """One set and seed with `--quick`: what was promised, and what became of it on test rows."""
    split = load_split(data_folder() / f"{name}.npz", None, seed=seed)
    train, test = split.train, split.test
    if name not in OTHER_PEOPLE_OR_DAYS:
        pooled = replace(train, X=np.concatenate([train.X, test.X]), y=np.concatenate([train.y, test.y]))
        train, test = map(pooled.take, drawn(pooled, seed))
    run = started(train, test, FitOptions(seed=seed).quick())
    candidate, _ = learned(run)
    assert run.taught.test_scores is not None
    taught, answered = (
        measured("accuracy", scores, test.y)
        for scores in (run.taught.test_scores, integer_scores(candidate.model, test.X))
    )
    loss, error = loss_against(taught, answered)
    kept = loss <= TOLERANCE + 2 * error
    return {**_facts(run, candidate), "test loss": round(loss, 6), "test error": round(error, 6), "kept": bool(kept)}


def with_rare_class(name: str, seed: int) -> dict[str, Any]:
    """One file with a rare class, one part of the rows for testing, as `rs2c fit` does with all defaults."""
    data, scores = RARE[name].data()
    rows, held = drawn(data, seed)
    run = started(data.take(rows), data.take(held), FitOptions(seed=seed), GivenScores(scores[rows], scores[held]))
    candidate, _ = learned(run)
    answers = decide(integer_scores(candidate.model, data.X), "classify")
    found = answers[data.y == 1] == 1
    false = int((answers[data.y == 0] == 1).sum())
    facts = {**_facts(run, candidate), "recall": round(float(found.mean()), 4), "false": false}
    if facts["recall"] < 0.5:
        facts["told"] = judge_model(candidate.model, run.valid, run.test).lost(data.class_names)
    return facts


def _defaults(results: list[dict[str, Any]]) -> list[str]:
    lines = []
    behind = [max(r["network"], r["boosting"]) - r["integer"] for r in results]
    for r, loss in zip(results, behind, strict=True):
        lines.append(
            f"{r['data']:20} network {r['network']:.4f}  boosting {r['boosting']:.4f}  taught by {r['teacher']:18} "
            f"{r['taught']:.4f}  integer {r['integer']:.4f}  behind {100 * loss:5.2f}  {r['bytes']:6} bytes"
        )
    near = sum(loss <= 0.01 for loss in behind)
    return [*lines, f"within a point of the better: {near} of {len(behind)}; mean loss {100 * np.mean(behind):.2f}"]


def _promise(results: list[dict[str, Any]]) -> list[str]:
    lines = []
    for name, some in _by_data(results).items():
        said = [r for r in some if r["enough"]]
        mean = f"mean loss {100 * np.mean([r['test loss'] for r in said]):5.2f}" if said else ""
        lines.append(f"{name:20} enough {len(said)} of {len(some)}, kept {sum(r['kept'] for r in said)}  {mean}")
    said = [r for r in results if r["enough"]]
    kept = sum(r["kept"] for r in said)
    return [*lines, f"enough: {len(said)} of {len(results)}; kept on test rows: {kept} of {len(said)}"]


def _rare(results: list[dict[str, Any]]) -> list[str]:
    lines = []
    for name, some in _by_data(results).items():
        half = sum(r["recall"] >= 0.5 for r in some)
        silent = sum(r["recall"] < 0.5 and not r["lost"] and not r["told"] for r in some)
        false = max(r["false"] for r in some)
        lines.append(f"{name:20} half found {half} of {len(some)}; lost without a word {silent}; false {false} at most")
    return lines


def _by_data(results: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {name: [r for r in results if r["data"] == name] for name in dict.fromkeys(r["data"] for r in results)}


@dataclass(frozen=True)
class Part:
    """One question: of which data, with how many seeds, what is run, and what it comes to in lines."""

    names: Callable[[], list[str]]
    seeds: int
    run: Callable[[str, int], dict[str, Any]]
    report: Callable[[list[dict[str, Any]]], list[str]]


PARTS = {
    "defaults": Part(classification_sets, 1, with_defaults, _defaults),
    "promise": Part(classification_sets, 10, with_quick, _promise),
    "rare": Part(lambda: list(RARE), 20, with_rare_class, _rare),
}


@one_thread()
def main() -> None:
    """Run what is missing, print what it comes to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", nargs="*", choices=list(PARTS), default=list(PARTS), help="all where left out")
    parser.add_argument("--only", nargs="*", help="names of data; all where left out")
    parser.add_argument("--seeds", type=int, help="at most so many")
    parser.add_argument("--report-only", action="store_true")
    options = parser.parse_args()
    records = read_records(RESULTS)[1] if RESULTS.exists() else []
    results = {(r["part"], r["data"], r["seed"]): r for r in records if is_today(r["revisions"])}
    for name in [] if options.report_only else options.part:
        part = PARTS[name]
        for data in part.names():
            for seed in range(min(part.seeds, options.seeds or part.seeds)):
                place = name, data, seed
                if place in results or (options.only and data not in options.only):
                    continue
                begun = time.process_time()
                facts = part.run(data, seed)
                seconds = round(time.process_time() - begun, 1)
                head = {"part": name, "data": data, "seed": seed, "revisions": revisions_of("fit-auto")}
                results[place] = {**head, **facts, "seconds": seconds}
                print(results[place], flush=True)
                write_records(RESULTS, {}, [results[each] for each in sorted(results)])
    for name, part in PARTS.items():
        some = [results[place] for place in sorted(results) if place[0] == name]
        if some:
            print("\n".join(part.report(some)), end="\n\n")


if __name__ == "__main__":
    main()
