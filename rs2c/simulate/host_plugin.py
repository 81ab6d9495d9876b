"""C files of firmware/harness that this computer's compiler builds into an emulator's process."""

from __future__ import annotations

from pathlib import Path

from rs2c.base.resources import resource_path
from rs2c.boards.toolchain import CompileError, find_host_compilers, run_compiler


def build_plugin(source: str, output: Path, *definitions: str) -> Path | None:
    """The shared library `output`; None where this computer has no C compiler, or it cannot build the file."""
    try:
        compiler = find_host_compilers()[0]
        path = resource_path("firmware") / "harness" / source
        run_compiler(compiler, ["-O2", "-shared", "-fPIC", *definitions, str(path), "-o", str(output)])
    except (IndexError, CompileError):
        return None
    return output
