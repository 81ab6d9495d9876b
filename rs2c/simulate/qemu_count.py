"""Exact instruction counts in QEMU, by a plugin that the host's compiler builds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from rs2c.simulate.emulator import Program
from rs2c.simulate.host_plugin import host_plugin

# Versions of QEMU's plugin interface in which what is used here is the same: up to QEMU 8.2, and since.
_INTERFACES = (1, 2)
_COUNT = "count.txt"


@dataclass(frozen=True)
class Count:
    """Least and most instructions from rs2c_infer to rs2c_returned, and how often they were counted."""

    minimum: int
    maximum: int
    measured: int


def counting_options(folder: Path, program: Program) -> list[tuple[str, ...]]:
    """Options for QEMU that make it count, run in `folder`, where its plugins stand; try one after the other.

    A QEMU that does not know the first one's interface refuses it. The last is no options: nothing is counted.
    """
    places = f"entry={program.symbols['rs2c_infer']},exit={program.symbols['rs2c_returned']}"
    options: list[tuple[str, ...]] = []
    for interface in _INTERFACES:
        plugin = host_plugin("qemu_counter.c", f"-DRS2C_PLUGIN_API={interface}")
        if plugin is None:
            break
        # Beside the program, for a comma in the path of a folder would end it, and a bare name is a system library's.
        name = f"counter{interface}.so"
        shutil.copy(plugin, folder / name)
        options.append(("-plugin", f"./{name},{places}"))
    return [*options, ()]


def read_count(folder: Path) -> Count | None:
    """What a run in `folder` counted; None where nothing was."""
    path = folder / _COUNT
    return Count(*map(int, path.read_text(encoding="ascii").split())) if path.exists() else None
