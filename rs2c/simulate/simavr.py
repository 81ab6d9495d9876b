"""An AVR in simavr as a target: vectors stream through I/O registers, and cycles are exact.

Programs are linked as avr-gcc links any program for the part, its own startup code and linker script included.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import DoesNotFitError, MissingToolError
from rs2c.base.resources import resource_path
from rs2c.boards.boards import Core, Emulator
from rs2c.boards.link_errors import overflowed_memory, refused_tables
from rs2c.boards.toolchain import (
    CompileError,
    avr_region_options,
    compile_object,
    find_host_compilers,
    flags_of,
    run_compiler,
)
from rs2c.emit.library import Library
from rs2c.measure.footprint import Footprint, section_sizes
from rs2c.measure.stack import worst_stack
from rs2c.simulate.emulator import load_program
from rs2c.simulate.harness import harness_flags
from rs2c.simulate.instruction_set import check_instructions
from rs2c.simulate.targets import TIMEOUT_SECONDS, EmulatedTarget, Run, SimulationError, check_raw, run_of, too_large

_DATA_SPACE = 0x800000  # where an ELF file of AVR has addresses of RAM
_CALLER_BYTES = 8  # of stack that avr_main.c itself takes
_REPORT = np.dtype([(name, "<u8") for name in ("measured", "least_cycles", "most_cycles", "stack_bytes")])


@dataclass(frozen=True)
class SimavrTarget(EmulatedTarget):
    """A core in simavr."""

    @staticmethod
    def require(core: Core) -> None:
        """Raises MissingToolError where simavr's library, or a host compiler that links with it, is not installed."""
        host = find_host_compilers()
        try:
            # a compiler that is here looks where it would look for the header
            run_compiler(host[0], ["-E", "-include", "simavr/sim_avr.h", "-x", "c", "/dev/null", "-o", "/dev/null"])
        except (IndexError, CompileError):
            raise MissingToolError(
                f"running {core.name} needs simavr's library and a host compiler: apt install libsimavr-dev gcc"
            ) from None

    def build(self, library: Library, workdir: Path) -> SimavrBuild:
        """Compile and link into workdir/<name>.

        Raises as `Target.build`: DoesNotFitError where the library's tables, code or RAM do not fit the core.
        """
        self.require(self.core)
        folder = workdir / self.name
        folder.mkdir(parents=True, exist_ok=True)
        build = SimavrBuild(self, library, folder)
        build.compile(library.source, "library")
        build.compile(_harness("avr_main.c"), "main")
        check_instructions(load_program(build.link("program", "main", "library")), self.core, self.compiler.name)
        _check_ram(build)
        host = find_host_compilers()[0]
        sources = ["-O2", f"-I{_harness('')}", str(_harness("simavr_host.c"))]
        run_compiler(host, [*sources, "-lsimavr", "-o", str(folder / "simavr_host")])
        return build


