"""ONNX: files, models of the package onnx, and sessions of onnxruntime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import DataError
from rs2c.read.teacher_scores import are_unit
from rs2c.train.teachers.files import blocks, library, lines, opened, shaped, whole
from rs2c.train.teachers.reply import Question, Reply, a_model, codes_of, one_hot, one_output, refuse_untold

_TYPES = {
    f"tensor({name})": dtype
    for name, dtype in {
        "float": "float32", "double": "float64", "float16": "float16", "int64": "int64", "int32": "int32",
        "int16": "int16", "int8": "int8", "uint8": "uint8", "uint16": "uint16", "bool": "bool",
    }.items()
}  # fmt: skip


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """The one output that holds scores: a tensor with a column a class, or a map of classes a row.

    An output of labels says what the model answers; where there is no other, its answers teach.
    """
    name = str(model) if isinstance(model, Path) else f"the teacher, {a_model(model)},"
    outputs = _outputs(_session(model), question, name)
    maps = [each for each in outputs.values() if isinstance(each, list)]
    labels = [each for each in outputs.values() if isinstance(each, np.ndarray) and _are_labels(each)]
    if maps or (labels and len(outputs) > 1):
        refuse_untold(question, model)
    tensors = {key: each for key, each in outputs.items() if isinstance(each, np.ndarray) and each.dtype.kind == "f"}
    if len(maps) == 1:
        scores, classes = _table(maps[0])
    elif tensors:
        scores, classes = one_output(tensors if len(tensors) > 1 else next(iter(tensors.values())), question), None
    elif labels and question.task == "classify":
        yield one_hot(codes_of(labels[0], question.labels, model), question.labels, model)
        return
    else:
        raise DataError(f"{name} has no output of scores, only {', '.join(outputs)}; export its probabilities too")
    if question.task == "regress":
        yield Reply(scores)
        return
    answers = codes_of(labels[0], classes or question.labels, model) if len(labels) == 1 else None
    said = bool(maps) or any("prob" in key.lower() for key, each in tensors.items() if each is scores)
    yield Reply(scores, "probabilities" if said and are_unit(scores) else None, answers, classes)


def _session(model: Any) -> Any:
    """The session of a file or of an onnx.ModelProto, or the session that was given."""
    if hasattr(model, "get_inputs"):
        return model
    runtime = library("onnxruntime", "onnxruntime", "an ONNX model")
    quiet = runtime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    if isinstance(model, Path):
        return opened(model, lambda path: runtime.InferenceSession(path, quiet, ["CPUExecutionProvider"]))
    return runtime.InferenceSession(model.SerializeToString(), quiet, ["CPUExecutionProvider"])


def _outputs(session: Any, question: Question, name: str) -> dict[str, Any]:
    """What each output holds for all rows: an array, or a list of maps."""
    feeds = _feeds(session.get_inputs(), question, name)
    names = [each.name for each in session.get_outputs()]
    found: list[list[Any]] = []
    for rows, count in blocks(len(question.raw), session.get_inputs()[0].shape[0]):
        told = session.run(names, {key: column[rows] for key, column in feeds.items()})
        found.append([each[:count] if isinstance(each, list) else lines(each, len(rows), count) for each in told])
    joined = (
        [one for part in parts for one in part] if isinstance(parts[0], list) else np.concatenate(parts)
        for parts in zip(*found, strict=True)
    )
    return dict(zip(names, joined, strict=True))


def _feeds(inputs: Any, question: Question, name: str) -> dict[str, npt.NDArray[Any]]:
    """Rows for each input: all features for the only one, or a feature for each, by name where a data frame has it."""
    raw = question.raw
    odd = next((each for each in inputs if each.type not in _TYPES), None)
    if odd is not None or len(inputs) not in (1, raw.shape[1]):
        what = f"the input {odd.name!r} of {odd.type}" if odd is not None else f"{len(inputs)} inputs"
        raise DataError(f"{name} has {what} for {raw.shape[1]} features; give a function of X that feeds it")
    if len(inputs) == 1:
        parts = [raw]
    else:
        columns = [str(column) for column in getattr(question.given, "columns", ())]
        named = sorted(columns) == sorted(each.name for each in inputs)
        places = [columns.index(each.name) for each in inputs] if named else range(len(inputs))
        parts = [raw[:, place : place + 1] for place in places]
    return {
        each.name: shaped(whole(part, _TYPES[each.type], name), each.shape, name)
        for each, part in zip(inputs, parts, strict=True)
    }


def _are_labels(output: npt.NDArray[Any]) -> bool:
    return output.dtype.kind in "iuUOb" and output.shape[1:] in ((), (1,))


def _table(maps: list[Any]) -> tuple[npt.NDArray[Any], tuple[object, ...]]:
    """Scores (n, k) of a map a row, and the classes that are its keys."""
    classes = tuple(maps[0]) if isinstance(maps[0], Mapping) else ()
    if not classes or any(set(row) != set(classes) for row in maps):
        raise DataError("the teacher's maps of scores have other classes in some rows; export it without ZipMap")
    return np.array([[row[key] for key in classes] for row in maps], np.float64), classes
