"""The folder that is written: the same bytes each time, whole or not at all, and nobody else's work lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs2c.base.errors import BoundError, OptionError
from rs2c.emit import emit_library, library_files
from rs2c.model.file import load
from tests.emit.models import GOLDENS


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", GOLDENS)
def test_two_runs_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    written = emit_library(GOLDENS[name], name, tmp_path / "one")
    emit_library(GOLDENS[name], name, tmp_path / "other")
    emit_library(GOLDENS[name], name, tmp_path / "other")
    assert _contents(tmp_path / "one") == _contents(tmp_path / "other") == library_files(GOLDENS[name], name)
    assert sorted(written) == sorted(path for path in (tmp_path / "one").rglob("*") if path.is_file())


def test_the_model_travels_with_its_library(tmp_path: Path) -> None:
    emit_library(GOLDENS["gesture"], "gesture", tmp_path / "lib")
    again = load(tmp_path / "lib" / "gesture.rs2c")
    assert library_files(again, "gesture") == library_files(GOLDENS["gesture"], "gesture")


@pytest.mark.parametrize("theirs", ["notes.txt", "MODEL_CARD.md", "src/main.c", "library.json"])
def test_a_folder_of_others_is_left_alone(theirs: str, tmp_path: Path) -> None:
    file = tmp_path / "lib" / theirs
    file.parent.mkdir(parents=True)
    file.write_text("work")
    with pytest.raises(OptionError, match="not made by rs2c for this name; remove it or choose another output"):
        emit_library(GOLDENS["knock"], "knock", tmp_path / "lib")
    assert _contents(tmp_path) == {f"lib/{theirs}": b"work"}


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lib").write_text("work")
    with pytest.raises(OptionError, match="was not made by rs2c"):
        emit_library(GOLDENS["knock"], "knock", tmp_path / "lib")
    assert (tmp_path / "lib").read_text() == "work"


@pytest.mark.parametrize("existing", [False, True])
def test_a_failed_write_leaves_nothing_behind(existing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if existing:
        emit_library(GOLDENS["knock"], "knock", tmp_path / "lib")
    before = _contents(tmp_path)
    write = Path.write_bytes

    def full_disk(path: Path, content: bytes) -> int:
        if path.name == "knock_selftest.c":
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OptionError, match="No space left on device"):
        emit_library(GOLDENS["level"], "knock", tmp_path / "lib")
    assert _contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == (["lib"] if existing else [])


@pytest.mark.parametrize("place", [".", "..", "lib/../../work"])
def test_the_current_folder_is_not_replaced(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    emit_library(GOLDENS["knock"], "knock", tmp_path / "work")
    (tmp_path / "work" / "lib").mkdir()
    before = _contents(tmp_path)
    monkeypatch.chdir(tmp_path / "work" / "lib" if place == ".." else tmp_path / "work")
    with pytest.raises(OptionError, match="current folder"):
        emit_library(GOLDENS["knock"], "knock", Path(place))
    assert _contents(tmp_path) == before


def test_the_old_library_is_back_where_the_new_one_cannot_be_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit_library(GOLDENS["knock"], "knock", tmp_path / "lib")
    before, rename = _contents(tmp_path), Path.rename

    def refused(path: Path, target: Path) -> Path:
        if path.parent.name == "new":
            raise OSError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OptionError, match="Permission denied"):
        emit_library(GOLDENS["level"], "knock", tmp_path / "lib")
    assert _contents(tmp_path) == before


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "lib").symlink_to(tmp_path / "far")
    emit_library(GOLDENS["knock"], "knock", tmp_path / "lib")
    assert (tmp_path / "lib").is_symlink()
    assert (tmp_path / "far" / "include" / "knock.h").is_file()


@pytest.mark.parametrize("name", ["Bad", "time"])
def test_a_refused_name_writes_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError):
        emit_library(GOLDENS["level"], name, tmp_path / "lib")
    assert not list(tmp_path.iterdir())


def test_a_model_without_a_proof_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rs2c.model.bounds.SCORE_LIMIT", 10)
    with pytest.raises(BoundError):
        emit_library(GOLDENS["level"], "level", tmp_path / "lib")
    assert not list(tmp_path.iterdir())
