"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from dataclasses import dataclass

from rs2c.boards import load_core
from rs2c.errors import MissingToolError
from rs2c.toolchain import find_compiler, find_host_compilers

_PACKAGES = (
    ("torch", "fit", "fit"),
    ("scikit-learn", "fit, demo, estimators", "fit"),
    ("pyarrow", "Parquet files", "parquet"),
    ("unicorn", "emulated Cortex-M cores", "sim"),
    ("pyelftools", "flash, RAM and stack figures", "sim"),
    ("ziglang", "a Cortex-M compiler by pip alone", "zig"),
    ("platformio", "firmware", "firmware"),
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
    try:
        arm: str | None = str(find_compiler(load_core("cortex-m3")))
    except MissingToolError:
        arm = None
    install = "Debian: apt install gcc-arm-none-eabi, or pip install 'rs2c[zig]'"
    found.append(Finding("Cortex-M compiler", "boards cortex-m*", arm, install))
    found.append(Finding("cmake", "building an emitted library", _cmake_version(), "Debian: apt install cmake"))
    return found


def _package_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cmake_version() -> str | None:
    path = shutil.which("cmake")
    if path is None:
        return None
    text = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    return text.split()[2] if len(text.split()) > 2 else "of unknown version"
