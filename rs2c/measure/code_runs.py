"""Where the instructions of an ELF file are, without the constants that stand between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Runs = tuple[tuple[int, int], ...]  # (start, end) of each


def code_runs(machine: str, symbols: Sequence[Any], sections: Mapping[int, tuple[int, int]]) -> Runs:
    """Of ELF's name of an architecture, the symbols of a linked program, and (start, end) of its sections of code.

    Empty for an architecture whose constants cannot be told from its code: Xtensa.
    """
    if machine == "EM_AVR":
        return _between_symbols(symbols, sections)
    marked = marked_code(symbols, {number: end for number, (_, end) in sections.items()})
    if machine != "EM_RISCV":
        return marked
    # assemblers of before 2022 mark nothing, and put no constants there
    bare = sections.keys() - {s["st_shndx"] for s in symbols if s.name[:2] in ("$x", "$d")}
    return tuple(sorted((*marked, *(sections[number] for number in bare))))


def marked_code(symbols: Iterable[Any], end_of: Mapping[int, int]) -> Runs:
    """By the mapping symbols of Arm and RISC-V, in the sections of which an end is given.

    A run lies from $t ("ELF for the Arm Architecture") or $x ("RISC-V ELF psABI") to the next such symbol or $d, or to
    where its section ends.
    """
    marks = sorted(
        {
            (s["st_shndx"], s["st_value"], s.name[:2])
            for s in symbols
            if s.name[:2] in ("$t", "$x", "$d") and s["st_shndx"] in end_of
        }
    )
    return tuple(
        (start, min(end, end_of[section]) if section == following else end_of[section])
        for (section, start, kind), (following, end, _) in pairwise([*marks, (-1, 0, "")])
        if kind != "$d"
    )


def _between_symbols(symbols: Sequence[Any], sections: Mapping[int, tuple[int, int]]) -> Runs:
    """Functions by their sizes, and labels of an assembler, which have none, as far as the next symbol.

    On AVR constants stand in the section of the code, as objects.
    """
    runs = set()
    for number, (_, end) in sections.items():
        here = [s for s in symbols if s["st_shndx"] == number and s["st_info"]["type"] != "STT_SECTION"]
        places = sorted({s["st_value"] for s in here} | {end})
        following = dict(pairwise(places))
        constants = {s["st_value"] for s in here if s["st_info"]["type"] == "STT_OBJECT"}
        for symbol in here:
            start = symbol["st_value"]
            if start not in constants and start < end:
                runs.add((start, start + symbol["st_size"] if symbol["st_size"] else following[start]))
    return tuple(sorted(runs))
