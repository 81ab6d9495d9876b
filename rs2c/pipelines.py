"""A scikit-learn Pipeline that ends in a sketch, folded into integers that read the raw features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import Pipeline

from rs2c.base.errors import DataError, OptionError
from rs2c.base.raw_types import RAW_TYPES
from rs2c.emit import EmitOptions, emit_library
from rs2c.emit.names import default_name
from rs2c.estimators import _SketchEstimator
from rs2c.fold.raw_columns import RawColumns, compose
from rs2c.fold.steps import Front, after_step
from rs2c.model import reference
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from rs2c.model.missing import missing_section
from rs2c.quantize.input_map import InputMap
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import Labels, quantize
from rs2c.read.coding import COARSEST
from rs2c.read.table import default_names
from rs2c.read.text_cells import category_text


@dataclass(frozen=True, eq=False)
class FoldedPipeline:
    """A pipeline in integers: what it answers is what its C answers, on every row.

    content: the model (n features) with its card. classes: labels (k,), None of a regressor. columns: place of each
    feature (n) among the columns that the pipeline takes. may_be_missing: features (n) that NaN is an answer for, as
    their missing values were imputed or their unknown categories ignored. paths: the C library, where it was written.
    """

    content: ModelFile
    classes: npt.NDArray[Any] | None
    columns: tuple[int, ...]
    may_be_missing: tuple[bool, ...]
    paths: tuple[Path, ...] = ()

    @property
    def model(self) -> IntegerModel:
        """The integer model."""
        return self.content.model

    def raw(self, X: Any) -> npt.NDArray[Any]:
        """Rows of X, as the pipeline takes them, as the device reads them (m, n): text as codes.

        Raises DataError on values that the pipeline refuses too.
        """
        dtype, features = RAW_TYPES[self.model.raw_type], []
        for j, cells in enumerate(self._cells(X)):
            name, known = self.model.feature_names[j], self.model.categories[j]
            values = _codes(cells, known) if known else _numbers(cells, name)
            gone = np.isnan(values)
            if gone.any() and not self.may_be_missing[j]:
                what = "a category that the training data lacks" if known else "no value"
                raise DataError(f"column {name!r} holds {what} in row {np.argmax(gone)}; correct it, or leave it out")
            with np.errstate(over="ignore", invalid="ignore"):
                feature = values.astype(dtype)
            if np.isinf(feature).any() or (dtype.kind != "f" and not np.array_equal(feature, values)):
                raise DataError(f"column {name!r} holds a value that is no {dtype.name}; correct it")
            features.append(feature)
        return np.column_stack(features)

    def scores(self, X: Any) -> npt.NDArray[np.int32]:
        """Scores (m, C) as the C gives them."""
        return reference.scores(self.model, reference.quantize(self.model, self.raw(X)))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Labels or values (m,)."""
        answers = reference.predict(self.model, self.raw(X))
        return answers if self.classes is None else self.classes[answers]

    def score(self, X: Any, y: npt.ArrayLike) -> float:
        """Accuracy, or R² of a regressor."""
        return float((r2_score if self.classes is None else accuracy_score)(y, self.predict(X)))

    def _cells(self, X: Any) -> Iterator[Any]:
        """The cells (m,) of each feature, taken by name from a data frame that has the names."""
        names = self.model.feature_names
        if hasattr(X, "columns") and set(names) <= set(map(str, X.columns)):
            places = [list(map(str, X.columns)).index(name) for name in names]
        else:
            places = list(self.columns)
        if hasattr(X, "iloc"):
            return (X.iloc[:, place] for place in places)
        rows = np.asarray(X)
        if rows.ndim != 2 or rows.shape[1] <= max(places):
            raise DataError(f"X has the shape {rows.shape}; give one line a row, with the columns of the pipeline")
        return iter(rows[:, places].T)


