"""LightGBM: its estimators, and boosters as they were trained or loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rs2c.train.teachers import scikit_learn
from rs2c.train.teachers.reply import Question, Reply, refuse_untold

_OF_CLASSES = ("binary", "multiclass", "multiclassova", "cross_entropy")


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """Scores of an estimator as of those of scikit-learn; probabilities of a booster, whose classes are in the order of
    their numbers."""
    if not hasattr(model, "model_to_string"):
        yield from scikit_learn.ask(model, question)
        return
    found = re.search(r"^objective=(\w+)", model.model_to_string(num_iteration=1), re.MULTILINE)
    objective = found[1] if found else ""
    scores = model.predict(question.named)
    if objective in _OF_CLASSES:
        refuse_untold(question, model)
        yield Reply(scores, "probabilities")
    else:
        yield Reply(scores)
