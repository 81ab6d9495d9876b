"""Teacher scores: what a model is distilled from, in one form whatever gave them.

Scores are float64 (n, C). Classifiers: logits, C = number of classes, or one column of log-odds of class 1 for two
classes; probabilities are made such. Regressors: predicted targets, one column an output.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rs2c import reference
from rs2c.errors import DataError, OptionError
from rs2c.integer_model import IntegerModel
from rs2c.raw_types import Task
from rs2c.torch_setup import import_torch

Floats = npt.NDArray[np.float64]
T = TypeVar("T")
_LEAST_PROBABILITY = 1e-6
_MODULE_BATCH = 4096  # rows that a torch module is asked at once


def n_scores(task: Task, classes: int) -> int:
    """Columns of the scores: C."""
    return 1 if task == "regress" or classes == 2 else classes


def read_scores(path: Path, rows: int, task: Task, classes: int) -> Floats:
    """Scores of a `.npy` file that holds one line for each of `rows` rows of data, in file order."""
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise DataError(f"cannot read the scores in {path} ({error}); save them with numpy.save") from None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
        raise DataError(f"{path} does not hold an array of numbers; save the scores with numpy.save")
    lines = len(values) if values.ndim else 1
    if lines != rows:
        raise DataError(f"{path} has {lines} lines but the data has {rows} rows; give exactly one line a row")
    return as_scores(values, task, classes, str(path))


def as_scores(values: npt.NDArray[Any], task: Task, classes: int, source: str, *, margins: bool = False) -> Floats:
    """Bring what a model gave into the one form.

    Probabilities become logits: rows that sum to 1, and for two classes a column from 0 to 1 that is not all above .5,
    for such log-odds would call every row class 1. `margins` are known to be no probabilities, whatever their range.
    """
    table = np.asarray(values, np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not np.isfinite(table).all():
        raise DataError(f"the scores from {source} are not a finite table; give one line a row, one column a score")
    if task == "regress":
        return table
    if not margins and classes == 2 and table.shape[1] == 1 and 0 <= table.min(initial=1) < 0.5 and table.max() <= 1:
        table = np.hstack([1 - table, table])
    if not margins and table.shape[1] == classes and _are_probabilities(table):
        table = np.log(np.maximum(table, _LEAST_PROBABILITY))
    if classes == 2 and table.shape[1] == 2:
        table = table[:, 1:] - table[:, :1]
    if table.shape[1] != n_scores(task, classes):
        raise DataError(
            f"the scores from {source} have {table.shape[1]} columns, but there are {classes} classes; give one column "
            f"a class{', or one with the log-odds of the second' if classes == 2 else ''}"
        )
    return table


def _are_probabilities(table: Floats) -> bool:
    return table.shape[1] > 1 and bool(
        ((table >= 0) & (table <= 1)).all() and np.allclose(table.sum(axis=1), 1, atol=1e-3)
    )


def scores_of(model: Any, X: npt.NDArray[Any], task: Task, classes: int) -> Floats:
    """Scores that a fitted scikit-learn estimator, a torch module or any callable gives for X (n, d)."""
    if task == "classify" and hasattr(model, "predict_proba"):
        return as_scores(model.predict_proba(X), task, classes, "the teacher")
    if task == "classify" and hasattr(model, "decision_function"):
        if classes > 2 and getattr(model, "decision_function_shape", "ovr") == "ovo":
            raise OptionError("the teacher scores pairs of classes; set its decision_function_shape to 'ovr'")
        return as_scores(model.decision_function(X), task, classes, "the teacher", margins=True)
    if hasattr(model, "predict") and task == "regress":
        return as_scores(model.predict(X), task, classes, "the teacher")
    if hasattr(model, "state_dict"):
        return as_scores(_ask_module(model, np.asarray(X, np.float32)), task, classes, "the teacher")
    if callable(model):
        return as_scores(np.asarray(model(X)), task, classes, "the teacher")
    raise OptionError("the teacher gives no scores; use a fitted estimator, a torch module or a function of X")


def _ask_module(module: Any, X: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    """What a torch module answers in evaluation mode, where it is; it is left in the mode that it was in."""
    torch = import_torch()
    modes = {part: part.training for part in module.modules()}
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    module.eval()
    try:
        with torch.no_grad():
            batches = torch.as_tensor(X).split(_MODULE_BATCH)
            return np.concatenate([module(batch.to(device)).cpu().numpy() for batch in batches])
    finally:
        for part, mode in modes.items():
            part.training = mode


def decide(scores: npt.NDArray[Any], task: Task) -> npt.NDArray[Any]:
    """Scores (n, C) to class codes int64 (n,), or to the values themselves; ties as on the device."""
    if task == "regress":
        return scores[:, 0] if scores.shape[1] == 1 else scores
    if scores.shape[1] == 1:
        return (scores[:, 0] > 0).astype(np.int64)
    return np.argmax(scores, axis=1).astype(np.int64)


def integer_scores(model: IntegerModel, raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Scores of the integer model: int32 for classes, values in the units of the target for regression."""
    scores = reference.scores(model, reference.quantize(model, raw))
    return scores if model.task == "classify" else np.ldexp(scores.astype(np.float64), -model.value_frac_bits)


def metric_name(task: Task) -> str:
    """The figure that ledgers state."""
    return "accuracy" if task == "classify" else "mae"


def measure(scores: npt.NDArray[Any], y: npt.NDArray[Any], task: Task) -> float:
    """Accuracy of scores (n, C), or mean absolute error in the units of y."""
    answer = decide(np.asarray(scores), task)
    assert answer.shape == y.shape, "a column of targets would be compared with all others"
    if task == "classify":
        return float(np.mean(answer == y))
    return float(np.mean(np.abs(answer - y)))


def best_by(items: Iterable[T], metric: Callable[[T], float], task: Task) -> T:
    """The first of the items whose metric is best."""
    return (max if task == "classify" else min)(items, key=metric)


def is_better(a: float, b: float, task: Task) -> bool:
    """Whether metric a beats metric b."""
    return a > b if task == "classify" else a < b
