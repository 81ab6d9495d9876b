"""Whether a program holds an instruction that its core lacks, as one compiled with a wrong -mcpu may.

Emulators run more than a core has: unicorn and QEMU 7.2 give a Cortex-M3 the DSP extension, and neither runs what no
vector reaches. So every instruction of a program is looked at. Of Xtensa none is: capstone 5 does not know it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rs2c.base.errors import MissingToolError
from rs2c.boards.boards import Core
from rs2c.simulate.emulator import Program
from rs2c.simulate.targets import SimulationError

# What of a program does not fit: its address, its text, and one of rs2c.boards.boards.INSTRUCTIONS that it belongs to.
_Strange = tuple[int, str, str]
_UNKNOWN = "no instruction of this architecture that is known here"

# Armv6-M Architecture Reference Manual (Arm DDI 0419), A5.3: all that Armv6-M has of 32 bits.
_WIDE_OF_ARMV6_M = frozenset({"bl", "dmb", "dsb", "isb", "mrs", "msr", "udf.w"})
_SECURITY = ("bxns", "blxns", "sg", "tt", "vlldm", "vlstm")
_COPROCESSOR = ("cdp", "ldc", "stc", "mcr", "mrc")  # as which capstone reads much of MVE
_GROUPS_OF_ARM = {
    "THUMB2DSP": "dsp",
    "T2EXTRACTPACK": "dsp",
    "vfp2": "fp",
    "vfp3": "fp",
    "vfp4": "fp",
    "fparmv8": "fpv5",
    "dpvfp": "fp-double",
    "v8": "v8-m",
    "neon": "mve",
}
_GROUPS_OF_RISCV = {f"hasStdExt{name.upper()}": name for name in "mafdc"}
# (mask, value, mnemonic, name): AVR Instruction Set Manual (Microchip DS40002198).
_AVR = (
    (0xFC00, 0x9C00, "mul", "mul"),
    (0xFF00, 0x0200, "muls", "mul"),
    (0xFF00, 0x0300, "mulsu or fmul", "mul"),
    (0xFF00, 0x0100, "movw", "movw"),
    (0xFE0E, 0x940C, "jmp", "jmp"),
    (0xFE0E, 0x940E, "call", "jmp"),
    (0xFE0E, 0x9004, "lpm to a register", "lpmx"),
    (0xFE0E, 0x9006, "elpm to a register", "elpm"),
    (0xFFFF, 0x95D8, "elpm", "elpm"),
    (0xFFFF, 0x9419, "eijmp", "eijmp"),
    (0xFFFF, 0x9519, "eicall", "eijmp"),
    (0xFE0C, 0x9204, "xch, las, lac or lat", "atomic"),
    (0xFF0F, 0x940B, "des", "des"),
)


def import_capstone() -> Any:
    """The module. Raises MissingToolError without capstone."""
    try:
        import capstone
    except ImportError:
        raise MissingToolError("checking a program's instructions needs capstone: pip install 'rs2c[sim]'") from None
    return capstone


def require_decoder(core: Core) -> None:
    """Raises MissingToolError where a program's instructions cannot be checked for this core."""
    if core.architecture in ("arm", "riscv"):
        import_capstone()


def check_instructions(program: Program, core: Core, compiler: str) -> None:
    """Look at every instruction of a program. Raises SimulationError for the first that the core lacks.

    `compiler` is its name in the core's file. Raises MissingToolError without capstone.
    """
    if core.instructions is None:
        return
    origin, image = program.flash()
    strange = {"arm": _strange_in_arm, "riscv": _strange_in_riscv, "avr": _strange_in_avr}[core.architecture]
    for start, end in program.code:
        for address, text, name in strange(image[start - origin : end - origin], start, core.instructions):
            kind = f"'{name}', which {core.name} lacks" if name != _UNKNOWN else name
            raise SimulationError(
                f"the program for {core.name} has {text} at {address:#010x} in {program.function_at(address)}: {kind}; "
                f"correct the flags of {compiler} in boards/cores/{core.name}.json"
            )


