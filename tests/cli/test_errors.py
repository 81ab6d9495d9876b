"""A user's mistake gives one sentence, exit code 2, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rs2c.model.file import ModelFile, Section, load, save


def fails(result, *words: str) -> None:
    assert result.code == 2, result.out + result.err
    assert "Traceback" not in result.err
    assert result.err.startswith("error: "), result.err
    assert result.err.count("\n") == 1
    for word in words:
        assert word in result.err, result.err


def test_fit_names_the_column_and_the_way_out(rs2c_here, table, tmp_path):
    out = tmp_path / "m.rs2c"
    fails(rs2c_here("fit", table, "--label", "label", "-o", out), "kind", "--categorical", "--drop")
    fails(rs2c_here("fit", table, "--label", "lable", "--categorical", "kind", "-o", out), "lable", "label")
    fails(rs2c_here("fit", table, "--label", "label", "--categorical", "kind", "-o", out), "'a'", "--missing")
    fails(rs2c_here("fit", tmp_path / "none.csv", "--label", "y", "-o", out), "none.csv")
    fails(rs2c_here("fit", table, "--label", "label", "--drop", "zz", "-o", out), "zz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--columns", "12"), ("columns", "power of two")),
        (("--method", "learned", "--columns", "12"), ("columns", "power of two")),
        (("--method", "auto"), ("rows", "method learned")),
        (("--method", "learned", "--hashes", "2"), ("method refit",)),
        (("--method", "learned", "--input-bits", "16"), ("input bits", "method refit")),
        (("--arrays", "2"), ("arrays", "method learned")),
        (("--factor-bits", "4"), ("factor bits", "method learned")),
        (("--tolerance", "0.1"), ("tolerance", "method auto")),
        (("--hashes", "2"), ("columns", "hashes")),
        (("--groups", "2"), ("groups",)),
        (("--method", "learned", "--rows", "9000"), ("rows is 9000", "8192")),
        (("--method", "representer", "--hashes", "17"), ("hashes is 17", "16")),
        (("--method", "representer", "--rows", "514", "--groups", "257"), ("groups is 257", "255")),
        (("--method", "representer", "--groups", "4"), ("groups", "odd")),
        (("--method", "representer", "--rows", "8192", "--columns", "65536"), ("8192 rows of 65536 columns",)),
        (("--input-bits", "7"), ("input_bits", "8 or 16")),
        (("--test-size", "2"), ("test",)),
        (("-o", "."), ("folder",)),
        (("-o", f"{__file__}/m.rs2c"), ("cannot write", "not a folder")),
    ],
)
def test_fit_options_that_cannot_work(rs2c_here, table, fit_options, tmp_path, options, words):
    fails(rs2c_here("fit", table, *fit_options, "-o", "m.rs2c", "-q", *options, cwd=tmp_path), *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (np.zeros((10, 3)), ("10 lines", "400 rows")),
        (np.zeros((400, 5)), ("5 columns", "3 classes")),
        (np.full((400, 3), np.nan), ("finite",)),
        (np.array([["a"]]), ("numbers",)),
        (np.array(1.0), ("one line a row",)),
    ],
)
def test_teacher_scores_that_do_not_fit(rs2c_here, table, fit_options, tmp_path, scores, words):
    np.save(tmp_path / "s.npy", scores)
    options = (*fit_options, "--teacher-scores", tmp_path / "s.npy")
    fails(rs2c_here("fit", table, *options, "-o", tmp_path / "m.rs2c"), *words)
    assert not (tmp_path / "m.rs2c").exists()


def test_what_the_system_refuses_is_one_sentence_too(rs2c, table, fit_options, model, tmp_path):
    name = "a" * 300
    fails(rs2c("fit", tmp_path / f"{name}.csv", *fit_options, "-o", tmp_path / "m.rs2c"), f"{name}.csv", "too long")
    fails(rs2c("fit", table, *fit_options, "-o", tmp_path / f"{name}.rs2c"), f"{name}.rs2c", "too long")
    assert list(tmp_path.iterdir()) == []
    boards = [sys.executable, "-m", "rs2c", "boards"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(boards, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "No space left" in done.stderr
    trees = replace(load(model).model, class_names=("Buche", "Kirsche", "Weißdorn"))
    save(tmp_path / "m.rs2c", ModelFile(trees, {}))
    predict = [sys.executable, "-m", "rs2c", "predict", str(tmp_path / "m.rs2c"), str(table), "--missing", "mean"]
    done = subprocess.run(predict, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "PYTHONIOENCODING" in done.stderr


def test_damaged_model_files(rs2c_here, model, tmp_path):
    damaged = tmp_path / "damaged.rs2c"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(bytes(content))
    for command in (["inspect"], ["compile", "-o", tmp_path / "lib"], ["verify"]):
        fails(rs2c_here(command[0], damaged, *command[1:]), "damaged.rs2c")
    damaged.write_bytes(model.read_bytes()[:1000])
    fails(rs2c_here("inspect", damaged), "damaged.rs2c")
    assert not (tmp_path / "lib").exists()


@pytest.mark.parametrize(
    "card",
    [
        {"facts": ["data"]},
        {"stages": [{"stage": "teacher", "metric": "accuracy"}]},
        {"stages": [{"stage": "teacher", "metric": "accuracy", "value": "good"}]},
        {"stages": [{"stage": "teacher", "metric": "accuracy", "value": 10**400}]},
    ],
)
def test_a_card_that_is_none(rs2c_here, model, tmp_path, card):
    path = tmp_path / "m.rs2c"
    save(path, ModelFile(load(model).model, {"card": Section(card)}))
    fails(rs2c_here("inspect", path), "model card")
    fails(rs2c_here("compile", path, "-o", tmp_path / "lib"), "model card")


def test_compile_refuses_names_and_folders(rs2c_here, model, tmp_path):
    for name in ("Gesture", "int", "a__b", "9a", "loop"):
        fails(rs2c_here("compile", model, "-o", tmp_path / "lib", "--name", name), name)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    fails(rs2c_here("compile", model, "-o", mine), "mine", "output folder")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_verify_and_predict_name_what_is_wrong(rs2c, model, tmp_path):
    fails(rs2c("verify", model, "--board", "cortex-m99"), "cortex-m99", "cortex-m0")
    bad = Path(tmp_path / "bad.csv")
    bad.write_text("a,b\n1,2\n")
    fails(rs2c("predict", model, bad), "kind")
    bad.write_text("a,b,kind\n1,2,birch\n")
    fails(rs2c("predict", model, bad, "--missing", "error"), "birch")


def test_a_missing_compiler_is_one_sentence(rs2c, model, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    fails(rs2c("verify", model, "--board", "host"), "gcc", "clang")


def test_size_wants_a_device(rs2c_here, model):
    fails(rs2c_here("size", model, "--board", "host"), "host is no device", "rs2c boards")
    fails(rs2c_here("size", model, "--board", "uno2"), "no board 'uno2'", "uno")
