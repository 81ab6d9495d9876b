"""Who teaches: a linear model, the built-in network, boosted trees, or the mean of the last two, judged on validation.

The network teaches where it is nearly as good as the best. Boosted trees know their training rows by heart, so what
they teach about a row comes from trees that have not seen it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.cells import Effort
from benchmarks.accuracy.problem import Rows
from rs2c.base.arrays import Floats
from rs2c.base.atomic import write_file
from rs2c.model.metric import is_better, measure
from rs2c.read.datasets import Dataset
from rs2c.train import known_models
from rs2c.train.teacher import Teacher, train_teacher

NEAR_ACCURACY, NEAR_MAE = 0.003, 0.02  # points of accuracy, share of the MAE
FOLDS = 5
PARTS = ("learn", "valid", "test")


@dataclass(frozen=True, eq=False)
class TeacherScores:
    """What is known of the teacher of one (set, seed): its scores, and the size of the network d-512-256-128-C."""

    name: str
    scores: dict[str, Floats]  # of each of PARTS, (rows, C)
    valid: dict[str, float]  # metric of every model that was tried
    network_bytes: int  # float32
    network_operations: int

    def to_bytes(self) -> bytes:
        """As an archive."""
        buffer = io.BytesIO()
        names = sorted(self.valid)
        np.savez(
            buffer,
            name=np.array(self.name),
            tried=np.array(names),
            metrics=np.array([self.valid[name] for name in names]),
            network=np.array([self.network_bytes, self.network_operations]),
            **{part: self.scores[part] for part in PARTS},
        )
        return buffer.getvalue()

    @staticmethod
    def read(path: Path) -> TeacherScores:
        """From an archive."""
        with np.load(path, allow_pickle=False) as stored:
            valid = dict(zip(stored["tried"].tolist(), stored["metrics"].tolist(), strict=True))
            size, work = (int(value) for value in stored["network"])
            scores = {part: stored[part] for part in PARTS}
            return TeacherScores(str(stored["name"]), scores, valid, size, work)


def teacher_scores(rows: Rows, seed: int, effort: Effort, cache: Path) -> TeacherScores:
    """The scores of the teacher, from the cache where it has them."""
    if not cache.exists():
        write_file(cache, choose_teacher(rows, seed, effort).to_bytes())
    return TeacherScores.read(cache)


def choose_teacher(rows: Rows, seed: int, effort: Effort) -> TeacherScores:
    """Train all models, and let one teach."""
    from threadpoolctl import threadpool_limits

    network = _train_network(rows, seed, effort)
    with threadpool_limits(limits=1):
        models: dict[str, Callable[[Dataset], Floats]] = {
            "linear": _estimator(linear_model(rows.learn), rows.learn),
            "mlp": lambda part: network.scores(rows.inputs.transform(part.X)),
            "boosting": _estimator(boosted_trees(rows.learn, seed), rows.learn),
        }
        scores = {name: {"valid": ask(rows.valid), "test": ask(rows.test)} for name, ask in models.items()}
        pair = ("mlp", "boosting")
        scores["mlp+boosting"] = {part: _mean([scores[name][part] for name in pair]) for part in ("valid", "test")}
        task = rows.valid.task
        valid = {name: measure(part["valid"], rows.valid.y, task) for name, part in scores.items()}
        name = _choose(valid, task)
        learn: dict[str, Floats] = {}
        for member in name.split("+"):
            boosted = member == "boosting"
            learn[member] = out_of_fold(rows.learn, seed) if boosted else models[member](rows.learn)
    chosen = scores[name] | {"learn": _mean(list(learn.values()))}
    return TeacherScores(name, chosen, valid, network.bytes, network.operations)


def _choose(valid: dict[str, float], task: Any) -> str:
    """The network where it is near the best of all, else the best."""
    best = next(iter(valid))
    for name in valid:
        if is_better(valid[name], valid[best], task):
            best = name
    if task == "classify":
        return "mlp" if valid["mlp"] >= valid[best] - NEAR_ACCURACY else best
    return "mlp" if valid["mlp"] <= valid[best] * (1 + NEAR_MAE) else best


def _mean(scores: list[Floats]) -> Floats:
    return np.mean(scores, axis=0)


def _train_network(rows: Rows, seed: int, effort: Effort) -> Teacher:
    learn, valid = rows.learn, rows.valid
    x, x_valid = (rows.inputs.transform(part.X) for part in (learn, valid))
    classes = len(learn.class_names)
    return train_teacher(x, learn.y, x_valid, valid.y, learn.task, classes, seed=seed, max_epochs=effort.teacher_epochs)


def linear_model(data: Dataset) -> Any:
    """Standardized logistic or ridge regression, not fitted."""
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = LogisticRegression(max_iter=300) if data.task == "classify" else RidgeCV(np.logspace(-2, 3, 6))
    return make_pipeline(StandardScaler(), model)


def boosted_trees(data: Dataset, seed: int) -> Any:
    """Histogram gradient boosting, not fitted."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    if data.task == "classify":
        return HistGradientBoostingClassifier(random_state=seed)
    return HistGradientBoostingRegressor(loss="absolute_error", random_state=seed)


def _estimator(model: Any, data: Dataset) -> Callable[[Dataset], Floats]:
    model.fit(data.X, data.y)
    return lambda part: known_models.scores(model, part.X, part)


def out_of_fold(data: Dataset, seed: int) -> npt.NDArray[Any]:
    """Scores of boosted trees for every row, each from a model that was fitted without it."""
    from sklearn.model_selection import KFold, StratifiedKFold

    classify = data.task == "classify"
    enough = classify and np.bincount(data.y).min() >= FOLDS
    folds = (StratifiedKFold if enough else KFold)(FOLDS, shuffle=True, random_state=seed)
    scores: npt.NDArray[Any] | None = None
    for seen, unseen in folds.split(data.X, data.y):
        ask = _estimator(boosted_trees(data, seed), data.take(seen))
        part = ask(data.take(unseen))
        scores = np.zeros((len(data.y), part.shape[1])) if scores is None else scores
        scores[unseen] = part
    assert scores is not None, "there are no folds"
    return scores
