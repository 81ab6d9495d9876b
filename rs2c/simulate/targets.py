"""Running an emitted library: compiled by the host's compilers, or for a core that is emulated.

for target in targets_of("cortex-m0"):
    built = target.build(library, workdir)
    run = built.run(raw)            # every x, score and answer, to be compared with the reference
    footprint = built.footprint()   # None on the host
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from rs2c.base.choices import EmulatorKind, Optimize
from rs2c.base.errors import DoesNotFitError, MissingToolError, OptionError, Rs2cError
from rs2c.boards.boards import Core, Emulator, load_board
from rs2c.boards.toolchain import Compiler, find_compiler, find_host_compilers
from rs2c.emit.library import Library
from rs2c.measure.footprint import Footprint

# A vector takes microseconds; a batch that runs this long is a library that does not end.
TIMEOUT_SECONDS = 300


class SimulationError(Rs2cError):
    """A library crashed, hung, touched memory that is not its own, or holds an instruction that its core lacks."""


@dataclass(frozen=True)
class Run:
    """What a target computed for n vectors.

    x: int32 (n, n_inputs). scores: int32 (n, n_scores). answers: int32 (n, n_answers), class index or values.
    instructions: least and most executed by quantize + predict (values) with one call around them; None where they
    are not counted. cycles: likewise, and cycles_from says by what: an emulator whose cycles are exact, or a table.
    """

    target: str
    compiler: str
    flags: str
    x: npt.NDArray[np.int32]
    scores: npt.NDArray[np.int32]
    answers: npt.NDArray[np.int32]
    instructions: tuple[int, int] | None
    cycles: tuple[int, int] | None = None
    cycles_from: str = ""


class Build(Protocol):
    """A library built for one target."""

    def run(self, raw: npt.NDArray[Any]) -> Run:
        """Run raw vectors (n, n_features) of the library's raw type.

        Raises OptionError for no vectors or another shape or type, SimulationError where the program fails.
        """
        ...

    def footprint(self) -> Footprint | None:
        """Flash, RAM and stack; None where the target has no such measure."""
        ...


class Target(Protocol):
    """One compiler for one board."""

    @property
    def name(self) -> str:
        """Such as host-gcc or cortex-m0."""
        ...

    def build(self, library: Library, workdir: Path) -> Build:
        """Compile into a folder of its own inside `workdir`.

        Raises CompileError with the compiler's message, DoesNotFitError where the core's memories are too small, and
        SimulationError where the program holds an instruction that the core lacks.
        """
        ...


@dataclass(frozen=True)
class EmulatedTarget(ABC):
    """A core in an emulator, with the compiler that builds for it."""

    name: str
    core: Core
    compiler: Compiler
    optimize: Optimize = "size"

    @staticmethod
    @abstractmethod
    def require(core: Core) -> None:
        """Raises MissingToolError where the emulator of this core is not installed."""

    @abstractmethod
    def build(self, library: Library, workdir: Path) -> Build:
        """As `Target.build`."""


def emulated_target(kind: EmulatorKind) -> type[EmulatedTarget]:
    """What runs a core in an emulator of that kind."""
    from rs2c.simulate.qemu import QemuTarget
    from rs2c.simulate.simavr import SimavrTarget
    from rs2c.simulate.unicorn_target import UnicornTarget

    kinds: dict[EmulatorKind, type[EmulatedTarget]] = {
        "unicorn": UnicornTarget,
        "qemu": QemuTarget,
        "simavr": SimavrTarget,
    }
    return kinds[kind]


def targets_of(board: str, optimize: Optimize = "size", emulator: EmulatorKind | None = None) -> tuple[Target, ...]:
    """The targets of a board: one for each compiler of `host`, else its core in the emulator named.

    Without a name it is the first of the core's emulators that is installed. Raises OptionError for an unknown board
    or an emulator that does not run its core, MissingToolError where a compiler or the emulator is missing.
    """
    from rs2c.simulate.host import HostTarget

    found = load_board(board)
    core = found.core
    if core.emulators:
        kinds = [used.kind for used in core.emulators] if emulator is None else [core.emulator(emulator).kind]
        return (_first_installed(core, kinds)(found.name, core, find_compiler(core), optimize),)
    if emulator is not None:
        core.emulator(emulator)
    compilers = find_host_compilers()
    if not compilers:
        raise MissingToolError("running a library on the host needs a C compiler: install gcc or clang")
    return tuple(HostTarget(compiler) for compiler in compilers)


def _first_installed(core: Core, kinds: Sequence[EmulatorKind]) -> type[EmulatedTarget]:
    missing = []
    for kind in kinds:
        target = emulated_target(kind)
        try:
            target.require(core)
        except MissingToolError as error:
            missing.append(error)
        else:
            return target
    raise missing[0]


def too_large(library: Library, target: str, memory: Literal["flash", "RAM"], emulator: Emulator) -> DoesNotFitError:
    """What is said where the program around a library overflows a memory of the emulator."""
    size = (emulator.flash if memory == "flash" else emulator.ram).size
    return DoesNotFitError(
        f"{library.name} does not fit {target}: its test program needs more than the {size} bytes of {memory}; use a "
        "smaller model or another core"
    )


def check_raw(library: Library, raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The raw vectors as little-endian C-order memory. Raises OptionError as `Build.run` says."""
    if raw.ndim != 2 or raw.shape[1] != library.n_features:
        raise OptionError(
            f"the raw vectors have the shape {raw.shape}, but {library.name} takes (n, {library.n_features})"
        )
    if raw.shape[0] == 0:
        raise OptionError(f"no vectors were given to {library.name}; a run of nothing proves nothing")
    little = library.raw_dtype.newbyteorder("<")
    if raw.dtype.newbyteorder("<") != little:
        raise OptionError(
            f"the raw vectors are {raw.dtype}, but {library.name} takes {library.raw_dtype}; convert them first"
        )
    return np.ascontiguousarray(raw, dtype=little)


def run_of(
    library: Library,
    target: str,
    compiler: Compiler,
    flags: Sequence[str],
    records: bytes | bytearray,
    *,
    instructions: tuple[int, int] | None = None,
    cycles: tuple[int, int] | None = None,
    cycles_from: str = "",
) -> Run:
    """The run that gave these records: of each vector x, scores and answers, as harnesses write them."""
    table = np.frombuffer(records, dtype="<i4").astype(np.int32).reshape(-1, library.record_length)
    x, scores, answers = np.split(table, [library.n_inputs, library.n_inputs + library.n_scores], axis=1)
    return Run(target, str(compiler), " ".join(flags), x, scores, answers, instructions, cycles, cycles_from)
