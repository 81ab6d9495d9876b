"""What a teacher is asked, and what it replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.choices import ScoresAre, Task
from rs2c.base.errors import DataError, OptionError

Codes = npt.NDArray[np.int64]
_MOST_SHOWN = 5  # outputs of a model, in an error


@dataclass(frozen=True)
class Question:
    """Rows to be asked about: `given` as their user has them, a data frame perhaps, and `raw` (n, d) as the device
    reads them. `labels` are those of the classes, () of a regressor."""

    given: Any
    raw: npt.NDArray[Any]
    task: Task
    labels: tuple[object, ...]

    @property
    def named(self) -> Any:
        """The rows with the names of their columns where they have any; models may choose columns by these."""
        return self.given if hasattr(self.given, "columns") else self.raw


@dataclass(frozen=True)
class Reply:
    """What a teacher gave.

    `scores` is anything that `rs2c.read.teacher_scores.as_scores` takes: a line a row, a column a class in the order of
    `classes`, or in that of the labels where it is None. `are` says what they are, None where nobody knows. `answers`
    (n,) are the places in that order which the model itself answers, None where it answers nothing but scores.
    """

    scores: Any
    are: ScoresAre | None = None
    answers: Codes | None = None
    classes: tuple[object, ...] | None = None
    notes: tuple[str, ...] = ()


def one_hot(answers: Codes, classes: tuple[object, ...], teacher: Any) -> Reply:
    """The reply of a model that names a class and gives no scores."""
    scores = np.eye(len(classes))[answers]
    note = f"{a_model(teacher)} gives no scores: its answers teach, which say nothing of how sure it is"
    return Reply(scores, "probabilities", None, classes, (note,))


def codes_of(answers: Any, classes: Sequence[object], teacher: Any) -> Codes:
    """Places (n,) in `classes` of the labels that a model answers.

    Whole numbers that are not all labels are places already. Raises OptionError for answers that are neither, or more
    than one a row.
    """
    found = np.asarray(answers)
    found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
    if found.ndim != 1:
        raise several_labels(teacher)
    places: Mapping[object, int] = {label: place for place, label in enumerate(classes)}
    texts = {str(label): place for place, label in enumerate(classes)}
    distinct, which = np.unique(found, return_inverse=True)
    codes = [places.get(label, texts.get(str(label), -1)) for label in distinct.tolist()]
    if -1 in codes and found.dtype.kind in "iu":  # of a model that has never seen the labels
        codes = [code if 0 <= code < len(classes) else -1 for code in distinct.tolist()]
    if -1 in codes:
        odd = distinct.tolist()[codes.index(-1)]
        raise OptionError(
            f"the teacher answers {odd!r}, which is none of its classes; give its scores as a function of X"
        )
    return np.array(codes, np.int64)[which]


def a_model(model: Any) -> str:
    """A model by the name of its class, for people."""
    name = type(model).__name__
    spelled = name[:2].isupper() and name[0] in "FHLMNRSX"  # an SVC, an MLPClassifier
    return f"{'an' if spelled or (name[0] in 'AEIU') else 'a'} {name}"


def refuse_untold(question: Question, teacher: Any) -> None:
    """Raise OptionError where a model that is known to classify is asked for values."""
    if question.task == "regress":
        raise OptionError(
            f"the teacher is {a_model(teacher)} that classifies; give the labels of its classes, "
            "classes=[...] in the order of its scores, or a function of X that returns the values to predict"
        )


def refuse_values(teacher: Any) -> OptionError:
    """The error of a regressor where there are classes."""
    return OptionError(
        f"the teacher is {a_model(teacher)}, which gives values and no scores of classes; use a classifier, or "
        "give scores of classes as a function of X"
    )


def several_labels(teacher: Any) -> OptionError:
    """The error of a model of several labels a row."""
    return OptionError(
        f"the teacher is {a_model(teacher)} that gives several labels a row, and a sketch gives one; distill "
        "one label at a time, its scores given as a function of X"
    )


def plain(values: Any) -> Any:
    """An array of what a model gave, also where that is a tensor that needs gradients or has a type of its own.

    Lists and dicts of tensors come back with arrays in their places.
    """
    if isinstance(values, Mapping):
        return {key: plain(value) for key, value in values.items()}
    if isinstance(values, (list, tuple)) and any(hasattr(value, "detach") for value in values):
        return [plain(value) for value in values]
    if hasattr(values, "detach"):
        tensor = values.detach().cpu()
        return (tensor.float() if tensor.is_floating_point() and tensor.element_size() < 4 else tensor).numpy()
    if getattr(getattr(values, "dtype", None), "name", "") == "bfloat16":  # which NumPy does not know
        return np.asarray(values, np.float32)
    return values


def one_output(outputs: Any, question: Question) -> Any:
    """The one output of a model, of those in a list or dict, that has a line for each row and a column a class.

    Raises DataError where none fits, or more than one does.
    """
    if not isinstance(outputs, (list, tuple, Mapping)) or not len(outputs):
        return outputs
    if _are_rows(outputs, question):
        return np.stack(list(outputs))
    named = dict(outputs) if isinstance(outputs, Mapping) else dict(enumerate(outputs))
    if not all(isinstance(each, np.ndarray) for each in named.values()):
        return outputs
    fitting = [each for each in named.values() if _fits(each, question)]
    if len(fitting) != 1:
        shown = [f"{name}: {each.shape}" for name, each in named.items()]
        shapes = ", ".join(shown if len(shown) <= _MOST_SHOWN else [*shown[:_MOST_SHOWN], "…"])
        raise DataError(
            f"the teacher has {len(named)} outputs ({shapes}), of which {len(fitting) or 'none'} may be its scores; "
            "give a function of X that returns the one that is"
        )
    return fitting[0]


def _are_rows(outputs: Any, question: Question) -> bool:
    """Whether a list holds an array for each row, such as what a model says of one after the other."""
    if isinstance(outputs, Mapping) or len(outputs) != len(question.raw):
        return False
    return all(isinstance(each, np.ndarray) and each.ndim < 2 and each.shape == outputs[0].shape for each in outputs)


def _fits(output: npt.NDArray[Any], question: Question) -> bool:
    rows, classes = len(question.raw), len(question.labels)
    columns = output.shape[1:] or (1,)
    if output.shape[:1] != (rows,) or len(columns) != 1 or output.dtype.kind != "f":
        return False
    return question.task == "regress" or columns[0] == classes or (classes == 2 and columns[0] == 1)
