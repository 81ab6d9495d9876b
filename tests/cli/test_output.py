"""What commands print: tables as wide as they are, texts as they are, and nowhere to print to."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import numpy as np
import pytest

from rs2c.base.progress import Step, silent, telling, untold
from rs2c.cli.fit import fit
from rs2c.cli.output import print_json, print_table, progress
from rs2c.cli.quality import print_quality
from rs2c.model.quality import judge_classes, judge_values


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


def shown_until(capsys, pattern: str) -> str:
    """What stands on stderr by the time that it has the pattern, which threads may take a while for."""
    told, begun = "", time.monotonic()
    while not re.search(pattern, told) and time.monotonic() < begun + 20:
        time.sleep(0.02)
        told += capsys.readouterr().err
    assert re.search(pattern, told), told
    return told


def test_a_bar_shows_what_is_left_of_a_step(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    with progress(quiet=False) as show:
        for share in (0.0, 0.1, 0.2):
            show("training [it]", share)
            time.sleep(0.05)
        shown_until(capsys, r"training \[it\].*0:00:0\d")  # an estimate, in place of -:--:--
        show("asking")
        assert "training" not in shown_until(capsys, "asking").split("asking")[-1]


def test_without_a_terminal_a_line_comes_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr("rs2c.base.progress._SECONDS_BETWEEN_LINES", 0.05)
    with progress(quiet=False) as show:
        show("training", 0.0)
        shown_until(capsys, "training, 0 s so far\n")
        show("training", 0.5)
        shown_until(capsys, "training, 50% done, 0 s left\n")
        show("[bold]")
        told = shown_until(capsys, r"\[bold\], 0 s so far\n")
        assert told.count("\n") < 20
    with progress(quiet=True) as show:
        show("training", 0.5)
        time.sleep(0.1)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("share", "passed", "line"),
    [
        (None, 7.4, "training, 7 s so far"),
        (0.0, 7.4, "training, 7 s so far"),
        (0.25, 20, "training, 25% done, 60 s left"),
        (0.1, 60, "training, 10% done, 9 min left"),
        (0.01, 120, "training, 1% done, 3 h 18 min left"),
        (1.0, 60, "training, 100% done, 0 s left"),
    ],
)
def test_what_is_left_is_told_from_the_pace_so_far(share, passed, line):
    assert Step("training", share, 1000).line(1000 + passed) == line


def test_a_step_begins_without_a_share_or_with_a_smaller_one():
    step = Step("running", 0.5, 0)
    assert [step.begins_before(share) for share in (None, 0.4, 0.5, 0.6)] == [True, True, False, False]
    assert Step("running", None, 0).begins_before(0.0)


def test_shares_come_ten_times_a_second_at_most(monkeypatch):
    now, told = 0.0, []
    monkeypatch.setattr("rs2c.base.progress.time.monotonic", lambda: now)
    tell = telling(lambda text, share=None: told.append((text, share)), "training")
    for step in range(1, 1001):
        now = step / 1000  # a second in all
        tell(step / 1000)
    assert told[0] == ("training", 0.0)
    assert 9 <= len(told) - 1 <= 10
    assert telling(silent, "training") is untold


def test_figures_of_many_classes_are_their_largest_confusions(capsys):
    """12 classes have a matrix; names of any length, in letters that the output lacks, leave it readable."""
    y = np.repeat(np.arange(13), 4)
    names = ("a very long name of a class", "two\nlines \x1b[31m", *map(str, range(2, 13)))
    print_quality(judge_classes(y[:48], y[:48], 12), names[:12], "test rows")
    print_quality(judge_classes(np.where(y == 2, 1, y), y, 13), names, "test rows", err=True)
    told = capsys.readouterr()
    heads = next(line for line in told.out.splitlines() if "a very lon.." in line)
    assert heads.split()[-1] == "11"
    assert "two?lines ?[31m" in told.out
    few, confusions = told.err.split("Largest confusions, on test rows\n")
    assert "Answers" not in few
    assert few.count("1.0000") == 23  # both shares of eleven classes, and the recall of one
    assert confusions.split("\n")[1].split() == ["2", "two?lines", "?[31m", "4"]
    assert "\x1b" not in told.out + told.err


def test_figures_of_values(capsys):
    print_quality(judge_values(np.arange(20.0), np.arange(20.0) + 0.5), (), "validation rows")
    told = capsys.readouterr().out
    assert "Errors, on validation rows\n" in told
    assert re.search(r"^MAE of the worst tenth of the rows +0\.5$", told, re.MULTILINE)


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
