"""What each instruction of a Cortex-M program costs in cycles, by the table in its core's file.

The tables are those of Arm's reference manuals: no wait states, and for a core whose pipeline decides (M3, M4) a least
and a most. An instruction that is skipped in an IT block takes one cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rs2c.simulate.instruction_set import import_capstone
from rs2c.simulate.targets import SimulationError

if TYPE_CHECKING:
    from rs2c.boards.boards import Range, Timing
    from rs2c.simulate.emulator import Program

_SEVERAL = ("push", "pop", "ldm", "stm", "ldrd", "strd")


def cycle_table(timing: Timing, program: Program) -> npt.NDArray[np.uint8]:
    """Cycles by place in flash, uint8 (4, halfwords): least and most of the instruction that begins there, and what is
    added to each where it branches.

    Raises MissingToolError without capstone, SimulationError for an instruction that it does not know.
    """
    capstone = import_capstone()
    decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    decoder.detail = True
    origin, image = program.flash()
    cycles = np.zeros((4, len(image) // 2 + 1), np.uint8)
    for start, end in program.code:
        skippable, reached = 0, start  # instructions left of an IT block; end of what was decoded
        for instruction in decoder.disasm(image[start - origin : end - origin], start):
            mnemonic = instruction.mnemonic
            least, most = _own_cycles(timing, mnemonic, instruction.operands)
            if mnemonic.startswith("it"):
                skippable = len(mnemonic) - 1  # ite: two
            elif skippable:
                least, skippable = min(least, 1), skippable - 1
            cycles[:, (instruction.address - origin) // 2] = (least, most, *_branch_cycles(timing, mnemonic))
            reached = instruction.address + instruction.size
        if reached < end:
            raise SimulationError(f"the cycles of {program.function_at(reached)} are not known at {reached:#010x}")
    return cycles


def _own_cycles(timing: Timing, mnemonic: str, operands: Sequence[Any]) -> Range:
    if mnemonic.startswith(_SEVERAL):
        from capstone.arm import ARM_OP_REG

        registers = sum(operand.type == ARM_OP_REG for operand in operands)
        count = registers - mnemonic.startswith(("ldm", "stm"))  # whose first is the address
        return 1 + count, 1 + count
    kinds = (
        (("ldr",), timing.load),
        (("str",), timing.store),
        (("mul",), timing.multiply),
        (("mla", "mls"), timing.multiply_add),
        (("smull", "umull"), timing.long_multiply),
        (("smlal", "umlal"), timing.long_multiply_add),
        (("sdiv", "udiv"), timing.divide),
        (("it",), timing.if_then),
        (("tbb", "tbh"), (2, 2)),
    )
    return next((cycles for names, cycles in kinds if mnemonic.startswith(names)), (1, 1))


def _branch_cycles(timing: Timing, mnemonic: str) -> Range:
    if mnemonic == "bl":
        return timing.call
    return timing.pop if mnemonic.startswith(("pop", "ldm")) else timing.jump
