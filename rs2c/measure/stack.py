"""The deepest stack that a call into a library can need: frame sizes along its call graph, which relocations show.

Object files must be compiled with -ffunction-sections, for RISC-V with -mrelax: then no call is without a relocation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs2c.measure.avr_calls import avr_call_graph
from rs2c.measure.code_runs import marked_code
from rs2c.measure.footprint import (
    SHF_ALLOC,
    SHF_EXECINSTR,
    FootprintError,
    is_runtime,
    read_elf,
    relocations_of,
)
from rs2c.measure.xtensa_calls import xtensa_call_graph

# What one call into the compiler's runtime is reckoned to need, whatever the helper; on AVR with its return address.
RUNTIME_STACK_BYTES, _RUNTIME_STACK_BYTES_ON_AVR = 64, 24


@dataclass(frozen=True)
class _Rules:
    """How an architecture's object files call, by ELF's numbers of relocation types.

    calls: of a function, or of a label inside the caller's own. harmless: those that hold no address of their own.
    words: whose addend lies in the section's bytes. resolved: (offset, target) of each call that an assembler leaves
    without a relocation; target None where it is not known. mark: the bit that marks a code address.
    """

    calls: frozenset[int]
    harmless: frozenset[int]
    words: frozenset[int]
    resolved: Callable[[Sequence[Any], int, bytes], Iterator[tuple[int, int | None]]]
    mark: int


def worst_stack(obj: Path, usage: Path, roots: Sequence[str]) -> int:
    """Bytes of stack that a call of the deepest of `roots` can need, frames taken from the -fstack-usage file.

    On AVR they include the return address of that call, as the frames that avr-gcc states do. Raises FootprintError for
    an architecture whose calls are not known here, a frame without a fixed size, recursion, a function whose address is
    taken (an indirect call cannot be bounded), a call outside the object file and the compiler's runtime, and for an
    unknown root.
    """
    with obj.open("rb") as file:
        elf = read_elf(file)
        machine = elf["e_machine"]
        if machine == "EM_XTENSA":
            calls = xtensa_call_graph(elf, _relocated(elf), obj.name)
        elif machine == "EM_AVR":
            calls = avr_call_graph(elf, obj.name)
        elif machine in _RULES:
            calls = _call_graph(elf, _RULES[machine], obj.name)
        else:
            raise FootprintError(f"{obj.name}: the calls of {machine} are not known, so its stack has no bound")
    helper = _RUNTIME_STACK_BYTES_ON_AVR if machine == "EM_AVR" else RUNTIME_STACK_BYTES
    return _deepest_call(
        obj.name, calls, _read_frames(usage), roots, lambda name: helper if is_runtime(machine, name) else None
    )


def _deepest_call(
    file: str,
    calls: Mapping[str, set[str]],
    frames: Mapping[str, int | None],
    roots: Sequence[str],
    runtime_bytes: Callable[[str], int | None],
) -> int:
    """Bytes of stack of the deepest call among `roots`; `runtime_bytes` knows what is not among `calls`.

    Raises FootprintError as `worst_stack` does.
    """

    def depth(name: str, callers: tuple[str, ...]) -> int:
        if name in callers:
            raise FootprintError(f"{file}: {' calls '.join((*callers, name))}, and recursion has no bound")
        if name not in calls:
            helper = runtime_bytes(name)
            if helper is None:
                raise FootprintError(f"{file}: {name} is not in the library, so its stack is not known")
            return helper
        # gcc numbers the clones that it makes of a function (f.constprop.0), but not in the usage file
        frame = frames.get(name, frames.get(re.sub(r"\.\d+", "", name)))
        if frame is None:
            raise FootprintError(f"{file}: the frame of {name} has no fixed size")
        return frame + max((depth(callee, (*callers, name)) for callee in sorted(calls[name])), default=0)

    return max(depth(root, ()) for root in roots)


def _read_frames(usage: Path) -> dict[str, int | None]:
    """Frame size of each function; None where it is dynamic. Clones that share a name count as the largest."""
    frames: dict[str, int | None] = {}
    for line in usage.read_text(encoding="utf-8").splitlines():
        place, size, kind = line.split("\t")
        name = place.rpartition(":")[2]
        before = frames.get(name, 0)
        # "dynamic,bounded" is a bounded frame
        fixed = kind != "dynamic" and before is not None
        frames[name] = max(int(size), before or 0) if fixed else None
    return frames


def _call_graph(elf: Any, rules: _Rules, file: str) -> dict[str, set[str]]:
    """Names of the functions that each function of an object file calls."""
    symbols = list(elf.get_section_by_name(".symtab").iter_symbols())
    functions = {(s["st_shndx"], s["st_value"] & ~rules.mark): s for s in symbols if s["st_info"]["type"] == "STT_FUNC"}
    calls: dict[str, set[str]] = {s.name: set() for s in functions.values()}

    def function_at(section: int, offset: int) -> str:
        for (index, start), symbol in functions.items():
            if index == section and start <= offset < start + symbol["st_size"]:
                return str(symbol.name)
        raise FootprintError(f"{file}: no function holds the call at {offset:#x} of section {section}")

    def unknown_call(section: int, offset: int) -> FootprintError:
        return FootprintError(f"{file}: the call at {offset:#x} of section {section} names no function")

    for section, data, relocations in _relocated(elf):
        for relocation in relocations:
            offset, kind = relocation["r_offset"], relocation["r_info_type"]
            symbol = symbols[relocation["r_info_sym"]]
            if kind in rules.harmless:
                continue
            if kind in rules.calls:
                caller = function_at(section, offset)
                if symbol["st_info"]["type"] == "STT_FUNC" or symbol["st_shndx"] == "SHN_UNDEF":
                    calls[caller].add(symbol.name)
                    continue
                label = symbol["st_info"]["type"] != "STT_SECTION" and symbol["st_shndx"] == section
                if not label or function_at(section, symbol["st_value"]) != caller:
                    raise unknown_call(section, offset)
                continue
            # anything else that points at a function's first byte lets it be called from anywhere
            start = symbol["st_value"] & ~rules.mark
            if relocation.is_RELA():
                start += relocation["r_addend"] & ~rules.mark
            elif symbol["st_info"]["type"] == "STT_SECTION" and kind in rules.words:
                start += int.from_bytes(data[offset : offset + 4], "little") & ~rules.mark
            if (symbol["st_shndx"], start) in functions:
                name = functions[symbol["st_shndx"], start].name
                raise FootprintError(f"{file}: the address of {name} is taken, and an indirect call has no bound")
        here = {r["r_offset"] for r in relocations}
        if elf.get_section(section)["sh_flags"] & SHF_EXECINSTR:
            for offset, target in rules.resolved(symbols, section, data):
                if offset not in here:
                    if target is None:
                        raise unknown_call(section, offset)
                    if (section, target) in functions:
                        calls[function_at(section, offset)].add(functions[section, target].name)
    return calls


def _relocated(elf: Any) -> Iterator[tuple[int, bytes, list[Any]]]:
    """Each section that reaches the device: index, bytes, relocations. Unwind tables call nothing."""
    relocations = relocations_of(elf)
    for index, section in enumerate(elf.iter_sections()):
        if section["sh_flags"] & SHF_ALLOC and not section.name.startswith(".ARM."):
            yield index, section.data(), relocations.get(index, [])


def _thumb_calls(symbols: Sequence[Any], section: int, data: bytes) -> Iterator[tuple[int, int | None]]:
    """Every BL of one code section.

    Encoding: Armv7-M Architecture Reference Manual, BL T1.
    """
    for offset, end in marked_code((s for s in symbols if s["st_shndx"] == section), {section: len(data)}):
        while offset + 2 <= end:
            first = int.from_bytes(data[offset : offset + 2], "little")
            if first < 0xE800:
                offset += 2
                continue
            second = int.from_bytes(data[offset + 2 : offset + 4], "little")
            if first & 0xF800 == 0xF000 and second & 0xD000 == 0xD000:
                sign = first >> 10 & 1
                i1, i2 = (second >> 13 & 1) ^ sign ^ 1, (second >> 11 & 1) ^ sign ^ 1
                distance = i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1
                yield offset, offset + 4 + distance - (sign << 24)
            offset += 4


def _riscv_calls(_symbols: Sequence[Any], _section: int, data: bytes) -> Iterator[tuple[int, int | None]]:
    """Every AUIPC, JAL ra and C.JAL of one code section: how compilers call. With -mrelax each has a relocation."""
    offset = 0
    while offset + 2 <= len(data):
        first = int.from_bytes(data[offset : offset + 2], "little")
        # the low seven bits are the opcode, the next five the register written: ra is 1
        if first & 0x7F == 0x17 or first & 0xFFF == 0x0EF or first & 0xE003 == 0x2001:
            yield offset, None
        offset += 4 if first & 3 == 3 else 2


# Numbers: "ELF for the Arm Architecture" and "RISC-V ELF psABI".
_RULES = {
    "EM_ARM": _Rules(
        calls=frozenset({10, 30, 51, 102, 103}),  # R_ARM_THM_CALL, THM_JUMP24, THM_JUMP19, THM_JUMP11, THM_JUMP8
        harmless=frozenset(),
        words=frozenset({2}),  # R_ARM_ABS32
        resolved=_thumb_calls,
        mark=1,
    ),
    "EM_RISCV": _Rules(
        calls=frozenset({16, 17, 18, 19, 44, 45}),  # R_RISCV_BRANCH, JAL, CALL, CALL_PLT, RVC_BRANCH, RVC_JUMP
        harmless=frozenset({24, 25, 43, 51}),  # R_RISCV_PCREL_LO12_I and _S (of an AUIPC, which counts), ALIGN, RELAX
        words=frozenset(),
        resolved=_riscv_calls,
        mark=0,
    ),
}