def fold_pipeline(pipeline: Any) -> FoldedPipeline:
    """A fitted Pipeline whose last step is one of our estimators, in integers that read the raw features as float32.

    Steps may be scalers, SimpleImputer of numbers, OneHotEncoder, and ColumnTransformer and Pipeline of these. They are
    composed with the front end and the sketch is quantized anew, so answers agree with `pipeline.predict` but for
    rounding. Directions meet other steps of the inputs than they were trained on, where 4 bits would lose much (.97 of
    the answers kept, .99 with 8): they get 8. Counts and factors keep their widths. A scaler that leaves a heavy-tailed
    column few of those steps, as MinMaxScaler does, makes a learned sketch that is another one after folding (.88 to
    .95 of the answers kept, as many of them right); without the scaler, which it does not need, it has all its steps.
    Raises OptionError for any other step, and for what is no fitted Pipeline.
    """
    if not isinstance(pipeline, Pipeline):
        raise OptionError(f"a {type(pipeline).__name__} is no Pipeline; give the one that was fitted")
    *steps, (_, estimator) = pipeline.steps
    if not isinstance(estimator, _SketchEstimator):
        raise OptionError(f"the last step is a {type(estimator).__name__}; end the pipeline with a sketch estimator")
    if not hasattr(estimator, "model_"):
        raise OptionError("the pipeline is not fitted; call its fit first")
    first = next(step for _, step in pipeline.steps if not isinstance(step, str) and step is not None)
    features = first.n_features_in_
    front = Front(RawColumns.raw(features))
    for name, step in steps:
        front = after_step(front, name, step)
    classes = getattr(estimator, "classes_", None)
    read = np.unique(front.columns.source)
    if first is estimator:
        return FoldedPipeline(estimator.content_, classes, tuple(read.tolist()), (False,) * features)
    names = [str(name) for name in getattr(first, "feature_names_in_", default_names(features))]
    inputs = compose(estimator.inputs_, front.columns)
    _check_float32(inputs, names)
    categories = {**_read_as_such(estimator, front), **front.categories}
    filled = front.columns.source[~np.isnan(front.columns.fill)]
    missing = tuple(j in filled or (front.may_be_unknown and j in front.categories) for j in read.tolist())
    model = estimator.model_
    labels = Labels(
        model.task,
        tuple(names[j] for j in read),
        tuple(categories.get(j, ()) for j in read.tolist()),
        model.class_names,
    )
    inputs = replace(inputs, source=np.searchsorted(read, inputs.source), missing=any(missing))
    precision = replace(estimator.precision_, direction_bits=8, offset_bits=16)
    folded = quantize(estimator.sketch_, quantize_inputs(inputs, precision.input_bits), labels, precision)
    sections = dict(estimator.content_.sections) | ({"missing": missing_section(())} if any(missing) else {})
    return FoldedPipeline(ModelFile(folded, sections), classes, tuple(read.tolist()), missing)


def compile_pipeline(
    pipeline: Any, path: str | Path, name: str | None = None, options: EmitOptions | None = None
) -> FoldedPipeline:
    """Fold a pipeline (`fold_pipeline`) and write its C library; `name` is its C prefix, the folder's name if None."""
    folder, folded = Path(path), fold_pipeline(pipeline)
    return replace(
        folded, paths=tuple(emit_library(folded.content, name or default_name(folder.name), folder, options))
    )


def _read_as_such(estimator: _SketchEstimator, front: Front) -> dict[int, tuple[str, ...]]:
    """Categories of raw features that reach the sketch as they are."""
    known = zip(front.columns.source.tolist(), estimator.model_.categories, strict=True)
    return {source: names for source, names in known if names}


def _check_float32(inputs: InputMap, names: list[str]) -> None:
    """Raise OptionError where the device's float32 cannot tell the values of a feature."""
    lost = np.spacing(np.abs(inputs.centre).astype(np.float32)) / 2 > COARSEST * inputs.scale
    lost &= ~inputs.inert & ~inputs.indicator
    if lost.any():
        far = int(np.flatnonzero(lost)[0])
        raise OptionError(
            f"feature {names[inputs.source[far]]!r} changes by less than float32 can tell near "
            f"{inputs.centre[far]:.0f}; subtract such a number from it before the pipeline"
        )


def _codes(cells: Any, known: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Codes (m,) of cells, NaN where one is no known category."""
    code = {name: number for number, name in enumerate(known)}
    return np.array([code.get(category_text(str(cell)), np.nan) for cell in cells])


def _numbers(cells: Any, name: str) -> npt.NDArray[np.float64]:
    """Numbers (m,), NaN where a data frame has none."""
    try:
        return cells.to_numpy(np.float64, na_value=np.nan) if hasattr(cells, "iloc") else np.asarray(cells, np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"column {name!r} holds something that is no number ({error}); give a number there") from None
