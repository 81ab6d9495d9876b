"""Constants of training changed one by one, to see that canaries notice: `python -m benchmarks.canaries.mutations`.

Rates, penalties, temperatures and shares of schedules change by 1 % where that can be seen at all, counts of steps and
rows by one, seeds by one. Each mutation is a text that stands once in the code of the project, wherever that is; it is
changed in a copy, where the canaries named are run. Exit status 1 where fewer than nine of ten are noticed.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.canaries.record import Canaries
from benchmarks.canaries.run import in_own_process
from benchmarks.revisions import ROOT

LEAST_SHARE = 0.9
PACKAGES = ("rs2c", "benchmarks")


@dataclass(frozen=True)
class Mutation:
    """A text of the code, what takes its place, and the methods whose canaries are to move."""

    what: str
    text: str
    new: str
    methods: tuple[str, ...]


def _changed(what: str, text: str, value: str, new: str, *methods: str) -> Mutation:
    """A mutation of one value within a text."""
    assert text.count(value) == 1, f"{value} does not stand once in {text}"
    return Mutation(what, text, text.replace(value, new), methods)


MUTATIONS = (
    # kernel student
    _changed("student: rate of the projection", "Group([projection], 0.02", "0.02", "0.0202", "kernel"),
    _changed("student: rate of the anchors", "Group([points], 0.02", "0.02", "0.0202", "kernel"),
    _changed("student: rate of the weights", "Group([weights, bias], 0.02", "0.02", "0.0202", "kernel"),
    _changed("student: memory of Adam", "groups, betas=(0.9, 0.99))\n    inputs", "0.99", "0.9899", "kernel"),
    _changed("student: weight penalty", "weight_penalty: float = 1e-3", "1e-3", "1.01e-3", "kernel"),
    _changed("student: weight of labels", "label_weight: float = 0.2,", "0.2", "0.202", "kernel"),
    _changed("student: places of anchors", "rng.normal(0, 0.1 * family.bin_width", "0.1", "0.101", "kernel"),
    _changed("student: ridge", "1e-2 * (np.trace(covariance)", "1e-2", "1.01e-2", "kernel"),
    _changed("student: seed", "PCG64(seed))\n    scale = ScoreScale", "(seed)", "(seed + 1)", "kernel"),
    _changed("student: spread of a refit", "** (1 / family.hashes) / 6 if refits else 1.0  #", "6", "6.06", "refit"),
    # what all students share
    _changed("schedule: warm-up", "warm_up: int = 50", "50", "51", "kernel"),
    _changed("schedule: last share of the rate", "floor: float = 0.02", "0.02", "0.0202", "kernel"),
    _changed("loss: temperature", "temperature: float = 1.0", "1.0", "1.01", "learned"),
    _changed("loss: where Huber's is linear", "teacher[rows], beta=0.2", "0.2", "0.202", "learned"),
    _changed("loss: weight of labels", "image else 0.3", "0.3", "0.303", "learned"),
    _changed("loss: weight of labels of images", "return 0.1 if self.source.image", "0.1", "0.101", "learned"),
    # refit
    _changed("refit: rate", "bias], 0.3 / np.sqrt", "0.3", "0.303", "refit"),
    _changed("refit: temperature", "_TEMPERATURE = 2.0", "2.0", "2.02", "refit"),
    _changed("refit: least penalty", "PENALTIES = (1e-4", "1e-4", "1.01e-4", "refit"),
    _changed("refit: middle penalty", "1e-3, 1e-2)\n_TEMPERATURE", "1e-3", "1.01e-3", "refit"),
    _changed("refit: largest penalty", ", 1e-2)\n_TEMPERATURE", "1e-2", "1.01e-2", "refit"),
    _changed("refit: size of counts", "1e-2 * counts.square()", "1e-2", "1.01e-2", "refit"),
    # learned rows
    _changed("recipe: rate of directions", "direction_rate: float = 2e-2", "2e-2", "2.02e-2", "learned"),
    _changed("recipe: rate of counts", "count_rate: float = 3e-2", "3e-2", "3.03e-2", "learned"),
    _changed("recipe: decay of directions", "direction_decay: float = 3e-3", "3e-3", "3.03e-3", "learned"),
    _changed("recipe: curvature", "curvature: float = 1e-3", "1e-3", "1.01e-3", "learned"),
    _changed("recipe: free rate of directions", "Recipe(direction_rate=4e-2", "4e-2", "4.04e-2", "learned"),
    _changed("recipe: free rate of counts", "count_rate=6e-2", "6e-2", "6.06e-2", "learned"),
    _changed("recipe: firm decay", "Recipe(direction_decay=1e-2)", "1e-2", "1.01e-2", "learned"),
    _changed("recipe: firmer decay", "Recipe(direction_decay=3e-2)", "3e-2", "3.03e-2", "learned"),
    _changed("learned: memory of Adam", "rows.groups(), betas=(0.9, 0.99)", "0.99", "0.9899", "learned"),
    _changed("learned: rows of a batch", "batch: int = 512", "512", "511", "learned"),
    _changed("learned: spread", "spread: float = 1.0", "1.0", "1.01", "learned"),
    _changed("learned: quantized from", "_QUANTIZE_FROM = 0.5", "0.5", "0.51", "learned"),
    _changed("learned: seed", "options, seed=1000 * problem.seed", "1000", "1001", "learned-operations"),
    _changed("pruning: begin", "PRUNED_UNTIL = 0.1,", "0.1", "0.101", "learned"),
    _changed("pruning: end", "PRUNED_UNTIL = 0.1, 0.4", "0.4", "0.404", "learned"),
    _changed("pruning: power", "left**3", "3", "3.03", "learned"),
    _changed("pruning: steps between masks", "_STEPS_BETWEEN_MASKS = 20", "20", "21", "learned"),
    # search
    _changed("auto: share of quick trainings", "_QUICK_SHARE = 0.4", "0.4", "0.41", "fit-auto"),
    _changed("fit: rows to choose by", "_SHARE, _MOST_ROWS = 0.15", "0.15", "0.16", "fit-auto"),
    _changed("fit: default steps", "learned_steps: int = 2000\n    training", "2000", "1999", "fit-auto"),
    _changed("paper: first seed of confirmations", "FIRST_SEED = 77_000", "77_000", "77_001", "paper"),
    # teacher
    _changed("teacher: rate", "_HIGHEST_RATE, _LOWEST_RATE = 1e-3", "1e-3", "1.01e-3", "teacher"),
    _changed("teacher: weight decay", "list(network.parameters()), 1.0, 1e-3)", "1e-3", "1.01e-3", "teacher"),
    _changed("teacher: last rate", "= 1e-3, 1e-5\n_CHECKS", "1e-5", "1.01e-5", "teacher"),
    _changed("teacher: smoothing of labels", "label_smoothing=0.02", "0.02", "0.0202", "teacher"),
    _changed("teacher: where Huber's is linear", "SmoothL1Loss(beta=0.1", "0.1", "0.101", "teacher"),
    _changed("teacher: steps between checks", "_STEPS_BETWEEN_CHECKS = 50", "50", "49", "teacher"),
    _changed("teacher: checks without gain", "_CHECKS_WITHOUT_GAIN = 8", "8", "7", "teacher"),
    _changed("teacher: seed of the folds", "(FOLDS, shuffle=True, random_state=seed)", "seed", "seed + 1", "teacher"),
    _changed("comparison: seed of the split", "PCG64([seed, 2])", "2", "3", "teacher"),
    # int8 networks
    _changed("network: first rate", "RATES = (2e-2", "2e-2", "2.02e-2", "mlp"),
    _changed("network: weight decay", "\nDECAY = 1e-2", "1e-2", "1.01e-2", "mlp"),
    _changed("network: quantized from", "\nQUANTIZED_FROM = 0.5", "0.5", "0.51", "mlp"),
    _changed("network: memory of ranges", "_RANGE_MEMORY = 0.95", "0.95", "0.9595", "mlp"),
    _changed("network: seed", "seed = 1000 * problem.seed", "1000", "1001", "mlp"),
    _changed("network: steps between masks", "_STEPS_BETWEEN = 10", "10", "11", "mlp-sparse"),
    _changed("network: density of the output", "OUTPUT_DENSITY = 0.35", "0.35", "0.3535", "mlp-sparse-output"),
)


def place_of(mutation: Mutation, root: Path = ROOT) -> Path:
    """The module that has the text; raises LookupError where it does not stand exactly once in the code."""
    own = Path(__file__).name
    modules = (path for package in PACKAGES for path in sorted((root / package).rglob("*.py")) if path.name != own)
    places = [path for path in modules for _ in range(path.read_text(encoding="utf-8").count(mutation.text))]
    if len(places) != 1:
        raise LookupError(f"{mutation.text!r} does not stand once in the code; write the mutation anew")
    return places[0]


@contextmanager
def copy_of_code() -> Iterator[Path]:
    """A folder with a copy of all code, to be changed."""
    with tempfile.TemporaryDirectory(prefix="rs2c-") as scratch:
        for package in PACKAGES:
            skipped = shutil.ignore_patterns("__pycache__", "results")
            shutil.copytree(ROOT / package, Path(scratch) / package, ignore=skipped)
        yield Path(scratch)


def noticed(mutation: Mutation, root: Path, unchanged: Canaries) -> str | None:
    """What the first canary to move says, or None; the code in `root` is changed for as long as that takes."""
    path = place_of(mutation, root)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(mutation.text, mutation.new), encoding="utf-8")
    try:
        found = in_own_process(mutation.methods, root)
    finally:
        path.write_text(text, encoding="utf-8")
    moved = {name: canary.moved_from(unchanged.methods[name]) for name, canary in found.methods.items()}
    return next((f"{name}: {sentence}" for name, sentence in moved.items() if sentence), None)


def main() -> int:
    """Run all, print each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="those whose name contains this")
    options = parser.parse_args()
    chosen = [mutation for mutation in MUTATIONS if (options.only or "") in mutation.what]
    seen = 0
    with copy_of_code() as root:
        unchanged = in_own_process(sorted({name for mutation in chosen for name in mutation.methods}), root)
        for mutation in chosen:
            sentence = noticed(mutation, root, unchanged)
            seen += sentence is not None
            print(f"{mutation.what:36} {sentence or 'NOT NOTICED'}", flush=True)
    print(f"{seen} of {len(chosen)} are noticed")
    return 0 if seen >= LEAST_SHARE * len(chosen) else 1


if __name__ == "__main__":
    raise SystemExit(main())
