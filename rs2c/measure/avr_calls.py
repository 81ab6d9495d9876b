"""Which functions call which in an object file for AVR.

avr-gcc leaves every jump and call to the linker, so that a relocation stands for each; object files must be compiled
with -ffunction-sections.
"""

from __future__ import annotations

from typing import Any

from rs2c.measure.footprint import SHF_ALLOC, SHF_EXECINSTR, FootprintError

# ELF of AVR: R_AVR_7_PCREL, R_AVR_13_PCREL, R_AVR_CALL
_JUMPS = frozenset({2, 3, 18})


def avr_call_graph(elf: Any, file: str) -> dict[str, set[str]]:
    """Names of the functions that each function calls or jumps to.

    Raises FootprintError for a call outside every function or to none, and for an address that is taken.
    """
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
