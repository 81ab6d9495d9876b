"""Runs one program that prints, in the emulator of its core or on this computer.

    python -m rs2c.firmware.run_program CORE PROGRAM

Exits with 0 once the program has ended by itself, whatever its verdict (its output says it), else with 3.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from rs2c.base.errors import MissingToolError, OptionError, Rs2cError
from rs2c.boards.boards import Core, load_core
from rs2c.firmware.local_platform import AVR_CLOCK_HZ, output_emulator
from rs2c.simulate.qemu import qemu_command

TIMEOUT_SECONDS = 120
FAULT_STATUS = 3  # port_semihost.c

_WAITS_FOR_DEBUGGER = "avr_gdb_init"  # what simavr does when a program goes wrong
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def emulator_command(core: Core, program: Path) -> list[str]:
    """The command that runs a program of a core; of the core `host`, the program itself.

    Raises OptionError where no emulator of the core can print, MissingToolError where it is not installed.
    """
    if core.architecture == "host":
        return [str(program)]
    emulator = output_emulator(core)
    if emulator is None:
        raise OptionError(f"no emulator runs programs for {core.name} that print; use rs2c verify for it")
    if emulator.kind == "qemu":
        # to QEMU, standard output is the serial port of an Xtensa core
        return [*qemu_command(core), "-serial", "stdio", "-kernel", str(program)]
    simavr = shutil.which("simavr")
    if simavr is None:
        raise MissingToolError("running a program for AVR needs simavr (Debian: apt install simavr)")
    # into a pipe, simavr would write only when it ends
    stdbuf = shutil.which("stdbuf")
    by_line = [] if stdbuf is None else [stdbuf, "-oL"]
    return [*by_line, simavr, "-m", emulator.machine, "-f", str(AVR_CLOCK_HZ), str(program)]


def run_program(core: Core, program: Path, seconds: float = TIMEOUT_SECONDS) -> str:
    """What a program printed. Raises Rs2cError where it does not end in time or ends by a fault."""
    command = emulator_command(core, program)
    where = f"{program.name} for {core.name}"
    started = time.monotonic()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        limit = threading.Timer(seconds, process.terminate)
        limit.start()
        output = ""
        for line in process.stdout or ():
            output += line
            if _WAITS_FOR_DEBUGGER in line:
                process.terminate()
        limit.cancel()
    if process.returncode == FAULT_STATUS or _WAITS_FOR_DEBUGGER in output:
        raise Rs2cError(f"{where} came to a fault; where memory is small, its stack may not fit: use a smaller model")
    if time.monotonic() - started >= seconds:
        raise Rs2cError(f"{where} did not end in {seconds:g} s; ask for fewer --vectors")
    if process.returncode not in (0, 1):
        raise Rs2cError(f"{where} ended with status {process.returncode}: {output.strip()[-500:] or 'no message'}")
    return _printed(output) if core.architecture == "avr" else output


def _printed(output: str) -> str:
    """The serial port's lines as simavr shows them: coloured, with a dot for the line feed."""
    lines = (_COLOUR.sub("", line) for line in output.splitlines())
    return "".join(line.removesuffix(".") + "\n" for line in lines)


def main() -> None:
    """The command line."""
    core, program = sys.argv[1:]
    try:
        print(run_program(load_core(core), Path(program)), end="", flush=True)
    except Rs2cError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(FAULT_STATUS)


if __name__ == "__main__":
    main()
