"""Emitted C by compilers that no core file names: SDCC for 8-bit chips, clang and zig for AVR, clang for many more."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from rs2c.boards.toolchain import Compiler
from rs2c.emit.library import Library, emit_and_describe
from rs2c.measure.footprint import section_sizes
from rs2c.model.vectors import corner_vectors, random_vectors, window_vectors
from rs2c.simulate.host import HostTarget
from rs2c.verify.verdicts import expected, mismatches
from tests.emit.build import C99, CPP11, build, run
from tests.emit.shapes import shapes
from tests.simulate.conftest import avr as avr
from tests.simulate.conftest import avr_build
from tests.support.host import host_target
from tests.support.tools import need_modules, need_program

# A simulator of ucsim prints what a program writes behind a 'p' to this address, and stops at an 's'.
COUNT_FAILURES = """#include "NAME_selftest.h"
#define SIMULATOR (*(volatile unsigned char *)0x7FF0)
void main(void)
{
    const uint32_t failures = NAME_selftest();
    uint32_t unit;

    for (unit = 1000u; unit != 0u; unit /= 10u) {
        SIMULATOR = 'p';
        SIMULATOR = (unsigned char)('0' + failures / unit % 10u);
    }
    SIMULATOR = 's';
    for (;;) {
    }
}
"""
# By SDCC's name of an architecture, big-endian and little-endian: its simulator, and what a linker is told.
SIMULATORS = {"stm8": (["sstm8", "-tS208"], []), "z80": (["sz80"], ["--data-loc", "0x8000"])}
UNKNOWN_ORDER = ("-Wno-builtin-macro-redefined", "-U__BYTE_ORDER__", "-U__ORDER_LITTLE_ENDIAN__")
# clang's targets of 16, 32 and 64 bits, little-endian and big-endian; AVR is run below
TARGETS = ("msp430", "mips", "ppc32", "s390x", "riscv32")
AVR = {
    "clang-22": ["clang-22", "--target=avr", "-mmcu=atmega328p"],
    "zig": [
        *(sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=undefined", "-Wno-avr-rtlib-linking-quirks"),
        *("-target", "avr-freestanding-none", "-mcpu=atmega328p"),
    ],
}


@cache
def emitted(name: str, folder: Path) -> Library:
    return emit_and_describe(shapes()[name], name, folder / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("libraries")


def failures_in_ucsim(library: Library, chip: str, cwd: Path, *definitions: str) -> int:
    """How many golden vectors differ on a chip, by SDCC and its simulator; SDCC may warn of nothing."""
    (simulator, *model), linking = SIMULATORS[chip]
    sdcc = [need_program("sdcc"), f"-m{chip}"]
    (cwd / "main.c").write_text(COUNT_FAILURES.replace("NAME", library.name))
    for source in (cwd / "main.c", *sorted((library.folder / "src").glob("*.c"))):
        fast = ["--std-c99", "--Werror", "--max-allocs-per-node", "200", f"-I{library.folder / 'include'}"]
        build([*sdcc, *fast, *definitions, "-c", str(source), "-o", f"{source.stem}.rel"], cwd)
    objects = ["main.rel", f"{library.name}.rel", f"{library.name}_selftest.rel"]
    build([*sdcc, *linking, *objects, "-o", "program.ihx"], cwd)
    command = [need_program(simulator), *model, "-I", "if=rom[0x7ff0]", "program.ihx"]
    printed = subprocess.run(command, cwd=cwd, input="run\nquit\n", capture_output=True, text=True, timeout=120).stdout
    assert "Program stopped itself" in printed
    (count,) = [line.strip() for line in printed.splitlines() if line.strip().isdigit()]
    return int(count)


@pytest.mark.parametrize("chip", SIMULATORS)
@pytest.mark.parametrize("name", ["gesture", "knock", "motor", "wide_inputs"])
def test_the_self_test_passes_by_sdcc(name: str, chip: str, folder: Path, tmp_path: Path) -> None:
    assert failures_in_ucsim(emitted(name, folder), chip, tmp_path) == 0


def test_floats_that_a_big_endian_chip_reads_the_other_way_round_are_noticed(folder: Path, tmp_path: Path) -> None:
    wrong = ("-D__BYTE_ORDER__=1", "-D__ORDER_LITTLE_ENDIAN__=1")
    assert failures_in_ucsim(emitted("gesture", folder), "stm8", tmp_path, *wrong) == 14


@pytest.mark.parametrize(
    ("name", "compiler"), [("gesture", "gcc"), ("far_windows", "clang"), ("motor", "clang"), ("shared_probe", "gcc")]
)
def test_floats_are_read_where_no_macro_tells_the_byte_order(
    name: str, compiler: str, folder: Path, tmp_path: Path
) -> None:
    content, rng, library = shapes()[name], np.random.Generator(np.random.PCG64(3)), emitted(name, folder)
    raw = np.concatenate([make(content.model, rng, 300) for make in (random_vectors, corner_vectors, window_vectors)])
    host = HostTarget(host_target(compiler).compiler, UNKNOWN_ORDER)
    assert mismatches(expected(content.model, raw), host.build(library, tmp_path).run(raw)) == 0
    for flags in (C99, CPP11):
        include = f"-I{library.folder / 'include'}"
        build([compiler, *flags, *UNKNOWN_ORDER, "-O2", include, "-c", str(library.source), "-o", "net.o"], tmp_path)
        assert run(["nm", "-u", "net.o"], tmp_path).stdout == ""


@pytest.mark.parametrize("name", ["gesture", "knock", "motor"])
def test_clang_and_zig_compile_for_avr(name: str, folder: Path, tmp_path: Path, avr: Compiler) -> None:
    """Equal scores from tables that stay in flash; the program around the library is made by avr-gcc."""
    need_program("clang-22")
    need_modules("ziglang")
    model, library = shapes()[name].model, emitted(name, folder)
    raw = window_vectors(model, np.random.Generator(np.random.PCG64(4)), 60)
    raw[:20] = random_vectors(model, np.random.Generator(np.random.PCG64(5)), 20)
    built = avr_build(library, tmp_path, avr)
    ram = section_sizes(built.folder / "program.elf")[1]
    for compiler in AVR.values():
        for source in (library.source.with_stem(f"{name}_selftest"), library.source):
            command = [*compiler, *C99, "-Os", "-ffreestanding", f"-I{library.folder / 'include'}"]
            build([*command, "-c", str(source), "-o", str(built.folder / "library.o")], tmp_path)
        assert section_sizes(built.link("program", "main", "library"))[1] == ram
        assert mismatches(expected(model, raw), built.run(raw)) == 0


@pytest.mark.parametrize("target", TARGETS)
def test_clang_compiles_for_other_targets_and_calls_no_library(target: str, folder: Path, tmp_path: Path) -> None:
    need_program("clang-22")
    for name in ("gesture", "many"):
        include, source = f"-I{emitted(name, folder).folder / 'include'}", str(emitted(name, folder).source)
        flags = [*C99, "-O2", "-nostdlibinc", include]  # hosted, where loops may become calls
        build(["clang-22", f"--target={target}", *flags, "-c", source, "-o", f"{name}.o"], tmp_path)
        assert not re.search(rb"\0_*mem(set|cpy|move)\0", (tmp_path / f"{name}.o").read_bytes())
