"""What an output path may be beside a plain file: nothing but plain files is ever replaced."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

from rs2c.base.atomic import check_writable, write_file


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "far" / "answers.csv")
    write_file(tmp_path / "link", b"one")
    write_file(tmp_path / "link", b"two")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "answers.csv").read_bytes() == b"two"


def test_a_pipe_is_written_to(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"answers")
    reader.join(timeout=10)
    assert read == [b"answers"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


def test_permissions_are_those_of_the_file_that_is_there_or_of_new_ones(tmp_path):
    private = tmp_path / "private.csv"
    private.touch(0o600)
    old = os.umask(0o027)
    try:
        write_file(private, b"mine")
        write_file(tmp_path / "new.csv", b"ours")
    finally:
        os.umask(old)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640


def test_nothing_that_is_read_is_written_over(rs2c, model, table, fit_options, tmp_path):
    data, file = tmp_path / "t.csv", tmp_path / "m.rs2c"
    data.write_bytes(table.read_bytes())
    file.write_bytes(model.read_bytes())
    (tmp_path / "link").symlink_to(data)
    for output, command in (
        (data, ("fit", data, *fit_options)),
        (tmp_path / "link", ("fit", data, *fit_options)),
        (data, ("fit", table, *fit_options, "--test", data)),
        (data, ("predict", file, data, "--missing", "mean")),
        (file, ("predict", file, data, "--missing", "mean")),
    ):
        result = rs2c(*command, "-o", output)
        assert result.code == 2, result.out
        assert f"{output} is read" in result.err
    assert (data.read_bytes(), file.read_bytes()) == (table.read_bytes(), model.read_bytes())


def test_a_device_may_lie_where_no_file_can_be_made(monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    check_writable(Path(os.devnull))


def test_predictions_to_a_device(rs2c, model, table):
    options = ("predict", model, table, "--missing", "mean", "-o", os.devnull)
    assert rs2c(*options).code == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
