"""A scikit-learn Pipeline of scalers and a sketch, folded into integers that read the unscaled features."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from rs2c.base.errors import OptionError
from rs2c.emit import EmitOptions, emit_library
from rs2c.emit.names import default_name
from rs2c.estimators import _SketchEstimator
from rs2c.model.file import ModelFile
from rs2c.quantize.input_map import compose_scaler
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import Labels, quantize
from rs2c.read.coding import COARSEST

Affine = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def fold_pipeline(pipeline: Any) -> ModelFile:
    """The model of a fitted Pipeline whose last step is one of our estimators and whose others are scalers.

    Where there are scalers it reads the raw features as float32: they are composed with the front end and the sketch is
    quantized anew, so answers agree with `pipeline.predict` but for rounding. Directions meet other steps of the inputs
    than they were trained on, where 4 bits would lose much (.97 of the answers kept, .99 with 8): they get 8. Counts
    and factors keep their widths. A scaler that leaves a heavy-tailed column few of those steps, as MinMaxScaler does,
    makes a learned sketch that is another one after folding (.88 to .95 of the answers kept, as many of them right);
    without the scaler, which it does not need, it has all its steps. Raises OptionError for any other step, and for
    what is no fitted Pipeline.
    """
    if not isinstance(pipeline, Pipeline):
        raise OptionError(f"a {type(pipeline).__name__} is no Pipeline; give the one that was fitted")
    *scalers, (_, estimator) = pipeline.steps
    if not isinstance(estimator, _SketchEstimator):
        raise OptionError(f"the last step is a {type(estimator).__name__}; end the pipeline with a sketch estimator")
    if not hasattr(estimator, "model_"):
        raise OptionError("the pipeline is not fitted; call its fit first")
    inputs = estimator.inputs_
    for name, scaler in reversed(scalers):
        inputs = compose_scaler(inputs, *_affine(name, scaler, estimator.model_.n_features))
    if not scalers:
        return estimator.content_
    model = estimator.model_
    names = tuple(str(n) for n in getattr(pipeline, "feature_names_in_", model.feature_names))
    lost = np.spacing(np.abs(inputs.centre).astype(np.float32)) / 2 > COARSEST * inputs.scale
    if (lost & ~inputs.inert).any():
        far = int(np.flatnonzero(lost & ~inputs.inert)[0])
        raise OptionError(
            f"feature {names[inputs.source[far]]!r} changes by less than float32 can tell near "
            f"{inputs.centre[far]:.0f}; subtract such a number from it before the pipeline"
        )
    labels = Labels(model.task, names, model.categories, model.class_names)
    precision = replace(estimator.precision_, direction_bits=8, offset_bits=16)
    folded = quantize(estimator.sketch_, quantize_inputs(inputs, precision.input_bits), labels, precision)
    return ModelFile(folded, estimator.content_.sections)


def compile_pipeline(
    pipeline: Any, path: str | Path, name: str | None = None, options: EmitOptions | None = None
) -> list[Path]:
    """Write the C library of a folded pipeline; `name` is its C prefix, the folder's name where it is left out."""
    folder = Path(path)
    return emit_library(fold_pipeline(pipeline), name or default_name(folder.name), folder, options)


def _affine(name: str, scaler: Any, features: int) -> Affine:
    """shift and factor (d,) of a scaler: scaled = (raw - shift) / factor."""
    zeros, ones = np.zeros(features), np.ones(features)
    if scaler in (None, "passthrough"):
        return zeros, ones
    if isinstance(scaler, StandardScaler):
        mean = scaler.mean_ if scaler.with_mean else zeros
        return mean, scaler.scale_ if scaler.with_std else ones
    if isinstance(scaler, RobustScaler):
        centre = scaler.center_ if scaler.with_centering else zeros
        return centre, scaler.scale_ if scaler.with_scaling else ones
    clips = getattr(scaler, "clip", False)  # MaxAbsScaler has it since scikit-learn 1.9
    if isinstance(scaler, MaxAbsScaler) and not clips:
        return zeros, scaler.scale_
    if isinstance(scaler, MinMaxScaler) and not clips:
        return -scaler.min_ / scaler.scale_, 1 / scaler.scale_
    raise OptionError(
        f"the step {name!r} ({type(scaler).__name__}) cannot be folded into integers; use StandardScaler, "
        "RobustScaler, or MinMaxScaler or MaxAbsScaler without clip, or transform the data before the pipeline"
    )
