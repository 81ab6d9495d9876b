"""torch modules of any number type, compiled, scripted or exported ones among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import OptionError
from rs2c.train.teachers.files import MOST_ROWS, blocks, lines
from rs2c.train.teachers.reply import Question, Reply, one_output, plain
from rs2c.train.torch_setup import import_torch


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """What a module answers in evaluation mode, where it is; it is left in the mode that it was in."""
    torch = import_torch()
    size = None
    if isinstance(model, torch.export.ExportedProgram):
        size = _rows_of(model)
        run, part = model.module(), model
    elif isinstance(model, torch.nn.Module):
        run = part = getattr(model, "_orig_mod", model)  # of torch.compile, which would compile here
    else:
        raise OptionError(
            f"the teacher is a {type(model).__module__}.{type(model).__name__}; give the torch module, or a function "
            "of X"
        )
    dtype, device = _home(part)
    rows = np.asarray(question.raw, np.float64 if dtype == torch.float64 else np.float32)
    outputs = []
    with evaluating(part if isinstance(part, torch.nn.Module) else None), torch.no_grad():
        for numbers, count in blocks(len(rows), size):
            told = plain(_told(run(torch.as_tensor(rows[numbers]).to(device, dtype))))
            outputs.append(_lines(told, len(numbers), count))
    yield Reply(one_output(_joined(outputs), question))


def number_type(module: Any) -> npt.DTypeLike:
    """The type in which NumPy gives a module its rows: float64 for one of doubles, else float32."""
    torch = import_torch()
    return np.float64 if _home(module)[0] == torch.float64 else np.float32


@contextmanager
def evaluating(module: Any) -> Iterator[None]:
    """Within, a module and its parts are in evaluation mode; then each is in the mode that it was in."""
    if module is None:
        yield
        return
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode


def _home(part: Any) -> tuple[Any, Any]:
    """Number type and device of a module: those of its first parameter, or buffer, of real numbers."""
    torch = import_torch()
    tensors = [*part.parameters(), *part.buffers()]
    first = next((each for each in tensors if each.is_floating_point()), None)
    return (torch.float32, torch.device("cpu")) if first is None else (first.dtype, first.device)


def _rows_of(program: Any) -> int:
    """How many rows an exported program is given at once: as many as it takes, up to MOST_ROWS."""
    name = program.graph_signature.user_inputs[0]
    node = next(node for node in program.graph.nodes if node.name == name)
    rows = node.meta["val"].shape[0]
    if isinstance(rows, int):
        return rows
    limits = program.range_constraints.get(rows.node.expr)
    return MOST_ROWS if limits is None or limits.upper > MOST_ROWS else int(limits.upper)


def _lines(told: Any, asked: int, count: int) -> Any:
    """`lines` of an output, or of those in a list or dict."""
    if isinstance(told, dict):
        return {key: lines(value, asked, count) for key, value in told.items()}
    return [lines(value, asked, count) for value in told] if isinstance(told, list) else lines(told, asked, count)


def _told(output: Any) -> Any:
    """A tensor, or those of a tuple or dict as a list or dict; what is no tensor in them, such as None, is left out."""
    if isinstance(output, Mapping):
        return {key: value for key, value in output.items() if hasattr(value, "detach")}
    if isinstance(output, (tuple, list)):
        return [value for value in output if hasattr(value, "detach")]
    return output


def _joined(batches: list[Any]) -> Any:
    """The outputs of all batches, each in one array."""
    first = batches[0]
    if isinstance(first, dict):
        return {key: np.concatenate([each[key] for each in batches]) for key in first}
    if isinstance(first, list):
        return [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    return np.concatenate(batches)
