"""Board files: every shipped one loads, and a broken one is refused with its file and key."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rs2c.base.errors import OptionError
from rs2c.base.resources import resource_path
from rs2c.boards.boards import COMPILERS, list_boards, list_cores, load_board, load_core, read_board, read_core
from rs2c.boards.names import means_all
from rs2c.boards.toolchain import _KINDS
from rs2c.simulate.emulator import Program, Running
from tests.support.tools import need_modules

REAL = (
    "nucleo_f030r8", "rpipico", "nucleo_f103rb", "nucleo_f446re", "nucleo_h743zi", "nucleo_l552ze_q", "nrf52840_dk",
    "esp32dev", "esp32-c3-devkitm-1", "esp8266", "uno",
)  # fmt: skip
CORES = (
    "cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55", "rv32imc",
    "lx106", "lx6", "atmega328p", "host",
)  # fmt: skip


def test_every_shipped_board_loads() -> None:
    boards = {name: load_board(name) for name in list_boards()}
    assert set(boards) == {*REAL, *CORES}
    assert set(list_cores()) == set(CORES)
    for name in CORES:
        assert (boards[name].mcu, boards[name].platformio) == (None, None)
        assert bool(boards[name].core.emulators) == (name != "host")
    for name in REAL:
        board = boards[name]
        assert board.core.name in CORES
        assert board.clock_hz is not None
        assert 16e6 <= board.clock_hz <= 480e6
        assert board.flash is not None
        assert board.ram is not None
        assert board.ram.size < board.flash.size


def test_a_core_says_which_emulators_it_has() -> None:
    core = load_core("cortex-m55")
    assert core.emulator("qemu").machine == "mps3-an547"
    with pytest.raises(OptionError, match=r"cortex-m55 is not run by unicorn; its emulators: qemu"):
        core.emulator("unicorn")


@pytest.mark.parametrize("name", ["cortex-m9", "../boards/host", ""])
def test_an_unknown_board_lists_the_known_ones(name: str) -> None:
    with pytest.raises(OptionError, match=r"known boards are .*cortex-m0.*host"):
        load_board(name)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ESP32dev", "esp32dev"), ("esp32-dev", "esp32dev"), ("Nucleo-F446RE", "nucleo_f446re"),
        ("nucleof446re", "nucleo_f446re"), ("cortexm4f", "cortex-m4f"), ("CORTEX_M0PLUS", "cortex-m0plus"),
        ("nrf52840-dk", "nrf52840_dk"), ("Uno", "uno"), ("ESP32_C3 DevKitM-1", "esp32-c3-devkitm-1"),
    ],
)  # fmt: skip
def test_a_board_is_found_whatever_its_case_and_dashes(asked: str, found: str) -> None:
    assert load_board(asked) == load_board(found)
    assert load_board(asked).name == found


def test_no_two_boards_have_one_name_without_case_and_dashes() -> None:
    assert len({re.sub("[-_ ]", "", name).lower() for name in list_boards()}) == len(list_boards())


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("esp32", "there is no board 'esp32'; it could be esp32-c3-devkitm-1, esp32dev, "),
        ("nucleo", "it could be nucleo_f030r8, nucleo_f103rb, nucleo_f446re, nucleo_h743zi or nucleo_l552ze_q: name"),
        ("pico", "it could be rpipico: name one of them"),
        (
            "Cortex-M",
            "it could be cortex-m0, cortex-m0plus, cortex-m3, cortex-m33, cortex-m4f, cortex-m55 or cortex-m7",
        ),
        ("RP2040", "it could be rpipico"),
        ("nodemcuv2", "it could be esp8266"),
        ("Arduino Uno", "it could be uno"),
        ("STM32F446RE", "it could be nucleo_f446re"),
        ("unno", "did you mean uno? The known boards are atmega328p, "),
        ("nucleo_f446er", "did you mean nucleo_f446re? "),
        ("rpi_pica", "did you mean rpipico? "),
        ("all", "all stands for every board where several can be named; name one board here"),
    ],
)
def test_a_name_that_is_no_boards_lists_what_it_could_be(asked: str, sentence: str) -> None:
    with pytest.raises(OptionError) as refusal:
        load_board(asked)
    assert sentence in str(refusal.value)


def test_all_boards_are_named_alone() -> None:
    assert means_all(["all"])
    assert means_all(["ALL"])
    assert not means_all(["uno", "host"])
    assert not means_all(None)
    with pytest.raises(OptionError, match="name it alone"):
        means_all(["uno", "all"])


def broken(folder: Path, source: str, name: str, change: Any) -> Path:
    values = json.loads((resource_path("boards") / f"{source}.json").read_text())
    values["name"] = name
    change(values)
    (folder / f"{name}.json").write_text(json.dumps(values))
    return folder / f"{name}.json"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda board: board.pop("core"), r"b1\.json lacks the key 'core'"),
        (
            lambda board: board.update(core="cortex-m9"),
            r"b1\.json has a bad 'core': there is no core 'cortex-m9'; the known cores are .*cortex-m0",
        ),
        (lambda board: board.update(colour="red"), r"b1\.json has an unknown key 'colour'"),
        (lambda board: board["platformio"].pop("upload"), r"b1\.json lacks the key 'platformio\.upload'"),
        (lambda board: board["flash"].update(size=True), r"b1\.json has a bad 'flash\.size'"),
        (lambda board: board["flash"].update(size="1 MB"), r"b1\.json has a bad 'flash\.size'"),
        (lambda board: board["flash"].update(size=0), r"b1\.json has a bad 'flash'"),
        (lambda board: board["ram"].update(origin="0xFFFFFFFF"), r"b1\.json has a bad 'ram'"),
        (lambda board: board.update(clock_hz=-1), r"b1\.json has a bad 'clock_hz'"),
        (lambda board: board.update(mcu=""), r"b1\.json has a bad 'mcu'"),
        (lambda board: board.update(ram=3), r"b1\.json must hold an object at 'ram'"),
        (lambda board: board.update(name="m7"), r"b1\.json has 'name' 'm7'"),
    ],
)
def test_a_broken_board_file_names_file_and_key(tmp_path: Path, change: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read_board(broken(tmp_path, "nucleo_f030r8", "b1", change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda core: core.pop("compilers"), r"c1\.json lacks the key 'compilers'"),
        (lambda core: core["compilers"].update(zig="-target"), r"c1\.json has a bad 'compilers\.zig'"),
        (lambda core: core["compilers"].update({"arm-gcc": []}), r"'compilers\.arm-gcc' of .* is no compiler; use gcc"),
        (lambda core: core["emulators"].update(bochs={}), r"'emulators\.bochs' of .* is no emulator of arm; use unico"),
        (lambda core: core["emulators"].update(simavr={}), r"'emulators\.simavr' of .* is no emulator of arm"),
        (lambda core: core["emulators"]["qemu"].pop("ram"), r"c1\.json lacks the key 'emulators\.qemu\.ram'"),
        (lambda core: core["emulators"]["unicorn"]["ram"].update(size=5000), r"c1\.json: .* multiples of 4096"),
        (lambda core: core.pop("estimates"), r"c1\.json lacks the key 'estimates'"),
        (lambda core: core["estimates"].update(code_size=0), r"c1\.json has a bad 'estimates\.code_size'"),
        (lambda core: core["cycles"].pop("load"), r"c1\.json lacks the key 'cycles\.load'"),
        (lambda core: core["cycles"].update(jump=[3, 1]), r"c1\.json has a bad 'cycles\.jump': the least"),
        (lambda core: core["cycles"].update(jump=2), r"c1\.json has a bad 'cycles\.jump'"),
        (lambda core: core["cycles"].update(source=""), r"c1\.json has a bad 'cycles\.source'"),
    ],
)
def test_a_broken_core_file_names_file_and_key(tmp_path: Path, change: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read_core(broken(tmp_path, "cores/cortex-m0plus", "c1", change))


def test_a_board_file_that_is_not_json(tmp_path: Path) -> None:
    (tmp_path / "m0.json").write_text("{")
    with pytest.raises(OptionError, match=r"m0\.json is not JSON"):
        read_board(tmp_path / "m0.json")


def test_names_that_stand_for_something_else_are_refused(own_boards: Path) -> None:
    broken(own_boards, "uno", "lx6", lambda board: None)
    broken(own_boards, "uno", "all", lambda board: None)
    assert list_boards().count("lx6") == 1
    with pytest.raises(OptionError, match=r"lx6\.json has the name of a core; rename it"):
        load_board("lx6")
    with pytest.raises(OptionError, match=r"all\.json has a name that stands for every board; rename it"):
        load_board("all")


def test_every_compiler_that_a_core_may_name_is_known() -> None:
    assert set(COMPILERS) == set(_KINDS)


def test_a_machine_that_unicorn_does_not_know(tmp_path: Path) -> None:
    need_modules("unicorn")
    core = load_core("cortex-m0")
    unknown = replace(core.emulator("unicorn"), machine="UC_CPU_ARM_CORTEX_M99")
    with pytest.raises(OptionError, match="unicorn has no machine 'UC_CPU_ARM_CORTEX_M99'; correct it in the core"):
        Running(unknown, Program("EM_ARM", (), {}, (), ()), 16, 16)
