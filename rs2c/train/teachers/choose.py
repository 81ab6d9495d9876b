"""Which adapter asks a model: by the module of its class, without loading any library."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np

from rs2c.base.choices import Task, TeacherKind
from rs2c.base.errors import OptionError
from rs2c.train.teachers.reply import Question, Reply

# Replies of a model, the best first: the first that agrees with what the model predicts is taken.
Adapter = Callable[[Any, Question], Iterator[Reply]]

# The library of a class, and the module here that asks its models.
ADAPTERS = {
    "sklearn": "scikit_learn",
    "imblearn": "scikit_learn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "skorch": "skorch",
    "keras": "keras",
    "tf_keras": "keras",
    "tensorflow": "keras",
    "torch": "torch",
    "onnxruntime": "onnx",
    "onnx": "onnx",
    "ai_edge_litert": "litert",
}
_METHODS: dict[Task, tuple[str, ...]] = {"classify": ("predict_proba", "decision_function"), "regress": ("predict",)}
_FILES = {".onnx": "onnx", ".tflite": "litert"}
PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth")


def library_of(model: Any) -> str | None:
    """The library whose class a model is of, or inherits from first; None of none that is known here."""
    roots = (kind.__module__.partition(".")[0] for kind in type(model).__mro__)
    return next((root for root in roots if root in ADAPTERS), None)


def adapter_of(model: Any, task: Task) -> Adapter:
    """What asks a model, or a model file. Raises OptionError for what gives no scores."""
    if isinstance(model, Path):
        name = file_adapter(model)
    elif hasattr(model, "get_input_details"):
        name = "litert"  # an interpreter of whichever package
    elif (library := library_of(model)) is not None:
        wrapped = library == "keras" and hasattr(model, "get_params")  # keras.wrappers, estimators of scikit-learn
        name = "scikit_learn" if wrapped else ADAPTERS[library]
    elif any(hasattr(model, method) for method in _METHODS[task]):
        name = "scikit_learn"  # whatever has its methods
    elif callable(model):
        name = "function"
    else:
        raise OptionError(
            "the teacher gives no scores; use a fitted estimator, a module, a session, a function of X, or the Path of "
            "an .onnx or .tflite file"
        )
    adapter: Adapter = importlib.import_module(f"rs2c.train.teachers.{name}").ask
    return adapter


def file_adapter(path: Path) -> str:
    """The module that asks a model file. Raises OptionError for a file that none does."""
    ending = path.suffix.lower()
    if ending in PICKLES:
        raise OptionError(
            f"{path} is a pickle, which runs code when it is loaded; load it yourself and call rs2c.distill, or export "
            "the model to .onnx"
        )
    if ending not in _FILES:
        raise OptionError(f"{path} is no model file that is known; give an .onnx or .tflite file")
    return _FILES[ending]


def kind_or_file(name: str) -> tuple[TeacherKind, Path | None]:
    """The word for who teaches, and the model file where one is named. Raises OptionError for what is neither."""
    kind: TeacherKind
    for kind in get_args(TeacherKind):
        if name == kind:
            return kind, None
    path = Path(name)
    if not path.suffix:
        raise OptionError(
            f"unknown teacher {name!r}; use one of {', '.join(get_args(TeacherKind))}, or an .onnx or .tflite file"
        )
    file_adapter(path)
    return "auto", path


def known_classes(model: Any) -> tuple[object, ...]:
    """The labels of a classifier in the order of its scores, () where it has none.

    Raises OptionError for a model of several outputs of classes.
    """
    try:
        found = getattr(model, "classes_", ())
    except Exception:  # skorch raises where it has not seen labels
        return ()
    if isinstance(found, list) and found and np.ndim(found[0]):
        raise OptionError(
            f"the teacher is a {type(model).__name__} with {len(found)} outputs of classes, and a sketch has one; "
            "distill one output at a time, its scores given as a function of X"
        )
    return () if found is None else tuple(np.asarray(found).tolist())  # CatBoost has None before it is fitted


def task_of(model: Any) -> Task | None:
    """What a model says that it does, None where it does not say."""
    kind = estimator_type(model)
    if kind == "classifier" or len(known_classes(model)):
        return "classify"
    return "regress" if kind == "regressor" else None


def estimator_type(model: Any) -> str | None:
    """The word of scikit-learn for what an estimator is, such as classifier; None of what does not say."""
    try:
        return model.__sklearn_tags__().estimator_type
    except Exception:  # of no tags, or of those of an estimator that cannot say yet
        found = getattr(model, "_estimator_type", None)
        return found if isinstance(found, str) else None
