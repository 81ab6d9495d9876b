"""Typed C literals and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rs2c.base.arrays import Array
from rs2c.model.storage import is_packed, narrowest_width, stored_entries

_PER_LINE = {1: 16, 2: 12, 4: 8}
_AVR_WIDTH = {1: "byte", 2: "word", 4: "dword"}
# On AVR an array of more is refused by its compiler, and what lies past 64 KB of flash is out of reach of pgm_read_*;
# the interrupt vectors stand before all tables.
LARGEST_ON_AVR, ALL_ON_AVR = 32767, 65024


@dataclass(frozen=True)
class Table:
    """A constant array of an emitted source, or one literal where all its entries are equal.

    entries: how many the array holds; 0 for a literal.
    last: where entries after this one are equal to it and are not stored, else None.
    packed: two entries of -8..7 to a byte, the first in the low half.
    """

    name: str
    c_type: str
    literal: str | None  # set where all entries are equal: then no table is stored
    lines: tuple[str, ...]
    comment: str
    entries: int = 0
    last: int | None = None
    packed: bool = False

    @property
    def width(self) -> int:
        """Bytes of an entry."""
        return int(re.sub(r"\D", "", self.c_type)) // 8

    @property
    def avr_width(self) -> str:
        """What pgm_read_* calls the width."""
        return _AVR_WIDTH[self.width]

    def access(self, name: str) -> str:
        """What the macro of entry i is, in the library `name`: a C expression."""
        if self.literal is not None:
            return f"((void)(i), {self.literal})"
        read = f"{name.upper()}_READ({self.c_type}, {self.avr_width}, {name}_{self.name}, "
        if self.packed:
            return f"{name.upper()}_HALF({read}(i) >> 1), i)"
        if self.last is None:
            return f"{read}i)"
        return f"{read}((i) < {self.last}u) ? (i) : {self.last}u) /* the rest are equal */"


def c_type_of(array: Array) -> str:
    """The narrowest fixed-width C type that holds all values."""
    low, high = int(array.min(initial=0)), int(array.max(initial=0))
    width = narrowest_width(array)
    signed = low < 0 or (high < 1 << (8 * width - 1) and array.dtype.kind == "i")
    return f"int{8 * width}_t" if signed else f"uint{8 * width}_t"


def stored_on_avr(tables: Sequence[Table]) -> dict[str, int]:
    """Bytes of flash that each table takes."""
    return {table.name: table.entries * table.width for table in tables}


def avr_problem(tables: Sequence[Table], name: str) -> str | None:
    """One sentence on why an AVR cannot read the tables of the library `name`, or None where it can."""
    sizes = stored_on_avr(tables)
    for table, size in sizes.items():
        if size > LARGEST_ON_AVR:
            return (
                f"the table {name}_{table} has {size} bytes, but AVR takes no more than {LARGEST_ON_AVR}; "
                "use a smaller model or another core"
            )
    if sum(sizes.values()) > ALL_ON_AVR:
        return (
            f"the tables of {name} have {sum(sizes.values())} bytes, but AVR reaches no more than {ALL_ON_AVR}; "
            "use a smaller model or another core"
        )
    return None


def packed_table(name: str, array: Array, comment: str, *, per_line: int = 0, packs: bool = True) -> Table:
    """A table of weights, factors or counts in full: two to a byte where they are that small (SPEC section 9).

    Unless it `packs`: then each entry has a byte of its own, or more.
    """
    flat = array.ravel()
    if not packs or not is_packed(flat) or (flat == flat[:1]).all():
        return make_table(name, flat, comment, per_line=per_line, whole=True)
    halves = np.append(flat, np.zeros(flat.size % 2, flat.dtype)).astype(np.int64) & 15
    table = make_table(name, halves[::2] | halves[1::2] << 4, comment, keep=True, c_type="uint8_t")
    return replace(table, packed=True)


def literal(value: int, c_type: str) -> str:
    """One C literal: L and UL on 32-bit types, and no literal that a compiler reads as an expression of its own."""
    if c_type == "uint32_t":
        return f"0x{value:08X}UL"
    if c_type == "int32_t":
        return "(-2147483647L - 1L)" if value == -(1 << 31) else f"{value}L"
    return f"{value}u" if c_type.startswith("u") else f"{value}"


def make_table(
    name: str,
    array: Array,
    comment: str,
    *,
    per_line: int = 0,
    whole: bool = False,
    keep: bool = False,
    c_type: str | None = None,
) -> Table:
    """A table of `array` in C order, of the narrowest type unless one is given.

    One literal where all entries are equal (or there are none); without the repetitions at its end (SPEC section 9)
    unless it is `whole`. `keep` makes it a table with all its entries in any case.
    """
    flat = np.asarray(array).ravel()
    c_type = c_type or c_type_of(flat)
    if not keep and (flat == flat[:1]).all():
        return Table(name, c_type, literal(int(flat[0]) if flat.size else 0, c_type), (), comment)
    entries = flat.size if whole or keep else stored_entries(flat)
    # Entries of 8 and 16 bits need no suffix; those of 32 bits must not depend on the width of int.
    texts = [literal(int(v), c_type) if "32" in c_type else str(int(v)) for v in flat[:entries]]
    width = max(map(len, texts))
    table = Table(name, c_type, None, (), comment, entries, entries - 1 if entries < flat.size else None)
    step = per_line if 0 < per_line <= 24 else _PER_LINE[table.width]
    lines = tuple(
        ", ".join(text.rjust(width) for text in texts[i : i + step]) + "," for i in range(0, len(texts), step)
    )
    return replace(table, lines=lines)
