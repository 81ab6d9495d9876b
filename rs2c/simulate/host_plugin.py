"""C files of firmware/harness that this computer's compiler builds into an emulator's process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from rs2c.base.resources import resource_path
from rs2c.boards.toolchain import CompileError, Compiler, find_host_compilers, run_compiler


def host_plugin(source: str, *definitions: str) -> Path | None:
    """The shared library of a file, made once and kept until this process ends.

    None where this computer has no C compiler, or it cannot build the file.
    """
    try:
        return _built(find_host_compilers()[0], source, definitions)
    except (IndexError, CompileError):
        return None


@cache
def _built(compiler: Compiler, source: str, definitions: tuple[str, ...]) -> Path:
    path = resource_path("firmware") / "harness" / source
    folder = tempfile.mkdtemp(prefix="rs2c-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    output = Path(folder) / f"{path.stem}.so"
    run_compiler(compiler, ["-O2", "-shared", "-fPIC", *definitions, str(path), "-o", str(output)])
    return output
