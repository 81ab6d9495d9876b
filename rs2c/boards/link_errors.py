"""Why a program is too large, from what compilers, linkers and PlatformIO print."""

from __future__ import annotations

import re
from typing import Literal

# GNU ld and lld name the region of the linker script, PlatformIO the kind of bytes.
_REGION = re.compile(r"(?:will not fit in|is not within) region [`'](\S+)'|region [`'](\S+)' overflowed by")
_BYTES = re.compile(r"The (program|data) size \(.*\) is greater than maximum allowed")
# The #error of a source whose tables no AVR can read (rs2c.emit.tables.avr_problem).
_TABLES = re.compile(r'#error "?(the tables? .*?)"?$', re.MULTILINE)
# Frameworks call them RAM, dram0_0_seg or iram1_0_seg; avr-libc calls it data.
_RAM = re.compile(r"^[di]?ram|^data$", re.IGNORECASE)


def overflowed_memory(output: str) -> Literal["flash", "RAM"] | None:
    """The memory that overflowed first; None where the output speaks of none."""
    found = min(filter(None, (_REGION.search(output), _BYTES.search(output))), key=re.Match.start, default=None)
    if found is None:
        return None
    name = next(filter(None, found.groups()))
    return "RAM" if _RAM.search(name) else "flash"


def refused_tables(output: str) -> str | None:
    """The sentence by which an emitted source refuses to be compiled for AVR; None where it does not."""
    found = _TABLES.search(output)
    return None if found is None else found.group(1)
