"""Writing files so that nothing half-written is ever left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rs2c.errors import OptionError


def check_writable(path: Path) -> None:
    """Find out before long work that its result could not be written; raises OptionError."""
    if path.is_dir():
        raise OptionError(f"{path} is a folder; give the path of a file to write")
    parent = path.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise OptionError(f"cannot write {path} ({parent} is not a folder we may write to); choose another output path")


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raises OptionError where the place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(scratch, 0o644)
            os.replace(scratch, path)
        except BaseException:
            os.unlink(scratch)
            raise
    except OSError as error:
        raise OptionError(f"cannot write {path} ({error.strerror}); choose another output path") from None


def write_folder(folder: Path, files: Mapping[str, bytes], marker: str) -> None:
    """Replace a folder by `files` (relative path to content), whole or not at all.

    An existing folder is replaced only where it is empty or holds `marker`, a file that only we write; anything else
    raises OptionError, so that no one loses work.
    """
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or (folder / marker).is_file())):
        raise OptionError(f"{folder} was not made by rs2c for this name; remove it or choose another output folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for name, content in files.items():
                (scratch / name).parent.mkdir(parents=True, exist_ok=True)
                (scratch / name).write_bytes(content)
            scratch.chmod(0o755)
            if folder.exists():
                shutil.rmtree(folder)
            scratch.rename(folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise OptionError(f"cannot write {folder} ({error.strerror}); choose another output folder") from None
