"""The stack that quantize and predict (values) really write to, shown by painting it, in unicorn or in QEMU."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.simulate.bare_metal import BareMetal
from rs2c.simulate.emulator import INPUT_ORIGIN, Program, Running, import_unicorn, load_program
from rs2c.simulate.qemu import qemu_command
from rs2c.simulate.unicorn_target import RAW_OFFSET

PAINT = 0xA5
PAINTED_MAIN = Path(__file__).parent / "painted_main.c"


def painted_stack(parts: BareMetal, raw: npt.NDArray[Any]) -> int:
    """Bytes below the stack pointer that raw vectors (m, d) made the library write to; `prepare` comes first."""
    if parts.emulator.kind == "unicorn":
        parts.compile_harness("footprint_main.c", "caller")
        program = load_program(parts.link("caller", *parts.startup, "caller", "library"))
        return max(_in_unicorn(parts, program, vector.tobytes()) for vector in raw)
    return _in_qemu(parts, raw)


def _in_unicorn(parts: BareMetal, program: Program, raw: bytes) -> int:
    unicorn = import_unicorn()
    ram, name = parts.emulator.ram, parts.library.name
    emulator = Running(parts.emulator, program, RAW_OFFSET + len(raw), 4096)
    emulator.core.mem_write(INPUT_ORIGIN + RAW_OFFSET, raw)
    emulator.core.mem_write(ram.origin, bytes([PAINT]) * ram.size)
    entries: list[int] = []

    def note(core: Any, *_: Any) -> None:
        entries.append(core.reg_read(emulator.stack_pointer))

    for function in ("quantize", "predict", "values"):
        address = program.symbols.get(f"{name}_{function}")
        if address is not None:
            emulator.core.hook_add(unicorn.UC_HOOK_CODE, note, begin=address, end=address)
    emulator.run()
    assert len(entries) == 2
    painted = bytes(emulator.core.mem_read(ram.origin, ram.size))
    lowest = len(painted) - len(painted.lstrip(bytes([PAINT])))
    return max(entries) - ram.origin - lowest


def _in_qemu(parts: BareMetal, raw: npt.NDArray[Any]) -> int:
    parts.compile(PAINTED_MAIN, "painted_main")
    semihost = f"semihost_{parts.core.architecture}"
    parts.compile_harness(f"{semihost}.c", semihost)
    elf = parts.link("painted", "painted_main", *parts.startup, semihost, "library")
    folder = parts.folder / "painting"
    folder.mkdir(exist_ok=True)
    (folder / "raw.bin").write_bytes(raw.tobytes())
    (folder / "records.bin").touch()
    command = [*qemu_command(parts.core), "-serial", "null", "-kernel", str(elf.resolve())]
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=True, timeout=60)
    depths = np.fromfile(folder / "records.bin", "<i4")
    assert len(depths) == len(raw)
    return int(depths.max())
