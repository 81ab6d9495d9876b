"""The project folder: what is kept, what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from rs2c.boards import load_board, read_board
from rs2c.errors import OptionError
from rs2c.firmware import write_project
from tests.emit.models import GOLDENS


def test_another_model_takes_the_place_of_the_first_and_what_was_built_stays(tmp_path):
    host = load_board("host")
    write_project(GOLDENS["gesture"], "gesture", host, tmp_path / "p", 10)
    built = tmp_path / "p" / ".pio" / "build" / "host" / "program"
    built.parent.mkdir(parents=True)
    built.touch()
    write_project(GOLDENS["meter"], "meter", host, tmp_path / "p", 10)
    assert [path.name for path in (tmp_path / "p" / "lib").iterdir()] == ["meter"]
    assert built.is_file()


def test_a_second_board_leaves_no_port_of_the_first(tmp_path):
    write_project(GOLDENS["gesture"], "gesture", load_board("host"), tmp_path / "p", 10)
    write_project(GOLDENS["gesture"], "gesture", load_board("cortex-m0"), tmp_path / "p", 10)
    assert [path.name for path in (tmp_path / "p" / "src").glob("port_*")] == ["port_semihost.c"]


def test_a_folder_of_someone_else_is_not_touched(tmp_path):
    (tmp_path / "platformio.ini").write_text("[env:mine]\n")
    with pytest.raises(OptionError, match="was not made by rs2c"):
        write_project(GOLDENS["gesture"], "gesture", load_board("host"), tmp_path, 10)
    assert (tmp_path / "platformio.ini").read_text() == "[env:mine]\n"


def test_a_framework_without_a_port_names_the_board_file(tmp_path):
    uno = load_board("uno")
    other = dataclasses.replace(uno, platformio=dataclasses.replace(uno.platformio, framework="mbed"))
    with pytest.raises(OptionError, match=r"'mbed'.*arduino, zephyr"):
        write_project(GOLDENS["gesture"], "gesture", other, tmp_path / "p", 10)


def test_the_board_that_the_guide_adds_is_one_file(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "boards.md").read_text()
    added = tmp_path / "nucleo_l432kc.json"
    added.write_text(text.split("```json\n")[1].split("```")[0])
    board = read_board(added)
    project = write_project(GOLDENS["gesture"], "gesture", board, tmp_path / "p", 10)
    assert "board = nucleo_l432kc" in (project.folder / "platformio.ini").read_text()


def test_a_bad_name_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(OptionError, match="word of C"):
        write_project(GOLDENS["gesture"], "int", load_board("host"), tmp_path / "p", 10)
    assert not (tmp_path / "p").exists()
