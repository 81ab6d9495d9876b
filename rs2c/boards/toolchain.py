"""C compilers: the host's own, and those that build for a core, from wherever there is one."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rs2c.base.choices import Optimize
from rs2c.base.errors import MissingToolError, OptionError, Rs2cError
from rs2c.boards.boards import Core, Memory

OPTIMIZE_FLAGS: dict[Optimize, str] = {"size": "-Os", "speed": "-O2"}


@dataclass(frozen=True)
class _Kind:
    """One kind of compiler: its program on PATH, who has it, and the program that links where it does not."""

    program: str
    install: str
    linker: str | None = None


# By the names that core files use, rs2c.boards.boards.COMPILERS. zig is a module of Python, see _command_of.
_KINDS = {
    "gcc": _Kind("gcc", "Debian: apt install gcc"),
    "clang": _Kind("clang", "Debian: apt install clang"),
    "arm-none-eabi-gcc": _Kind("arm-none-eabi-gcc", "Debian: apt install gcc-arm-none-eabi"),
    "riscv64-unknown-elf-gcc": _Kind("riscv64-unknown-elf-gcc", "Debian: apt install gcc-riscv64-unknown-elf"),
    "xtensa-lx106-elf-gcc": _Kind("xtensa-lx106-elf-gcc", "Debian: apt install gcc-xtensa-lx106"),
    "llvm-xtensa": _Kind(
        "clang-22", "Debian: apt install clang-22 binutils-xtensa-lx106", linker="xtensa-lx106-elf-ld"
    ),
    "avr-gcc": _Kind("avr-gcc", "Debian: apt install gcc-avr avr-libc"),
    "zig": _Kind("zig", "pip install 'rs2c[zig]'"),
}
# Packages in which PlatformIO brings a compiler.
_PLATFORMIO_PACKAGES = {"arm-none-eabi-gcc": "toolchain-gccarmnoneeabi"}
_FREESTANDING = (
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
    """A compiler that can be run: `command` is how, `name` (gcc, clang, arm-none-eabi-gcc, zig) what it is.

    `linker` is a program that links in its place, called with the linker's own options.
    """

    name: str
    command: tuple[str, ...]
    version: str
    linker: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def find_host_compilers() -> tuple[Compiler, ...]:
    """Those of gcc and clang that are on PATH, in this order; empty where there is none."""
    found = ((name, shutil.which(name)) for name in ("gcc", "clang"))
    return tuple(Compiler(name, (path,), _version(path, "--version")) for name, path in found if path)


def find_compiler(core: Core, wanted: str | None = None) -> Compiler:
    """The first compiler of a core that is here: on PATH, in a package of PlatformIO, or zig by pip.

    `wanted` (gcc or zig; any if empty) narrows the choice, by default what the environment variable RS2C_COMPILER says.
    Raises MissingToolError where there is none, OptionError for another value.
    """
    if wanted is None:
        wanted = os.environ.get("RS2C_COMPILER", "")
    if wanted not in ("", "gcc", "zig"):
        raise OptionError(f"RS2C_COMPILER is {wanted!r}; it may be gcc, zig or unset")
    names = [name for name in core.compilers if wanted in ("", "zig" if name == "zig" else "gcc")]
    for name in names:
        command, linker = _command_of(name), _linker_of(name)
        if command is not None and (linker is not None or _KINDS[name].linker is None):
            asked = (*command[:-1], "version") if name == "zig" else (*command, "--version")
            return Compiler(name, command, _version(*asked), linker)
    ways = " or ".join(f"{name} ({_KINDS[name].install})" for name in names) or "another setting of RS2C_COMPILER"
    raise MissingToolError(f"compiling for {core.name} needs {ways}")


def flags_of(compiler: Compiler, core: Core, optimize: Optimize = "size") -> tuple[str, ...]:
    """Every flag that decides what code a compiler makes for a core; none of them holds a path."""
    # zig turns its undefined-behaviour sanitizer on where it is not told otherwise
    own = ("-fno-sanitize=undefined",) if compiler.name == "zig" else ()
    return (*core.compilers[compiler.name], OPTIMIZE_FLAGS[optimize], *_FREESTANDING, *own)


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


def link_bare(compiler: Compiler, objects: Sequence[Path], script: Path, output: Path, flags: Sequence[str]) -> None:
    """Link a bare-metal program: the objects and the compiler's own runtime, no C library, unused sections dropped.

    Raises CompileError with the linker's message.
    """
    program = [*compiler.command, *flags] if compiler.linker is None else [compiler.linker]
    options, libraries = bare_link_options(compiler, script)
    runtime = (f"-l{name}" for name in libraries)
    _run(compiler, [*program, *options, *map(str, objects), *runtime, "-o", str(output)])


def bare_link_options(compiler: Compiler, script: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What links a program without operating system and C library: options, and libraries to name after its objects."""
    options, placed = ("--gc-sections", "-e", "rs2c_reset"), ("-T", str(script))
    if compiler.linker is not None:
        # relaxation needs tables of properties that only its own assembler writes; there is no runtime to link
        return (*options, "--no-relax", *placed), ()
    # zig strips symbols unless debug information is asked for, and drops its runtime with -nostdlib
    bare, libraries = (("-g",), ()) if compiler.name == "zig" else (("-nostdlib",), ("gcc",))
    return (*bare, f"-Wl,{','.join(options)}", *placed), libraries


