"""scikit-learn estimators, alone or within Pipeline, a search or FrozenEstimator, and what has the same methods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.choices import ScoresAre
from rs2c.base.errors import OptionError
from rs2c.read.teacher_scores import are_unit
from rs2c.train.teachers.choose import estimator_type, known_classes
from rs2c.train.teachers.reply import Codes, Question, Reply, a_model, codes_of, one_hot, refuse_untold, refuse_values

_METHODS: tuple[tuple[str, ScoresAre], ...] = (("predict_proba", "probabilities"), ("decision_function", "logits"))
_OTHERS = {
    "clusterer": ("numbers groups that have no names", "train a classifier on the groups that it found"),
    "density_estimator": ("tells densities, or groups that have no names", "train a classifier on the groups"),
    "outlier_detector": (
        "tells outliers from the rest and no classes",
        "give its decision_function as a function of X, with classes=['outlier', 'inlier'] and scores_are='logits'",
    ),
}


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """Probabilities, margins, or the answers of a classifier that gives neither; the values of a regressor.

    Raises OptionError for what is neither of the two.
    """
    kind = estimator_type(model)
    if kind in _OTHERS:
        does, way_out = _OTHERS[kind]
        raise OptionError(f"the teacher is {a_model(model)}, which {does}; {way_out}")
    if question.task == "regress":
        if kind == "classifier" or (kind is None and hasattr(model, "predict_proba")):
            refuse_untold(question, model)
        if not hasattr(model, "predict"):
            raise _predicts_nothing(model)
        yield Reply(model.predict(question.named))
        return
    if kind == "regressor":
        raise refuse_values(model)
    classes = known_classes(model) or question.labels
    answers = codes_of(model.predict(question.named), classes, model) if hasattr(model, "predict") else None
    methods = [(name, are) for name, are in _METHODS if hasattr(model, name)]
    for name, are in methods:
        scores = getattr(model, name)(question.named)
        if isinstance(scores, list):
            raise OptionError(
                f"the teacher is {a_model(model)} with {len(scores)} outputs of classes, and a sketch has one; "
                "distill one output at a time, its scores given as a function of X"
            )
        if name == "decision_function" and len(classes) > 2:
            scores = _of_votes(scores, getattr(_innermost(model), "decision_function_shape", None), answers)
        known = None if are == "probabilities" and not are_unit(scores) else are
        yield Reply(scores, known, answers, classes)
    if methods:
        return
    if answers is None:
        raise _predicts_nothing(model)
    yield one_hot(answers, classes, model)


def _predicts_nothing(model: Any) -> OptionError:
    return OptionError(f"the teacher is {a_model(model)}, which predicts nothing; give a function of X that does")


def _of_votes(scores: Any, shape: str | None, answers: Codes | None) -> Any:
    """Scores of an SVC, which lets each pair of classes vote, with its answer the largest; those of others as they are.

    Of classes with as many votes it answers the first, unless it is told to break ties, and its margins of shape "ovr"
    say the one that won by more: votes, and less than a third for by how much.
    """
    if shape is None or answers is None:
        return scores
    votes = np.array(scores, np.float64)
    if shape == "ovo":
        votes = of_pairs(votes, int((1 + np.sqrt(1 + 8 * votes.shape[1])) / 2))
    rows, best = np.arange(len(votes)), votes.max(axis=1)
    told = votes[rows, answers]
    tied = (told < best) & (best - told < 2 / 3)
    votes[rows[tied], answers[tied]] = np.nextafter(best[tied], np.inf)
    return votes


def of_pairs(margins: npt.NDArray[Any], classes: int) -> npt.NDArray[np.float64]:
    """Scores (n, k) of margins (n, k(k - 1)/2) of pairs: the pairs that a class wins, and by how much in ties.

    The rule by which scikit-learn makes its margins of shape "ovr" (sklearn.multiclass, _ovr_decision_function).
    """
    won, by = np.zeros((2, len(margins), classes))
    pairs = ((i, j) for i in range(classes) for j in range(i + 1, classes))
    for column, (i, j) in enumerate(pairs):
        first = margins[:, column] > 0
        won[:, i] += first
        won[:, j] += ~first
        by[:, i] += margins[:, column]
        by[:, j] -= margins[:, column]
    return won + by / (3 * (np.abs(by) + 1))


def _innermost(model: Any) -> Any:
    """The estimator that decides within pipelines, searches and frozen estimators."""
    while True:
        steps = getattr(model, "steps", None)
        inner = steps[-1][1] if steps else getattr(model, "best_estimator_", getattr(model, "estimator", None))
        if hasattr(model, "estimators_"):  # OneVsRestClassifier and the like, whose margins are their own
            return model
        if inner is None or hasattr(model, "decision_function_shape") or inner is model:
            return model
        model = inner
