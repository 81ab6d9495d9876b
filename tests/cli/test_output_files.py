"""What an output path may be beside a plain file: nothing but plain files is ever replaced."""

from __future__ import annotations

import os
import stat
import threading

from rs2c.atomic import write_file


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


def test_predictions_to_a_device(rs2c, model, table):
    options = ("predict", model, table, "--missing", "mean", "-o", os.devnull)
    assert rs2c(*options).code == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
