"""Quantization: a float sketch and its integer inputs to the integer model.

All scales meet here. Input i stands for x_i = unit_i * integer + constant_i; bin widths are folded into the weights so
that every cell is a power of two wide; one count step serves all scores.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from rs2c.base.arrays import Array, Floats
from rs2c.base.errors import OptionError
from rs2c.base.precision import Precision, largest_of
from rs2c.base.raw_types import Task
from rs2c.model.block import Block
from rs2c.model.bounds import prove
from rs2c.model.cost import model_cost
from rs2c.model.front_end import FrontEnd
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.hashes import Hashes
from rs2c.model.integer_model import IntegerModel
from rs2c.model.linear_term import LinearTerm
from rs2c.model.projection import Projection
from rs2c.model.rules import Layout
from rs2c.model.storage import cheaper_layout
from rs2c.quantize.inputs import IntegerInputs
from rs2c.quantize.readout import quantize_readout, steps_to_fit
from rs2c.quantize.row_scales import row_scales
from rs2c.sketch.sketch import RepresenterSketch

_Z_STEPS_A_BIN = 64  # resolution of a projected value, in steps a bin width
_Z_RANGE_OF_SIGNS = 2047  # largest projected value where only signs are read
_DIRECTION_LIMIT = 127  # of a projection


@dataclass(frozen=True)
class Labels:
    """Names that travel with a model."""

    task: Task
    feature_names: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    class_names: tuple[str, ...]


def quantize(
    sketch: RepresenterSketch, inputs: IntegerInputs, labels: Labels, precision: Precision | None = None
) -> IntegerModel:
    """The integer model of a sketch of these inputs, whose own width they have settled.

    Raises BoundError where an accumulator cannot be proved to fit.
    """
    precision = precision or Precision()
    through = np.eye(len(inputs.map.source)) if sketch.projection is None else sketch.projection
    through = through[inputs.kept]
    if _is_composed(sketch, len(through)):
        projection = None
        directions = sketch.hashes.directions @ through.T * inputs.unit
        origin = inputs.origin
    else:
        projection, z_unit = _quantize_projection(sketch, through, inputs)
        directions = sketch.hashes.directions * z_unit
        origin = np.zeros(directions.shape[2])
    readout = quantize_readout(sketch, labels.task, precision, inputs)
    reach = float(inputs.largest[inputs.used].sum())
    rows = HashedRows(
        hashes=_quantize_hashes(sketch, directions, origin, precision, reach),
        counts=readout.counts,
        output_shifts=readout.output_shifts,
        factors=readout.factors,
        probe=sketch.probe,
        groups=sketch.groups,
    )
    model = IntegerModel(
        task=labels.task,
        raw_type=inputs.map.raw_type,
        feature_names=labels.feature_names,
        categories=labels.categories,
        class_names=labels.class_names,
        front_end=inputs.front_end,
        projection=projection,
        blocks=(rows,) if readout.tail is None else (rows, readout.tail),
        output=readout.output,
    )
    model = without_unread_inputs(model)
    prove(model)
    return model


def without_unread_inputs(model: IntegerModel) -> IntegerModel:
    """The model without the inputs that no weight reads, unless naming the others takes more bytes than it saves.

    Where operations count (see `_layout_of`) they are left out whatever it takes to name the others.
    """
    front, rows, tail = model.front_end, model.block(HashedRows), model.block(LinearTerm)
    if front is None or model.projection is not None or rows is None:
        return model
    read = np.any([block.reads() for block in model.blocks], axis=0)
    kept = np.flatnonzero(read) if read.any() else np.zeros(1, np.int64)
    columns = {e.name: getattr(front, e.name)[kept] for e in fields(front) if e.name != "bits"}
    weights, layout = rows.hashes.weights[:, :, kept], rows.hashes.layout
    layout = layout if layout == "ternary" else _layout_of(weights, rows.probe)
    blocks: list[Block] = [replace(rows, hashes=replace(rows.hashes, weights=weights, layout=layout))]
    if tail is not None:
        slopes = tail.weights[:, kept]
        blocks.append(replace(tail, weights=slopes, layout=cheaper_layout(slopes)))
    smaller = replace(model, front_end=FrontEnd(bits=front.bits, **columns), blocks=tuple(blocks))
    fewer_bytes = model_cost(smaller).bytes <= model_cost(model).bytes
    return smaller if fewer_bytes or (rows.probe == "nearest" and len(kept) < len(read)) else model


def _layout_of(weights: Array, probe: str) -> Layout:
    """A nearest probe is there for few operations, whatever bytes that takes."""
    return cheaper_layout(weights, "operations" if probe == "nearest" else "bytes")


def _is_composed(sketch: RepresenterSketch, inputs: int) -> bool:
    """Whether hashing the inputs themselves takes no more multiply-adds than projecting first.

    Ternary directions lose their form when they are multiplied with a projection, so they are never composed.
    """
    if sketch.projection is None:
        return True
    hashes, p = sketch.hashes.offsets.size, sketch.hashes.family.dimensions
    return sketch.hashes.family.directions == "gaussian" and hashes * inputs <= inputs * p + hashes * p


def _quantize_projection(sketch: RepresenterSketch, through: Floats, inputs: IntegerInputs) -> tuple[Projection, float]:
    """The int8 projection, and what one step of z is worth.

    The width of z is taken from the largest value any input can give, so z never saturates.
    """
    family = sketch.hashes.family
    scaled = through.T * inputs.unit  # (p, n)
    step = float(np.abs(scaled).max()) / _DIRECTION_LIMIT or 1.0
    if family.directions == "ternary" and family.kind == "l2":
        # A ternary hash has no weights to carry the bin width: it must be a power of two of steps already.
        width = family.bin_width / family.direction_scale
        step = width / 2.0 ** np.floor(np.log2(width / step))
    weights = np.rint(scaled / step).astype(np.int8)
    bias = np.rint(weights @ inputs.origin)
    worst = float((np.abs(weights.astype(np.float64)) @ inputs.largest + np.abs(bias)).max())
    if family.kind == "l2":
        shift = int(np.floor(np.log2(max(1.0, family.bin_width / (_Z_STEPS_A_BIN * step)))))
        shift = max(shift, int(np.ceil(np.log2(max(1.0, worst / 32766)))))
    else:
        shift = int(np.ceil(np.log2(max(1.0, worst / _Z_RANGE_OF_SIGNS))))
    bits = 8 if worst / 2**shift <= 126 else 16
    if shift > 30 - bits or np.abs(bias).max(initial=0) >= 1 << 30:
        raise OptionError("the projection cannot be held in int32; use fewer inputs or a front end")
    return Projection(bits, weights, bias.astype(np.int32), shift), step * 2.0**shift


def _quantize_hashes(
    sketch: RepresenterSketch, directions: Floats, origin: Floats, precision: Precision, reach: float
) -> Hashes:
    """Hash weights for integer inputs z: t = (w (z + origin) + b) / r, where `origin` (n,) is no integer's to carry.

    The offsets take w origin with w as it was rounded: far from zero, what rounding changed in w is many columns there.
    `reach` is the sum of the largest magnitudes of all inputs that ever change.
    """
    hashes, family, limit = sketch.hashes, sketch.hashes.family, largest_of(precision.direction_bits)
    largest = np.maximum(np.abs(directions).max(axis=2), 1e-30)
    ternary = family.directions == "ternary" and not _is_scaled(directions)
    scales = None
    if family.kind == "srp":
        shifts = np.zeros(hashes.offsets.shape, np.int64)
        scale = (1.0 if ternary else limit) / largest
    else:
        if family.directions == "learned":
            scales, shift = row_scales(largest[:, 0], precision.direction_bits, reach, family.cell_bits)
            shifts = np.full(largest.shape, shift)
        else:
            room = 1.0 if ternary else float(limit)
            shifts = np.floor(np.log2(room / largest * family.bin_width)).astype(np.int64)
            shifts = np.clip(shifts, 0, 30 - family.cell_bits)
        scale = 2.0**shifts / family.bin_width
    own_scale = scale if scales is None else scale / scales[:, None]
    weights = np.clip(np.rint(directions * own_scale[:, :, None]), -limit, limit).astype(np.int8)
    offsets = weights @ origin / own_scale * scale
    if family.kind == "l2":
        # A linear probe has its nodes at the centres of the bins.
        centre = (1 << (family.cell_bits - 1)) - (0.5 if sketch.probe == "linear" else 0.0)
        offsets += (hashes.offsets / family.bin_width + centre) * 2.0**shifts
    offsets = np.rint(offsets)
    layout = "ternary" if ternary else _layout_of(weights, sketch.probe)
    # Learned offsets follow no generator, so that a step of them may be as wide as a byte or two call for.
    offset_shift = steps_to_fit(offsets, precision.offset_bits) if family.directions == "learned" else 0
    offsets = np.rint(offsets / 2.0**offset_shift)
    return Hashes(
        kind="srp" if family.kind == "srp" else family.range,
        cell_bits=family.cell_bits,
        column_bits=family.column_bits,
        weights=weights,
        offsets=np.clip(offsets, -(2**31) + 1, 2**31 - 1).astype(np.int32),
        shifts=shifts.astype(np.uint8),
        multipliers=hashes.multipliers if family.rehashed else None,
        addends=hashes.addends if family.rehashed else None,
        offset_shift=offset_shift,
        layout=layout,
        scales=None if scales is None else scales[:, None].astype(np.uint8),
    )


def _is_scaled(directions: Floats) -> bool:
    """Whether the entries differ in more than sign: then they are no longer ternary."""
    size = np.abs(directions[directions != 0])
    return bool(size.size) and float(size.max() - size.min()) > 1e-9 * float(size.max())
