"""An emulated Cortex-M as a target: library, harness and startup linked into one program, batches run in unicorn."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from rs2c.boards import Machine
from rs2c.footprint import Footprint, section_sizes, worst_stack
from rs2c.resources import resource_path
from rs2c.simulate import Library, Run, SimulationError, check_raw, harness_flags, split_records
from rs2c.simulate.count import attach_counter, build_hook
from rs2c.simulate.emulator import INPUT_ORIGIN, RECORDS_ORIGIN, Emulator, load_program
from rs2c.toolchain import Compiler, Optimize, arm_flags, compile_object, link_arm

_BATCH_BYTES = 1 << 20
# rs2c_vectors stands before the raw records, which keep the alignment of any raw type
_RAW_OFFSET = 16


@dataclass(frozen=True)
class CortexMTarget:
    """An emulated board with the compiler that builds for it."""

    name: str
    machine: Machine
    compiler: Compiler
    optimize: Optimize = "size"

    def build(self, library: Library, workdir: Path) -> "CortexMBuild":
        """Compile and link into workdir/<name>. Raises CompileError."""
        folder = workdir / self.name
        folder.mkdir(parents=True, exist_ok=True)
        build = CortexMBuild(self, library, folder)
        build.write_script()
        build.compile(library.source, "library", stack_usage=True)
        build.compile_harness("startup.c", "startup")
        build.compile_harness("cortex_m_main.c", "main")
        build.link("program", "startup", "main", "library")
        return build


@dataclass(frozen=True)
class CortexMBuild:
    """The files of one build: `program.elf` runs batches; footprint() links two more."""

    target: CortexMTarget
    library: Library
    folder: Path

    @property
    def flags(self) -> tuple[str, ...]:
        """Compiler flags, without paths and definitions."""
        return arm_flags(self.target.compiler, self.target.machine, self.target.optimize)

    def run(self, raw: npt.NDArray[Any], *, native_hook: bool = True) -> Run:
        """Run raw vectors and count instructions over each; `native_hook` False forces the slow Python counter."""
        raw = check_raw(self.library, raw)
        program = load_program(self.folder / "program.elf")
        machine, record_bytes = self.target.machine, 4 * self.library.record_length
        vector_bytes = raw.shape[1] * raw.itemsize
        batch = min(len(raw), max(1, _BATCH_BYTES // (vector_bytes + record_bytes)))
        emulator = Emulator(machine, program, _RAW_OFFSET + batch * vector_bytes, batch * record_bytes)
        origin = machine.flash.origin
        counter = attach_counter(
            emulator.core,
            _flash_image(program.segments, origin),
            origin,
            program.symbols["rs2c_infer"],
            program.symbols["rs2c_returned"],
            build_hook(self.folder) if native_hook else None,
        )
        records = bytearray()
        for start in range(0, len(raw), batch):
            part = raw[start : start + batch]
            emulator.core.mem_write(INPUT_ORIGIN, len(part).to_bytes(4, "little"))
            emulator.core.mem_write(INPUT_ORIGIN + _RAW_OFFSET, part.tobytes())
            try:
                emulator.run()
            except SimulationError as error:
                raise SimulationError(f"{self.library.name} on {self.target.name}: {error}") from None
            records += emulator.core.mem_read(RECORDS_ORIGIN, len(part) * record_bytes)
        if counter.measured != len(raw):
            raise SimulationError(
                f"{self.library.name} on {self.target.name}: {counter.measured} of {len(raw)} inferences were counted"
            )
        x, scores, answers = split_records(self.library, records)
        return Run(
            self.target.name,
            str(self.target.compiler),
            " ".join(self.flags),
            x,
            scores,
            answers,
            (int(counter.minimum), int(counter.maximum)),
        )

    def footprint(self) -> Footprint:
        """Flash and RAM: a minimal caller linked with the library, less the same caller linked with nothing.

        Stack: the deeper of quantize and predict (values). Raises FootprintError where it has no bound.
        """
        self.compile_harness("footprint_main.c", "caller")
        self.compile_harness("startup.c", "startup_alone", "-DRS2C_NO_LIBRARY")
        self.link("with_library", "startup", "caller", "library")
        self.link("without_library", "startup_alone", "caller")
        flash, ram = section_sizes(self.folder / "with_library.elf")
        flash_alone, ram_alone = section_sizes(self.folder / "without_library.elf")
        answer = "predict" if self.library.task == "classify" else "values"
        stack = worst_stack(
            self.folder / "library.o",
            self.folder / "library.su",
            [f"{self.library.name}_quantize", f"{self.library.name}_{answer}"],
        )
        return Footprint(flash - flash_alone, ram - ram_alone, stack)

    def write_script(self) -> None:
        """The linker script: memories, the addresses of the harness's buffers, and firmware/harness/sections.ld."""
        flash, ram = self.target.machine.flash, self.target.machine.ram
        sections = resource_path("firmware") / "harness" / "sections.ld"
        (self.folder / "link.ld").write_text(
            "MEMORY\n{\n"
            f"    FLASH (rx) : ORIGIN = {flash.origin:#010x}, LENGTH = {flash.size}\n"
            f"    RAM (rw) : ORIGIN = {ram.origin:#010x}, LENGTH = {ram.size}\n}}\n"
            f"rs2c_vectors = {INPUT_ORIGIN:#010x};\nrs2c_raw = {INPUT_ORIGIN + _RAW_OFFSET:#010x};\n"
            f"rs2c_records = {RECORDS_ORIGIN:#010x};\nrs2c_x = rs2c_records;\n" + sections.read_text(encoding="utf-8"),
            encoding="utf-8",
        )

    def compile_harness(self, source: str, name: str, *definitions: str) -> None:
        """Compile a file of firmware/harness to <name>.o."""
        self.compile(resource_path("firmware") / "harness" / source, name, *definitions)

    def compile(self, source: Path, name: str, *definitions: str, stack_usage: bool = False) -> None:
        """Compile a C file to <name>.o."""
        flags = (*self.flags, *harness_flags(self.library), *definitions)
        output = self.folder / f"{name}.o"
        compile_object(self.target.compiler, source, output, flags, stack_usage=stack_usage)

    def link(self, program: str, *objects: str) -> None:
        """Link objects to <program>.elf."""
        files = [self.folder / f"{name}.o" for name in objects]
        link_arm(self.target.compiler, files, self.folder / "link.ld", self.folder / f"{program}.elf", self.flags)


def _flash_image(segments: tuple[tuple[int, bytes], ...], origin: int) -> bytes:
    """The program's flash from its first address on."""
    image = bytearray()
    for address, data in sorted(segments):
        image[address - origin :] = bytes(address - origin - len(image)) + data
    return bytes(image)
