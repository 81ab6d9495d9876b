"""Counts are exact: assembly whose number of instructions is known by hand, on both counters."""

from pathlib import Path

import pytest

from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import compile_object, flags_of, link_bare
from rs2c.simulate.count import attach_counter, native_hook
from rs2c.simulate.emulator import Running, load_program
from rs2c.simulate.unicorn_target import UnicornTarget
from tests.simulate.conftest import compiler_for
from tests.simulate.samples import GESTURE

THUMB_PROGRAM = r"""
 .syntax unified
 .thumb
 .section .text.all, "ax", %progbits
 .macro function name
 .balign 4
 .thumb_func
 .global \name
 .type \name, %function
\name:
 .endm
 function rs2c_reset
 movs r0, #VALUE
 bl rs2c_infer
 .global rs2c_returned
rs2c_returned:
 nop
 function rs2c_done
 b .
 function rs2c_infer
"""
RISCV_PROGRAM = r"""
 .section .text.all, "ax", @progbits
 .macro function name
 .balign 4
 .global \name
 .type \name, @function
\name:
 .endm
 function rs2c_reset
 li a0, VALUE
 call rs2c_infer
 .global rs2c_returned
rs2c_returned:
 nop
 function rs2c_done
 j rs2c_done
 function rs2c_infer
"""
SCRIPT = """
MEMORY { FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 64K }
SECTIONS { .text : { KEEP(*(.text.all)) } > FLASH }
"""

# (r0 + 1) turns of six instructions, of which the IT block leaves one out each time; two around them
IT_LOOP = """
 movs r1, #0
1: cmp r0, #5
 ite lt
 addlt r1, #1
 addge.w r1, r1, #2
 subs r0, #1
 bpl 1b
 bx lr
"""
# the same without Thumb-2: r0 turns of two
PLAIN_LOOP = """
1: subs r0, #1
 bne 1b
 bx lr
"""
# the three beginnings of a 32-bit instruction; longer than a translation block and than a page, with an instruction
# across the page's end
LONG = """
 nop
 .rept 800
 add.w r1, r1, #1
 add.w r1, r1, r1
 vmov r2, s0
 .endr
 b.n 1f
 .word 0xffffffff
1: bx lr
"""
# a call, and one that returns through pop
CALLS = """
 push {r4, lr}
 movs r4, #3
1: bl 2f
 subs r4, #1
 bne 1b
 pop {r4, pc}
2: nop
 bx lr
"""
# a0 turns of two, with instructions of 16 and of 32 bits
RISCV_LOOP = """
1: addi a0, a0, -1
 bnez a0, 1b
 ret
"""
# as LONG: 32 bits and 16 in turn, over the end of a page
RISCV_LONG = """
 nop
 .rept 1500
 addi a1, a2, 100
 c.addi a1, 1
 .endr
 ret
"""
RISCV_CALLS = """
 addi sp, sp, -16
 sw ra, 12(sp)
 li t0, 3
1: call 2f
 addi t0, t0, -1
 bnez t0, 1b
 lw ra, 12(sp)
 addi sp, sp, 16
 ret
2: mul a1, a1, a1
 ret
"""


@pytest.mark.parametrize("native", [True, False], ids=["c", "python"])
@pytest.mark.parametrize(
    ("core", "body", "value", "expected"),
    [
        ("cortex-m3", IT_LOOP, 9, 6 * 10 + 2),
        ("cortex-m33", IT_LOOP, 0, 6 + 2),
        ("cortex-m0", PLAIN_LOOP, 200, 2 * 200 + 1),
        ("cortex-m4f", LONG, 0, 1 + 3 * 800 + 1 + 1),
        ("cortex-m0", CALLS, 0, 2 + 3 * (1 + 2 + 2) + 1),
        ("rv32imc", RISCV_LOOP, 200, 2 * 200 + 1),
        ("rv32imc", RISCV_LONG, 0, 1 + 2 * 1500 + 1),
        # the linker makes one instruction of each call
        ("rv32imc", RISCV_CALLS, 0, 3 + 3 * (1 + 2 + 2) + 3),
    ],
    ids=["it-block", "it-block-once", "loop", "long", "calls", "riscv-loop", "riscv-long", "riscv-calls"],
)
def test_hand_counted(
    tmp_path: Path, simulator: None, core: str, body: str, value: int, expected: int, native: bool
) -> None:
    gcc = compiler_for(core, "gcc")
    target = UnicornTarget(core, load_core(core), gcc)
    program_text = THUMB_PROGRAM if target.core.architecture == "arm" else RISCV_PROGRAM
    (tmp_path / "asm.S").write_text(program_text.replace("VALUE", str(value)) + body)
    (tmp_path / "link.ld").write_text(SCRIPT)
    flags = flags_of(gcc, target.core)
    compile_object(gcc, tmp_path / "asm.S", tmp_path / "asm.o", flags)
    link_bare(gcc, [tmp_path / "asm.o"], tmp_path / "link.ld", tmp_path / "asm.elf", flags)

    program = load_program(tmp_path / "asm.elf")
    emulator = Running(target.core.emulator("unicorn"), program, 4096, 4096)
    hook = native_hook()
    assert hook is not None
    counter = attach_counter(
        emulator.core,
        program,
        hook if native else None,
        None,
    )
    for times in (1, 2):
        emulator.run()
        assert (counter.minimum, counter.maximum, counter.measured) == (expected, expected, times)


def test_both_counters_agree_on_a_library(tmp_path: Path, simulator: None) -> None:
    for core in ("cortex-m0", "cortex-m33", "rv32imc"):
        target = UnicornTarget(core, load_core(core), compiler_for(core, "gcc"))
        built = target.build(GESTURE.library, tmp_path)
        raw = GESTURE.raw(40)
        counted = built.run(raw).instructions
        assert counted == built.run(raw, natively=False).instructions
        assert counted is not None
        # the division helper of Armv6-M takes a data-dependent time, and without conditional instructions a clamp
        # does too, so least and most are told apart
        assert (counted[0] < counted[1]) == (core != "cortex-m33")
