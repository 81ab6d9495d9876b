"""Writing files and folders whole or not at all, whatever ends the program: an error, Ctrl-C, a signal, a kill.

What is written goes into a hidden folder beside its place, `new/NAME`, and from there by one rename. A folder that is
replaced moves to `old/NAME` first; where the program is killed between the two renames, both are still there, and the
next run that writes into the same place completes them and removes what else was left. Runs that write side by side
wait for each other, so that none takes another's folder for one that was left.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rs2c.base.errors import OptionError

_SCRATCH = re.compile(r"\.rs2c-.{8}\.writing")
_WAIT_SECONDS = 10  # for another run's writing, which takes a fraction of a second
_STALE_SECONDS = 3600  # where runs cannot wait for each other, a scratch folder of that age is nobody's


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
    _check_place(path, "path")


def _check_place(path: Path, kind: str) -> None:
    parent = path.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise OptionError(
            f"cannot write {path} ({parent} is not a folder we may write to); choose another output {kind}"
        )


def is_empty(folder: Path) -> bool:
    """Whether a folder holds nothing, or no more than what a killed run was writing there."""
    return folder.is_dir() and all(_SCRATCH.fullmatch(path.name) for path in folder.iterdir())


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
        with _scratch_beside(path) as new:
            with open(new, "xb") as file:
                if path.exists():
                    os.chmod(new, path.stat().st_mode & 0o777)
                file.write(content)
            os.replace(new, path)
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
        _check_replaceable(wanted, folder, marker)  # before a folder is made around it
        _check_place(folder, "folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _scratch_beside(folder) as new:
            _check_replaceable(wanted, folder, marker)  # a run that was killed may have left it elsewhere
            for name, content in files.items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                (new / name).write_bytes(content)
            _exchange(folder, new)
    except OSError as error:
        raise OptionError(f"cannot write {wanted} ({error.strerror}); choose another output folder") from None


def _check_replaceable(wanted: Path, folder: Path, marker: str) -> None:
    if folder.exists() and not (is_empty(folder) or (folder / marker).is_file()):
        raise OptionError(f"{wanted} was not made by rs2c for this name; remove it or choose another output folder")


@contextlib.contextmanager
def _scratch_beside(target: Path) -> Iterator[Path]:
    """Where to write what will be `target`: new/NAME in a scratch folder, which is gone afterwards."""
    with _alone_in(target.parent) as alone:
        with contextlib.suppress(OSError):  # what another user left, or a folder that cannot be listed
            for left in target.parent.iterdir():
                if _SCRATCH.fullmatch(left.name) and (alone or time.time() - left.stat().st_mtime > _STALE_SECONDS):
                    _settle(left)
        scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=".rs2c-", suffix=".writing"))
        try:
            (scratch / "new").mkdir()
            yield scratch / "new" / target.name
        finally:
            _settle(scratch)


def _exchange(folder: Path, new: Path) -> None:
    """Put `new` in the place of `folder`, which comes back if that fails."""
    old = new.parent.parent / "old" / folder.name
    if folder.exists():
        old.parent.mkdir()
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise


def _settle(scratch: Path) -> None:
    """Complete a replacement that was stopped between its two renames, and remove the scratch folder.

    Where an old folder is in it and nothing stands in its place, the new one was whole when the old one moved.
    """
    parts = {path.name for path in scratch.iterdir()}
    if not parts <= {"new", "old"}:  # not ours
        return
    for old in (scratch / "old").iterdir() if "old" in parts else ():
        new, place = scratch / "new" / old.name, scratch.parent / old.name
        if new.exists() and not place.exists():
            new.rename(place)
    shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[bool]:
    """Hold the lock that runs take which write into a folder; False where there are no locks, or it is not to be had.

    The system gives it back however a run ends.
    """
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    descriptor = None
    alone = False
    try:
        with contextlib.suppress(OSError):  # a folder that cannot be listed, a file system without locks
            descriptor = os.open(folder, os.O_RDONLY)
            until = time.monotonic() + _WAIT_SECONDS
            while not alone:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    alone = True
                except BlockingIOError:
                    if time.monotonic() > until:
                        break
                    time.sleep(0.01)
        yield alone
    finally:
        if descriptor is not None:
            os.close(descriptor)
