"""C compilers: the host's own, and one for Cortex-M from wherever there is one."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rs2c.boards import Machine
from rs2c.errors import MissingToolError, OptionError, Rs2cError

Optimize = Literal["size", "speed"]
OPTIMIZE_FLAGS: dict[Optimize, str] = {"size": "-Os", "speed": "-O2"}

ARM_GCC = "arm-none-eabi-gcc"
_COMMON_ARM_FLAGS = (
    "-std=c99",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
)


class CompileError(Rs2cError):
    """A compiler or linker refused; the text holds its message."""


@dataclass(frozen=True)
class Compiler:
    """A compiler that can be run: `command` is how, `name` (gcc, clang, arm-none-eabi-gcc, zig) what it is."""

    name: str
    command: tuple[str, ...]
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def find_host_compilers() -> tuple[Compiler, ...]:
    """Those of gcc and clang that are on PATH, in this order; empty where there is none."""
    found = ((name, shutil.which(name)) for name in ("gcc", "clang"))
    return tuple(Compiler(name, (path,), _version(path, "--version")) for name, path in found if path)


def find_arm_compiler() -> Compiler:
    """The compiler for Cortex-M: arm-none-eabi-gcc on PATH, else PlatformIO's package of it, else zig.

    The environment variable RS2C_ARM_COMPILER (gcc or zig) narrows the choice. Raises MissingToolError where there
    is none, OptionError for another value of the variable.
    """
    wanted = os.environ.get("RS2C_ARM_COMPILER", "")
    if wanted not in ("", "gcc", "zig"):
        raise OptionError(f"RS2C_ARM_COMPILER is {wanted!r}; it may be gcc, zig or unset")
    if wanted != "zig":
        path = shutil.which(ARM_GCC) or _platformio_gcc()
        if path:
            return Compiler(ARM_GCC, (path,), _version(path, "--version"))
    if wanted != "gcc" and importlib.util.find_spec("ziglang") is not None:
        zig = (sys.executable, "-m", "ziglang")
        return Compiler("zig", (*zig, "cc"), _version(*zig, "version"))
    raise MissingToolError(
        f"compiling for Cortex-M needs {'zig' if wanted == 'zig' else ARM_GCC}: install {ARM_GCC} "
        "(Debian: apt install gcc-arm-none-eabi), or PlatformIO's toolchain-gccarmnoneeabi, "
        "or zig (pip install 'rs2c[zig]')"
    )


def arm_flags(compiler: Compiler, machine: Machine, optimize: Optimize = "size") -> tuple[str, ...]:
    """Every flag that decides what code a compiler makes for a machine; none of them holds a path."""
    if compiler.name == "zig":
        # zig turns its undefined-behaviour sanitizer on where it is not told otherwise
        return (*machine.zig_flags, OPTIMIZE_FLAGS[optimize], *_COMMON_ARM_FLAGS, "-fno-sanitize=undefined")
    return (*machine.gcc_flags, OPTIMIZE_FLAGS[optimize], *_COMMON_ARM_FLAGS)


def compile_object(
    compiler: Compiler, source: Path, output: Path, flags: Sequence[str], *, stack_usage: bool = False
) -> None:
    """Compile one C file to an object file; with `stack_usage`, frame sizes go to `output` with the suffix .su.

    Raises CompileError with the compiler's message.
    """
    arguments = [*flags, "-c", str(source), "-o", str(output)]
    if stack_usage and compiler.name == "zig":
        # zig keeps what -fstack-usage writes, and on a cache hit writes nothing: a path never seen before cures both
        with tempfile.TemporaryDirectory(dir=output.parent) as folder:
            usage = Path(folder) / "usage.su"
            run_compiler(compiler, [*arguments, "-Xclang", "-stack-usage-file", "-Xclang", str(usage.resolve())])
            usage.replace(output.with_suffix(".su"))
    else:
        run_compiler(compiler, [*arguments, "-fstack-usage"] if stack_usage else arguments)


def link_arm(compiler: Compiler, objects: Sequence[Path], script: Path, output: Path, flags: Sequence[str]) -> None:
    """Link a bare-metal program: the objects and the compiler's own runtime, no C library, unused sections dropped.

    Raises CompileError with the linker's message.
    """
    # zig strips symbols unless debug information is asked for, and drops its runtime with -nostdlib
    bare = ("-g",) if compiler.name == "zig" else ("-nostdlib",)
    runtime = () if compiler.name == "zig" else ("-lgcc",)
    run_compiler(
        compiler,
        [
            *flags,
            *bare,
            "-Wl,--gc-sections",
            "-Wl,-e,rs2c_reset",
            "-T",
            str(script),
            *map(str, objects),
            *runtime,
            "-o",
            str(output),
        ],
    )


def run_compiler(compiler: Compiler, arguments: Sequence[str]) -> None:
    """Run a compiler. Raises CompileError with its message if it fails."""
    result = subprocess.run(
        [*compiler.command, *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "LC_ALL": "C"},
    )
    if result.returncode != 0:
        raise CompileError(f"{compiler} failed: {result.stderr.strip() or result.stdout.strip()}")


def _version(*command: str) -> str:
    text = subprocess.run(command, capture_output=True, text=True, errors="replace").stdout
    match = re.search(r"\d+\.\d+\.\d+", text)
    return match.group() if match else "of unknown version"


def _platformio_gcc() -> str | None:
    core = Path(os.environ.get("PLATFORMIO_CORE_DIR") or Path.home() / ".platformio")
    # a folder may carry its version: toolchain-gccarmnoneeabi@1.120301.0
    folders = sorted((core / "packages").glob("toolchain-gccarmnoneeabi*/bin"), reverse=True)
    return next(filter(None, (shutil.which(ARM_GCC, path=str(folder)) for folder in folders)), None)
