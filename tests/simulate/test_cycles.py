"""Cycles by the tables in the cores' files: instruction by instruction, branches taken and not, both counters."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from rs2c.base.errors import MissingToolError
from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import Compiler
from rs2c.simulate.qemu import QemuTarget
from rs2c.simulate.targets import SimulationError
from rs2c.simulate.unicorn_target import UnicornBuild, UnicornTarget
from tests.simulate.conftest import need_qemu
from tests.simulate.samples import GESTURE, write_tiny

CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4f")
# Assembly with the cycles that it adds: on M0+, least and most on M3, least and most on M4.
ADDED = {
    "nop": (1, (1, 1), (1, 1)),
    "ldr %0, [%1]": (2, (1, 2), (1, 2)),
    "ldrb %0, [%1]\\n\\tstrb %0, [%1]": (4, (2, 4), (2, 4)),
    "push {r4, r5, lr}\\n\\tpop {r4, r5}\\n\\tadd sp, #4": (8, (8, 8), (8, 8)),
    "ldr %0, =scratch\\n\\tldm %0!, {r4, r5}": (5, (4, 5), (4, 5)),
    "muls %0, %0, %0": (1, (1, 1), (1, 1)),
    "b 1f\\n\\tnop\\n\\t1:": (2, (2, 4), (2, 4)),
    "cmp %0, %0\\n\\tbne 1f\\n\\tnop\\n\\t1:": (3, (3, 3), (3, 3)),
    "bl apart": (5, (4, 8), (4, 8)),  # bl, and bx to return
    "mla %0, %0, %0, %0": (None, (2, 2), (1, 1)),
    "umull %0, r4, %0, %0": (None, (3, 5), (1, 1)),
    "smlal %0, r4, %0, %0": (None, (4, 7), (1, 1)),
    "udiv %0, %0, %0": (None, (2, 12), (2, 12)),
    "ldrd r4, r5, [%1]": (None, (3, 3), (3, 3)),
    # of both loads one is skipped, which takes a cycle
    "cmp %0, %0\\n\\tite eq\\n\\tldreq %0, [%1]\\n\\tldrne %0, [%1]": (None, (3, 6), (3, 6)),
}
BEFORE = """
uint32_t scratch[4];
__asm__(".syntax unified\\n.section .text.apart\\n.thumb_func\\napart: bx lr\\n.text\\n");
"""


def target(core: str, compiler: Compiler) -> UnicornTarget:
    return UnicornTarget(core, load_core(core), compiler)


def straight(folder: Path, core: str, compiler: Compiler, assembly: str) -> tuple[int, int]:
    """Cycles of an inference with this in it."""
    body = (
        f'uint32_t v = 4; __asm__ volatile(".syntax unified\\n\\t{assembly}" : "+l"(v) : "l"(scratch)'
        ' : "r4", "r5", "lr", "cc", "memory"); return (uint16_t)v;'
    )
    cycles = (
        target(core, compiler).build(write_tiny(folder, body, BEFORE), folder).run(np.ones((2, 1), np.uint8)).cycles
    )
    assert cycles is not None
    return cycles


@pytest.mark.parametrize("core", CORES)
def test_cycles_of_each_instruction_are_those_of_the_manual(tmp_path: Path, arm_gcc: Compiler, core: str) -> None:
    least, most = straight(tmp_path, core, arm_gcc, "")
    for assembly, (on_m0plus, on_m3, on_m4) in ADDED.items():
        expected = {"cortex-m0plus": (on_m0plus, on_m0plus), "cortex-m3": on_m3, "cortex-m4f": on_m4}[core]
        if expected[0] is None:
            continue  # it has no such instruction
        found = straight(tmp_path, core, arm_gcc, assembly)
        assert (found[0] - least, found[1] - most) == expected, assembly


@pytest.mark.parametrize(
    ("core", "turn"), [("cortex-m0plus", (3, 3)), ("cortex-m3", (3, 5)), ("cortex-m4f", (3, 5))], ids=CORES
)
def test_a_branch_costs_more_where_it_is_taken(
    tmp_path: Path, arm_gcc: Compiler, core: str, turn: tuple[int, int]
) -> None:
    turns = '__asm__ volatile(".syntax unified\\n1: subs %0, #1\\n\\tbne 1b" : "+l"(n) : : "cc"); return (uint16_t)n;'
    built = target(core, arm_gcc).build(write_tiny(tmp_path, f"uint32_t n = x[0]; {turns}"), tmp_path)
    once, often = (built.run(np.array([[n]], np.uint8)).cycles for n in (1, 200))
    assert once is not None
    assert often == (once[0] + 199 * turn[0], once[1] + 199 * turn[1])
    least_and_most = built.run(np.array([[9], [200], [1]], np.uint8)).cycles
    assert least_and_most == (once[0], often[1])


@pytest.mark.parametrize("core", CORES)
def test_both_counters_find_the_same_cycles(tmp_path: Path, arm_gcc: Compiler, core: str) -> None:
    built = target(core, arm_gcc).build(GESTURE.library, tmp_path)
    assert isinstance(built, UnicornBuild)
    fast, slow = (built.run(GESTURE.raw(20), natively=native) for native in (True, False))
    assert fast.cycles == slow.cycles
    assert fast.instructions is not None
    assert fast.cycles is not None
    assert fast.instructions[0] < fast.cycles[0] <= fast.cycles[1]
    assert "Arm DDI" in fast.cycles_from
    assert fast.cycles_from.startswith("model: ") == (core != "cortex-m0plus")


def test_a_core_without_a_table_has_no_cycles(tmp_path: Path, arm_gcc: Compiler) -> None:
    run = target("cortex-m33", arm_gcc).build(GESTURE.library, tmp_path).run(GESTURE.raw(2))
    assert (run.cycles, run.cycles_from) == (None, "")


def test_an_unknown_instruction_is_an_error(tmp_path: Path, arm_gcc: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    body = '__asm__ volatile("b 1f\\n\\t.inst.w 0xffffffff\\n\\t1:"); return 0;'
    with pytest.raises(SimulationError, match=r"the bytes ff ff ff ff at 0x.* in tiny_predict: no instruction"):
        target("cortex-m3", arm_gcc).build(write_tiny(tmp_path, body), tmp_path)
    monkeypatch.setattr("rs2c.simulate.unicorn_target.check_instructions", lambda *_: None)
    built = target("cortex-m3", arm_gcc).build(write_tiny(tmp_path, body), tmp_path)
    with pytest.raises(SimulationError, match="the cycles of tiny_predict are not known at 0x08"):
        built.run(np.ones((1, 1), np.uint8))


def test_a_missing_capstone_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for core in ("cortex-m0", "rv32imc", "lx106"):
        need_qemu(core)
    monkeypatch.setitem(sys.modules, "capstone", None)
    for core in ("cortex-m0plus", "cortex-m0", "rv32imc"):
        for kind in (UnicornTarget, QemuTarget):
            with pytest.raises(MissingToolError, match=r"capstone: pip install 'rs2c\[sim\]'"):
                kind.require(load_core(core))
    QemuTarget.require(load_core("lx106"))
