"""The scikit-learn estimators. `predict` and `decision_function` answer from the integer model, as the device will."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_array, check_random_state, column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from rs2c.base.choices import Directions, Family, Method, Metric, Probe, ScoresAre
from rs2c.base.errors import OptionError
from rs2c.base.precision import Precision
from rs2c.base.progress import shown
from rs2c.base.raw_types import RAW_TYPES, native
from rs2c.emit import EmitOptions, emit_library
from rs2c.emit.names import default_name
from rs2c.fold.steps import steps_before
from rs2c.model import reference
from rs2c.model.file import save
from rs2c.model.metric import integer_scores
from rs2c.read.coding import Categories, check_float32
from rs2c.read.datasets import of_numbers
from rs2c.read.far_targets import warn_of_far
from rs2c.read.frames import coded_frame
from rs2c.read.labels import names_of_classes
from rs2c.read.row_columns import as_groups, as_weight, counted
from rs2c.read.table import default_names
from rs2c.train.fit import Fitted, fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.teach import GivenScores
from rs2c.train.teacher import HIDDEN
from rs2c.train.teachers.choose import known_classes

# float32 first: what is none of these becomes it. The others reach the device as they are.
_RAW_DTYPES = [np.float32, *(dtype for name, dtype in RAW_TYPES.items() if name != "float32")]


class _SketchEstimator(BaseEstimator):
    """What both estimators share.

    Parameters are those of `rs2c.train.fit_options.FitOptions` (all but training_rows), and four more. `teacher` is
    one of the words of TeacherKind, None for "auto", or a model; `scores_are` says what its scores are where that would
    be guessed, "probabilities" or "logits". `class_weight` of a classifier is None, "balanced" or
    a dict of weights by label, as in scikit-learn; `verbose` shows on stderr how far a fit is.

    `random_state` is the seed, and the four widths are those of its Precision. Fitted attributes: `model_`
    (IntegerModel), `sketch_` (the float RepresenterSketch), `inputs_` (InputMap), `precision_` (Precision of `model_`),
    `content_` (ModelFile), `notes_` (sentences on how a teacher was read), `behind_` (kinds of the steps before it in
    the Pipeline that fitted it).
    """

    def __init__(
        self,
        *,
        method: Method = "auto",
        rows: int | None = None,
        columns: int | None = None,
        hashes: int | None = None,
        anchors: int = 256,
        projected: int = 16,
        family: Family = "l2",
        directions: Directions = "gaussian",
        groups: int = 1,
        arrays: int = 4,
        weights: int | None = None,
        probe: Probe = "linear",
        tolerance: float | None = None,
        metric: Metric | None = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        input_bits: Literal[8, 16] = 8,
        direction_bits: Literal[4, 8] = 8,
        count_bits: Literal[4, 8, 16] = 8,
        factor_bits: Literal[4, 8] = 8,
        hidden: int | Sequence[int] = HIDDEN,
        teacher: Any = None,
        scores_are: ScoresAre | None = None,
        teacher_epochs: int = 120,
        student_steps: int = 1200,
        refit_steps: int = 1000,
        learned_steps: int = 2000,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.method = method
        self.rows = rows
        self.columns = columns
        self.hashes = hashes
        self.anchors = anchors
        self.projected = projected
        self.family = family
        self.directions = directions
        self.groups = groups
        self.arrays = arrays
        self.weights = weights
        self.probe = probe
        self.tolerance = tolerance
        self.metric = metric
        self.class_weight = class_weight
        self.input_bits = input_bits
        self.direction_bits = direction_bits
        self.count_bits = count_bits
        self.factor_bits = factor_bits
        self.hidden = hidden
        self.teacher = teacher
        self.scores_are = scores_are
        self.teacher_epochs = teacher_epochs
        self.student_steps = student_steps
        self.refit_steps = refit_steps
        self.learned_steps = learned_steps
        self.random_state = random_state
        self.verbose = verbose

    def compile(self, path: str | Path, name: str | None = None, options: EmitOptions | None = None) -> list[Path]:
        """Write the C library to a folder; `name` is its C prefix, the folder's name where it is left out."""
        self._warn_of_steps()
        folder = Path(path)
        return emit_library(self.content_, name or default_name(folder.name), folder, options)

    def save(self, path: str | Path) -> None:
        """Write the model file."""
        self._warn_of_steps()
        save(Path(path), self.content_)

    def _warn_of_steps(self) -> None:
        """Warn where the device would have to do what the steps of a Pipeline did to the features."""
        check_is_fitted(self)
        if self.behind_:
            warnings.warn(
                f"this sketch was fitted in a Pipeline and wants features as they come out of {', '.join(self.behind_)}"
                "; rs2c.compile_pipeline(pipeline, path) makes C that reads the raw ones",
                stacklevel=3,
            )

    def _options(self) -> FitOptions:
        # A search over parameters may set numbers of NumPy, which JSON does not know.
        given = {n: v.item() if isinstance(v, np.generic) else v for n, v in self.get_params(deep=False).items()}
        for other in ("verbose", "class_weight", "scores_are"):
            given.pop(other)
        given["teacher"] = self.teacher if isinstance(self.teacher, str) else "auto"
        state = given.pop("random_state")
        seed = state if isinstance(state, int) else int(check_random_state(state).randint(1 << 31))
        widths = [given.pop(f"{part}_bits") for part in ("input", "direction", "count", "factor")]
        given["hidden"] = tuple(np.atleast_1d(given["hidden"]).tolist())
        return FitOptions(**given, precision=Precision(*widths), seed=seed)

    def _checked(self, X: Any, y: Any, **rules: bool) -> tuple[npt.NDArray[Any], Any, Categories | None]:
        """X as the device reads it, y, and the categories of X; `rules` are those of scikit-learn's validate_data."""
        coded, categories = coded_frame(X, "error")
        given, y = validate_data(self, coded, y, dtype="numeric", ensure_min_samples=2, **rules)
        given = native(given)
        check_float32(given, self._names(given.shape[1]))
        return check_array(given, dtype=_RAW_DTYPES), y, categories

    def _names(self, features: int) -> tuple[str, ...]:
        return tuple(str(name) for name in getattr(self, "feature_names_in_", default_names(features)))

    def _is_taught_here(self) -> bool:
        return self.teacher is None or isinstance(self.teacher, str)

    def _fit(
        self,
        given: Any,
        X: npt.NDArray[Any],
        y: npt.NDArray[Any],
        class_names: tuple[str, ...],
        categories: Categories | None,
        weight: npt.NDArray[np.float64] | None,
        groups: Any,
    ) -> None:
        """Fit features as they were given, and as the device reads them; rows of weight 0 are not there."""
        options, teacher = self._options(), None if self._is_taught_here() else self.teacher
        train = of_numbers(X, y, self._names(X.shape[1]), class_names, categories)
        train = replace(train, groups=None if groups is None else as_groups(groups, len(y)))
        if self.scores_are is not None and (teacher is None or isinstance(teacher, GivenScores)):
            raise OptionError("scores_are says what a model's scores are; give a model as teacher, or leave it out")
        if teacher is not None and not isinstance(teacher, GivenScores):
            labels = self.classes_ if class_names else ()
            teacher = GivenScores.of(teacher, given, X, train.task, labels, self.scores_are)
        if weight is not None:
            train, kept = counted(train, weight)
            teacher = None if teacher is None else teacher.take(kept)
        with shown(bool(self.verbose)) as progress:
            fitted: Fitted = fit(train, options, teacher=teacher, progress=progress)
        self.model_ = fitted.model
        self.sketch_ = fitted.sketch
        self.inputs_ = fitted.inputs
        self.precision_ = fitted.precision
        self.content_ = fitted.content
        self.notes_ = fitted.notes
        self.behind_ = steps_before(self)

    def _raw(self, X: Any) -> npt.NDArray[Any]:
        """X as the device reads it, checked against what was fitted."""
        check_is_fitted(self)
        known = dict(zip(self.model_.feature_names, self.model_.categories, strict=True))
        coded, _ = coded_frame(X, "error", known)
        raw = validate_data(self, coded, reset=False, dtype=_RAW_DTYPES)
        dtype = RAW_TYPES[self.model_.raw_type]
        if raw.dtype != dtype:
            converted = raw.astype(dtype)
            if not np.array_equal(converted, raw):
                raise ValueError(f"X holds values that are no {dtype.name}, which this model reads; convert X first")
            raw = converted
        return raw


