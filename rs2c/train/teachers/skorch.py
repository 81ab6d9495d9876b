"""skorch: nets that were fitted, and those that were initialized and have loaded their parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rs2c.read.teacher_scores import are_unit
from rs2c.train.teachers.choose import estimator_type
from rs2c.train.teachers.reply import Question, Reply, codes_of, plain, refuse_untold, refuse_values
from rs2c.train.teachers.torch import number_type


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """Probabilities of a classifier, which it makes of the module's output by what its loss calls for.

    Its answers are places in that output, whatever labels it was trained with. A net of neither sort gives what its
    module does.
    """
    module = getattr(model, "module_", None)
    rows = question.raw if module is None else question.raw.astype(number_type(module))
    kind = estimator_type(model)
    if question.task == "regress":
        if kind == "classifier":
            refuse_untold(question, model)
        yield Reply(plain(model.predict(rows)))
        return
    if kind == "regressor":
        raise refuse_values(model)
    scores = plain(model.predict_proba(rows))
    if kind != "classifier":
        yield Reply(scores)
        return
    answers = codes_of(model.predict(rows), range(max(2, np.shape(scores)[-1])), model)
    yield Reply(scores, "probabilities" if are_unit(scores) else None, answers)
