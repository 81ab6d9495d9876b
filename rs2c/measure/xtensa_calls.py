"""Which functions call which in an object file for Xtensa, whose compilers call through addresses in literals.

`CALL0 f`, or `L32R a, literal` with the address of f and then `CALLX a`: a function is reckoned to call whatever it
loads the address of. Addresses among constants or variables are refused, and so is a function that calls through a
register and has loaded no address: it was handed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rs2c.measure.footprint import SHF_EXECINSTR, FootprintError

# Relocation types, as elf/xtensa.h of GNU binutils numbers them.
_WORD, _EXPANDED_CALL, _OPERAND = 1, 11, 20
# The low four bits of an instruction that refers to another place: L32R, CALLn; all others are jumps.
_L32R, _CALL = 1, 5
# The first byte of CALLX0, CALLX4, CALLX8 and CALLX12; the second is the register, the third 0.
_CALLX = (0xC0, 0xD0, 0xE0, 0xF0)

Section = tuple[int, bytes, list[Any]]


def xtensa_call_graph(elf: Any, sections: Iterable[Section], file: str) -> dict[str, set[str]]:
    """Names of the functions that each function calls; `sections` are index, bytes and relocations of each.

    Raises FootprintError for a call outside every function and for an address that is taken.
    """
    symbols = list(elf.get_section_by_name(".symtab").iter_symbols())
    functions = [s for s in symbols if s["st_info"]["type"] == "STT_FUNC"]
    starts = {(s["st_shndx"], s["st_value"]): str(s.name) for s in functions}
    sections = list(sections)
    literals = _literals(elf, symbols, starts, sections, file)
    calls: dict[str, set[str]] = {str(s.name): set() for s in functions}
    for index, data, relocations in sections:
        for relocation in relocations:
            if relocation["r_info_type"] not in (_EXPANDED_CALL, _OPERAND):
                continue
            offset = relocation["r_offset"]
            place, name = _target(symbols, starts, relocation)
            # an expanded call is an L32R and a CALLX, and its relocation names the function
            kind = _CALL if relocation["r_info_type"] == _EXPANDED_CALL else data[offset] & 0xF
            callee = literals.get(place) if kind == _L32R else name
            if callee is None:
                continue
            caller = next((s.name for s in functions if _holds(s, index, offset)), None)
            if caller is None:
                raise FootprintError(f"{file}: no function holds the call at {offset:#x} of section {index}")
            if kind in (_L32R, _CALL) or callee != caller:  # a loop may jump to its function's first byte
                calls[caller].add(callee)
        for function in functions:
            if function["st_shndx"] == index and not calls[function.name] and _calls_a_register(data, function):
                raise FootprintError(f"{file}: {function.name} calls an address that it was handed, which has no bound")
    return calls


def _calls_a_register(data: bytes, function: Any) -> bool:
    offset, end = function["st_value"], function["st_value"] + function["st_size"]
    while offset + 3 <= end:
        if data[offset] in _CALLX and data[offset + 1] < 16 and data[offset + 2] == 0:
            return True
        # with the high bit of the low four set it is one of two bytes
        offset += 2 if data[offset] & 8 else 3
    return False


def _literals(
    elf: Any,
    symbols: Sequence[Any],
    starts: dict[tuple[Any, int], str],
    sections: Iterable[Section],
    file: str,
) -> dict[tuple[Any, int], str]:
    """The function whose address each literal holds, by (section, offset)."""
    literals = {}
    for index, _, relocations in sections:
        code = elf.get_section(index)["sh_flags"] & SHF_EXECINSTR
        for relocation in relocations:
            if relocation["r_info_type"] != _WORD:
                continue
            _, name = _target(symbols, starts, relocation)
            if name is not None and not code:
                raise FootprintError(f"{file}: the address of {name} is taken, and an indirect call has no bound")
            if name is not None:
                literals[index, relocation["r_offset"]] = name
    return literals


def _target(
    symbols: Sequence[Any], starts: dict[tuple[Any, int], str], relocation: Any
) -> tuple[tuple[Any, int], str | None]:
    """(section, offset) that a relocation points at, and the function that begins there; one elsewhere counts too."""
    symbol = symbols[relocation["r_info_sym"]]
    place = (symbol["st_shndx"], symbol["st_value"] + relocation["r_addend"])
    return place, str(symbol.name) if symbol["st_shndx"] == "SHN_UNDEF" else starts.get(place)


def _holds(function: Any, section: int, offset: int) -> bool:
    start, size = function["st_value"], function["st_size"]
    return bool(function["st_shndx"] == section and start <= offset < start + size)
