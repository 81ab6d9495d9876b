"""What commands print: tables as wide as they are, texts as they are, and nowhere to print to."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pytest

from rs2c.cli.fit import fit
from rs2c.cli.output import print_json, print_table, progress


def test_a_table_is_as_wide_as_its_lines(capsys):
    long, wide = "x" * 400, "測" * 200
    print_table("Title", ("name", "remark"), [("a", long), ("b", wide)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines] == ["Title", "name  remark", f"a     {long}", f"b     {wide}", ""]


def test_a_table_without_lines_has_its_columns(capsys):
    print_table("Title", ("name", "remark"), [])
    assert "name  remark" in capsys.readouterr().out


def test_progress_is_text_and_no_markup(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    with progress(quiet=False) as show:
        show("scons: *** [/me/x.o] Error 1")
        sys.stderr.flush()
        time.sleep(0.3)  # it is drawn some times a second
        show("[bold]")
    assert "[/me/x.o] Error 1" in capsys.readouterr().err


def test_numbers_that_json_has_not_are_null(capsys):
    print_json({"worst": float("inf"), "list": [float("nan"), 1.5], "count": 3})
    assert json.loads(capsys.readouterr().out) == {"worst": None, "list": [None, 1.5], "count": 3}


@pytest.mark.parametrize("option", [(), ("--quiet",)])
def test_a_closed_output_is_no_error(model, tmp_path, option):
    command = [sys.executable, "-m", "rs2c", "compile", str(model), "-o", str(tmp_path / "lib"), "--name", "trees"]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command, *option], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "lib" / "src" / "trees.c").exists()


@pytest.mark.parametrize(
    ("options", "word"), [(("--board", "cortex-m00"), "cortex-m00"), (("-o", "a file/demo"), "cannot write")]
)
def test_the_demo_looks_at_its_options_before_it_trains(rs2c, tmp_path, options, word):
    (tmp_path / "a file").touch()
    result = rs2c("demo", *options, cwd=tmp_path)
    assert result.code == 2
    assert word in result.err
    assert result.err.count("\n") == 1
    assert result.cpu_seconds < 10  # of a fit it would be twice that
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]


def test_a_fit_prints_what_the_data_were_taken_for(tmp_path, capsys):
    data, model, scores = tmp_path / "d.csv", tmp_path / "m.rs2c", tmp_path / "scores.npy"
    np.save(scores, [(-1.0, 1.0)[i % 2] for i in range(40)])
    data.write_text("Unnamed: 0,a,y\n" + "".join(f"{i},{i % 7},{i % 2}\n" for i in range(40)))
    fit(data, model, label="y", method="learned", rows=1, teacher_scores=scores, quick=True)
    assert capsys.readouterr().out.splitlines()[1].startswith("left out the column 'Unnamed: 0' as a row index;")
    fit(data, model, label="y", method="learned", rows=1, teacher_scores=scores, quick=True, as_json=True)
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert ["'Unnamed: 0' as a row index" in note for note in notes] == [True]
