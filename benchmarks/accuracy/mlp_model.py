"""A small network d-H-C in integers: what a device would store, how it answers, and what it costs (SPEC section 9).

int8 weights, integer inputs as a sketch would read them, int32 accumulators, hidden units requantized to uint8 by one
rounding right shift, int32 biases. Half a step of the shift is part of the first bias.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.raw_types import RawType, Task
from rs2c.model.cost import Cost
from rs2c.model.front_end import FrontEnd
from rs2c.model.int32 import fits
from rs2c.model.storage import stored_bytes

Array = npt.NDArray[Any]
_SLICE = 4096


@dataclass(frozen=True, eq=False)
class IntegerMlp:
    """Everything the device needs. With a front end, inputs are those it makes; without, the raw features."""

    task: Task
    raw_type: RawType
    n_features: int
    front_end: FrontEnd | None
    hidden: Array  # int8 (H, n)
    hidden_bias: Array  # int32 (H,)
    shift: int
    output: Array  # int8 (C, H)
    output_bias: Array  # int32 (C,)
    value_frac_bits: int = 0  # regression: a score is a value in units of 2^-value_frac_bits
    sparse: bool = False  # a layer may be stored as lists of indices

    def scores(self, raw: Array) -> Array:
        """Raw rows to scores (m, C): int64 for classes, values in units of the target for regression."""
        parts = [self._scores(raw[start : start + _SLICE]) for start in range(0, len(raw), _SLICE)]
        total = np.concatenate(parts)
        return total if self.task == "classify" else np.ldexp(total.astype(np.float64), -self.value_frac_bits)

    def _scores(self, raw: Array) -> Array:
        x = raw.astype(np.int64) if self.front_end is None else self.front_end.convert(raw)
        total = fits(x @ self.hidden.T.astype(np.int64) + self.hidden_bias)
        units = np.minimum(np.maximum(total, 0) >> self.shift, 255)
        return fits(units @ self.output.T.astype(np.int64) + self.output_bias)


def without_dead_parts(model: IntegerMlp) -> IntegerMlp:
    """The same answers without units that are constant or unread, and without a front end for features not read."""
    constant = ~model.hidden.any(axis=1)
    value = np.minimum(np.maximum(model.hidden_bias.astype(np.int64), 0) >> model.shift, 255)
    live = ~constant & model.output.any(axis=0)
    live[np.argmax(live)] = True  # one unit stays in any case
    bias = model.output_bias + model.output[:, ~live].astype(np.int64) @ value[~live]
    hidden, front = model.hidden[live], model.front_end
    if front is not None:
        read = hidden.any(axis=0)
        read[np.argmax(read)] = True
        narrower = take_inputs(front, np.flatnonzero(read))
        bytes_of_both = [front_end_cost(each, model.raw_type, model.n_features)[0] for each in (narrower, front)]
        if bytes_of_both[0] <= bytes_of_both[1]:  # a front end of all features stores no list of them
            hidden, front = hidden[:, read], narrower
    return replace(
        model,
        front_end=front,
        hidden=hidden,
        hidden_bias=model.hidden_bias[live],
        output=model.output[:, live],
        output_bias=bias.astype(np.int32),
    )


def take_inputs(front: FrontEnd, inputs: Array) -> FrontEnd:
    """The front end of some of its inputs."""
    names = ("source", "indicator", "exponent", "centre", "multiplier", "shift")
    return replace(front, **{name: getattr(front, name)[inputs] for name in names})


def front_end_cost(front: FrontEnd | None, raw_type: RawType, n_features: int) -> tuple[int, int]:
    """Bytes and operations of a front end, by the rule that sketches are charged by."""
    if front is None:
        return 0, 0
    share = front.cost(raw_type, n_features)
    return share.bytes, share.operations or 0


def layer_cost(weights: Array, sparse: bool) -> tuple[int, int]:
    """Bytes and multiply-adds of a layer (out, in): all weights, or where that is less lists of weights and indices.

    Lists have their lengths beside them, or all the length of the longest, filled up with weights of zero.
    """
    choices = [(weights.size, weights.size)]
    if sparse:
        lengths = np.count_nonzero(weights, axis=1)
        entry = 2 if weights.shape[1] <= 256 else 3
        used, filled = int(lengths.sum()), len(lengths) * int(lengths.max(initial=0))
        choices.append((used * entry + stored_bytes(lengths), used))
        choices.append((filled * entry + stored_bytes(lengths.max(initial=0, keepdims=True)), filled))
    return min(choices)


def mlp_cost(model: IntegerMlp) -> Cost:
    """Canonical bytes and operations: weights, indices, biases at their narrowest width, one shift, the front end."""
    front_bytes, front_work = front_end_cost(model.front_end, model.raw_type, model.n_features)
    layers = {"hidden": (model.hidden, model.hidden_bias), "output": (model.output, model.output_bias)}
    size = {"front end": front_bytes} if front_bytes else {}
    work = {"front end": front_work} if front_work else {}
    for name, (weights, bias) in layers.items():
        size[name], multiply_adds = layer_cost(weights, model.sparse)
        size[f"{name} bias"] = stored_bytes(bias)
        # An accumulator that starts at its bias adds nothing, of a hidden unit as of a hash value; scores are charged.
        work[name] = multiply_adds + (len(bias) if name == "output" else 0)
    return Cost(size | {"shift": 1}, work)
