"""Distillation of a model that exists already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from rs2c.base.choices import ScoresAre
from rs2c.base.errors import DataError, OptionError
from rs2c.base.progress import shown
from rs2c.base.raw_types import RAW_TYPES, Task, native
from rs2c.model.card import Stage
from rs2c.model.metric import decide
from rs2c.read.coding import check_float32
from rs2c.read.datasets import Dataset, of_numbers
from rs2c.read.far_targets import warn_of_far
from rs2c.read.frames import coded_frame
from rs2c.read.labels import names_of_classes
from rs2c.read.row_columns import as_weight, counted
from rs2c.read.table import check_names, default_names
from rs2c.train.fit import Fitted, fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.measured import agreement, card_section
from rs2c.train.teach import GivenScores
from rs2c.train.teachers.choose import known_classes, task_of


def distill(
    teacher: Any,
    X: npt.ArrayLike,
    y: npt.ArrayLike | None = None,
    *,
    task: Task | None = None,
    classes: Sequence[object] | None = None,
    feature_names: Iterable[str] | None = None,
    options: FitOptions | None = None,
    sample_weight: npt.ArrayLike | None = None,
    scores_are: ScoresAre | None = None,
    verbose: int = 0,
) -> Fitted:
    """A sketch of a model that exists, or of a callable, from features X (n, d) alone.

    Models are those of scikit-learn, XGBoost, LightGBM, CatBoost, skorch, torch, Keras, ONNX and LiteRT, and the Path
    of an `.onnx` or `.tflite` file (docs/teachers.md). `task` and `classes` (labels in the order of the scores) are
    taken from a fitted estimator; give them for anything else: `classes` for a classifier, nothing for a regressor.
    What scores are is known of an estimator; of anything else it is guessed, and the guess is one of `Fitted.notes`,
    unless `scores_are` says it: "probabilities", or "logits" for log-odds, margins and whatever else is largest for
    the class that is meant. Labels or targets `y` (n,) help where they are
    known; of a regressor with several outputs they are (n, outputs). Without them the tolerance of a regressor is a
    share of the mean absolute deviation of its answers, for it has no error of its own. Rows that the teacher has not
    learned from serve best. Names are those of a data frame where they are not given. X of 8 or 16 bit integers, of any
    byte order, is read by the device as it is, booleans as uint8, anything else as float32; columns of a data frame of
    type `category`, and those of text that is not all numbers, are categories. The stage `agreement` is the share of
    the rows held back for validation that the sketch answers as the teacher does, of values their mean absolute
    distance; with `y` the other stages are there too. Rows count by `sample_weight` (n,), from 0 up; those of weight
    0 are not there. `verbose` shows on stderr how far it is. `rs2c.train.fit.Fitted.content` is what
    `rs2c.model.file.save` and `rs2c.emit.emit_library` take. Raises OptionError and DataError.
    """
    labels = known_classes(teacher) if classes is None else _labels(classes)
    if task not in (None, *get_args(Task)):
        raise OptionError(f"unknown task {task!r}; use one of {', '.join(get_args(Task))}")
    task = task or ("classify" if labels else task_of(teacher) or "regress")
    if task == "classify" and len(labels) < 2:
        raise OptionError("a classifier needs the labels of its classes; give classes=[...] in the order of its scores")
    class_names = names_of_classes(labels) if task == "classify" else ()
    if len(set(class_names)) < len(class_names):
        raise OptionError(f"classes is {list(labels)}, where a label stands twice; give each once")
    coded, categories = coded_frame(X, "mean")
    raw, names = _features(np.asarray(coded), getattr(X, "columns", None) if feature_names is None else feature_names)
    given = GivenScores.of(teacher, X, raw, task, labels, scores_are)
    targets = decide(given.train, task) if y is None else _targets(np.asarray(y), task, labels)
    if len(targets) != len(raw):
        raise OptionError(f"y has {len(targets)} entries for {len(raw)} rows of X; give one a row")
    if task == "regress":
        warn_of_far(targets)
    data = of_numbers(raw, targets, names, class_names, categories)
    if sample_weight is not None:
        data, kept = counted(data, as_weight(sample_weight, len(raw)))
        given = given.take(kept)
    with shown(bool(verbose)) as progress:
        fitted = fit(data, options, teacher=given, progress=progress)
    return _told(fitted, data, given, labelled=y is not None)


def _labels(classes: Any) -> tuple[object, ...]:
    """Labels as they were given; an array of them, or text and numbers in it, as Python's own."""
    given = [each.item() if isinstance(each, np.generic) else each for each in classes]
    if isinstance(classes, (str, set, frozenset)) or not all(isinstance(each, (str, int, float)) for each in given):
        raise OptionError(f"classes is {classes!r}; give a list of labels, text or numbers, in the order of the scores")
    return tuple(np.asarray(given).tolist())


def _told(fitted: Fitted, data: Dataset, given: GivenScores, *, labelled: bool) -> Fitted:
    """The fit with the agreement as a stage; the metrics of others tell nothing where there are no labels."""
    metric = "agreement" if fitted.model.task == "classify" else "mae to teacher"
    value = agreement(fitted.model, data.take(fitted.parts.valid), given.train[fitted.parts.valid])
    stages = (*(fitted.stages if labelled else ()), Stage("agreement", metric, None, value))
    judged = fitted.judged if labelled else replace(fitted.judged, against="teacher")
    facts = fitted.content.sections["card"].values["facts"]
    card = card_section(facts, stages, judged, fitted.model.class_names)
    content = replace(fitted.content, sections={**fitted.content.sections, "card": card})
    return replace(fitted, stages=stages, judged=judged, content=content)


def _features(X: npt.NDArray[Any], given: Iterable[object] | None) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    """X (n, d) as the device reads it, and the names of its columns."""
    if X.ndim != 2 or not X.size:
        raise OptionError(f"X has the shape {X.shape}; give one line a row, one column a feature")
    names = default_names(X.shape[1]) if given is None else tuple(map(str, given))
    if len(names) != X.shape[1]:
        raise OptionError(f"there are {len(names)} feature names for {X.shape[1]} columns of X; give one for each")
    check_names(names, "X")
    X = native(X)
    if X.dtype in RAW_TYPES.values():
        raw = X
    else:
        try:
            X = X.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"X holds something that is no number ({error}); give numbers alone") from None
        with np.errstate(over="ignore"):
            raw = X.astype(np.float32)
    if np.isinf(raw).any():
        raise DataError("X has infinite values; correct them, or remove those rows")
    check_float32(X, names)
    return raw, names


def _targets(y: npt.NDArray[Any], task: Task, labels: tuple[object, ...]) -> npt.NDArray[Any]:
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1 and (task == "classify" or y.ndim != 2):
        raise OptionError(f"y has the shape {y.shape}; give one entry a row")
    if task == "regress":
        with np.errstate(over="ignore"):  # fit checks what comes of it
            return y.astype(np.float32)
    code = {label: number for number, label in enumerate(labels)}
    unknown = sorted({str(label) for label in y.tolist() if label not in code})
    if unknown:
        raise OptionError(f"y holds {unknown[0]!r}, which is none of the teacher's classes; leave such rows out")
    return np.array([code[label] for label in y.tolist()], np.int64)
