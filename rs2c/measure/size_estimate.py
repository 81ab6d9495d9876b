"""What a library will cost on a core, about, where there is no compiler for it: from what its code has to do.

Tables are exact. Code is the sum of the pieces that the templates put together, in bytes that gcc 12.2 makes of them
with -Os for a Cortex-M4, times how much larger the code of another core is, which its file says. The figures come from
`python -m benchmarks.size_estimates`, which also says how far off they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from rs2c.base.raw_types import RAW_TYPES
from rs2c.boards.boards import Core
from rs2c.emit.context import rows_and_tail, tables
from rs2c.measure.footprint import Footprint
from rs2c.model.integer_model import IntegerModel

# Bytes of each piece of code. Of pieces that exclude each other the smallest may be in the frame already.
CODE = {
    "frame": 66,
    "no front end": 0,
    "front end": 111,
    "front end of floats": 122,
    "indicators": 27,
    "projection": 49,
    "dense directions": 0,
    "sparse directions": 25,
    "ternary directions": 67,
    "scales": 31,
    "srp cells": 0,
    "grid cells": 8,
    "rehash cells": 64,
    "linear probe": 111,
    "hashes side by side": 83,
    "shared count arrays": 0,
    "factors": 11,
    "dense tail": 48,
    "sparse tail": 31,
    "median": 113,
    "output shifts": 5,
    "two classes": 0,
    "largest score": 81,
    "packed table": 26,
    "table without its last entries": 6,
}
_PROGRAM_RAM = 160  # of a program on AVR, beside the vectors: its texts, and the frames of main and the self-test


def estimated_footprint(model: IntegerModel, core: Core) -> Footprint:
    """Bytes that a program grows by, about: compiled for size, by the compiler that the core's file prefers."""
    code = sum(CODE[piece] for piece in pieces(model))
    constants = table_bytes(model)
    ram = constants if core.constants_in_ram else 0
    return Footprint(constants + round(code * core.code_size), ram, core.stack_bytes + local_bytes(model))


def table_bytes(model: IntegerModel) -> int:
    """Bytes of the constant tables of an emitted library, the self-test's left out."""
    return sum(table.entries * table.width for table in tables(model))


def local_bytes(model: IntegerModel) -> int:
    """Bytes of the arrays that predict (values) has on the stack: scores, group sums, projected inputs."""
    scores = model.n_scores if model.task == "classify" else 0
    rows, _ = rows_and_tail(model)
    sums = rows.groups * model.n_scores if rows.groups > 1 else 0
    projected = 0 if model.projection is None else model.dimensions * model.projection.bits // 8
    return 4 * (scores + sums) + projected


def firmware_ram(model: IntegerModel, core: Core) -> int:
    """Bytes of RAM, about, that the firmware of `rs2c build` takes: the linker does not add up the stack.

    Most is taken in the self-test, which has a raw vector, its inputs, scores and, of a regressor, values.
    """
    vectors = model.n_features * RAW_TYPES[model.raw_type].itemsize + model.n_inputs * model.feature_dtype.itemsize
    results = 4 * model.n_scores * (1 if model.task == "classify" else 2)
    library = estimated_footprint(model, core)
    return library.ram_bytes + library.stack_bytes + vectors + results + _PROGRAM_RAM


def pieces(model: IntegerModel) -> Iterator[str]:
    """Names of the pieces of code that a library has, some more than once."""
    rows, tail = rows_and_tail(model)
    front, hashes = model.front_end, rows.hashes
    yield "frame"
    yield "front end" if front is not None else "no front end"
    if front is not None and model.raw_type == "float32":
        yield "front end of floats"
    if front is not None and front.indicator.any():
        yield "indicators"
    if model.projection is not None:
        yield "projection"
    yield f"{hashes.layout} directions"
    if hashes.scales is not None:
        yield "scales"
    yield "linear probe" if rows.probe == "linear" else f"{hashes.kind} cells"
    if hashes.weights.shape[1] > 1:
        yield "hashes side by side"
    if rows.arrays < rows.rows:
        yield "shared count arrays"
    if rows.factors is not None:
        yield "factors"
    if tail is not None:
        yield f"{tail.layout} tail"
    if rows.groups > 1:
        yield "median"
    if rows.output_shifts.any():
        yield "output shifts"
    if model.task == "classify":
        yield "two classes" if model.n_scores == 1 else "largest score"
    for table in tables(model):
        if table.packed:
            yield "packed table"
        if table.last is not None:
            yield "table without its last entries"
