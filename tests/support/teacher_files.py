"""Small models of ONNX and LiteRT, as other tools export them: made here, node by node, for no exporter is needed.

`python -m tests.support.teacher_files` writes those that are kept, to FOLDER.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[1] / "estimators" / "teacher_files"
CLASSES = ("rest", "still", "wave")
WEIGHTS = np.array([[1.5, -0.5, 0.25], [-1.0, 1.25, 0.0], [0.5, 0.75, -1.0]], np.float32)  # a class a line
BIAS = np.array([0.1, -0.2, 0.3], np.float32)


def logits(X: Any) -> Any:
    """What all of them compute, float64 (n, 3)."""
    return X.astype(np.float64) @ WEIGHTS.T.astype(np.float64) + BIAS


def zipmap_model(weights: Any = WEIGHTS, bias: Any = BIAS, classes: Sequence[str] = CLASSES) -> Any:
    """A linear classifier as skl2onnx exports one: labels, and a map of classes a row."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node(
            "LinearClassifier", ["X"], ["label", "scores"], domain="ai.onnx.ml", coefficients=weights.ravel().tolist(),
            intercepts=bias.tolist(), classlabels_strings=list(classes), post_transform="SOFTMAX",
        ),
        helper.make_node("Identity", ["label"], ["output_label"]),
        helper.make_node(
            "ZipMap", ["scores"], ["output_probability"], domain="ai.onnx.ml", classlabels_strings=list(classes)
        ),
    ]  # fmt: skip
    maps = helper.make_sequence_type_proto(
        helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    )
    outputs = [
        helper.make_tensor_value_info("output_label", TensorProto.STRING, [None]),
        helper.make_value_info("output_probability", maps),
    ]
    return _onnx(nodes, [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, weights.shape[1]])], outputs)


def tensor_model(
    rows: int | None = None, softmax: bool = False, columns: bool = False, name: str = "out", squeeze: bool = False
) -> Any:
    """A linear layer as torch exports one, of any or a fixed number of rows; an input a feature with `columns`."""
    from onnx import TensorProto, helper, numpy_helper

    given = ["a", "b", "c"] if columns else ["X"]
    width = 1 if columns else 3
    nodes = [helper.make_node("Concat", given, ["X"], axis=1)] if columns else []
    nodes.append(helper.make_node("Gemm", ["X", "W", "b0"], ["z" if softmax else name], transB=1))
    nodes += [helper.make_node("Softmax", ["z"], ["p" if squeeze else name], axis=1)] if softmax else []
    nodes += [helper.make_node("Squeeze", ["p"], [name])] if squeeze else []
    inputs = [helper.make_tensor_value_info(each, TensorProto.FLOAT, [rows, width]) for each in given]
    constants = [numpy_helper.from_array(WEIGHTS, "W"), numpy_helper.from_array(BIAS, "b0")]
    shape = [3] if squeeze else [rows, 3]
    return _onnx(nodes, inputs, [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)], constants)


def _onnx(nodes: Any, inputs: Any, outputs: Any, constants: Any = ()) -> Any:
    from onnx import helper

    graph = helper.make_graph(nodes, "linear", inputs, outputs, list(constants))
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="tests")


@dataclass(frozen=True)
class Scales:
    """What a step of the integers of LiteRT stands for: of the input, the weights and the logits."""

    input: float = 1 / 32
    weight: float = 1 / 64
    score: float = 1 / 16


def tflite(
    integers: bool = True,
    softmax: bool = True,
    weights: Any = WEIGHTS,
    bias: Any = BIAS,
    scales: Scales = Scales(),
) -> bytes:
    """A linear layer, and a softmax, of int8 (weights rounded) or of floats, a row at a time."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT()
    model.version, model.description = 3, "tests"
    model.buffers = [schema.BufferT()]
    graph = schema.SubGraphT()
    graph.tensors = [_tensor(schema, "X", (1, weights.shape[1]), scales.input if integers else None)]
    if integers:
        bias = np.rint(bias / scales.input / scales.weight).astype(np.int32)
        weights = np.rint(weights / scales.weight).astype(np.int8)
    for name, array, scale in (("W", weights, scales.weight), ("b", bias, scales.input * scales.weight)):
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(array.tobytes(), np.uint8)
        model.buffers.append(buffer)
        tensor = _tensor(schema, name, array.shape, scale if integers else None, array.dtype)
        tensor.buffer = len(model.buffers) - 1
        graph.tensors.append(tensor)
    graph.tensors.append(_tensor(schema, "z", (1, len(bias)), scales.score if integers else None))
    graph.operators = [_operator(schema, 0, [0, 1, 2], [3], "FullyConnectedOptions")]
    codes = [schema.BuiltinOperator.FULLY_CONNECTED]
    if softmax:
        graph.tensors.append(_tensor(schema, "p", (1, len(bias)), 1 / 256 if integers else None, zero=-128))
        operator = _operator(schema, 1, [3], [4], "SoftmaxOptions")
        operator.builtinOptions.beta = 1.0
        graph.operators.append(operator)
        codes.append(schema.BuiltinOperator.SOFTMAX)
    graph.inputs, graph.outputs = [0], [len(graph.tensors) - 1]
    model.subgraphs = [graph]
    model.operatorCodes = []
    for code in codes:
        known = schema.OperatorCodeT()
        known.builtinCode = known.deprecatedBuiltinCode = code
        known.version = 4 if code == schema.BuiltinOperator.FULLY_CONNECTED and integers else 2 if integers else 1
        model.operatorCodes.append(known)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(schema: Any, name: str, shape: Any, scale: float | None, dtype: Any = None, zero: int = 0) -> Any:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer = name, list(shape), 0
    kinds = {"int8": schema.TensorType.INT8, "int32": schema.TensorType.INT32, "float32": schema.TensorType.FLOAT32}
    tensor.type = kinds[np.dtype(dtype or (np.float32 if scale is None else np.int8)).name]
    if scale is not None:
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero]
    return tensor


def _operator(schema: Any, code: int, inputs: list[int], outputs: list[int], options: str) -> Any:
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = code, inputs, outputs
    operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
    operator.builtinOptions = getattr(schema, f"{options}T")()
    return operator


def kept() -> dict[str, bytes]:
    """The files of FOLDER by their names."""
    return {"zipmap.onnx": zipmap_model().SerializeToString(), "int8.tflite": tflite()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file_name, content in kept().items():
        (FOLDER / file_name).write_bytes(content)
        print(f"{FOLDER / file_name}: {len(content)} bytes")
