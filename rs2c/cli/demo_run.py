"""The demonstration: scikit-learn's handwritten digits to verified C, with a ledger."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rs2c.base.atomic import check_writable, write_file
from rs2c.base.errors import MissingToolError
from rs2c.base.progress import Progress
from rs2c.emit import emit_library
from rs2c.model.file import save
from rs2c.read.datasets import Dataset, Split, from_arrays
from rs2c.read.held_out import draw_test_rows
from rs2c.report.ledger import answers_in_c, make_ledger
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.verify.verdicts import Verdict, named_targets, verify_targets

BOARDS = ("host", "cortex-m0", "cortex-m4f")


def load_digits(seed: int) -> Split:
    """1,797 images of 8x8 pixels from 0 to 16, uint8; a fifth held out, stratified."""
    try:
        from sklearn.datasets import load_digits as load
    except ImportError:
        raise MissingToolError("the demo needs torch and scikit-learn: pip install 'rs2c[fit]'") from None
    bundle = load()
    names = tuple(f"pixel_{i // 8}_{i % 8}" for i in range(64))
    whole: Dataset = from_arrays(bundle.data.astype(np.uint8), bundle.target, name="digits", feature_names=names)
    test = draw_test_rows(whole, 0.2, seed)
    train = np.setdiff1d(np.arange(len(whole.y)), test)
    return Split(whole.take(train), whole.take(test), train, test)


def run_demo(
    output: Path,
    boards: Sequence[str],
    vectors: int,
    emulated_vectors: int,
    seed: int,
    progress: Progress,
) -> tuple[dict[str, Any], list[Verdict]]:
    """Fit, emit, compile, simulate, compare; write digits.rs2c, digits/ and ledger.json to `output`.

    Raises before the fit as `named_targets` and `check_writable` do.
    """
    targets = named_targets(boards)
    for name in ("digits.rs2c", "ledger.json"):
        check_writable(output / name)
    split = load_digits(0)
    fitted = fit(
        split.train, FitOptions(method="refit", teacher="network", seed=seed), test=split.test, progress=progress
    )
    save(output / "digits.rs2c", fitted.content)
    emit_library(fitted.content, "digits", output / "digits")
    verdicts = verify_targets(
        fitted.model,
        targets,
        vectors=vectors,
        emulated_vectors=emulated_vectors,
        data=split.test.X,
        progress=progress,
    )
    with tempfile.TemporaryDirectory(prefix="rs2c-") as scratch:
        answers = answers_in_c(fitted.model, split.test.X, Path(scratch))
    ledger = make_ledger(split.train, split.test, fitted, answers, verdicts)
    write_file(output / "ledger.json", (json.dumps(ledger, indent=2) + "\n").encode())
    return ledger, verdicts
