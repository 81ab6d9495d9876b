"""The steps of a fitted scikit-learn Pipeline as what they make of raw features: one function a kind of step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

from rs2c.base.errors import OptionError
from rs2c.fold.raw_columns import RawColumns
from rs2c.read.text_cells import category_text

Category = str | int


@dataclass(frozen=True, eq=False)
class Front:
    """What stands before a sketch: its columns, and of raw features, by their place, the categories that encoders know
    (text, of which the device reads codes, or whole numbers); of which an encoder ignores others, or refuses them."""

    columns: RawColumns
    categories: Mapping[int, tuple[Category, ...]] = field(default_factory=dict)
    ignored: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()


def after_step(front: Front, name: str, step: Any) -> Front:
    """Raw features after a step, which `name` is told by. Raises OptionError where it cannot be folded."""
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return front
    if isinstance(step, Pipeline):
        for inner, each in flat(step):
            front = after_step(front, inner, each)
        return front
    if isinstance(step, FunctionTransformer) and step.func is None:
        return front
    # MaxAbsScaler clips since scikit-learn 1.9
    known = next((kind for kind in _FOLDED if isinstance(step, kind) and not getattr(step, "clip", False)), None)
    if known is None:
        raise OptionError(
            f"the step {name!r} ({type(step).__name__}) cannot be folded into integers; use StandardScaler, "
            "RobustScaler, or MinMaxScaler or MaxAbsScaler without clip, SimpleImputer, OneHotEncoder or a "
            "ColumnTransformer of these, or transform the data before the pipeline"
        )
    if getattr(step, "n_features_in_", None) != len(front.columns):
        raise OptionError(
            f"the step {name!r} ({type(step).__name__}) was not fitted to the {len(front.columns)} columns that come "
            "to it; fit the pipeline as a whole"
        )
    return _FOLDED[known](front, name, step)


def flat(pipeline: Pipeline) -> list[tuple[str, Any]]:
    """The steps that do something, those of Pipelines within among them."""
    found: list[tuple[str, Any]] = []
    for name, step in pipeline.steps:
        if isinstance(step, Pipeline):
            found += flat(step)
        elif step is not None and not isinstance(step, str):
            found.append((name, step))
    return found


def steps_before(estimator: Any) -> tuple[str, ...]:
    """Kinds of the steps before an estimator that a Pipeline is fitting now, () where none is.

    scikit-learn tells a step nothing of its pipeline; that it is the caller can be seen, though.
    """
    found: tuple[str, ...] = ()
    frame: FrameType | None = sys._getframe(1)
    last = estimator
    while frame is not None:
        caller = frame.f_locals.get("self")
        if isinstance(caller, Pipeline) and caller.steps[-1][1] is last:
            kinds = (type(step).__name__ for _, step in caller.steps[:-1] if step not in (None, "passthrough"))
            found, last = (*kinds, *found), caller
        elif isinstance(caller, BaseEstimator) and any(hasattr(caller, name) for name in ("estimator", "regressor")):
            last = caller  # a search fits a copy of what it was given
        frame = frame.f_back
    return found


def _scaled(front: Front, _: str, scaler: Any) -> Front:
    return replace(front, columns=front.columns.scaled(*_affine(scaler, len(front.columns))))


def _affine(scaler: Any, columns: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """shift and factor (m,) of a scaler: scaled = (column - shift) / factor."""
    zeros, ones = np.zeros(columns), np.ones(columns)
    if isinstance(scaler, StandardScaler):
        return scaler.mean_ if scaler.with_mean else zeros, scaler.scale_ if scaler.with_std else ones
    if isinstance(scaler, RobustScaler):
        return scaler.center_ if scaler.with_centering else zeros, scaler.scale_ if scaler.with_scaling else ones
    if isinstance(scaler, MaxAbsScaler):
        return zeros, scaler.scale_
    return -scaler.min_ / scaler.scale_, 1 / scaler.scale_


def _imputed(front: Front, name: str, imputer: Any) -> Front:
    if imputer.add_indicator:
        raise _refusal(name, imputer, "adds columns that say what was missing", "leave add_indicator out")
    gone = imputer.missing_values
    if not (isinstance(gone, float) and np.isnan(gone)):
        raise _refusal(name, imputer, f"replaces {gone!r}", "replace missing values that are NaN")
    if any(isinstance(each, str) for each in imputer.statistics_):
        raise _refusal(name, imputer, "replaces text", "impute numbers alone")
    statistic = np.asarray(imputer.statistics_, np.float64)
    if not imputer.keep_empty_features:
        kept = np.flatnonzero(~np.isnan(statistic))
        front, statistic = replace(front, columns=front.columns.take(kept)), statistic[kept]
    return replace(front, columns=front.columns.imputed(np.nan_to_num(statistic)))


def _asked_for(front: Front, name: str, encoder: Any) -> Front:
    """One indicator a category; raw features are the codes of text, whole numbers are the numbers themselves."""
    if not front.columns.is_raw.all():
        raise _refusal(name, encoder, "reads columns that a step before it changed", "give it the raw ones")
    if any(each is not None for each in getattr(encoder, "infrequent_categories_", None) or ()):
        raise _refusal(name, encoder, "joins rare categories", "leave min_frequency and max_categories out")
    codes, sources = [], front.columns.source.tolist()
    for j, found in enumerate(encoder.categories_):
        code, known = _codes(name, encoder, found)
        front = _with_categories(front, sources[j], known, name, encoder)
        dropped = None if encoder.drop_idx_ is None else encoder.drop_idx_[j]
        codes.append(code if dropped is None else np.delete(code, int(dropped)))
    asked = replace(front, columns=front.columns.asked_for(codes))
    if encoder.handle_unknown == "error":
        return replace(asked, refused=front.refused | set(sources))
    return replace(asked, ignored=front.ignored | set(sources))


def _with_categories(front: Front, source: int, known: tuple[Category, ...], name: str, step: Any) -> Front:
    if front.categories.get(source, known) != known:
        raise _refusal(name, step, "has other categories than another encoder", "encode each column once")
    return replace(front, categories={**front.categories, source: known})


def _codes(name: str, encoder: Any, found: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], tuple[Category, ...]]:
    """The raw values of categories, and these: texts, or whole numbers, which are the raw values themselves."""
    if any(each is None or each != each for each in found.tolist()):
        raise _refusal(name, encoder, "counts a missing value as a category", "leave such rows out")
    if all(isinstance(each, (int, float)) for each in found.tolist()):
        numbers = found.astype(np.float64)
        if not (numbers == np.round(numbers)).all() or np.abs(numbers).max() > 1 << 24:
            raise _refusal(name, encoder, "has categories that are no whole numbers up to 2^24", "write them as text")
        whole = numbers.astype(np.int64)
        return whole, tuple(whole.tolist())
    texts = tuple(category_text(str(each)) for each in found.tolist())
    if len(set(texts)) < len(texts):
        raise _refusal(name, encoder, "has categories that differ in spaces or as 1 and 1.0 do", "name them apart")
    return np.arange(len(texts), dtype=np.int64), texts


def _side_by_side(front: Front, _: str, transformer: Any) -> Front:
    parts, after = [front.columns.take(np.zeros(0, np.int64))], front
    for name, step, columns in transformer.transformers_:
        taken = _places(columns, transformer)
        if not len(taken) or (isinstance(step, str) and step == "drop"):
            continue
        part = after_step(replace(front, columns=front.columns.take(taken)), name, step)
        weight = (transformer.transformer_weights or {}).get(name, 1.0)
        if not weight > 0:
            raise _refusal(name, step, f"has the weight {weight}", "give a positive one")
        parts.append(part.columns.scaled(np.zeros(1), np.full(1, 1 / weight)))
        for source, known in part.categories.items():
            after = _with_categories(after, source, known, name, step)
        after = replace(after, ignored=after.ignored | part.ignored, refused=after.refused | part.refused)
    return replace(after, columns=RawColumns.joined(parts))


def _places(columns: Any, transformer: Any) -> npt.NDArray[np.int64]:
    """Places of the columns of a part, which names, numbers, a slice or a mask may tell."""
    names = list(getattr(transformer, "feature_names_in_", ()))
    everything = np.arange(transformer.n_features_in_, dtype=np.int64)
    if isinstance(columns, slice):
        ends: list[Any] = [columns.start, columns.stop]
        if any(isinstance(end, str) for end in ends):  # of names the last one is among them
            ends = [None if end is None else names.index(end) for end in ends]
            ends[1] = None if ends[1] is None else ends[1] + 1
        return everything[ends[0] : ends[1] : columns.step]
    wanted: Sequence[Any] = [columns] if isinstance(columns, str) or np.ndim(columns) == 0 else list(columns)
    if any(isinstance(each, str) for each in wanted):
        return np.array([names.index(each) for each in wanted], np.int64)
    return everything[np.asarray(wanted, None if wanted else np.int64)]


def _refusal(name: str, step: Any, does: str, advice: str) -> OptionError:
    return OptionError(
        f"the step {name!r} ({type(step).__name__}) {does}, which cannot be folded into integers; {advice}"
    )


_FOLDED: dict[type, Callable[[Front, str, Any], Front]] = {
    **dict.fromkeys((StandardScaler, RobustScaler, MinMaxScaler, MaxAbsScaler), _scaled),
    SimpleImputer: _imputed,
    OneHotEncoder: _asked_for,
    ColumnTransformer: _side_by_side,
}
