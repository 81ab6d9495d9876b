"""`rs2c verify --board all`: which cores are run, which are left out, and that neither is a matter of luck."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rs2c.base.errors import DoesNotFitError, MissingToolError, OptionError
from rs2c.boards.boards import load_core
from rs2c.boards.link_errors import overflowed_memory
from rs2c.simulate.targets import targets_of
from rs2c.verify.verdicts import NotRun, every_target, named_targets, verify_targets
from tests.emit.shapes import shapes
from tests.support.small_models import hashes, model
from tests.support.tools import not_here

LARGE = shapes()["large"].model  # a table of more than 32 KB
WIDE = model(features=3000, hashes=hashes(np.ones((1, 1, 3000))))


def need(core: str, emulator: str) -> None:
    try:
        targets_of(core, emulator=emulator)
    except MissingToolError as error:
        not_here(str(error))


def test_a_core_that_cannot_hold_the_model_is_left_out() -> None:
    need("atmega328p", "simavr")
    left_out: list[NotRun] = []
    verdicts = verify_targets(LARGE, named_targets(["atmega328p", "host"]), vectors=50, leave_out=left_out.append)
    assert [verdict.target.split("-")[0] for verdict in verdicts] == ["host"] * len(verdicts)
    assert all(verdict.passed for verdict in verdicts)
    assert [core.target for core in left_out] == ["atmega328p"]
    assert "model does not fit atmega328p: the table" in left_out[0].reason


def test_where_no_core_can_hold_the_model_that_is_said() -> None:
    need("atmega328p", "simavr")
    with pytest.raises(DoesNotFitError, match="model does not fit atmega328p"):
        verify_targets(LARGE, named_targets(["atmega328p"]), vectors=50)
    with pytest.raises(DoesNotFitError, match="model does not fit atmega328p"):
        verify_targets(LARGE, named_targets(["atmega328p"]), vectors=50, leave_out=lambda _: None)
    with pytest.raises(MissingToolError, match="rs2c doctor"):
        verify_targets(LARGE, [], vectors=50)


def test_a_memory_of_qemu_that_is_too_small_is_one_sentence() -> None:
    need("cortex-m0", "qemu")
    with pytest.raises(
        DoesNotFitError, match=r"^model does not fit cortex-m0: .* the 16384 bytes of RAM; use a smaller"
    ):
        verify_targets(WIDE, named_targets(["cortex-m0"], "qemu"), vectors=50)


@pytest.mark.parametrize(
    ("output", "memory"),
    [
        ("ld: region `FLASH' overflowed by 12 bytes", "flash"),
        ("ld.lld: error: section '.text' will not fit in region 'FLASH': overflowed by 9 bytes", "flash"),
        ("p.elf section `.text' will not fit in region `text'", "flash"),
        ("address 0x800d2e of p.elf section `.bss' is not within region `data'", "RAM"),
        ("region `RAM' overflowed by 2421 bytes", "RAM"),
        ("region `dram0_0_seg' overflowed by 2992 bytes", "RAM"),
        ("region `irom0_0_seg' overflowed by 2992 bytes", "flash"),
        ("Error: The data size (2421 bytes) is greater than maximum allowed (2048 bytes)", "RAM"),
        ("Error: The program size (40000 bytes) is greater than maximum allowed (32256 bytes)", "flash"),
        ("region `RAM' overflowed by 4 bytes\nregion `FLASH' overflowed by 8 bytes", "RAM"),
        ("undefined reference to `far'", None),
    ],
)
def test_linkers_say_which_memory_is_too_small(output: str, memory: str | None) -> None:
    assert overflowed_memory(output) == memory


def test_a_broken_core_file_is_no_core_that_an_emulator_does_not_run(own_boards: Path) -> None:
    file = own_boards / "cores" / "rv32imc.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "colour": "red"}))
    with pytest.raises(OptionError, match=r"rv32imc\.json has an unknown key 'colour'"):
        every_target("unicorn")


def test_a_bad_setting_is_named_whatever_the_emulator(monkeypatch) -> None:
    monkeypatch.setenv("RS2C_COMPILER", "foo")
    with pytest.raises(OptionError, match="RS2C_COMPILER is 'foo'"):
        every_target("qemu")


def test_an_emulator_runs_its_own_cores_only() -> None:
    targets, missing = every_target("simavr")
    assert {target.name for target in targets} | {core.target for core in missing} == {"atmega328p"}
    assert load_core("atmega328p").emulators[0].kind == "simavr"
