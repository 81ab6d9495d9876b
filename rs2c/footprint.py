"""What a library costs on a device, read from ELF files: flash, static RAM, worst-case stack, foreign symbols.

Object files must be compiled with -ffunction-sections, which makes the call graph visible in their relocations.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from rs2c.errors import MissingToolError, Rs2cError

# What one call into the compiler's runtime is reckoned to need, whatever the helper.
RUNTIME_STACK_BYTES = 64

# Integer helpers of the compiler's runtime; floating point, 64-bit division and the C library's __aeabi_mem* are not.
_RUNTIME = re.compile(
    r"__aeabi_(u?idiv(mod)?|idiv0|lmul|llsl|llsr|lasr|u?lcmp)"
    r"|__gnu_thumb1_case_(sqi|uqi|shi|uhi|si)|__(clz|ctz|popcount)si2"
)
# ELF for the Arm Architecture: R_ARM_THM_CALL, THM_JUMP24, THM_JUMP19, THM_JUMP11, THM_JUMP8
_CALLS = frozenset({10, 30, 51, 102, 103})
_R_ARM_ABS32 = 2
_SHF_WRITE, _SHF_ALLOC, _SHF_EXECINSTR = 1, 2, 4


class FootprintError(Rs2cError):
    """A bound on stack or memory cannot be given for this object file."""


@dataclass(frozen=True)
class Footprint:
    """Bytes that a library adds to a program.

    flash_bytes: code, constants, initial values and runtime helpers. ram_bytes: static variables. stack_bytes: the
    deeper of quantize and predict (values), without the caller's own frame, raw values and features.
    """

    flash_bytes: int
    ram_bytes: int
    stack_bytes: int


def read_elf(file: BinaryIO) -> Any:
    """pyelftools' ELFFile of an open file. Raises MissingToolError without pyelftools."""
    try:
        from elftools.elf.elffile import ELFFile
    except ImportError:
        raise MissingToolError("reading an ELF file needs pyelftools: pip install 'rs2c[sim]'") from None
    return ELFFile(file)


def section_sizes(elf: Path) -> tuple[int, int]:
    """(flash, static RAM) of a linked program in bytes; initialized variables count in both."""
    flash = ram = 0
    with elf.open("rb") as file:
        for section in read_elf(file).iter_sections():
            if section["sh_flags"] & _SHF_ALLOC:
                flash += section["sh_size"] if section["sh_type"] != "SHT_NOBITS" else 0
                ram += section["sh_size"] if section["sh_flags"] & _SHF_WRITE else 0
    return flash, ram


def undefined_symbols(obj: Path) -> tuple[str, ...]:
    """Names that an object file takes from elsewhere, sorted."""
    with obj.open("rb") as file:
        symbols = read_elf(file).get_section_by_name(".symtab").iter_symbols()
        return tuple(sorted({s.name for s in symbols if s["st_shndx"] == "SHN_UNDEF" and s.name}))


def foreign_symbols(obj: Path) -> tuple[str, ...]:
    """Undefined symbols other than integer helpers of the compiler's runtime; an emitted library has none."""
    return tuple(name for name in undefined_symbols(obj) if not _RUNTIME.fullmatch(name))


def worst_stack(obj: Path, usage: Path, roots: Sequence[str]) -> int:
    """Bytes of stack that a call of the deepest of `roots` can need, frames taken from the -fstack-usage file.

    Raises FootprintError for a frame without a fixed size, recursion, a function whose address is taken (an indirect
    call cannot be bounded), a call outside the object file and the compiler's runtime, and an unknown root.
    """
    frames = _read_frames(usage)
    with obj.open("rb") as file:
        calls = _call_graph(read_elf(file), obj.name)

    def depth(name: str, callers: tuple[str, ...]) -> int:
        if name in callers:
            raise FootprintError(f"{obj.name}: {' calls '.join((*callers, name))}, and recursion has no bound")
        if name not in calls:
            if _RUNTIME.fullmatch(name):
                return RUNTIME_STACK_BYTES
            raise FootprintError(f"{obj.name}: {name} is not in the library, so its stack is not known")
        # gcc numbers the clones that it makes of a function (f.constprop.0), but not in the usage file
        frame = frames.get(name, frames.get(re.sub(r"\.\d+", "", name)))
        if frame is None:
            raise FootprintError(f"{obj.name}: the frame of {name} has no fixed size")
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


def _call_graph(elf: Any, file: str) -> dict[str, set[str]]:
    """Names of the functions that each function of an object file calls."""
    symbols = list(elf.get_section_by_name(".symtab").iter_symbols())
    # a Thumb function's value is its address + 1
    functions = {(s["st_shndx"], s["st_value"] & ~1): s for s in symbols if s["st_info"]["type"] == "STT_FUNC"}
    calls: dict[str, set[str]] = {s.name: set() for s in functions.values()}

    def function_at(section: int, offset: int) -> str:
        for (index, start), symbol in functions.items():
            if index == section and start <= offset < start + symbol["st_size"]:
                return str(symbol.name)
        raise FootprintError(f"{file}: no function holds the call at {offset:#x} of section {section}")

    for section, data, relocations in _relocated(elf):
        for relocation in relocations:
            offset, kind = relocation["r_offset"], relocation["r_info_type"]
            symbol = symbols[relocation["r_info_sym"]]
            if kind in _CALLS:
                if symbol["st_info"]["type"] == "STT_SECTION":
                    raise FootprintError(f"{file}: the call at {offset:#x} of section {section} names no function")
                calls[function_at(section, offset)].add(symbol.name)
                continue
            # anything else that points at a function's first byte lets it be called from anywhere
            start = symbol["st_value"] & ~1
            if symbol["st_info"]["type"] == "STT_SECTION" and kind == _R_ARM_ABS32:
                start += int.from_bytes(data[offset : offset + 4], "little") & ~1
            if (symbol["st_shndx"], start) in functions:
                name = functions[symbol["st_shndx"], start].name
                raise FootprintError(f"{file}: the address of {name} is taken, and an indirect call has no bound")
        here = {r["r_offset"] for r in relocations}
        if elf.get_section(section)["sh_flags"] & _SHF_EXECINSTR:
            for offset, target in _local_calls(symbols, section, data):
                if offset not in here and (section, target) in functions:
                    calls[function_at(section, offset)].add(functions[section, target].name)
    return calls


def _relocated(elf: Any) -> Iterator[tuple[int, bytes, list[Any]]]:
    """Each section that reaches the device: index, bytes, relocations. Unwind tables call nothing."""
    tables: dict[int, list[Any]] = {}
    for section in elf.iter_sections():
        if section["sh_type"] in ("SHT_REL", "SHT_RELA"):
            tables.setdefault(section["sh_info"], []).extend(section.iter_relocations())
    for index, section in enumerate(elf.iter_sections()):
        if section["sh_flags"] & _SHF_ALLOC and not section.name.startswith(".ARM."):
            yield index, section.data(), tables.get(index, [])


def _local_calls(symbols: Sequence[Any], section: int, data: bytes) -> Iterator[tuple[int, int]]:
    """(offset, target) of every BL in one code section, which is how an assembler leaves a call within it.

    Encoding: Armv7-M Architecture Reference Manual, BL T1. Mapping symbols $t and $d tell code from constants.
    """
    marks = sorted(
        (s["st_value"], s.name[:2]) for s in symbols if s["st_shndx"] == section and s.name[:2] in ("$t", "$d")
    )
    for (start, kind), (end, _) in pairwise([*marks, (len(data), "")]):
        offset = start
        while kind == "$t" and offset + 2 <= end:
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
