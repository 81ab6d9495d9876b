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
from rs2c.fold.steps import Front, after_step, flat
from rs2c.model import reference
from rs2c.model.file import ModelFile, Section
from rs2c.model.integer_model import IntegerModel
from rs2c.model.missing import missing_section
from rs2c.quantize.input_map import InputMap, too_fine
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import Labels, quantize
from rs2c.read.coding import COARSEST
from rs2c.read.table import default_names
from rs2c.read.text_cells import category_text


@dataclass(frozen=True, eq=False)
class Source:
    """Where a feature of a folded pipeline comes from: `place` among the columns that the pipeline takes, the whole
    numbers that an encoder knows of it, None where it is none of these, and whether NaN is an answer for it."""

    place: int
    numbers: tuple[int, ...] | None = None
    may_be_missing: bool = False


@dataclass(frozen=True, eq=False)
class FoldedPipeline:
    """A pipeline in integers: what it answers is what its C answers, on every row.

    content: the model (n features) with its card. classes: labels (k,), None of a regressor. sources: of each feature
    (n). width: columns that the pipeline takes; `named`: it chooses them by name. paths: the C library, where it was
    written.
    """

    content: ModelFile
    classes: npt.NDArray[Any] | None
    sources: tuple[Source, ...]
    width: int
    named: bool
    paths: tuple[Path, ...] = ()

    @property
    def model(self) -> IntegerModel:
        """The integer model."""
        return self.content.model

    def raw(self, X: Any) -> npt.NDArray[Any]:
        """Rows of X, as the pipeline takes them, as the device reads them (m, n): text as codes.

        Raises DataError on values that the pipeline refuses too, and on other columns.
        """
        dtype, features = RAW_TYPES[self.model.raw_type], []
        for j, (cells, source) in enumerate(zip(self._cells(X), self.sources, strict=True)):
            name, known = self.model.feature_names[j], self.model.categories[j]
            values = _codes(cells, known) if known else _numbers(cells, name)
            if source.numbers is not None:
                values = np.where(np.isin(values, source.numbers), values, np.nan)
            gone = np.isnan(values)
            if gone.any() and not source.may_be_missing:
                encoded = known or source.numbers is not None
                what = "a category that the training data lacks" if encoded else "no value"
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
        """The cells (m,) of each feature, by name where the pipeline knows names and X has some, else by place."""
        X = X if hasattr(X, "iloc") else np.asarray(X)
        if X.ndim != 2:
            raise DataError(f"X has the shape {X.shape}; give one line a row, with the columns of the pipeline")
        if self.named and hasattr(X, "columns"):
            columns = list(map(str, X.columns))
            lacking = next((name for name in self.model.feature_names if name not in columns), None)
            if lacking is not None:
                raise DataError(f"X has no column {lacking!r}; give the columns that the pipeline was fitted to")
            places = [columns.index(name) for name in self.model.feature_names]
        elif X.shape[1] == self.width:
            places = [source.place for source in self.sources]
        else:
            raise DataError(f"X has {X.shape[1]} columns, and the pipeline takes {self.width}; give those")
        return (X.iloc[:, place] if hasattr(X, "iloc") else X[:, place] for place in places)


def fold_pipeline(pipeline: Any) -> FoldedPipeline:
    """A fitted Pipeline whose last step is one of our estimators, in integers that read the raw features as float32.

    Steps may be scalers, SimpleImputer of numbers, OneHotEncoder, and ColumnTransformer and Pipeline of these. They are
    composed with the front end and the sketch is quantized anew, so answers agree with `pipeline.predict` but for
    rounding. Directions meet other steps of the inputs than they were trained on, where 4 bits would lose much (.97 of
    the answers kept, .99 with 8): they get 8, which makes a refitted sketch of 4 bits another one (.88 to .95 of the
    answers kept, more of them right). Counts and factors keep their widths. A scaler that leaves a heavy-tailed column
    few steps, as MinMaxScaler does, makes a learned sketch another one too (.88 to .95 kept, as many right); without
    the scaler, which it does not need, it has all its steps.
    Raises OptionError for any other step, and for what is no fitted Pipeline.
    """
    if not isinstance(pipeline, Pipeline):
        raise OptionError(f"a {type(pipeline).__name__} is no Pipeline; give the one that was fitted")
    *steps, (_, estimator) = flat(pipeline) or [("", None)]
    if not isinstance(estimator, _SketchEstimator):
        raise OptionError(f"the last step is a {type(estimator).__name__}; end the pipeline with a sketch estimator")
    if not hasattr(estimator, "model_"):
        raise OptionError("the pipeline is not fitted; call its fit first")
    first, model = (steps[0][1] if steps else estimator), estimator.model_
    width = getattr(first, "n_features_in_", model.n_features)
    names = [str(name) for name in getattr(first, "feature_names_in_", default_names(width))]
    classes, named = getattr(estimator, "classes_", None), hasattr(first, "feature_names_in_")
    if not steps:
        sources = tuple(Source(place) for place in range(width))
        return FoldedPipeline(estimator.content_, classes, sources, width, named)
    front = Front(RawColumns.raw(width))
    for name, step in steps:
        front = after_step(front, name, step)
    if len(front.columns) != model.n_features:
        raise OptionError(
            f"{len(front.columns)} columns come to the sketch, which was fitted to {model.n_features}; fit the "
            "pipeline as a whole"
        )
    inputs = compose(quantize_inputs(estimator.inputs_, estimator.precision_.input_bits), front.columns)
    categories = _categories(estimator, front, inputs, names)
    _check_scales(inputs, names)
    read = np.unique(front.columns.source)
    sources = tuple(_source(place, front, inputs) for place in read.tolist())
    missing = any(source.may_be_missing for source in sources)
    labels = Labels(
        model.task,
        tuple(names[place] for place in read),
        tuple(categories.get(place, ()) for place in read.tolist()),
        model.class_names,
    )
    inputs = replace(inputs, source=np.searchsorted(read, inputs.source), missing=missing)
    precision = replace(estimator.precision_, direction_bits=8, offset_bits=16)
    folded = quantize(estimator.sketch_, quantize_inputs(inputs, precision.input_bits), labels, precision)
    sections = dict(estimator.content_.sections) | {"card": _card(estimator, steps)}
    sections |= {"missing": missing_section(())} if missing else {}
    return FoldedPipeline(ModelFile(folded, sections), classes, sources, width, named)


