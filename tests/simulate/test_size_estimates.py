"""Sizes without a compiler: near the compiler's own, for every core and ten models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs2c.base.errors import MissingToolError
from rs2c.boards.boards import list_cores, load_core
from rs2c.boards.toolchain import find_compiler
from rs2c.emit.library import emit_and_describe
from rs2c.emit.plan import plan_of
from rs2c.measure.size import predicted_footprint, sizes_of
from rs2c.measure.size_estimate import CODE, estimated_footprint
from tests.emit.shapes import shapes
from tests.simulate.test_matrix import MODELS
from tests.support.tools import not_here


@pytest.mark.parametrize("core_name", [name for name in list_cores() if name != "host"])
def test_an_estimate_is_near_what_the_compiler_makes(tmp_path: Path, simulator: None, core_name: str) -> None:
    core = load_core(core_name)
    try:
        compiler = find_compiler(core)
    except MissingToolError:
        not_here(next(iter(core.compilers)))
    off = []
    for name in MODELS:
        model = shapes()[name].model
        library = emit_and_describe(shapes()[name], name, tmp_path / name)
        figure = predicted_footprint(library, core, compiler, "size", tmp_path / "built")
        estimate = estimated_footprint(plan_of(model), core)
        assert plan_of(model).table_bytes < figure.flash_bytes, name
        off.append(abs(estimate.flash_bytes / figure.flash_bytes - 1))
        assert 0.8 * figure.stack_bytes <= estimate.stack_bytes <= figure.stack_bytes + 64, name
        if core.constants_in_ram:
            assert 0 < figure.ram_bytes < figure.flash_bytes, name
            assert abs(estimate.ram_bytes - figure.ram_bytes) <= 64, name
        else:
            assert estimate.ram_bytes == figure.ram_bytes == 0, name
    assert max(off) < 0.55
    assert np.median(off) < 0.15


def test_every_piece_of_code_has_a_size() -> None:
    met = {piece for content in shapes().values() for piece in plan_of(content.model).pieces}
    assert met == set(CODE)


def test_a_missing_compiler_gives_an_estimate_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("RS2C_COMPILER", "gcc")
    content = shapes()["gesture"]
    (size,) = sizes_of(content, ["uno"])
    assert (size.compiler, size.flags) == ("", "")
    assert size.footprint == estimated_footprint(plan_of(content.model), load_core("atmega328p"))
    assert size.remark.startswith("compiling for atmega328p needs avr-gcc (Debian: apt install")
    assert size.fits


def test_a_library_that_an_avr_refuses_does_not_fit() -> None:
    content = shapes()["large"]
    (size,) = sizes_of(content, ["uno"])
    assert size.refused
    assert not size.fits
    assert "AVR takes no more than 32767" in size.remark
