"""Flash, RAM and stack of a library on an ATmega328P, the stack against painting in simavr."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import Compiler
from rs2c.measure.footprint import FootprintError, foreign_symbols
from rs2c.simulate.simavr import SimavrBuild, SimavrTarget
from tests.simulate.conftest import avr_build
from tests.simulate.samples import write_tiny

HELPERS = {
    "product": "return (uint16_t)(((uint32_t)x[0] * 70001ul * (x[0] + 1ul)) >> 9);",
    "unsigned division": "return (uint16_t)(1000000007ul / (x[0] + 3ul));",
    "signed division": "return (uint16_t)(-1000000007l / (x[0] + 3l));",
    "remainder of 16 bits": "return (uint16_t)(-30011 % (x[0] + 3));",
    "long product": "return (uint16_t)(((uint64_t)(x[0] * 70001ul) * 3000000019ul) >> 40);",
    "switch": "switch (x[0]) { case 1: return 5; case 2: return 17; case 3: return x[0] * 9u; case 4: return 99;"
    " case 5: return 2; case 6: return 9; case 7: return x[0] * 77u; case 8: return 3; } return 0;",
}


@pytest.mark.parametrize("body", HELPERS.values(), ids=HELPERS)
def test_stack_of_each_runtime_helper(tmp_path: Path, avr: Compiler, body: str) -> None:
    program = avr_build(write_tiny(tmp_path, body), tmp_path, avr)
    assert foreign_symbols(program.folder / "library.o") == ()
    seen = program.stack_seen(np.array([[5], [255], [0], [8]], np.uint8))
    assert seen <= program.worst_stack() <= 1.2 * seen + 32


APART = "#define APART __attribute__((noinline, noclone)) static\n"


def test_stack_follows_a_chain_of_calls(tmp_path: Path, avr: Compiler) -> None:
    """To the byte, where every byte of every frame is written and no helper is called."""
    before = "#define FILL(n) volatile uint8_t room[n]; for (uint8_t i = 0; i < n; i++) room[i] = *p\n" + APART
    before += (
        "APART uint16_t a(volatile uint8_t *p) { FILL(100); return room[1]; }"
        "APART uint16_t b(volatile uint8_t *p) { FILL(200); return room[0] + a(p); }"
        "APART uint16_t c(volatile uint8_t *p) { FILL(250); return room[0]; }"
    )
    program = avr_build(
        write_tiny(tmp_path, "volatile uint8_t v[1] = {x[0]}; return b(v) + c(v);", before), tmp_path, avr
    )
    bound = program.worst_stack()
    assert 300 < bound < 325
    assert program.stack_seen(np.zeros((1, 1), np.uint8)) == bound


@pytest.mark.parametrize(
    ("before", "body", "message"),
    [
        ("APART int f(int n) { return n < 2 ? n : f(n - 1) * f(n - 2); }", "return f(x[0]);", "f calls f, and recurs"),
        ("int far(int n);", "return (uint16_t)(far(x[0]) + 1);", "far is not in the library"),
        (
            "APART int f(int n) { return n * 3; }",
            "int (*volatile g)(int) = f; return g(x[0]);",
            "address of f is taken",
        ),
        ("", "volatile uint8_t room[x[0] + 1]; room[x[0]] = 1; return room[0];", "tiny_predict has no fixed size"),
    ],
    ids=["recursion", "outside", "pointer", "dynamic"],
)
def test_a_stack_without_bound_is_refused(tmp_path: Path, avr: Compiler, before: str, body: str, message: str) -> None:
    library = write_tiny(tmp_path, body, APART + before)
    program = SimavrBuild(SimavrTarget("atmega328p", load_core("atmega328p"), avr), library, tmp_path)
    program.compile(library.source, "library")
    with pytest.raises(FootprintError, match=message):
        program.worst_stack()


def test_flash_and_ram_are_those_of_the_library(tmp_path: Path, avr: Compiler) -> None:
    def cost(before: str) -> tuple[int, int]:
        footprint = avr_build(write_tiny(tmp_path, "return t[x[0]];", before), tmp_path, avr).footprint()
        return footprint.flash_bytes, footprint.ram_bytes

    flash = "#include <avr/pgmspace.h>\n"
    small, large = (cost(f"{flash}static const uint8_t t[{n}] PROGMEM = {{1, 9}};") for n in (100, 500))
    assert (large[0] - small[0], small[1], large[1]) == (400, 0, 0)
    small, large = (cost(f"static const uint8_t t[{n}] = {{1, 9}};") for n in (100, 500))
    assert (large[0] - small[0], small[1], large[1]) == (400, 100, 500)
    small, large = (cost(f"static volatile uint8_t t[{n}];") for n in (100, 500))
    assert (large[0] - small[0], small[1], large[1]) == (0, 100, 500)