def compile_pipeline(
    pipeline: Any, path: str | Path, name: str | None = None, options: EmitOptions | None = None
) -> FoldedPipeline:
    """Fold a pipeline (`fold_pipeline`) and write its C library; `name` is its C prefix, the folder's name if None."""
    folder, folded = Path(path), fold_pipeline(pipeline)
    return replace(
        folded, paths=tuple(emit_library(folded.content, name or default_name(folder.name), folder, options))
    )


def _card(estimator: _SketchEstimator, steps: list[tuple[str, Any]]) -> Section:
    """The card of the sketch, which says what was folded in since its figures were measured."""
    values = estimator.content_.sections["card"].values
    folded = f"{', '.join(type(step).__name__ for _, step in steps)}, after the figures below were measured"
    return Section({**values, "facts": {**values["facts"], "folded in": folded}}, {})


def _categories(
    estimator: _SketchEstimator, front: Front, inputs: InputMap, names: list[str]
) -> dict[int, tuple[str, ...]]:
    """Categories of raw features, by their place: those that an encoder knows, or that reach the sketch as they are.

    Raises OptionError where a feature is read by two codings.
    """
    found = {place: tuple(map(str, known)) for place, known in front.categories.items() if isinstance(known[0], str)}
    such = zip(front.columns.source.tolist(), estimator.model_.categories, strict=True)
    as_such = {place: known for place, known in such if known}
    numbers = set(inputs.source[~inputs.indicator & ~inputs.inert].tolist()) & (set(found) | set(as_such))
    other = {place for place, known in as_such.items() if front.categories.get(place, known) != known}
    for place in sorted(numbers | other):
        raise OptionError(
            f"feature {names[place]!r} is read in two ways, as categories and as numbers or other categories; encode "
            "it once, or copy the column"
        )
    return {**found, **as_such}


def _source(place: int, front: Front, inputs: InputMap) -> Source:
    read_by = (front.columns.source == place) & ~front.columns.indicator
    numbers = inputs.source[~inputs.indicator & ~inputs.inert] == place
    filled = ~np.isnan(front.columns.fill[read_by])
    known = front.categories.get(place, ("",))
    whole = tuple(int(each) for each in known) if isinstance(known[0], int) and not numbers.any() else None
    missing = bool(filled.all()) and place not in front.refused and (bool(read_by.any()) or place in front.ignored)
    return Source(place, whole, missing)


def _check_scales(inputs: InputMap, names: list[str]) -> None:
    """Raise OptionError where the device's float32 cannot tell the values of a feature."""
    live = ~inputs.inert & ~inputs.indicator
    lost = live & (np.spacing(np.abs(inputs.centre).astype(np.float32)) / 2 > COARSEST * inputs.scale)
    if lost.any():
        far = int(np.flatnonzero(lost)[0])
        raise OptionError(
            f"feature {names[inputs.source[far]]!r} changes by less than float32 can tell near "
            f"{inputs.centre[far]:.0f}; subtract such a number from it before the pipeline"
        )
    if (fine := too_fine(inputs, names)) is not None:
        raise OptionError(fine)


def _codes(cells: Any, known: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Codes (m,) of cells, NaN where one is no known category."""
    code = {name: number for number, name in enumerate(known)}
    return np.array([np.nan if _is_gone(cell) else code.get(category_text(str(cell)), np.nan) for cell in cells])


def _is_gone(cell: Any) -> bool:
    """Whether a cell is None, NaN, or what pandas has for them."""
    return cell is None or type(cell).__name__ in ("NAType", "NaTType") or (isinstance(cell, float) and cell != cell)


def _numbers(cells: Any, name: str) -> npt.NDArray[np.float64]:
    """Numbers (m,), NaN where a data frame has none."""
    try:
        return cells.to_numpy(np.float64, na_value=np.nan) if hasattr(cells, "iloc") else np.asarray(cells, np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"column {name!r} holds something that is no number ({error}); give a number there") from None
