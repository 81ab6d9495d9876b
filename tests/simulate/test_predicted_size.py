"""Sizes before flashing: ten models on every Cortex-M, against linked and painted figures.

GCC optimizes for size and for speed by turns; Zig, which takes twice as long, does the other for every second model.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import Optimize
from rs2c.emit.library import emit_and_describe
from rs2c.measure.size import predicted_footprint
from rs2c.simulate.bare_metal import BareMetal
from rs2c.simulate.qemu import SYMBOLS as QEMU_SYMBOLS
from rs2c.simulate.unicorn_target import SYMBOLS
from rs2c.verify.verdicts import verification_vectors
from tests.emit.shapes import shapes
from tests.simulate.conftest import compiler_for, need_qemu
from tests.simulate.painting import painted_stack
from tests.simulate.test_matrix import MODELS
from tests.support.tools import CORTEX_M

VECTORS = 8


@cache
def vectors_of(name: str) -> Any:
    """The first vectors of a verification, which are those on edges."""
    return verification_vectors(shapes()[name].model, VECTORS, 1)[:VECTORS]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("core_name", CORTEX_M)
def test_sizes_are_never_too_small_and_little_too_large(
    tmp_path: Path, simulator: None, core_name: str, name: str
) -> None:
    core = load_core(core_name)
    emulator, symbols = core.emulators[0], SYMBOLS
    if emulator.kind == "qemu":
        need_qemu(core_name)
        symbols = QEMU_SYMBOLS
    library = emit_and_describe(shapes()[name], name, tmp_path / name)
    levels: tuple[Optimize, Optimize] = ("size", "speed")
    turn = (MODELS.index(name) + CORTEX_M.index(core_name)) % 2
    kinds = ("gcc", "zig") if MODELS.index(name) % 2 else ("gcc",)
    for kind, optimize in zip(kinds, levels if turn else reversed(levels), strict=False):
        case, compiler = f"{kind} for {optimize}", compiler_for(core_name, kind)
        predicted = predicted_footprint(library, core, compiler, optimize, tmp_path / "predicted")
        parts = BareMetal(library, core, emulator, compiler, optimize, tmp_path / case, symbols)
        parts.prepare()
        linked, painted = parts.footprint(), painted_stack(parts, vectors_of(name))
        assert linked.flash_bytes <= predicted.flash_bytes <= 1.2 * linked.flash_bytes + 64, case
        assert predicted.ram_bytes == linked.ram_bytes == 0, case
        assert painted <= predicted.stack_bytes <= 1.2 * painted + 32, case