@dataclass(frozen=True)
class SimavrBuild:
    """A linked program that runs all its vectors at once; object files and programs lie in `folder`."""

    target: SimavrTarget
    library: Library
    folder: Path

    @property
    def flags(self) -> tuple[str, ...]:
        """Compiler flags, without paths and definitions."""
        return flags_of(self.target.compiler, self.target.core, self.target.optimize)

    @property
    def emulator(self) -> Emulator:
        """The emulated part."""
        return self.target.core.emulator("simavr")

    def run(self, raw: npt.NDArray[Any]) -> Run:
        """Run raw vectors and count the cycles of each."""
        raw = check_raw(self.library, raw)
        output = self._simulate(raw.tobytes())
        records, report = output[: -_REPORT.itemsize], np.frombuffer(output[-_REPORT.itemsize :], _REPORT)[0]
        if len(records) != len(raw) * self.library.record_length * 4 or report["measured"] != len(raw):
            raise self._failure("it did not answer every vector")
        cycles = int(report["least_cycles"]), int(report["most_cycles"])
        ordered = _in_order(self.library, records)
        return run_of(
            self.library,
            self.target.name,
            self.target.compiler,
            self.flags,
            ordered,
            cycles=cycles,
            cycles_from="simavr",
        )

    def stack_seen(self, raw: npt.NDArray[Any]) -> int:
        """Bytes of stack that the vectors really made quantize and predict (values) write to, return addresses
        included."""
        output = self._simulate(check_raw(self.library, raw).tobytes())
        return int(np.frombuffer(output[-_REPORT.itemsize :], _REPORT)[0]["stack_bytes"])

    def footprint(self) -> Footprint:
        """Flash and RAM: a minimal caller linked with the library, less the same caller linked with nothing.

        Stack: the deeper of quantize and predict (values). Raises FootprintError where it has no bound.
        """
        self.compile(_harness("footprint_main.c"), "caller")
        nothing = [f"-Wl,--defsym={root}=0" for root in self.library.entry_points]
        flash, ram = section_sizes(self.link("with_library", "caller", "library"))
        flash_alone, ram_alone = section_sizes(self.link("without_library", "caller", flags=nothing))
        return Footprint(flash - flash_alone, ram - ram_alone, self.worst_stack())

    def worst_stack(self) -> int:
        """Bytes of stack of the deeper of quantize and predict (values). Raises FootprintError without a bound."""
        return worst_stack(self.folder / "library.o", self.folder / "library.su", self.library.entry_points)

    def compile(self, source: Path, name: str) -> None:
        """Compile a C file to <name>.o. Raises DoesNotFitError where the library is one that no AVR can read."""
        flags = (*self.flags, *harness_flags(self.library))
        try:
            compile_object(self.target.compiler, source, self.folder / f"{name}.o", flags, stack_usage=True)
        except CompileError as error:
            refused = refused_tables(str(error))
            if refused is None:
                raise
            raise DoesNotFitError(f"{self.library.name} does not fit {self.target.name}: {refused}") from None

    def link(self, program: str, *objects: str, flags: list[str] | None = None) -> Path:
        """Link objects to <program>.elf. Raises DoesNotFitError where it is larger than the flash or the RAM."""
        elf, flash, ram = self.folder / f"{program}.elf", self.emulator.flash, self.emulator.ram
        # where footprint_main.c has the buffers of a caller, which is linked and never run
        buffers = [f"-Wl,--defsym={name}={ram.origin:#x}" for name in ("rs2c_raw", "rs2c_x", "rs2c_records")]
        settings = [*avr_region_options(flash, ram), *buffers]
        files = [str(self.folder / f"{name}.o") for name in objects]
        try:
            run_compiler(
                self.target.compiler,
                [*self.flags, "-Wl,--gc-sections", *settings, *(flags or []), *files, "-o", str(elf)],
            )
        except CompileError as error:
            memory = overflowed_memory(str(error))
            if memory is None:
                raise
            raise too_large(self.library, self.target.name, memory, self.emulator) from None
        return elf

    def _simulate(self, raw: bytes) -> bytes:
        """What simavr_host writes for these raw bytes. Raises SimulationError where the program does not end well."""
        program = load_program(self.folder / "program.elf")
        image = self.folder / "program.bin"
        image.write_bytes(program.flash()[1])
        free = program.symbols["_end"] - _DATA_SPACE
        command = [str((self.folder / "simavr_host").resolve()), self.emulator.machine, str(image), str(free)]
        try:
            result = subprocess.run(command, input=raw, capture_output=True, timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise self._failure(f"it did not end in {TIMEOUT_SECONDS} s") from None
        message = result.stderr.decode(errors="replace").strip()
        if result.returncode == 3:
            address, _, fault = message.partition(" ")
            raise self._failure(f"it stopped in {program.function_at(int(address, 16))}: {fault}")
        if result.returncode != 0:
            raise self._failure(f"simavr ended with code {result.returncode}: {message or 'no message'}")
        return result.stdout

    def _failure(self, what: str) -> SimulationError:
        return SimulationError(f"{self.library.name} on {self.target.name}: {what}")


def _harness(name: str) -> Path:
    return resource_path("firmware") / "harness" / name


def _check_ram(build: SimavrBuild) -> None:
    """Refuse a program whose variables and worst-case stack do not fit the RAM together."""
    ram = build.emulator.ram.size
    variables, stack = section_sizes(build.folder / "program.elf")[1], build.worst_stack() + _CALLER_BYTES
    if variables + stack > ram:
        raise DoesNotFitError(
            f"{build.library.name} does not fit {build.target.name}: a raw vector, its inputs and scores take "
            f"{variables} bytes and its stack {stack}, but the RAM has {ram}; use fewer features or outputs, or "
            "another core"
        )


def _in_order(library: Library, records: bytes) -> bytes:
    """Records as x, scores, answers: avr_main.c sends answers first."""
    table = np.frombuffer(records, "<i4").reshape(-1, library.record_length)
    return np.roll(table, -library.n_answers, axis=1).tobytes()
