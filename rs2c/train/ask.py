"""Asking a teacher for its scores: a scikit-learn estimator, a torch module or any callable."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.errors import OptionError
from rs2c.base.raw_types import Task
from rs2c.read.teacher_scores import as_scores
from rs2c.train.torch_setup import import_torch, one_thread

_MODULE_BATCH = 4096  # rows that a torch module is asked at once


def ask(teacher: Any, X: Any, raw: npt.NDArray[Any], task: Task, classes: int) -> Floats:
    """Scores (n, C) of a model for features X as its user has them, and `raw` (n, d) as the device reads them.

    A pipeline may choose columns of a data frame by their names; anything else is asked with an array.
    """
    methods = ("predict",) if task == "regress" else ("predict_proba", "decision_function")
    named = hasattr(X, "columns") and any(hasattr(teacher, method) for method in methods)
    with one_thread():
        return scores_of(teacher, X if named else raw, task, classes)


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
