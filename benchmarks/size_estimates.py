"""The figures of `rs2c.measure.size_estimate`, fitted to what compilers make of random models.

`python -m benchmarks.size_estimates` prints the bytes of each piece of code, then for each core its code relative to a
Cortex-M4's and its stack, and how far the estimates with the committed figures are off. It takes some minutes, and
writes nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rs2c.base.errors import OptionError
from rs2c.boards.boards import Core, list_cores, load_core
from rs2c.boards.toolchain import CompileError, find_compiler
from rs2c.measure.footprint import Footprint
from rs2c.measure.size import predicted_footprint
from rs2c.measure.size_estimate import CODE, estimated_footprint, local_bytes, pieces, table_bytes
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from scipy.optimize import nnls

from rs2c.emit import emit_library
from rs2c.emit.library import describe
from tests.support.random_models import random_model
from tests.support.random_shapes import shape_of

FITTED_ON = "cortex-m4f"


def models(first_seed: int, count: int) -> list[IntegerModel]:
    """Random models, large enough that their loops stay loops, with ordinary constants."""
    fixed = {"constants": "ordinary", "shifts": "fitted", "rows_a_group": 5}
    seeds = range(first_seed, first_seed + count)
    return [random_model(shape_of({**fixed, "features": 17 if seed % 2 else 5}, seed), seed) for seed in seeds]


def footprints(core: Core, chosen: list[IntegerModel], folder: Path) -> Iterator[tuple[IntegerModel, Footprint]]:
    """What each model takes, compiled for size; those that the core refuses are left out."""
    compiler = find_compiler(core)
    for number, model in enumerate(chosen):
        name = f"model{number}"
        if not (folder / name).exists():
            emit_library(ModelFile(model), name, folder / name)
        try:
            library = describe(model, name, folder / name)
            yield model, predicted_footprint(library, core, compiler, "size", folder / core.name)
        except (CompileError, OptionError):
            continue


def fit_pieces(found: list[tuple[IntegerModel, Footprint]]) -> dict[str, int]:
    """Bytes of each piece of code: non-negative least squares, each model weighted by its code."""
    counts = [Counter(pieces(model)) for model, _ in found]
    names = sorted(set().union(*counts))
    code = np.array([footprint.flash_bytes - table_bytes(model) for model, footprint in found], float)
    matrix = np.array([[count[name] for name in names] for count in counts], float)
    solution, _ = nnls(matrix / code[:, None], np.ones(len(code)))
    return {name: round(size) for name, size in zip(names, solution.tolist(), strict=True)}


def core_figures(found: list[tuple[IntegerModel, Footprint]], code_of: dict[str, int]) -> dict[str, Any]:
    """Code relative to the pieces (median), and stack beside the arrays (three of four models need no more)."""
    ratios = [(f.flash_bytes - table_bytes(m)) / sum(code_of[p] for p in pieces(m)) for m, f in found]
    stacks = [f.stack_bytes - local_bytes(m) for m, f in found]
    return {"code_size": round(float(np.median(ratios)), 2), "stack_bytes": int(np.quantile(stacks, 0.75))}


def errors(core: Core, found: list[tuple[IntegerModel, Footprint]]) -> str:
    """Quantiles of estimate over figure, flash and stack, with the committed figures."""
    estimates = [(estimated_footprint(model, core), footprint) for model, footprint in found]
    parts = []
    for name in ("flash_bytes", "stack_bytes"):
        ratio = [getattr(estimate, name) / getattr(figure, name) for estimate, figure in estimates]
        parts.append(f"{name} " + " ".join(f"{value:.2f}" for value in np.quantile(ratio, (0, 0.05, 0.5, 0.95, 1))))
    return ", ".join(parts)


def main() -> None:
    """Fit, and compare on models that were not fitted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=180)
    parser.add_argument("--cores", nargs="+", default=[name for name in list_cores() if name != "host"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rs2c-") as name:
        fitting, checking = Path(name) / "fitting", Path(name) / "checking"
        chosen, others = models(0, options.models), models(10_000, options.models // 3)
        code_of = fit_pieces(list(footprints(load_core(FITTED_ON), chosen, fitting)))
        for piece, size in code_of.items():
            print(f"{piece:34} {size:5}    committed {CODE.get(piece, 0):5}")
        for core in map(load_core, options.cores):
            figures = core_figures(list(footprints(core, chosen[: options.models // 3], fitting)), code_of)
            print(f"{core.name:14} {figures}; estimate over figure, least, 5 %, middle, 95 %, most: ", end="")
            print(errors(core, list(footprints(core, others, checking))), flush=True)


if __name__ == "__main__":
    main()
