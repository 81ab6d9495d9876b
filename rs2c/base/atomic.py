"""Writing files so that nothing half-written is ever left behind."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from rs2c.base.errors import OptionError


def check_writable(path: Path, inputs: Iterable[Path | None] = ()) -> None:
    """Find out before long work that its result could not be written, or would replace an input; raises OptionError.

    What is no regular file (a pipe, /dev/stdout) is left to `write_file`.
    """
    if path.is_dir():
        raise OptionError(f"{path} is a folder; give the path of a file to write")
    if path.exists():
        if not path.is_file():
            return
        if any(source is not None and source.exists() and path.samefile(source) for source in inputs):
            raise OptionError(f"{path} is read, and would be written over; choose another output path")
    parent = path.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise OptionError(f"cannot write {path} ({parent} is not a folder we may write to); choose another output path")


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raises OptionError where the place cannot be written.

    A link is followed, and what is no regular file (a pipe, /dev/stdout) is written to, never replaced.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with open(scratch, "xb") as file:  # not by tempfile, whose files only their owner may read
                if path.exists():
                    os.chmod(scratch, path.stat().st_mode & 0o777)
                file.write(content)
            os.replace(scratch, path)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OptionError(f"cannot write {path} ({error.strerror}); choose another output path") from None


def write_folder(folder: Path, files: Mapping[str, bytes], marker: str) -> None:
    """Replace a folder by `files` (relative path to content), whole or not at all.

    An existing folder is replaced only where it is empty or holds `marker`, a file that only we write; anything else
    raises OptionError, so that no one loses work. So does the current folder, which would be gone under its user.
    """
    wanted, folder = folder, folder.resolve()
    if folder == Path.cwd() or folder in Path.cwd().parents:
        raise OptionError(f"{wanted} is the current folder, or around it, and cannot be replaced; name one below it")
    try:
        if folder.exists() and not _is_replaceable(folder, marker):
            raise OptionError(f"{wanted} was not made by rs2c for this name; remove it or choose another output folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for name, content in files.items():
                (scratch / "new" / name).parent.mkdir(parents=True, exist_ok=True)
                (scratch / "new" / name).write_bytes(content)
            _exchange(folder, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise OptionError(f"cannot write {wanted} ({error.strerror}); choose another output folder") from None


def _is_replaceable(folder: Path, marker: str) -> bool:
    return folder.is_dir() and (not any(folder.iterdir()) or (folder / marker).is_file())


def _exchange(folder: Path, scratch: Path) -> None:
    """Put the folder scratch/new in the place of `folder`, which moves to scratch/old; it comes back if that fails."""
    old = scratch / "old"
    if folder.exists():
        folder.rename(old)
    try:
        (scratch / "new").rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
