"""What the project of an Arduino board holds, compiled by Debian's Arduino core for AVR and run in simavr.

On a user's computer PlatformIO compiles the same files with the same core, which it takes from its registry.
"""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from rs2c.boards.boards import load_board
from rs2c.firmware.project import write_project
from rs2c.firmware.selftest_vectors import read_result
from tests.emit.models import GOLDENS
from tests.firmware.test_local_builds import answer_to_zeros
from tests.support.tools import need_program, not_here

ARDUINO = Path("/usr/share/arduino/hardware/arduino/avr")
CORE = "abi hooks main new wiring HardwareSerial HardwareSerial0 Print Stream WString".split()
TARGET = ["-mmcu=atmega328p", "-DF_CPU=16000000UL", "-DARDUINO=10819", "-DARDUINO_AVR_UNO", "-DARDUINO_ARCH_AVR"]


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Object files of the Arduino core."""
    need_program("avr-gcc")
    if not ARDUINO.is_dir():
        not_here("arduino-core-avr")
    sources = [path for path in (ARDUINO / "cores" / "arduino").iterdir() if path.stem in CORE]
    return compiled(
        [path for path in sources if path.suffix != ".h"],
        ["-w", "-DDECIMAL_DIG=17"],
        tmp_path_factory.mktemp("arduino"),
    )


def compiled(sources: list[Path], flags: list[str], folder: Path) -> list[Path]:
    """Object files of C and C++ sources, by the flags of the Arduino core."""
    include = [f"-I{ARDUINO / 'cores' / 'arduino'}", f"-I{ARDUINO / 'variants' / 'standard'}"]
    common = ["avr-gcc", *TARGET, "-Os", "-ffunction-sections", "-fdata-sections", *include, *flags, "-c"]
    folder.mkdir(exist_ok=True)
    for suffix, standard in ((".c", "-std=gnu11"), (".cpp", "-std=gnu++11")):
        files = [str(path) for path in sources if path.suffix == suffix]
        done = subprocess.run([*common, standard, *files], capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, done.stderr
    return list(folder.glob("*.o"))


@pytest.mark.parametrize("program", ["self-test", "answer"])
def test_the_port_of_arduino_prints_what_it_should(core, tmp_path, program):
    simavr = need_program("simavr")
    project = write_project(GOLDENS["gesture"], "gesture", load_board("uno"), tmp_path / "project", 200)
    folder = project.folder
    sources = [*folder.glob("src/*.c"), *folder.glob("src/*.cpp"), *folder.glob("lib/gesture/src/*.c")]
    flags = [f"-I{path}" for path in (folder / "lib" / "gesture" / "include", folder / "include")]
    if program == "self-test":
        sources.append(folder / "test" / "test_selftest" / "selftest.c")
        flags.append("-DPIO_UNIT_TESTING")
    objects = compiled(sources, [*flags, "-Wall", "-Wextra", "-Werror"], tmp_path / "objects")
    elf = tmp_path / "program.elf"
    link = ["avr-gcc", "-mmcu=atmega328p", "-Wl,--gc-sections", *map(str, (*objects, *core)), "-o", str(elf)]
    subprocess.run(link, check=True)
    output = printed_until([simavr, "-m", "atmega328p", "-f", "16000000", str(elf)], ("OK", "FAIL", "class"))
    if program == "self-test":
        result = read_result(output)
        assert result is not None, output
        assert (result.golden, result.mismatches, result.random, result.crc) == (16, 0, 200, project.crc)
    else:
        for line in answer_to_zeros().splitlines():
            assert line in output


def printed_until(command: list[str], last: tuple[str, ...]) -> str:
    """Lines of a program that goes on for ever, up to one that holds any of `last`."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        limit = threading.Timer(30, process.kill)
        limit.start()
        lines = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if any(word in line for word in last):
                break
        limit.cancel()
        process.kill()
    return "".join(lines)