def avr_region_options(flash: Memory, ram: Memory) -> list[str]:
    """What tells avr-libc's linker script where a part's memories are and how large."""
    symbols = {"TEXT_REGION_LENGTH": flash.size, "DATA_REGION_ORIGIN": ram.origin, "DATA_REGION_LENGTH": ram.size}
    return [f"-Wl,--defsym=__{name}__={value:#x}" for name, value in symbols.items()]


def with_runtime(compiler: Compiler, obj: Path, output: Path, flags: Sequence[str]) -> Path:
    """Join an object file and what it needs of the compiler's runtime to one object file; returns `output`.

    Raises CompileError where the compiler cannot: only GCC keeps its runtime apart.
    """
    _run(compiler, [*compiler.command, *flags, "-nostdlib", "-r", str(obj), "-lgcc", "-o", str(output)])
    return output


def run_compiler(compiler: Compiler, arguments: Sequence[str]) -> None:
    """Run a compiler. Raises CompileError with its message if it fails."""
    _run(compiler, [*compiler.command, *arguments])


def _run(compiler: Compiler, command: Sequence[str]) -> None:
    result = subprocess.run(
        command, capture_output=True, text=True, errors="replace", env={**os.environ, "LC_ALL": "C"}
    )
    if result.returncode != 0:
        raise CompileError(f"{compiler} failed: {result.stderr.strip() or result.stdout.strip()}")


@cache
def _version(*command: str) -> str:
    text = subprocess.run(command, capture_output=True, text=True, errors="replace").stdout
    match = re.search(r"\d+\.\d+\.\d+", text)
    return match.group() if match else "of unknown version"


def _command_of(name: str) -> tuple[str, ...] | None:
    if name == "zig":
        found = importlib.util.find_spec("ziglang") is not None
        return (sys.executable, "-m", "ziglang", "cc") if found else None
    path = shutil.which(_KINDS[name].program) or _in_platformio(name)
    return (path,) if path else None


def _linker_of(name: str) -> str | None:
    linker = _KINDS[name].linker
    return None if linker is None else shutil.which(linker)


def _in_platformio(name: str) -> str | None:
    if name not in _PLATFORMIO_PACKAGES:
        return None
    core = Path(os.environ.get("PLATFORMIO_CORE_DIR") or Path.home() / ".platformio")
    # a folder may carry its version: toolchain-gccarmnoneeabi@1.120301.0
    folders = sorted((core / "packages").glob(f"{_PLATFORMIO_PACKAGES[name]}*/bin"), reverse=True)
    return next(filter(None, (shutil.which(name, path=str(folder)) for folder in folders)), None)
