"""A core in unicorn as a target: batches run inside one program, instructions are counted over each inference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from rs2c.boards.boards import Core
from rs2c.emit.library import Library
from rs2c.measure.footprint import Footprint
from rs2c.simulate.bare_metal import BareMetal
from rs2c.simulate.count import attach_counter, native_hook
from rs2c.simulate.cycles import cycle_table
from rs2c.simulate.emulator import INPUT_ORIGIN, RECORDS_ORIGIN, Running, import_unicorn, load_program
from rs2c.simulate.instruction_set import check_instructions, import_capstone
from rs2c.simulate.targets import EmulatedTarget, Run, SimulationError, check_raw, run_of

_BATCH_BYTES = 1 << 20
# rs2c_vectors stands before the raw records, which keep the alignment of any raw type
RAW_OFFSET = 16


def buffer_symbols(inputs: int, records: int) -> str:
    """Lines of a linker script that say where emulated_main.c has its vectors and records."""
    return (
        f"rs2c_vectors = {inputs:#010x};\nrs2c_raw = {inputs + RAW_OFFSET:#010x};\n"
        f"rs2c_records = {records:#010x};\nrs2c_x = rs2c_records;\n"
    )


SYMBOLS = buffer_symbols(INPUT_ORIGIN, RECORDS_ORIGIN)


@dataclass(frozen=True)
class UnicornTarget(EmulatedTarget):
    """A core in unicorn."""

    @staticmethod
    def require(core: Core) -> None:
        """Raises MissingToolError where unicorn or capstone is not installed."""
        import_unicorn()
        import_capstone()

    def build(self, library: Library, workdir: Path) -> UnicornBuild:
        """Compile and link into workdir/<name>. Raises as `Target.build`."""
        emulator = self.core.emulator("unicorn")
        parts = BareMetal(library, self.core, emulator, self.compiler, self.optimize, workdir / self.name, SYMBOLS)
        elf = parts.program("emulated_main.c")
        check_instructions(load_program(elf), self.core, self.compiler.name)
        return UnicornBuild(self.name, parts, elf)


@dataclass(frozen=True)
class UnicornBuild:
    """A linked program that runs batches."""

    target: str
    parts: BareMetal
    elf: Path

    def run(self, raw: npt.NDArray[Any], *, natively: bool = True) -> Run:
        """Run raw vectors and count instructions over each, in C; `natively` False counts in Python, slowly."""
        library = self.parts.library
        raw = check_raw(library, raw)
        program, timing = load_program(self.elf), self.parts.core.cycles
        record_bytes, vector_bytes = 4 * library.record_length, raw.shape[1] * raw.itemsize
        batch = min(len(raw), max(1, _BATCH_BYTES // (vector_bytes + record_bytes)))
        running = Running(self.parts.emulator, program, RAW_OFFSET + batch * vector_bytes, batch * record_bytes)
        counter = attach_counter(
            running.core,
            program,
            native_hook() if natively else None,
            None if timing is None else cycle_table(timing, program),
        )
        records = bytearray()
        for first in range(0, len(raw), batch):
            part = raw[first : first + batch]
            running.core.mem_write(INPUT_ORIGIN, len(part).to_bytes(4, "little"))
            running.core.mem_write(INPUT_ORIGIN + RAW_OFFSET, part.tobytes())
            try:
                running.run()
            except SimulationError as error:
                raise SimulationError(f"{library.name} on {self.target}: {error}") from None
            records += running.core.mem_read(RECORDS_ORIGIN, len(part) * record_bytes)
        if counter.measured != len(raw):
            raise SimulationError(
                f"{library.name} on {self.target}: {counter.measured} of {len(raw)} inferences were counted"
            )
        return run_of(
            library,
            self.target,
            self.parts.compiler,
            self.parts.flags,
            records,
            instructions=(int(counter.minimum), int(counter.maximum)),
            cycles=None if timing is None else (int(counter.fewest_cycles), int(counter.most_cycles)),
            cycles_from="" if timing is None else timing.source,
        )

    def footprint(self) -> Footprint:
        """Flash, RAM and stack, see `BareMetal.footprint`."""
        return self.parts.footprint()
