"""Worst-case stack of a library on AVR, from the frames that avr-gcc states and the relocations of the object file.

Object files must be compiled with -ffunction-sections. avr-gcc leaves every jump and call to the linker, so that a
relocation stands for each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rs2c.footprint import SHF_ALLOC, SHF_EXECINSTR, FootprintError, read_elf, undefined_symbols
from rs2c.stack import deepest_call, read_frames

# What a call into the compiler's runtime is reckoned to need, whatever the helper, its return address included.
RUNTIME_STACK_BYTES = 24

# Integer helpers of libgcc, those of 64 bits included with which a compiler divides by a constant; no floating point.
_RUNTIME = re.compile(
    r"__(u|us|s)?mul(u|us|s)?(qi|hi|psi|si|di)+3|__u?div(mod)?(qi|hi|psi|si)[34]"
    r"|__(ashl|ashr|lshr)(si|di)3|__tablejump2?__"
)
# ELF of AVR: R_AVR_7_PCREL, R_AVR_13_PCREL, R_AVR_CALL
_JUMPS = frozenset({2, 3, 18})


def foreign_symbols(obj: Path) -> tuple[str, ...]:
    """Undefined symbols other than integer helpers of the compiler's runtime; an emitted library has none."""
    return tuple(name for name in undefined_symbols(obj) if not _is_runtime(name))


def worst_stack(obj: Path, usage: Path, roots: Sequence[str]) -> int:
    """Bytes of stack that a call of the deepest of `roots` can need, the return address of that call included.

    Raises FootprintError for a frame without a fixed size, recursion, a function whose address is taken, a call
    outside the object file and the compiler's runtime, and an unknown root.
    """
    with obj.open("rb") as file:
        calls = _call_graph(read_elf(file), obj.name)
    # the frames that avr-gcc states hold the return address
    return deepest_call(obj.name, calls, read_frames(usage), roots, _runtime_bytes)


def _runtime_bytes(name: str) -> int | None:
    return RUNTIME_STACK_BYTES if _is_runtime(name) else None


def _is_runtime(name: str) -> bool:
    return _RUNTIME.fullmatch(name) is not None


def _call_graph(elf: Any, file: str) -> dict[str, set[str]]:
    """Names of the functions that each function of an object file calls or jumps to."""
    symbols = list(elf.get_section_by_name(".symtab").iter_symbols())
    functions = [s for s in symbols if s["st_info"]["type"] == "STT_FUNC" and s["st_shndx"] != "SHN_UNDEF"]
    calls: dict[str, set[str]] = {s.name: set() for s in functions}

    def function_at(section: Any, offset: int) -> Any | None:
        for symbol in functions:
            if symbol["st_shndx"] == section and 0 <= offset - symbol["st_value"] < max(1, symbol["st_size"]):
                return symbol
        return None

    for table in elf.iter_sections():
        if table["sh_type"] != "SHT_RELA" or not elf.get_section(table["sh_info"])["sh_flags"] & SHF_ALLOC:
            continue
        index = table["sh_info"]
        in_code = elf.get_section(index)["sh_flags"] & SHF_EXECINSTR
        for relocation in table.iter_relocations():
            symbol = symbols[relocation["r_info_sym"]]
            start = symbol["st_value"] + relocation["r_addend"]
            target = function_at(symbol["st_shndx"], start)
            caller = function_at(index, relocation["r_offset"]) if in_code else None
            if relocation["r_info_type"] in _JUMPS:
                if caller is None:
                    raise FootprintError(f"{file}: no function holds the call at {relocation['r_offset']:#x}")
                if symbol["st_shndx"] == "SHN_UNDEF":
                    calls[caller.name].add(symbol.name)
                elif target is None:
                    raise FootprintError(f"{file}: a call of {caller.name} names no function")
                elif target is not caller or _is_call(elf, index, relocation, target, start):
                    calls[caller.name].add(target.name)
            elif target is not None and target["st_value"] == start and target is not caller:
                raise FootprintError(
                    f"{file}: the address of {target.name} is taken, and an indirect call has no bound"
                )
    return calls


def _is_call(elf: Any, section: int, relocation: Any, target: Any, start: int) -> bool:
    """Whether a jump within a function is a call of itself: CALL 1001010x xxxxx11x, RCALL 1101xxxx xxxxxxxx."""
    offset = relocation["r_offset"]
    word = int.from_bytes(elf.get_section(section).data()[offset : offset + 2], "little")
    called = word & 0xFE0E == 0x940E or word & 0xF000 == 0xD000
    return called and start == target["st_value"]
