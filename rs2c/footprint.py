"""What a library costs on a device, read from ELF files: flash, static RAM, foreign symbols."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rs2c.errors import MissingToolError, Rs2cError

# Integer helpers of the compiler's runtime; floating point, 64-bit division and the C library's memory functions are
# not. Arm's own names, then those of other architectures.
_RUNTIME = re.compile(
    r"__aeabi_(u?idiv(mod)?|idiv0|lmul|llsl|llsr|lasr|u?lcmp)"
    r"|__gnu_thumb1_case_(sqi|uqi|shi|uhi|si)"
    r"|__(clz|ctz|popcount)si2|__(mul|u?div|u?mod)si3|__(mul|ashl|ashr|lshr)di3|__u?cmpdi2"
)
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4


class FootprintError(Rs2cError):
    """A bound on stack or memory cannot be given for this object file."""


@dataclass(frozen=True)
class Footprint:
    """Bytes that a library adds to a program.

    flash_bytes: code, constants, initial values and runtime helpers. ram_bytes: static variables. stack_bytes: the
    deeper of quantize and predict (values), without the caller's own frame, raw values and features; None where it is
    not known for the architecture.
    """

    flash_bytes: int
    ram_bytes: int
    stack_bytes: int | None


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
            if section["sh_flags"] & SHF_ALLOC:
                flash += section["sh_size"] if section["sh_type"] != "SHT_NOBITS" else 0
                ram += section["sh_size"] if section["sh_flags"] & SHF_WRITE else 0
    return flash, ram


def undefined_symbols(obj: Path) -> tuple[str, ...]:
    """Names that an object file takes from elsewhere, sorted."""
    with obj.open("rb") as file:
        symbols = read_elf(file).get_section_by_name(".symtab").iter_symbols()
        return tuple(sorted({s.name for s in symbols if s["st_shndx"] == "SHN_UNDEF" and s.name}))


def is_runtime(name: str) -> bool:
    """Whether a symbol is an integer helper of the compiler's runtime."""
    return _RUNTIME.fullmatch(name) is not None


def foreign_symbols(obj: Path) -> tuple[str, ...]:
    """Undefined symbols other than integer helpers of the compiler's runtime; an emitted library has none."""
    return tuple(name for name in undefined_symbols(obj) if not is_runtime(name))
