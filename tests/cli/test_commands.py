"""Every command on real files, as a process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from rs2c.base.errors import DataError
from rs2c.cli.fit import fit
from rs2c.cli.predict import predict
from rs2c.model.card import read_card
from rs2c.model.file import load, to_bytes
from tests.cli.conftest import run
from tests.emit.shapes import shapes


def times_its_imports(command) -> float:
    """CPU of a process over that of its imports, by turns, the least of five each: what else runs is not ours."""
    imports = partial(run, "-c", "import numpy, jinja2, typer, rich.table")
    pairs = [(command().cpu_seconds, imports().cpu_seconds) for _ in range(5)]
    ours, theirs = map(min, zip(*pairs, strict=True))
    return ours / theirs


def test_help_and_version_are_light(rs2c):
    for arguments in (["--help"], ["--version"], ["fit", "--help"], ["verify", "--help"]):
        assert rs2c(*arguments).code == 0
        assert times_its_imports(partial(rs2c, *arguments)) < 1.5, arguments


def test_options_are_listed_without_numpy():
    program = "import sys, rs2c.cli; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_compile_is_light_and_writes_the_library(rs2c, model, tmp_path):
    folder = tmp_path / "lib" / "trees"
    result = rs2c("compile", model, "-o", folder)
    assert result.code == 0, result.err
    assert times_its_imports(lambda: rs2c("compile", model, "-o", folder)) < 2.5
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "include/trees.h", "src/trees.c", "include/trees_selftest.h", "src/trees_selftest.c", "CMakeLists.txt",
        "MODEL_CARD.md", "library.json", "trees.rs2c", "examples/answer/answer.c", "src/trees.h",
        "examples/print_answers/print_answers.ino", "library.properties", "idf_component.yml", "zephyr/module.yml",
        "zephyr/CMakeLists.txt", "src/trees_selftest.h",
    }  # fmt: skip
    assert (folder / "trees.rs2c").read_bytes() == model.read_bytes()
    header = (folder / "include" / "trees.h").read_text()
    assert "oak" in header
    assert "middle" in header


def test_compile_twice_gives_identical_bytes(rs2c, model, tmp_path):
    for name in ("one", "two"):
        assert rs2c("compile", model, "-o", tmp_path / name, "--name", "trees").code == 0
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file())
    assert len(files) == 16
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_fit_says_how_it_split_the_rows(tmp_path, capsys):
    lines = "".join(f"p{i % 6},{i},{1 + i % 2},{i * 7 % 40},{i * 7 % 40 // 20}\n" for i in range(60))
    (tmp_path / "d.csv").write_text("who,t,w,a,y\n" + lines)
    for options, by, note in (
        ({"group_column": "who", "sample_weight": "w", "drop": ["t"]}, "groups", "1 of 6 groups, 10 of 60 rows, are"),
        ({"time": "t", "drop": ["who", "w"]}, "time", "the last 12 of 60 rows are"),
    ):
        named = {"label": "y", "method": "learned", "rows": 1, "teacher": "linear", "quick": True, **options}
        fit(tmp_path / "d.csv", tmp_path / "m.rs2c", **named, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert told["features"] == ["a"]
        assert told["notes"] == [f"{note} the test rows"]
        assert told["split"]["by"] == by
        assert told["split"]["training_rows"] + told["split"]["test_rows"] == 60
        assert told["split"]["weighted"] == (by == "groups")


def test_a_model_knows_what_is_missing_and_files_how_they_are_read(rs2c, tmp_path, capsys):
    rows = "".join(f"{-999 if i % 9 == 4 else f'{i},5'};{i * 7 % 40};{i // 30}\n" for i in range(60))
    data, model = tmp_path / "d.csv", tmp_path / "m.rs2c"
    data.write_text("temp;b;y\n" + rows)
    options = {"label": "y", "method": "learned", "rows": 1, "quick": True, "decimal": ","}
    fit(data, model, **options, missing_value=["temp=-999"], as_json=True)
    assert json.loads(capsys.readouterr().out)["notes"] == []
    assert dict(read_card(load(model)).facts)["missing values"].endswith("not-a-number, and temp=-999")
    predict(model, data, decimal=",")
    answers = capsys.readouterr().out
    (tmp_path / "e.csv").write_text("temp|b\n" + re.sub(r";[01]\n", "\n", rows).replace(";", "|"))
    result = rs2c("predict", model, tmp_path / "e.csv", "--separator", "|", "--decimal", ",")
    assert (result.code, result.out) == (0, answers), result.err
    (tmp_path / "e.tsv").write_text("temp\tb\n" + "".join(
        f"{'' if i % 9 == 4 else i + .5}\t{i * 7 % 40}\n" for i in range(60)
    ))  # fmt: skip
    predict(model, tmp_path / "e.tsv")
    assert capsys.readouterr().out == answers
    wanted = pytest.raises(DataError, match="7 missing values, the first in line 6")
    with wanted:
        predict(model, tmp_path / "e.tsv", missing="error")
    assert rs2c("verify", model, "--data", data, "--decimal", ",", "--vectors", 100).code == 0
    broken = rs2c("predict", model, data, "--separator", "::")
    assert (broken.code, broken.err.count("\n")) == (2, 1)
    assert "'::' cannot separate cells" in broken.err


def test_categories_that_a_model_does_not_know_are_told(model, table, tmp_path, capsys):
    odd = tmp_path / "odd.csv"
    odd.write_text(re.sub(r"\bash\b", "larch", table.read_text()))
    ashes = len(re.findall(r"\bash\b", table.read_text()))
    predict(model, odd)
    told = capsys.readouterr().err
    assert told.startswith(
        f"note: column 'kind' holds categories that the training data lacks in {ashes} rows, such as"
    )
    assert "'larch' in line " in told
    predict(model, odd, as_json=True)
    assert len(json.loads(capsys.readouterr().out)["notes"]) == 1
    predict(model, table, as_json=True)
    assert json.loads(capsys.readouterr().out)["notes"] == []
    with pytest.raises(DataError, match=r"'larch' in line .*, a category that the training data lacks"):
        predict(model, odd, missing="error")


def test_fit_with_one_seed_gives_identical_bytes(rs2c, table, fit_options, model, tmp_path):
    again, other = tmp_path / "again.rs2c", tmp_path / "other.rs2c"
    assert rs2c("fit", table, *fit_options, "-o", again, "--quiet").code == 0
    assert again.read_bytes() == model.read_bytes()
    assert rs2c("fit", table, *fit_options, "-o", other, "--seed", 1, "--quiet").code == 0
    assert other.read_bytes() != model.read_bytes()


def test_fit_reports_stages_as_json(rs2c, table, fit_options, tmp_path):
    result = rs2c("fit", table, *fit_options, "--method", "representer", "-o", tmp_path / "m.rs2c", "--json")
    report = json.loads(result.out)
    assert [stage["stage"] for stage in report["stages"]] == ["teacher", "kernel", "sketch", "integer"]
    assert all(0.33 < stage["value"] <= 1 for stage in report["stages"])
    assert report["schema"] == 1
    assert report["teacher_bytes"] > 100 * 1024
    assert (report["task"], len(report["classes"]), report["raw_type"]) == ("classify", 3, "float32")
    assert "kind" in report["features"]
    assert all(0.33 < stage["validation"] <= 1 for stage in report["stages"])
    names = [baseline["name"] for baseline in report["baselines"]]
    assert names[0].startswith("the answer '")
    assert names[1] == "a linear model"
    assert re.fullmatch(r"a tree of 1\d leaves", names[2])
    assert all(baseline["value"] < report["stages"][0]["value"] + 0.1 for baseline in report["baselines"])
    quality = report["quality"]
    assert (quality["rows"], quality["against"]) == ("test", "labels")
    assert quality["accuracy"] == report["stages"][-1]["value"]
    assert [line["class"] for line in quality["classes"]] == report["classes"]
    assert [sum(line) for line in quality["confusion"]] == [line["support"] for line in quality["classes"]]
    assert sum(map(sum, quality["confusion"])) == 80
    smaller = report["times_smaller"]
    assert smaller["than"] == "the teacher, a network in float32"
    assert smaller["bytes"] == report["teacher_bytes"] / report["bytes"]


def test_fit_shows_the_search_of_auto(table, tmp_path, capsys):
    named = {"label": "label", "categorical": ["kind"], "missing": "mean", "quick": True}
    fit(table, tmp_path / "m.rs2c", **named)
    out = capsys.readouterr().out
    assert "Search, on rows of the training data that are held back" in out
    assert out.startswith("classes: 3 (")
    assert "integer model" in out
    assert "On validation and test rows\nstage    validation accuracy  test accuracy" in out
    assert "Classes, on test rows\nclass   precision  recall  rows" in out
    assert "Answers, on test rows: a line for each true class\n        high  low  middle" in out
    assert "\na linear model " in out
    assert "times smaller than the teacher, a network in float32" in out
    fit(table, tmp_path / "again.rs2c", **named, as_json=True)
    report = json.loads(capsys.readouterr().out)
    assert report["bytes"] in {line["bytes"] for line in report["search"]}
    assert (tmp_path / "m.rs2c").read_bytes() == (tmp_path / "again.rs2c").read_bytes()


def test_predict_answers_every_row(rs2c, model, table, tmp_path):
    out = tmp_path / "answers.csv"
    assert rs2c("predict", model, table, "--missing", "mean", "-o", out).code == 0
    lines = out.read_text().splitlines()
    assert lines[0] == "prediction"
    assert len(lines) == 401
    labels = [line.rsplit(",", 1)[1] for line in table.read_text().splitlines()[1:]]
    right = sum(a == b for a, b in zip(labels, lines[1:], strict=True))
    assert right > 0.8 * 400
    # fitted so, it need not be told again
    report = json.loads(rs2c("predict", model, table, "--label", "label", "--json").out)
    assert report["predictions"] == lines[1:]
    assert report["quality"]["accuracy"] == right / 400


@pytest.mark.parametrize("output", [False, True])
def test_predict_shows_how_good_answers_are_beside_the_answers(model, table, tmp_path, capsys, output):
    """Tables never stand among the answers: they go where the answers do not."""
    plain, told = tmp_path / "plain.csv", tmp_path / "told.csv"
    predict(model, table, missing="mean", output=plain)
    predict(model, table, missing="mean", label="label", output=told if output else None)
    found = capsys.readouterr()
    answers, tables = (told.read_text(), found.out) if output else (found.out, found.err)
    assert answers == plain.read_text()
    assert tables.startswith("Classes, on 400 rows of trees.csv\nclass   precision  recall  rows\nhigh ")
    assert "Answers, on 400 rows of trees.csv: a line for each true class\n" in tables
    assert (found.err == "") is output
    predict(model, table, missing="mean", label="label", output=told, quiet=True)
    assert capsys.readouterr() == ("", "")


def test_verify_compares_on_host_and_core(rs2c, model, table):
    result = rs2c(
        "verify", model, "--data", table, "--board", "host", "--board", "cortex-m0", "--vectors", 600, "--json"
    )
    report = json.loads(result.out)
    assert result.code == 0
    assert report["passed"] is True
    assert {target["target"] for target in report["targets"]} >= {"host-gcc", "cortex-m0"}
    for target in report["targets"]:
        assert target["vectors"] >= 600
        assert target["mismatches"] == 0
    core = next(target for target in report["targets"] if target["target"] == "cortex-m0")
    assert core["flash_bytes"] > 100
    assert core["instructions"]["min"] <= core["instructions"]["max"]


def test_size_measures_estimates_and_refuses(rs2c, model, tmp_path):
    boards = ("--board", "nucleo_f030r8", "--board", "rpipico")
    sizes = json.loads(rs2c("size", model, *boards, "--json").out)["sizes"]
    assert [(size["board"], size["estimate"], size["fits"]) for size in sizes] == [
        ("nucleo_f030r8", False, True),
        ("rpipico", False, True),
    ]
    assert all(200 < size["flash_bytes"] < 20_000 and 20 < size["stack_bytes"] < 400 for size in sizes)
    fast = json.loads(rs2c("size", model, *boards, "--optimize", "speed", "--json").out)["sizes"]
    assert fast[0]["flash_bytes"] > sizes[0]["flash_bytes"]
    assert "-O2" in fast[0]["flags"]
    verified = rs2c("verify", model, "--board", "cortex-m0", "--vectors", 50, "--json")
    (target,) = json.loads(verified.out)["targets"]
    assert target["flash_bytes"] <= sizes[0]["flash_bytes"] <= 1.2 * target["flash_bytes"] + 64
    assert target["stack_bytes"] == sizes[0]["stack_bytes"]

    wide = tmp_path / "wide.rs2c"
    wide.write_bytes(to_bytes(shapes()["large"]))
    result = rs2c("size", wide, "--board", "uno")
    assert result.code == 1
    assert "about" in result.out
    assert "AVR takes no more than 32767" in result.out
    assert "nucleo_f446re" in rs2c("size", model).out


def test_verify_exits_1_on_a_mismatch(model, monkeypatch, capsys):
    from rs2c.cli import app
    from rs2c.simulate import host

    honest = host.run_of

    def off_by_one(*given):
        run = honest(*given)
        return replace(run, scores=run.scores + 1)

    monkeypatch.setattr(host, "run_of", off_by_one)
    monkeypatch.setattr("sys.argv", ["rs2c", "verify", str(model), "--vectors", "50"])
    with pytest.raises(SystemExit) as exit_:
        app.main()
    assert exit_.value.code == 1
    assert "MISMATCH" in capsys.readouterr().out


def test_inspect_shows_cost_and_bounds(rs2c, model):
    report = json.loads(rs2c("inspect", model, "--json").out)
    assert report["bytes"] == sum(report["bytes_of"].values())
    assert all(bound["largest"] < bound["limit"] for bound in report["bounds"])
    assert report["card"]["facts"]["data"] == "trees"
    text = rs2c("inspect", model).out
    assert "Bounds" in text
    assert "refit" in text


def test_boards_and_doctor(rs2c):
    names = {board["name"] for board in json.loads(rs2c("boards", "--json").out)["boards"]}
    assert {"host", "cortex-m0", "cortex-m3", "cortex-m4f", "cortex-m33"} <= names
    findings = json.loads(rs2c("doctor", "--json").out)["findings"]
    assert {"torch", "unicorn", "gcc", "Cortex-M compiler"} <= {finding["name"] for finding in findings}
    assert all(finding["install"] for finding in findings)


def test_no_user_rows_in_the_file(model, table):
    content = load(model)
    assert set(content.sections) == {"sketch", "card", "missing"}
    assert str(table.parent).encode() not in model.read_bytes()
    assert os.path.getsize(model) < 100_000


def test_merge_survives_the_file(rs2c, table, fit_options, tmp_path):
    from rs2c.sketch.sketch import merge
    from rs2c.sketch.state import from_state

    path = tmp_path / "m.rs2c"
    assert rs2c("fit", table, *fit_options, "--method", "representer", "-o", path, "--quiet").code == 0
    section = load(Path(path)).sections["sketch"]
    sketch = from_state(section.values, section.arrays)
    assert (merge(sketch, sketch).counts == 2 * sketch.counts).all()
