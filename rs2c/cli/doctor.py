"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
from dataclasses import dataclass

from rs2c.base.choices import EmulatorKind
from rs2c.base.errors import MissingToolError
from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import find_compiler, find_host_compilers
from rs2c.simulate.targets import emulated_target

_PACKAGES = (
    ("torch", "fit", "fit"),
    ("scikit-learn", "fit, demo, estimators", "fit"),
    ("pyarrow", "Parquet files", "parquet"),
    ("onnxruntime", "teachers that are .onnx files", "teachers"),
    ("ai-edge-litert", "teachers that are .tflite files", "teachers"),
    ("unicorn", "emulated Cortex-M and RISC-V cores", "sim"),
    ("pyelftools", "flash, RAM and stack figures", "sim"),
    ("capstone", "instructions of a core, and cycles", "sim"),
    ("ziglang", "a Cortex-M and RISC-V compiler by pip alone", "zig"),
    ("platformio", "firmware", "firmware"),
)
# What is found, for which boards, a core that needs it, and where it is from.
_COMPILERS = (
    ("Cortex-M compiler", "boards cortex-m*", "cortex-m3", "gcc-arm-none-eabi, or pip install 'rs2c[zig]'"),
    ("RISC-V compiler", "board rv32imc", "rv32imc", "gcc-riscv64-unknown-elf, or pip install 'rs2c[zig]'"),
    ("LX106 compiler", "board lx106", "lx106", "gcc-xtensa-lx106"),
    ("LX6 compiler", "board lx6", "lx6", "clang-22 binutils-xtensa-lx106"),
    ("AVR compiler", "board atmega328p", "atmega328p", "gcc-avr avr-libc"),
)
_PROGRAMS = (
    ("qemu-system-arm", "rs2c test of boards cortex-m*, verify of cortex-m55", "qemu-system-arm"),
    ("qemu-system-riscv32", "rs2c test of board rv32imc", "qemu-system-misc"),
    ("qemu-system-xtensa", "boards lx106 and lx6", "qemu-system-misc"),
    ("simavr", "rs2c test of board atmega328p", "simavr"),
    ("cmake", "building an emitted library", "cmake"),
)


@dataclass(frozen=True)
class Finding:
    """One thing rs2c can use; version is None where it is missing."""

    name: str
    purpose: str
    version: str | None
    install: str


def examine() -> list[Finding]:
    """Every optional package and tool."""
    found = [
        Finding(name, purpose, _package_version(name), f"pip install 'rs2c[{extra}]'")
        for name, purpose, extra in _PACKAGES
    ]
    hosts = {compiler.name: compiler.version for compiler in find_host_compilers()}
    for name in ("gcc", "clang"):
        found.append(Finding(name, "board host", hosts.get(name), f"Debian: apt install {name}"))
    for name, purpose, core, package in _COMPILERS:
        found.append(Finding(name, purpose, _compiler_of(core), f"Debian: apt install {package}"))
    for name, purpose, package in _PROGRAMS:
        found.append(Finding(name, purpose, _program_version(name), f"Debian: apt install {package}"))
    simavr = "installed" if _has_emulator("atmega328p", "simavr") else None
    found.append(Finding("libsimavr", "verify of board atmega328p", simavr, "Debian: apt install libsimavr-dev gcc"))
    return found


def _compiler_of(core: str) -> str | None:
    try:
        return str(find_compiler(load_core(core), wanted=""))
    except MissingToolError:
        return None


def _has_emulator(core: str, kind: EmulatorKind) -> bool:
    try:
        emulated_target(kind).require(load_core(core))
    except MissingToolError:
        return False
    return True


def _package_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _program_version(name: str) -> str | None:
    path = shutil.which(name)
    if path is None:
        return None
    match = re.search(r"\d+\.\d+(\.\d+)?", subprocess.run([path, "--version"], capture_output=True, text=True).stdout)
    return match.group() if match else "of unknown version"
