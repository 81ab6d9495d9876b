"""Models of scikit-learn that may teach, and what boosted trees say of rows that they have not seen."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.read.datasets import Dataset
from rs2c.read.teacher_scores import as_scores

_FEW_OF_A_CLASS = 10  # rows: with fewer a model does not hold any back to stop by


def boosted_trees(data: Dataset, seed: int, rounds: int) -> Any:
    """Histogram gradient boosting of the features as they are, fitted."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    stops: Any = "auto"
    if data.task == "classify":
        counts = np.bincount(data.y)
        stops = "auto" if counts[counts > 0].min() >= _FEW_OF_A_CLASS else False
        model = HistGradientBoostingClassifier(max_iter=rounds, random_state=seed, early_stopping=stops)
    else:
        model = HistGradientBoostingRegressor(loss="absolute_error", max_iter=rounds, random_state=seed)
    with _silence():
        return model.fit(data.X, data.y, sample_weight=data.weight)


def linear_model(data: Dataset, x: npt.NDArray[np.float32], iterations: int = 200) -> Any:
    """Logistic or ridge regression of inputs x (m, n), which are standardized, fitted."""
    from sklearn.linear_model import LogisticRegression, RidgeCV

    classify = data.task == "classify"
    model = LogisticRegression(max_iter=iterations) if classify else RidgeCV(np.logspace(-2, 3, 6))
    with _silence():
        return model.fit(x, data.y, sample_weight=data.weight)


@contextmanager
def _silence() -> Iterator[None]:
    """Within, nothing is said of steps that did not suffice, or of many classes: how good a model is shows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def scores(model: Any, X: npt.NDArray[Any], data: Dataset) -> Floats:
    """Scores (n, C) that a fitted model gives for X, in the order of the classes of `data`."""
    classes = len(data.class_names)
    if data.task == "regress":
        return as_scores(model.predict(X), "regress", classes, "the teacher").table
    probabilities = np.zeros((len(X), classes))
    probabilities[:, model.classes_] = model.predict_proba(X)
    return as_scores(probabilities, "classify", classes, "the teacher", "probabilities").table


def out_of_fold(data: Dataset, seed: int, rounds: int, folds: int) -> Floats:
    """Scores (n, C) of boosted trees for every row, each from a model that was fitted without it.

    Of rows that they have seen they know the labels by heart, and may know those of their group. A class of one row is
    known to all of them.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

    classify = data.task == "classify"
    counts = np.bincount(data.y) if classify else np.zeros(1)
    if data.groups is not None and len(np.unique(data.groups)) >= folds:
        parts: Any = GroupKFold(folds)
    else:
        parts = (StratifiedKFold if counts.max() >= folds else KFold)(folds, shuffle=True, random_state=seed)
    first = np.unique(data.y, return_index=True)[1] if classify else np.zeros(0, np.int64)
    found: Floats | None = None
    for seen, unseen in parts.split(data.X, data.y, data.groups):
        model = boosted_trees(data.take(np.union1d(seen, first)), seed, rounds)
        part = scores(model, data.X[unseen], data)
        found = np.zeros((len(data.y), part.shape[1])) if found is None else found
        found[unseen] = part
    assert found is not None, "there are no folds"
    return found
