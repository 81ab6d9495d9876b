"""One program in unicorn, with a memory map that holds what the program may touch and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs2c.boards import Emulator
from rs2c.errors import MissingToolError
from rs2c.footprint import read_elf
from rs2c.simulate import TIMEOUT_SECONDS, SimulationError

# The harness's buffers, outside the memories of any board: raw records can only be read, results written.
INPUT_ORIGIN = 0x60000000
RECORDS_ORIGIN = 0x70000000
_PAGE = 4096
# System control space of Armv6-M, v7-M and v8-M; the startup code enables the FPU there. The emulator's is always on.
_SYSTEM_CONTROL = 0xE000E000


@dataclass(frozen=True)
class Program:
    """A linked program: bytes by load address, and symbols without the Thumb bit."""

    segments: tuple[tuple[int, bytes], ...]
    symbols: dict[str, int]
    functions: tuple[tuple[int, int, str], ...]

    def function_at(self, address: int) -> str:
        """Name of the function that holds an address."""
        names = [name for start, size, name in self.functions if start <= address < start + size]
        return names[0] if names else "no known function"


def load_program(elf: Path) -> Program:
    """Read an ELF file. Raises MissingToolError without pyelftools."""
    with elf.open("rb") as stream:
        file = read_elf(stream)
        segments = tuple(
            (s["p_paddr"], s.data())
            for s in file.iter_segments()
            if s["p_type"] == "PT_LOAD" and s["p_filesz"] and s["p_flags"]
        )
        named = [s for s in file.get_section_by_name(".symtab").iter_symbols() if s.name]
    functions = [s for s in named if s["st_info"]["type"] == "STT_FUNC"]
    return Program(
        segments,
        {s.name: s["st_value"] & ~1 if s in functions else s["st_value"] for s in named},
        tuple((s["st_value"] & ~1, s["st_size"], s.name) for s in functions),
    )


def import_unicorn() -> Any:
    """The module, with its constants. Raises MissingToolError without unicorn."""
    try:
        import unicorn
        import unicorn.arm_const
    except ImportError:
        raise MissingToolError("the simulator needs unicorn: pip install 'rs2c[sim]'") from None
    return unicorn


class Running:
    """A core with a program in its flash.

    `input_bytes` and `records_bytes` are the room at INPUT_ORIGIN and RECORDS_ORIGIN. `core` is unicorn's engine, to
    which hooks can be added.
    """

    def __init__(self, emulator: Emulator, program: Program, input_bytes: int, records_bytes: int) -> None:
        unicorn = import_unicorn()
        self.program = program
        self._ram = emulator.ram
        self._fault = ""
        core = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        core.ctl_set_cpu_model(getattr(unicorn.arm_const, emulator.machine))
        read, write, execute = unicorn.UC_PROT_READ, unicorn.UC_PROT_WRITE, unicorn.UC_PROT_EXEC
        core.mem_map(emulator.flash.origin, emulator.flash.size, read | execute)
        core.mem_map(emulator.ram.origin, emulator.ram.size, read | write)
        core.mem_map(INPUT_ORIGIN, -(-input_bytes // _PAGE) * _PAGE, read)
        core.mem_map(RECORDS_ORIGIN, -(-records_bytes // _PAGE) * _PAGE, read | write)
        core.mem_map(_SYSTEM_CONTROL, _PAGE, read | write)
        for address, data in program.segments:
            core.mem_write(address, data)
        core.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._note_access)
        core.hook_add(unicorn.UC_HOOK_INTR, self._note_exception)
        self.core = core

    def run(self) -> None:
        """From reset to rs2c_done. Raises SimulationError for a fault or a program that does not end."""
        unicorn = import_unicorn()
        stack_pointer, counter = unicorn.arm_const.UC_ARM_REG_SP, unicorn.arm_const.UC_ARM_REG_PC
        ram, core = self._ram, self.core
        done = self.program.symbols["rs2c_done"]
        self._fault = ""
        core.reg_write(stack_pointer, ram.origin + ram.size)
        try:
            core.emu_start(self.program.symbols["rs2c_reset"] | 1, done, timeout=TIMEOUT_SECONDS * 1_000_000)
        except unicorn.UcError as error:
            self._fault = self._fault or str(error)
        address = core.reg_read(counter) & ~1
        if self._fault:
            place = f"at {address:#010x} in {self.program.function_at(address)}"
            raise SimulationError(f"the program stopped {place}: {self._fault}")
        if address != done:
            raise SimulationError(f"the program did not end in {TIMEOUT_SECONDS} s")

    def _note_access(self, _core: Any, access: int, address: int, size: int, _value: int, _data: Any) -> bool:
        const = import_unicorn().unicorn_const
        fetch, write = (
            (const.UC_MEM_FETCH_UNMAPPED, const.UC_MEM_FETCH_PROT),
            (const.UC_MEM_WRITE_UNMAPPED, const.UC_MEM_WRITE_PROT),
        )
        kind = "an instruction fetch" if access in fetch else "a write" if access in write else "a read"
        self._fault = f"{kind} of {size} bytes at {address:#010x}, outside the memory that it may use"
        return False

    def _note_exception(self, core: Any, number: int, _data: Any) -> None:
        self._fault = f"exception {number} of the core"
        core.emu_stop()
