"""What a library costs on a device, read from ELF files: flash, static RAM, foreign symbols."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rs2c.base.errors import MissingToolError, Rs2cError

# Integer helpers of the compiler's runtime; floating point and the C library's memory functions are not. Arm's own
# names, then those of other architectures; of AVR those of 64 bits too, with which it divides by a constant.
_RUNTIME = re.compile(
    r"__aeabi_(u?idiv(mod)?|idiv0|lmul|llsl|llsr|lasr|u?lcmp)"
    r"|__gnu_thumb1_case_(sqi|uqi|shi|uhi|si)"
    r"|__(clz|ctz|popcount)si2|__(mul|u?div|u?mod)si3|__(mul|ashl|ashr|lshr)di3|__u?cmpdi2"
)
_RUNTIME_OF_AVR = re.compile(
    r"__(u|us|s)?mul(u|us|s|o)?(qi|hi|psi|si|di)+3|__u?div(mod)?(qi|hi|psi|si)[34]"
    r"|__(ashl|ashr|lshr)(si|di)3|__tablejump2?__"
)
_BEHIND = 3  # bytes by which a library can move what a linker places behind it, at most
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4


class FootprintError(Rs2cError):
    """A bound on stack or memory cannot be given for this object file."""


@dataclass(frozen=True)
class Footprint:
    """Bytes that a library adds to a program.

    flash_bytes: code, constants, initial values and runtime helpers. ram_bytes: static variables, and the constants
    where the core has those in RAM. stack_bytes: the
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


def relocations_of(elf: Any) -> dict[int, list[Any]]:
    """The relocations of each section that has any, by its number."""
    found: dict[int, list[Any]] = {}
    for table in elf.iter_sections():
        if table["sh_type"] in ("SHT_REL", "SHT_RELA"):
            found.setdefault(table["sh_info"], []).extend(table.iter_relocations())
    return found


def section_sizes(elf: Path) -> tuple[int, int]:
    """(flash, static RAM) of a linked program in bytes; initialized variables count in both."""
    flash = ram = 0
    with elf.open("rb") as file:
        for section in read_elf(file).iter_sections():
            if section["sh_flags"] & SHF_ALLOC:
                flash += section["sh_size"] if section["sh_type"] != "SHT_NOBITS" else 0
                ram += section["sh_size"] if section["sh_flags"] & SHF_WRITE else 0
    return flash, ram


def undefined_symbols(obj: Path) -> tuple[str, ...]:
    """Names that an object file takes from elsewhere, sorted."""
    with obj.open("rb") as file:
        return _undefined(read_elf(file))


def is_runtime(machine: str, name: str) -> bool:
    """Whether a symbol is an integer helper of the compiler's runtime, for ELF's name of an architecture."""
    return (_RUNTIME_OF_AVR if machine == "EM_AVR" else _RUNTIME).fullmatch(name) is not None


def foreign_symbols(obj: Path) -> tuple[str, ...]:
    """Undefined symbols other than integer helpers of the compiler's runtime; an emitted library has none."""
    with obj.open("rb") as file:
        elf = read_elf(file)
        return tuple(name for name in _undefined(elf) if not is_runtime(elf["e_machine"], name))


def object_sizes(obj: Path, roots: Sequence[str]) -> tuple[int, int]:
    """(flash, static RAM) in bytes that a program grows by at most, if it calls these functions of an object file.

    Counted are the sections that the functions lead to, as a linker keeps them with --gc-sections, each with the most
    that it can be moved by to be aligned. Raises FootprintError for an unknown root.
    """
    flash, ram = _BEHIND, 0
    with obj.open("rb") as file:
        elf = read_elf(file)
        for index in _reached_sections(elf, roots, obj.name):
            section = elf.get_section(index)
            size = _most_bytes(section)
            flash += size if section["sh_type"] != "SHT_NOBITS" else 0
            ram += size if section["sh_flags"] & SHF_WRITE else 0
    return flash, ram


def constant_bytes(obj: Path, roots: Sequence[str]) -> int:
    """Bytes of the constants that these functions of an object file lead to, at most."""
    with obj.open("rb") as file:
        elf = read_elf(file)
        sections = [elf.get_section(index) for index in _reached_sections(elf, roots, obj.name)]
        return sum(_most_bytes(s) for s in sections if not s["sh_flags"] & (SHF_WRITE | SHF_EXECINSTR))


def _most_bytes(section: Any) -> int:
    """Bytes of a section, and the most that it can be moved by to be aligned."""
    return section["sh_size"] + max(section["sh_addralign"], 1) - 1 if section["sh_size"] else 0


def _undefined(elf: Any) -> tuple[str, ...]:
    symbols = elf.get_section_by_name(".symtab").iter_symbols()
    return tuple(sorted({s.name for s in symbols if s["st_shndx"] == "SHN_UNDEF" and s.name}))


def _reached_sections(elf: Any, roots: Sequence[str], file: str) -> set[int]:
    """Numbers of the sections that reach the device once these functions are called."""
    symbols = list(elf.get_section_by_name(".symtab").iter_symbols())
    place = {symbol.name: symbol["st_shndx"] for symbol in symbols if symbol["st_info"]["bind"] == "STB_GLOBAL"}
    relocations = relocations_of(elf)
    missing = [root for root in roots if not isinstance(place.get(root), int)]
    if missing:
        raise FootprintError(f"{file} holds no function {missing[0]}")
    waiting, reached = [place[root] for root in roots], set()
    while waiting:
        index = waiting.pop()
        if index in reached or not elf.get_section(index)["sh_flags"] & SHF_ALLOC:
            continue
        reached.add(index)
        used = (symbols[relocation["r_info_sym"]]["st_shndx"] for relocation in relocations.get(index, ()))
        waiting += [number for number in used if isinstance(number, int)]
    return reached
