"""One program in unicorn, with a memory map that holds what the program may touch and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from rs2c.base.errors import MissingToolError, OptionError
from rs2c.boards.boards import Emulator
from rs2c.measure.code_runs import Runs, code_runs
from rs2c.measure.footprint import SHF_ALLOC, SHF_EXECINSTR, read_elf
from rs2c.simulate.targets import TIMEOUT_SECONDS, SimulationError

# The harness's buffers, outside the memories of any board: raw records can only be read, results written.
INPUT_ORIGIN = 0x60000000
RECORDS_ORIGIN = 0x70000000
_PAGE = 4096
# System control space of Armv6-M, v7-M and v8-M; the startup code enables the FPU there. The emulator's is always on.
_SYSTEM_CONTROL = 0xE000E000


@dataclass(frozen=True)
class _Architecture:
    """What unicorn calls an architecture and its modes; the memory that a core itself has at `system`, a page."""

    name: str
    modes: tuple[str, ...]
    system: int | None = None

    def const(self, name: str) -> int:
        """One of its constants: a core or a register."""
        return getattr(import_module(f"unicorn.{self.name.lower()}_const"), name)


# By ELF's name of an architecture. Not UC_MODE_MCLASS: with it unicorn 2.1.4 gives every core all instructions, and a
# Cortex-M0 divides; without it a core has those of its model.
_ARCHITECTURES = {
    "EM_ARM": _Architecture("ARM", ("UC_MODE_THUMB",), _SYSTEM_CONTROL),
    "EM_RISCV": _Architecture("RISCV", ("UC_MODE_RISCV32",)),
}


@dataclass(frozen=True)
class Program:
    """A linked program: ELF's name of its architecture, bytes by load address, and symbols without the Thumb bit.

    code: (start, end) of each run of instructions, see `rs2c.measure.code_runs`.
    """

    machine: str
    segments: tuple[tuple[int, bytes], ...]
    symbols: dict[str, int]
    functions: tuple[tuple[int, int, str], ...]
    code: Runs

    @property
    def mark(self) -> int:
        """The bit by which an address says that Thumb code is there."""
        return _code_mark(self.machine)

    def flash(self) -> tuple[int, bytes]:
        """Address of its first byte, and all bytes from there on."""
        origin, image = min(self.segments)[0], bytearray()
        for address, data in sorted(self.segments):
            image[address - origin :] = bytes(address - origin - len(image)) + data
        return origin, bytes(image)

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
        machine = file["e_machine"]
        code = {
            number: (s["sh_addr"], s["sh_addr"] + s["sh_size"])
            for number, s in enumerate(file.iter_sections())
            if s["sh_flags"] & SHF_ALLOC and s["sh_flags"] & SHF_EXECINSTR
        }
        named = [s for s in file.get_section_by_name(".symtab").iter_symbols() if s.name]
    functions = [s for s in named if s["st_info"]["type"] == "STT_FUNC"]
    mark = _code_mark(machine)
    return Program(
        machine,
        segments,
        {s.name: s["st_value"] & ~mark if s in functions else s["st_value"] for s in named},
        tuple((s["st_value"] & ~mark, s["st_size"], s.name) for s in functions),
        code_runs(machine, named, code),
    )


def _code_mark(machine: str) -> int:
    return 1 if machine == "EM_ARM" else 0


def import_unicorn() -> Any:
    """The module. Raises MissingToolError without unicorn."""
    try:
        import unicorn
    except ImportError:
        raise MissingToolError("the simulator needs unicorn: pip install 'rs2c[sim]'") from None
    return unicorn


class Running:
    """A core with a program in its flash.

    `input_bytes` and `records_bytes` are the room at INPUT_ORIGIN and RECORDS_ORIGIN. `core` is unicorn's engine, to
    which hooks can be added, `stack_pointer` the number of its register. Raises OptionError for a machine that unicorn
    does not know.
    """

    def __init__(self, emulator: Emulator, program: Program, input_bytes: int, records_bytes: int) -> None:
        unicorn = import_unicorn()
        self.program = program
        self._ram = emulator.ram
        self._fault = ""
        kind = _ARCHITECTURES[program.machine]
        core = unicorn.Uc(getattr(unicorn, f"UC_ARCH_{kind.name}"), sum(getattr(unicorn, mode) for mode in kind.modes))
        try:
            core.ctl_set_cpu_model(kind.const(emulator.machine))
        except AttributeError:
            raise OptionError(
                f"unicorn has no machine {emulator.machine!r}; correct it in the core's file: a constant of "
                f"unicorn.{kind.name.lower()}_const"
            ) from None
        read, write, execute = unicorn.UC_PROT_READ, unicorn.UC_PROT_WRITE, unicorn.UC_PROT_EXEC
        core.mem_map(emulator.flash.origin, emulator.flash.size, read | execute)
        core.mem_map(emulator.ram.origin, emulator.ram.size, read | write)
        core.mem_map(INPUT_ORIGIN, -(-input_bytes // _PAGE) * _PAGE, read)
        core.mem_map(RECORDS_ORIGIN, -(-records_bytes // _PAGE) * _PAGE, read | write)
        if kind.system is not None:
            core.mem_map(kind.system, _PAGE, read | write)
        for address, data in program.segments:
            core.mem_write(address, data)
        core.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._note_access)
        core.hook_add(unicorn.UC_HOOK_INTR, self._note_exception)
        self.core = core
        self.stack_pointer, self._counter = (kind.const(f"UC_{kind.name}_REG_{name}") for name in ("SP", "PC"))

    def run(self) -> None:
        """From reset to rs2c_done. Raises SimulationError for a fault or a program that does not end."""
        unicorn = import_unicorn()
        ram, core = self._ram, self.core
        done = self.program.symbols["rs2c_done"]
        self._fault = ""
        core.reg_write(self.stack_pointer, ram.origin + ram.size)
        try:
            begin = self.program.symbols["rs2c_reset"] | self.program.mark
            core.emu_start(begin, done, timeout=TIMEOUT_SECONDS * 1_000_000)
        except unicorn.UcError as error:
            self._fault = self._fault or str(error)
        address = core.reg_read(self._counter) & ~1
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
