"""A core in QEMU as a target: the program reads raw vectors and writes records as files of its own folder.

Unlike unicorn, QEMU has the core's machine, and refuses nearly all that the core lacks.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from rs2c.base.errors import MissingToolError
from rs2c.boards.boards import Architecture, Core
from rs2c.emit.library import Library
from rs2c.measure.footprint import Footprint
from rs2c.simulate.bare_metal import BareMetal
from rs2c.simulate.emulator import load_program
from rs2c.simulate.instruction_set import check_instructions, require_decoder
from rs2c.simulate.qemu_count import counting_options, read_count
from rs2c.simulate.targets import TIMEOUT_SECONDS, EmulatedTarget, Run, SimulationError, check_raw, run_of

# QEMU's rv32 has every extension that it knows; a program would have to turn floating point on, but not these.
_RV32IMC = "rv32," + ",".join(f"{name}=off" for name in ("a", "zba", "zbb", "zbc", "zbs"))
# By architecture: the program, and its options as far as what a core file calls the machine.
_PROGRAMS: dict[Architecture, tuple[str, ...]] = {
    "arm": ("qemu-system-arm", "-M"),
    "riscv": ("qemu-system-riscv32", "-bios", "none", "-cpu", _RV32IMC, "-M"),
    "xtensa": ("qemu-system-xtensa", "-M", "sim", "-cpu"),
}
_OPTIONS = (
    *("-display", "none", "-monitor", "none"),
    *("-semihosting-config", "enable=on,target=native"),
)
# The caller of which footprint() takes the size is linked and never run: any address does.
SYMBOLS = "rs2c_raw = ORIGIN(RAM);\nrs2c_records = ORIGIN(RAM);\nrs2c_x = ORIGIN(RAM);\n"
# Exit codes of firmware/harness/semihosted_main.c
_MEANING = {
    2: "it could not read its vectors or write its results",
    3: "the core came to a fault, such as an instruction that it lacks or memory that is not there",
}


@dataclass(frozen=True)
class QemuTarget(EmulatedTarget):
    """A core in QEMU."""

    @staticmethod
    def require(core: Core) -> None:
        """Raises MissingToolError where QEMU for this core, or what decodes its instructions, is not installed."""
        qemu_command(core)
        require_decoder(core)

    def build(self, library: Library, workdir: Path) -> QemuBuild:
        """Compile and link into workdir/<name>-qemu. Raises as `Target.build`."""
        folder = workdir / f"{self.name}-qemu"
        emulator = self.core.emulator("qemu")
        parts = BareMetal(library, self.core, emulator, self.compiler, self.optimize, folder, SYMBOLS)
        elf = parts.program("semihosted_main.c", f"semihost_{self.core.architecture}.c")
        check_instructions(load_program(elf), self.core, self.compiler.name)
        return QemuBuild(self.name, parts, elf)


@dataclass(frozen=True)
class QemuBuild:
    """A linked program that runs all its vectors at once."""

    target: str
    parts: BareMetal
    elf: Path

    def run(self, raw: npt.NDArray[Any]) -> Run:
        """Run raw vectors and count instructions over each, where the host has a compiler and QEMU takes plugins.

        Raises MissingToolError without QEMU.
        """
        library = self.parts.library
        raw = check_raw(library, raw)
        with tempfile.TemporaryDirectory(prefix="run-", dir=self.parts.folder) as name:
            folder = Path(name)
            (folder / "raw.bin").write_bytes(raw.tobytes())
            (folder / "records.bin").touch()
            self._run_in(folder)
            count = read_count(folder)
            records = (folder / "records.bin").read_bytes()
        if len(records) != len(raw) * library.record_length * 4:
            raise self._failure("it did not answer every vector")
        if count is not None and count.measured != len(raw):
            raise self._failure(f"{count.measured} of {len(raw)} inferences were counted")
        span = None if count is None else (count.minimum, count.maximum)
        return run_of(library, self.target, self.parts.compiler, self.parts.flags, records, instructions=span)

    def footprint(self) -> Footprint:
        """Flash, RAM and stack, see `BareMetal.footprint`."""
        return self.parts.footprint()

    def _run_in(self, folder: Path) -> None:
        """Run the program in a folder that holds raw.bin. Raises SimulationError where it does not end well."""
        qemu = (*qemu_command(self.parts.core), "-serial", "null")
        for counting in counting_options(folder, load_program(self.elf)):
            command = [*qemu, *counting, "-kernel", str(self.elf.resolve())]
            try:
                result = subprocess.run(
                    command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS
                )
            except subprocess.TimeoutExpired:
                raise self._failure(f"it did not end in {TIMEOUT_SECONDS} s") from None
            if result.returncode == 0:
                return
            message = result.stderr.decode(errors="replace").strip()
            if not (counting and "plugin" in message):
                break
        ending = _MEANING.get(result.returncode, f"it ended with code {result.returncode}: {message or 'no message'}")
        raise self._failure(ending)

    def _failure(self, reason: str) -> SimulationError:
        return SimulationError(f"{self.parts.library.name} on {self.target} in QEMU: {reason}")


def qemu_command(core: Core) -> tuple[str, ...]:
    """QEMU for a core, with every option but the program and its serial port. Raises MissingToolError."""
    name, *options = _PROGRAMS[core.architecture]
    path = shutil.which(name)
    if path is None:
        package = "qemu-system-arm" if core.architecture == "arm" else "qemu-system-misc"
        raise MissingToolError(f"running {core.name} in QEMU needs {name} (Debian: apt install {package})")
    return (path, *options, core.emulator("qemu").machine, *_OPTIONS)
