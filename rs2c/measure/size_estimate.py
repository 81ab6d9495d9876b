"""What a library will cost on a core, about, where there is no compiler for it: from what its code has to do.

Tables are exact. Code is the sum of the pieces that the templates put together, in bytes that gcc 12.2 makes of them
with -Os for a Cortex-M4, times how much larger the code of another core is, which its file says. The figures come from
`python -m benchmarks.size_estimates`, which also says how far off they are.
"""

from __future__ import annotations

from rs2c.base.raw_types import RAW_TYPES
from rs2c.boards.boards import Core
from rs2c.emit.plan import Plan
from rs2c.measure.footprint import Footprint

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


def estimated_footprint(plan: Plan, core: Core) -> Footprint:
    """Bytes that a program grows by, about: compiled for size, by the compiler that the core's file prefers."""
    code, constants = sum(CODE[piece] for piece in plan.pieces), plan.table_bytes
    ram = constants if core.constants_in_ram else 0
    return Footprint(constants + round(code * core.code_size), ram, core.stack_bytes + plan.local_bytes)


def firmware_ram(plan: Plan, core: Core) -> int:
    """Bytes of RAM, about, that the firmware of `rs2c build` takes: the linker does not add up the stack.

    Most is taken in the self-test, which has a raw vector, its inputs, scores and, of a regressor, values.
    """
    model, library = plan.model, estimated_footprint(plan, core)
    vectors = model.n_features * RAW_TYPES[model.raw_type].itemsize + model.n_inputs * model.feature_dtype.itemsize
    results = 4 * model.n_scores * (1 if model.task == "classify" else 2)
    return library.ram_bytes + library.stack_bytes + vectors + results + _PROGRAM_RAM