class RepresenterSketchClassifier(ClassifierMixin, _SketchEstimator):
    """A Representer Sketch that classifies.

    X of 8 or 16 bit integers, of any byte order, is read by the device as it is, booleans as uint8, anything else as
    float32. Columns of a pandas data frame of type `category`, and those of text that is not all numbers, are
    categories: the device reads codes 0, 1, … in the order of `model_.categories`, as arrays do. `teacher` is
    "network", "boosting" or "linear", "auto" or None for the best of them, or a model, the Path of an `.onnx` or
    `.tflite` file, or a callable that gives scores for X, a column a class in the order of `classes_` (that of
    `numpy.unique`); docs/teachers.md says which models.
    Cross-validation clones what it fits, and a clone is not fitted:
    give the teacher in a `sklearn.frozen.FrozenEstimator` there.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> RepresenterSketchClassifier:
        """Fit features X (n, d) and labels y (n,) of two classes or more.

        Rows count by `sample_weight` (n,), from 0 up, times the weight of their class, in training and in what a fit is
        judged by. Rows of one of the `groups` (n,), numbers or text, are learned from or judged by together.
        """
        given = X
        X, y, categories = self._checked(X, y)
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        self.classes_ = unique_labels(y)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class only ({self.classes_.tolist()[0]!r}); give at least two classes")
        known = known_classes(self.teacher) or self.classes_
        if not np.array_equal(np.asarray(known), self.classes_):
            raise ValueError(
                f"the teacher's classes are {list(known)}, those of y {self.classes_.tolist()}; train it with the same "
                "labels, or give its predict_proba in its place where that has their order"
            )
        codes = np.searchsorted(self.classes_, y).astype(np.int64)
        weight = None if sample_weight is None else as_weight(sample_weight, len(y))
        if self.class_weight is not None:
            of_class = as_weight(compute_sample_weight(self.class_weight, y), len(y), "class_weight")
            weight = of_class if weight is None else weight * of_class
        if weight is not None and len(left := np.unique(codes[weight > 0])) < 2:
            names = self.classes_[left].tolist()
            raise ValueError(f"with its weights y has one class only ({names}); give weight to at least two classes")
        self._fit(given, X, codes, names_of_classes(self.classes_), categories, weight, groups)
        return self

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """Integer scores as float64: (n,) for two classes, class 1 where above 0; else (n, k), the largest wins."""
        raw = self._raw(X)
        scores = integer_scores(self.model_, raw).astype(np.float64)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Labels (n,)."""
        raw = self._raw(X)
        return self.classes_[reference.predict(self.model_, raw)]


class RepresenterSketchRegressor(RegressorMixin, _SketchEstimator):
    """A Representer Sketch that predicts a number. Parameters as for the classifier, but `class_weight`."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> RepresenterSketchRegressor:
        """Fit features X (n, d) and targets y (n,); `sample_weight` and `groups` as for the classifier."""
        given = X
        if self.class_weight is not None:
            raise OptionError("a regressor has no classes; leave class_weight out, and weigh rows by sample_weight")
        X, y, categories = self._checked(X, y, y_numeric=True)
        with np.errstate(over="ignore"):
            targets = column_or_1d(y, warn=True).astype(np.float32)
        weight = None if sample_weight is None else as_weight(sample_weight, len(targets))
        warn_of_far(targets)
        self._fit(given, X, targets, (), categories, weight, groups)
        return self

    def predict(self, X: Any) -> npt.NDArray[np.float64]:
        """Values (n,)."""
        raw = self._raw(X)
        return reference.predict(self.model_, raw)
