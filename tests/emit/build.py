"""Compiling emitted files as a user would: by a command line."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from rs2c.emit import emit_library
from rs2c.model.file import ModelFile
from tests.support.host import WARNINGS

C99 = ["-std=c99", *WARNINGS, "-Wunused-macros"]
CPP11 = ["-x", "c++", "-std=c++11", *(flag for flag in C99[1:] if not flag.endswith("-prototypes"))]


def emit_all(models: dict[str, ModelFile], parent: Path) -> list[Path]:
    """Emit each model to a folder of its name; returns the folders."""
    for name, content in models.items():
        emit_library(content, name, parent / name)
    return [parent / name for name in models]


def sources(folders: Iterable[Path]) -> list[str]:
    """C files of libraries, without examples."""
    return [str(path) for folder in folders for path in sorted((folder / "src").glob("*.c"))]


def includes(folders: Iterable[Path]) -> list[str]:
    """-I flags of libraries."""
    return [f"-I{folder / 'include'}" for folder in folders]


def run(command: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command and give its output, whatever its exit status."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def build(command: Sequence[str], cwd: Path) -> None:
    """Run a compiler that must succeed and print nothing."""
    result = run(command, cwd)
    assert result.returncode == 0, result.stderr[:4000]
    assert not result.stderr


def program(folders: Sequence[Path], main: str, cwd: Path, compiler: str = "gcc") -> subprocess.CompletedProcess[str]:
    """Compile libraries with a main program, and run it."""
    (cwd / "main.c").write_text(main)
    build([compiler, *C99, *includes(folders), *sources(folders), "main.c", "-o", "program"], cwd)
    return run(["./program"], cwd)
