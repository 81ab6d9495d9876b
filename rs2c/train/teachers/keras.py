"""Keras models, whatever their backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rs2c.base.choices import ScoresAre
from rs2c.base.errors import OptionError
from rs2c.train.teachers.reply import Question, Reply, a_model, one_output, plain, refuse_untold

_ARE: dict[str, ScoresAre] = {"softmax": "probabilities", "sigmoid": "probabilities", "linear": "logits"}


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """What a model predicts; its last layer's activation says what that is.

    Raises OptionError for a model of a sigmoid a class, which gives several labels a row.
    """
    if not hasattr(model, "predict"):
        raise OptionError(f"the teacher is {a_model(model)}; give the whole Keras model, or a function of X")
    outputs = plain(model.predict(np.asarray(question.raw, np.float32), verbose=0))
    scores = one_output(outputs, question)
    activation = _last_activation(model) if scores is outputs else ""
    if question.task == "regress":
        if activation == "softmax":
            refuse_untold(question, model)
        yield Reply(scores)
        return
    if activation == "sigmoid" and np.ndim(scores) == 2 and np.shape(scores)[1] > 1:
        raise OptionError(
            f"the teacher is {a_model(model)} that ends in {np.shape(scores)[1]} sigmoids, which give several "
            "labels a row; where just one is true, give its predict as a function of X"
        )
    yield Reply(scores, _ARE.get(activation))


def _last_activation(model: Any) -> str:
    """The activation of the layer that gives the only output; "" where it is none, or what gives it is not known.

    The last of a model's layers need not be it: operations are no layers, and a subclass may call them in any order.
    """
    outputs = getattr(model, "outputs", None)  # None of a subclass
    if not isinstance(outputs, (list, tuple)) or len(outputs) != 1:
        return ""
    operation = getattr(getattr(outputs[0], "_keras_history", None), "operation", None)
    return getattr(getattr(operation, "activation", None), "__name__", "")
