"""How large a network may be: hidden units and weights that fit so many canonical bytes."""

from __future__ import annotations

from dataclasses import dataclass

from rs2c.model.integer_model import FrontEnd
from rs2c.quantize.inputs import IntegerInputs

from benchmarks.accuracy.mlp_model import front_end_cost

FRONT_SHARE = 0.35  # of the bytes, that a sparse network may spend on converting inputs


@dataclass(frozen=True)
class Shape:
    """What the size of a network depends on before it is trained."""

    inputs: int  # n
    outputs: int  # C
    front_bytes: int  # of all n inputs
    input_bytes: float  # of one input where not all are read
    output_bias_width: int

    @staticmethod
    def of(inputs: IntegerInputs, raw_type: str, n_features: int, outputs: int, regress: bool) -> Shape:
        """The shape for a data set."""
        front = inputs.front_end
        n = len(inputs.kept)
        whole, _ = front_end_cost(front, raw_type, n_features)  # type: ignore[arg-type]
        each = 0.0 if front is None else whole / n + (0 if _stores_source(front, n_features) else 1)
        return Shape(n, outputs, whole, each, 4 if regress else 2)

    @property
    def index_width(self) -> int:
        """Bytes of an index into the inputs."""
        return 1 if self.inputs <= 256 else 2

    def front(self, inputs: int) -> float:
        """Bytes of the front end of so many inputs."""
        return self.front_bytes if inputs >= self.inputs else self.input_bytes * inputs


def _stores_source(front: FrontEnd, n_features: int) -> bool:
    return len(front.source) != n_features


@dataclass(frozen=True)
class Plan:
    """A network that fits: units, and for a sparse one the weights and inputs kept (None: all)."""

    hidden: int
    fan_in: int | None = None
    output_weights: int | None = None
    inputs: int | None = None


def dense_plan(shape: Shape, size: float) -> Plan | None:
    """The dense network with most units, or None where not even one fits."""
    rest = size - shape.front_bytes - 1 - shape.output_bias_width * shape.outputs
    hidden = int(rest // (shape.inputs + shape.outputs + 2))
    return Plan(hidden) if hidden >= 1 else None


def sparse_plan(shape: Shape, size: float, fan_in: int, output_density: float) -> Plan | None:
    """The network with most units that have `fan_in` weights each; the front end takes at most a share of the bytes."""
    inputs = shape.inputs
    if shape.front_bytes > FRONT_SHARE * size:
        inputs = int(FRONT_SHARE * size / shape.input_bytes)
    if inputs <= fan_in:
        return None
    rest = size - shape.front(inputs) - 1 - shape.output_bias_width * shape.outputs
    rest -= 1  # the row length of the hidden layer
    unit = 2 + fan_in * (1 + shape.index_width)
    if output_density < 1:
        rest -= shape.outputs  # row lengths
        unit += 2 * output_density * shape.outputs
    else:
        unit += shape.outputs
    hidden = int(rest // unit)
    if hidden < 1:
        return None
    output_weights = int(output_density * shape.outputs * hidden) if output_density < 1 else None
    return Plan(hidden, fan_in, output_weights, inputs if inputs < shape.inputs else None)
