"""Programs without an operating system: a library, the harness and startup code, linked into an emulator's memories."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rs2c.base.choices import Optimize
from rs2c.base.resources import resource_path
from rs2c.boards.boards import Core, Emulator
from rs2c.boards.link_errors import overflowed_memory
from rs2c.boards.toolchain import CompileError, Compiler, compile_object, flags_of, link_bare
from rs2c.emit.library import Library
from rs2c.measure.footprint import Footprint, constant_bytes, section_sizes
from rs2c.measure.stack import worst_stack
from rs2c.simulate.harness import harness_flags
from rs2c.simulate.targets import too_large


@dataclass(frozen=True)
class BareMetal:
    """One library for one core, one emulator of it and one compiler; object files and programs lie in `folder`.

    `symbols` are lines of the linker script that say where the emulator's buffers are.
    """

    library: Library
    core: Core
    emulator: Emulator
    compiler: Compiler
    optimize: Optimize
    folder: Path
    symbols: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """Compiler flags, without paths and definitions."""
        return flags_of(self.compiler, self.core, self.optimize)

    def program(self, main: str, *more: str) -> Path:
        """Compile and link the library with a main file of firmware/harness; returns the ELF.

        `more` are further files of firmware/harness that this main needs. Raises CompileError, and DoesNotFitError
        where the emulated memories are too small.
        """
        self.prepare()
        sources = ("infer.c", f"measured_{self.core.architecture}.c", main, *more)
        for source in sources:
            self.compile_harness(source, Path(source).stem)
        return self.link("program", *self.startup, *(Path(source).stem for source in sources), "library")

    def prepare(self) -> None:
        """Compile what every program holds: the library and the startup code. Raises CompileError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        script = linker_script(self.emulator, self.symbols)
        (self.folder / "link.ld").write_text(script, encoding="utf-8")
        self.compile(self.library.source, "library", stack_usage=True)
        for name in self.startup:
            self.compile_harness(f"{name}.c", name)

    def footprint(self) -> Footprint:
        """Flash and RAM: a minimal caller linked with the library, less the same caller linked with nothing.

        Stack: the deeper of quantize and predict (values). `prepare` comes first. Raises FootprintError where the stack
        has no bound.
        """
        self.compile_harness("footprint_main.c", "caller")
        self.compile_harness("startup.c", "startup_alone", "-DRS2C_NO_LIBRARY")
        reset = self.startup[0]
        self.link("with_library", *self.startup, "caller", "library")
        self.link("without_library", reset, "startup_alone", "caller")
        flash, ram = section_sizes(self.folder / "with_library.elf")
        flash_alone, ram_alone = section_sizes(self.folder / "without_library.elf")
        library, roots = self.folder / "library.o", self.library.entry_points
        stack = worst_stack(library, self.folder / "library.su", roots)
        constants = constant_bytes(library, roots) if self.core.constants_in_ram else 0
        return Footprint(flash - flash_alone, ram - ram_alone + constants, stack)

    @property
    def startup(self) -> tuple[str, str]:
        """The architecture's reset code and what it calls, files of firmware/harness."""
        return f"startup_{self.core.architecture}", "startup"

    def compile_harness(self, source: str, name: str, *definitions: str) -> None:
        """Compile a file of firmware/harness to <name>.o."""
        self.compile(resource_path("firmware") / "harness" / source, name, *definitions)

    def compile(self, source: Path, name: str, *definitions: str, stack_usage: bool = False) -> None:
        """Compile a C file to <name>.o."""
        flags = (*self.flags, *harness_flags(self.library), *definitions)
        compile_object(self.compiler, source, self.folder / f"{name}.o", flags, stack_usage=stack_usage)

    def link(self, program: str, *objects: str) -> Path:
        """Link objects to <program>.elf. Raises as `program` does."""
        files, elf = [self.folder / f"{name}.o" for name in objects], self.folder / f"{program}.elf"
        try:
            link_bare(self.compiler, files, self.folder / "link.ld", elf, self.flags)
        except CompileError as error:
            memory = overflowed_memory(str(error))
            if memory is None:
                raise
            raise too_large(self.library, self.core.name, memory, self.emulator) from None
        return elf


def linker_script(emulator: Emulator, symbols: str = "") -> str:
    """The memories of an emulator, lines that define symbols, and firmware/harness/sections.ld."""
    flash, ram = emulator.flash, emulator.ram
    sections = resource_path("firmware") / "harness" / "sections.ld"
    return (
        "MEMORY\n{\n"
        f"    FLASH (rx) : ORIGIN = {flash.origin:#010x}, LENGTH = {flash.size}\n"
        f"    RAM (rw) : ORIGIN = {ram.origin:#010x}, LENGTH = {ram.size}\n}}\n"
        + symbols
        + sections.read_text(encoding="utf-8")
    )