def _strange_in_arm(code: bytes, start: int, has: frozenset[str]) -> Iterator[_Strange]:
    capstone = import_capstone()
    for place, instruction in _decoded(capstone.CS_ARCH_ARM, "THUMB MCLASS V8", code, start):
        low_overhead = _is_v8_1(code[place - start : place - start + 4])
        if instruction is None:
            needed = {"v8.1-m" if low_overhead else _UNKNOWN}
            text = f"the bytes {code[place - start : place - start + 4].hex(' ')}"
        else:
            needed = {"v8.1-m"} if low_overhead else _needed_of_arm(instruction)
            text = f"{instruction.mnemonic} {instruction.op_str}".strip()
        yield from ((place, text, name) for name in sorted(needed - has))


def _needed_of_arm(instruction: Any) -> set[str]:
    mnemonic, wide = instruction.mnemonic, instruction.size == 4
    needed = {_GROUPS_OF_ARM[name] for name in _group_names(instruction) if name in _GROUPS_OF_ARM}
    if mnemonic.startswith(_SECURITY):
        needed.add("v8-m")
    elif wide and mnemonic.startswith(_COPROCESSOR):
        needed.add("mve")
    elif mnemonic not in _WIDE_OF_ARMV6_M if wide else mnemonic.startswith(("cbz", "cbnz", "it")):
        needed.add("thumb-2")
    return needed


def _is_v8_1(code: bytes) -> bool:
    """Whether an instruction is one of Armv8.1-M that capstone 5 does not know, or takes for another: conditional
    selection (CSEL and its kin) and loops (DLS, WLS, LE); Armv8-M Architecture Reference Manual (Arm DDI 0553)."""
    first, second = int.from_bytes(code[:2], "little"), int.from_bytes(code[2:4], "little")
    selects = first & 0xFFF0 == 0xEA50 and second & 0x8000 != 0
    return selects or (first & 0xFF80 == 0xF000 and second & 0xD001 == 0xC001)


def _strange_in_riscv(code: bytes, start: int, has: frozenset[str]) -> Iterator[_Strange]:
    capstone = import_capstone()
    for place, instruction in _decoded(capstone.CS_ARCH_RISCV, "RISCV32 RISCVC", code, start):
        if instruction is None:
            yield place, f"the bytes {code[place - start : place - start + 4].hex(' ')}", _UNKNOWN
            return
        needed = {_GROUPS_OF_RISCV[name] for name in _group_names(instruction) if name in _GROUPS_OF_RISCV}
        yield from (
            (place, f"{instruction.mnemonic} {instruction.op_str}".strip(), name) for name in sorted(needed - has)
        )


def _decoded(architecture: int, modes: str, code: bytes, start: int) -> Iterator[tuple[int, Any]]:
    """(address, instruction) of each; None and four bytes on where capstone knows none."""
    capstone = import_capstone()
    decoder = capstone.Cs(architecture, sum(getattr(capstone, f"CS_MODE_{mode}") for mode in modes.split()))
    decoder.detail = True
    place, end = start, start + len(code)
    while place < end:
        for instruction in decoder.disasm(code[place - start :], place):
            yield place, instruction
            place += instruction.size
        if place < end:
            yield place, None
            place += 4


def _group_names(instruction: Any) -> Iterator[str]:
    return (instruction.group_name(group) for group in instruction.groups)


def _strange_in_avr(code: bytes, start: int, has: frozenset[str]) -> Iterator[_Strange]:
    place = 0
    while place + 2 <= len(code):
        word = int.from_bytes(code[place : place + 2], "little")
        for mask, value, text, name in _AVR:
            if word & mask == value and name not in has:
                yield start + place, text, name
        # jmp, call, lds and sts have a second word
        place += 4 if word & 0xFE0C == 0x940C or word & 0xFC0F == 0x9000 else 2
