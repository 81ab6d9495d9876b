"""Board files: every shipped one loads, and a broken one is refused with its file and key."""

import json
from pathlib import Path
from typing import Any

import pytest

from rs2c.boards import list_boards, load_board, read_board
from rs2c.errors import OptionError
from rs2c.resources import resource_path


def test_every_shipped_board_loads() -> None:
    boards = [load_board(name) for name in list_boards()]
    assert {"host", "cortex-m0", "cortex-m3", "cortex-m4f", "cortex-m33"} <= {board.name for board in boards}
    assert [board.name for board in boards if board.machine is None] == ["host"]


@pytest.mark.parametrize("name", ["cortex-m9", "../boards/host", ""])
def test_an_unknown_board_lists_the_known_ones(name: str) -> None:
    with pytest.raises(OptionError, match=r"known boards are .*cortex-m0.*host"):
        load_board(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda board: board.pop("core"), r"m0\.json lacks the key 'core'"),
        (lambda board: board.update(colour="red"), r"m0\.json has an unknown key 'colour'"),
        (lambda board: board["machine"].pop("ram"), r"m0\.json lacks the key 'machine\.ram'"),
        (lambda board: board["machine"]["flash"].update(size=True), r"m0\.json has a bad 'machine\.flash\.size'"),
        (lambda board: board["machine"]["flash"].update(size="1 MB"), r"m0\.json has a bad 'machine\.flash\.size'"),
        (lambda board: board["machine"]["flash"].update(size=5000), r"m0\.json has a bad 'machine\.flash'"),
        (lambda board: board["machine"].update(gcc_flags="-mthumb"), r"m0\.json has a bad 'machine\.gcc_flags'"),
        (lambda board: board.update(machine=3), r"m0\.json must hold an object at 'machine'"),
        (lambda board: board.update(name="m7"), r"m0\.json has 'name' 'm7'"),
    ],
)
def test_a_broken_board_file_names_file_and_key(tmp_path: Path, change: Any, message: str) -> None:
    board = json.loads((resource_path("boards") / "cortex-m0.json").read_text())
    board["name"] = "m0"
    change(board)
    (tmp_path / "m0.json").write_text(json.dumps(board))
    with pytest.raises(OptionError, match=message):
        read_board(tmp_path / "m0.json")


def test_a_board_file_that_is_not_json(tmp_path: Path) -> None:
    (tmp_path / "m0.json").write_text("{")
    with pytest.raises(OptionError, match=r"m0\.json is not JSON"):
        read_board(tmp_path / "m0.json")
