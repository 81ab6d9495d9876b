"""The host as a target: library and harness compiled into one program, records through its pipes."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from rs2c.base.resources import resource_path
from rs2c.boards.toolchain import Compiler, run_compiler
from rs2c.emit.library import Library
from rs2c.simulate.harness import harness_flags
from rs2c.simulate.targets import TIMEOUT_SECONDS, Run, SimulationError, check_raw, run_of


@dataclass(frozen=True)
class HostTarget:
    """One host compiler; `extra_flags` are for sanitizers and warnings."""

    compiler: Compiler
    extra_flags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Such as host-gcc."""
        return f"host-{self.compiler.name}"

    def build(self, library: Library, workdir: Path) -> "HostBuild":
        """Compile into workdir/<name>. Raises CompileError."""
        folder = workdir / self.name
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / library.name
        flags = ("-std=c99", "-O2", *self.extra_flags)
        main = resource_path("firmware") / "harness" / "host_main.c"
        run_compiler(
            self.compiler,
            [*flags, *harness_flags(library), str(main), str(library.source), "-o", str(program)],
        )
        return HostBuild(self.name, self.compiler, flags, library, program)


@dataclass(frozen=True)
class HostBuild:
    """A program on the host."""

    target: str
    compiler: Compiler
    flags: tuple[str, ...]
    library: Library
    program: Path

    def run(self, raw: npt.NDArray[Any]) -> Run:
        """Run raw vectors; anything on standard error, where sanitizers write, is a failure."""
        raw = check_raw(self.library, raw)
        try:
            result = subprocess.run(
                [self.program.resolve()], input=raw.tobytes(), capture_output=True, timeout=TIMEOUT_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise SimulationError(f"{self.library.name} on {self.target} did not end in {TIMEOUT_SECONDS} s") from None
        message = result.stderr.decode(errors="replace").strip()
        if result.returncode != 0 or message:
            raise SimulationError(
                f"{self.library.name} on {self.target} ended with code {result.returncode}: {message or 'no message'}"
            )
        if len(result.stdout) != raw.shape[0] * self.library.record_length * 4:
            raise SimulationError(f"{self.library.name} on {self.target} did not answer every vector")
        return run_of(self.library, self.target, self.compiler, self.flags, result.stdout)

    def footprint(self) -> None:
        """None: the host's sizes say nothing about a microcontroller."""
