"""LiteRT (TensorFlow Lite): .tflite files and interpreters, of floats or integers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.choices import ScoresAre
from rs2c.base.errors import DataError
from rs2c.train.teachers.files import blocks, library, lines, opened, shaped, whole
from rs2c.train.teachers.reply import Question, Reply, one_output

# Scale and zero point that LiteRT's specification of 8 bits fixes for softmax and logistic, and those of 16 bits.
_OF_PROBABILITIES = ((1 / 256, -128), (1 / 256, 0), (1 / 32768, 0))


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """The one output that has a column a class, in the units in which the model was trained.

    Features are real numbers, which an input of integers reads by its own scale and zero point.
    """
    name = str(model) if isinstance(model, Path) else "the teacher, an interpreter,"
    interpreter = _interpreter(model)
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    if len(inputs) != 1:
        raise DataError(f"{name} has {len(inputs)} inputs, not one; give a function of X that feeds it")
    rows = shaped(_quantized(question.raw, inputs[0], name), inputs[0]["shape"].tolist(), name)
    found: list[list[npt.NDArray[Any]]] = []
    for numbers, count in blocks(len(rows), int(inputs[0]["shape"][0])):
        interpreter.set_tensor(inputs[0]["index"], rows[numbers])
        interpreter.invoke()
        found.append([lines(interpreter.get_tensor(each["index"]), len(numbers), count) for each in outputs])
    joined = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    real = {each["name"]: _real(part, each) for each, part in zip(outputs, joined, strict=True)}
    scores = one_output(real if len(real) > 1 else next(iter(real.values())), question)
    chosen = next(each for each in outputs if real[each["name"]] is scores)
    are = None if question.task == "regress" else _are(chosen)
    known = _scale(chosen)
    if are is not None and known is not None:
        scores = np.maximum(scores, known[0] / 4)  # what is rounded to 0 is below half a step, by the middle a quarter
    yield Reply(scores, are)


def _interpreter(model: Any) -> Any:
    if not isinstance(model, Path):
        return model
    reader = library("ai_edge_litert.interpreter", "ai-edge-litert", str(model))
    plain = reader.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES  # as on a device, and with nothing printed
    return opened(
        model, lambda path: reader.Interpreter(model_path=path, num_threads=1, experimental_op_resolver_type=plain)
    )


def _scale(details: Any) -> tuple[float, int] | None:
    """Scale and zero point of a tensor of integers, None of one of floats."""
    scales, zeros = (details["quantization_parameters"][key] for key in ("scales", "zero_points"))
    return (float(scales[0]), int(zeros[0])) if len(scales) and np.dtype(details["dtype"]).kind in "iu" else None


def _quantized(raw: npt.NDArray[Any], details: Any, name: str) -> npt.NDArray[Any]:
    """Features as the input reads them; those beyond its range are the nearest within."""
    known = _scale(details)
    if known is None:
        return whole(raw, details["dtype"], name)
    if not np.isfinite(raw).all():
        raise DataError(f"{name} reads integers, which have no missing values; leave out rows that have some")
    limits = np.iinfo(details["dtype"])
    steps = np.rint(raw.astype(np.float64) / known[0]) + known[1]
    return np.clip(steps, limits.min, limits.max).astype(details["dtype"])


def _real(output: npt.NDArray[Any], details: Any) -> npt.NDArray[np.float64]:
    known = _scale(details)
    return output.astype(np.float64) if known is None else (output.astype(np.float64) - known[1]) * known[0]


def _are(details: Any) -> ScoresAre | None:
    known = _scale(details)
    if known is None:
        return None
    fixed = any(np.isclose(known[0], scale) and known[1] == zero for scale, zero in _OF_PROBABILITIES)
    return "probabilities" if fixed else None
