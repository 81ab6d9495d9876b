"""XGBoost: its estimators, and boosters as they were trained or loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from rs2c.train.teachers import scikit_learn
from rs2c.train.teachers.choose import known_classes
from rs2c.train.teachers.reply import Question, Reply, codes_of, refuse_untold, several_labels

_LOGITRAW_CUT = 0.5  # XGBClassifier takes what it predicts for probabilities, which margins of binary:logitraw are not


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """Scores of an estimator as of those of scikit-learn, but for objectives without probabilities; margins of a
    booster, whose classes are in the order of their numbers."""
    if hasattr(model, "get_booster"):
        yield from _ask_estimator(model, question)
    else:
        yield _ask_booster(model, question)


def _ask_estimator(model: Any, question: Question) -> Iterator[Reply]:
    objective = "" if question.task == "regress" else _objective(model.get_booster())
    if objective not in ("binary:logitraw", "binary:hinge"):
        yield from scikit_learn.ask(model, question)
        return
    classes = known_classes(model)
    answers = codes_of(model.predict(question.named), classes, model)
    margins = np.asarray(model.predict(question.named, output_margin=True), np.float64)
    cut = _LOGITRAW_CUT if objective == "binary:logitraw" else 0.0
    notes = (f"the teacher answers {classes[1]!r} where its margin is above {cut}, not 0",) if cut else ()
    yield Reply(margins - cut, "logits", answers, classes, notes)


def _ask_booster(model: Any, question: Question) -> Reply:
    from xgboost import DMatrix

    objective = _objective(model)
    if hasattr(question.given, "columns"):
        rows = DMatrix(question.given, enable_categorical=True)
    else:
        rows = DMatrix(question.raw, feature_names=model.feature_names, feature_types=model.feature_types)
    if not objective.startswith(("binary:", "multi:")):
        return Reply(model.predict(rows))
    refuse_untold(question, model)
    margins = model.predict(rows, output_margin=True)
    if objective.startswith("binary:") and margins.ndim == 2 and margins.shape[1] > 1:
        raise several_labels(model)
    answers = None
    if objective == "multi:softmax":
        answers = codes_of(model.predict(rows).astype(np.int64), range(margins.shape[1]), model)
    return Reply(margins, "logits", answers)


def _objective(booster: Any) -> str:
    return str(json.loads(booster.save_config())["learner"]["objective"]["name"])
