"""PlatformIO as a subprocess: the environment it runs in, what its failures mean, and no connection unless one is due.

Projects for emulated cores have a core folder of their own in which SCons, which PlatformIO would fetch from its
registry, is a package that calls the SCons of this Python.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rs2c.base.errors import DoesNotFitError, MissingToolError, OptionError, Rs2cError
from rs2c.boards.boards import Board
from rs2c.boards.link_errors import overflowed_memory, refused_tables
from rs2c.boards.toolchain import CompileError
from rs2c.firmware.local_platform import memories_of
from rs2c.firmware.package_registry import HOST, registry_reachable
from rs2c.firmware.project import Project
from rs2c.firmware.run_program import emulator_command
from rs2c.firmware.scons_package import write_scons_package
from rs2c.firmware.selftest_vectors import SelftestResult, read_result

Show = Callable[[str], None]
_EXTRA = "pip install 'rs2c[firmware]'"
_FETCHES = re.compile(r"(Platform|Tool|Library) Manager: Installing (?!symlink:)(\S+)")
_STOPPED = re.compile(r"^error: (.+)$", re.MULTILINE)  # what rs2c.firmware.run_program prints
_SHOWN_LINES = 30
_SILENCE_SECONDS = 900  # a board that prints nothing would be listened to for ever; fetching a framework takes less
_PROGRAMS = ("program", "program.exe", "program.elf", "firmware.elf", "zephyr.elf")  # ours, then those of frameworks


def build_program(project: Project, show: Show = lambda _: None) -> Path:
    """Build a project; returns the program.

    Raises DoesNotFitError, CompileError with the compiler's message, and as `run_platformio` does.
    """
    _check_built(project, *run_platformio(project, ["run", "-e", project.board.name], show))
    programs = [path for path in project.build_folder.glob("*") if path.name in _PROGRAMS]
    if not programs:
        raise CompileError(f"PlatformIO built no program in {project.build_folder}")
    return programs[0]


def check_flash(board: Board) -> None:
    """Raises OptionError for a board that is none: this computer, or an emulated core."""
    if board.platformio is None:
        raise OptionError(f"{board.name} is no board that can be flashed; run it by rs2c test --board {board.name}")


def flash_program(project: Project, show: Show = lambda _: None) -> None:
    """Build a project and write it to its board. Raises as `build_program` does, and OptionError from `check_flash`."""
    check_flash(project.board)
    _check_built(project, *run_platformio(project, ["run", "-e", project.board.name, "-t", "upload"], show))


def run_selftest(project: Project, junit: Path, show: Show = lambda _: None) -> SelftestResult:
    """Build the self-test, run it on the board or in an emulator, and read what it prints; `junit` is written.

    Raises as `build_program` does, MissingToolError where the emulator is missing, and Rs2cError where the program
    printed no result.
    """
    if project.local:
        emulator_command(project.board.core, project.build_folder)  # refuses before anything is built
    junit.unlink(missing_ok=True)
    arguments = ["test", "-e", project.board.name, "--junit-output-path", str(junit)]
    status, output = run_platformio(project, arguments, show)
    result = read_result(output)
    if result is not None:
        return result
    stopped = _STOPPED.search(output)
    if stopped is None:
        _check_built(project, status, output)
    reason = "it printed no result" if stopped is None else stopped.group(1)
    raise Rs2cError(f"the self-test of {project.name} on {project.board.name} failed: {reason}")


def run_platformio(project: Project, arguments: Sequence[str], show: Show = lambda _: None) -> tuple[int, str]:
    """Run `pio ARGUMENTS` in the project; returns the exit status and what was printed.

    `show` gets each line as it comes. Raises MissingToolError where PlatformIO is missing or where it begins to fetch
    a package that cannot be had, Rs2cError where it falls silent.
    """
    if importlib.util.find_spec("platformio") is None:
        raise MissingToolError(f"building firmware needs PlatformIO: {_EXTRA}")
    if project.local:
        write_scons_package(project.folder / ".pio-core")
    process = subprocess.Popen(
        [sys.executable, "-m", "platformio", *arguments],
        cwd=project.folder,
        env=_environment(project),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    lines = []
    reachable: bool | None = None
    with process, _Watch(process) as watch:
        for line in process.stdout:
            watch.heard()
            lines.append(line)
            show(line.rstrip())
            fetched = _FETCHES.search(line)
            if fetched and reachable is None:
                reachable = registry_reachable()
            if fetched and not reachable:
                raise _unreachable(project, f"{fetched.group(1).lower()} {fetched.group(2)!r}")
    if watch.bit:
        raise Rs2cError(
            f"{project.name} on {project.board.name} has printed nothing for {_SILENCE_SECONDS} seconds; check its "
            "cable and port, and reset the board"
        )
    return process.returncode, "".join(lines)


class _Watch:
    """Kills PlatformIO, which itself reads the serial port, once nothing has been heard of it for too long.

    So it does where we end early ourselves.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.bit, self.timer = process, False, threading.Timer(0, lambda: None)

    def __enter__(self) -> _Watch:
        self.heard()
        return self

    def __exit__(self, error: object, *_: object) -> None:
        self.timer.cancel()
        if error is not None:
            self.process.kill()

    def heard(self) -> None:
        """Begin to wait anew."""
        self.timer.cancel()
        self.timer = threading.Timer(_SILENCE_SECONDS, self._bite)
        self.timer.daemon = True
        self.timer.start()

    def _bite(self) -> None:
        self.bit = True
        self.process.kill()


def _check_built(project: Project, status: int, output: str) -> None:
    """Raise DoesNotFitError or CompileError, with the last lines of the output, unless the status is 0."""
    if status == 0:
        return
    overflowed = overflowed_memory(output) or ("flash" if refused_tables(output) else None)
    if overflowed is not None:
        flash, ram = memories_of(project.board)
        memory = flash if overflowed == "flash" else ram
        size = "" if memory is None else f"{memory.size:,} bytes of "
        smaller = "fewer rows or weights" if overflowed == "flash" else "fewer features or classes"
        raise DoesNotFitError(
            f"{project.name} with its self-test does not fit into the {size}{overflowed} of {project.board.name}; use "
            f"a smaller sketch, such as {smaller}, or a larger board"
        )
    last = "".join(output.splitlines(keepends=True)[-_SHOWN_LINES:]).strip()
    raise CompileError(f"PlatformIO failed with {project.name} on {project.board.name}:\n{last}")


def _unreachable(project: Project, what: str) -> MissingToolError:
    return MissingToolError(
        f"the board {project.board.name} needs PlatformIO's {what}, which is not installed, and its registry {HOST} "
        "cannot be reached; connect this computer to the internet, or set HTTPS_PROXY, for the first build, or check "
        f"the C without it: rs2c verify --board {project.board.core.name}"
    )


def _environment(project: Project) -> dict[str, str]:
    inherited = dict(os.environ)
    if project.local:  # the user's settings are for the user's projects
        inherited = {key: value for key, value in inherited.items() if not key.startswith("PLATFORMIO_")}
        inherited["PLATFORMIO_CORE_DIR"] = str(project.folder / ".pio-core")
    return {
        **inherited,
        "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "PLATFORMIO_NO_ANSI": "true",
        "PYTHONUNBUFFERED": "1",
        "LC_ALL": "C.UTF-8",
    }
