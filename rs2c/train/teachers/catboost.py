"""CatBoost: classifiers, regressors, and models of neither name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rs2c.train.teachers.choose import known_classes
from rs2c.train.teachers.reply import Question, Reply, codes_of, refuse_untold, refuse_values


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """Probabilities of a model that was trained on classes, values of any other."""
    classes = known_classes(model)
    if not classes:
        if question.task == "classify":
            raise refuse_values(model)
        yield Reply(model.predict(question.named))
        return
    refuse_untold(question, model)
    answers = codes_of(model.predict(question.named, prediction_type="Class"), classes, model)
    yield Reply(model.predict(question.named, prediction_type="Probability"), "probabilities", answers, classes)
