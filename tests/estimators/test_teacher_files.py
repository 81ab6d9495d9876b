"""ONNX and LiteRT models as teachers: files, sessions and interpreters, in Python and on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rs2c
from rs2c.base.errors import DataError, MissingToolError, OptionError
from rs2c.model.metric import decide
from rs2c.train.ask import ask
from rs2c.train.fit_options import FitOptions
from tests.support import teacher_files
from tests.support.teacher_files import BIAS, CLASSES, FOLDER, WEIGHTS, logits
from tests.support.tools import need_modules

QUICK = FitOptions(method="learned", rows=1, hidden=(2,), learned_steps=5)
X = np.random.Generator(np.random.PCG64(3)).normal(0, 1, (200, 3)).astype(np.float32)
ANSWERS = logits(X).argmax(axis=1)


@pytest.fixture(autouse=True)
def libraries() -> None:
    need_modules("onnxruntime", "onnx", "ai_edge_litert")


def centred(scores: Any) -> Any:
    """Scores less their mean in each row, which is nothing to a softmax."""
    return scores - scores.mean(axis=1, keepdims=True)


def read(model: Any, labels: Any = CLASSES) -> Any:
    """A teacher asked about X."""
    return ask(model, X, X, "classify", labels)


def test_the_files_are_those_that_the_script_makes() -> None:
    made = teacher_files.kept()
    assert {path.name for path in FOLDER.iterdir()} == set(made)
    for name, content in made.items():
        assert (FOLDER / name).read_bytes() == content
        assert len(content) < 4096


def test_maps_of_classes_are_read_by_their_keys() -> None:
    import onnxruntime

    path = FOLDER / "zipmap.onnx"
    session = onnxruntime.InferenceSession(str(path))
    labels, maps = session.run(None, {"X": X})
    assert isinstance(maps[0], dict)
    for model in (path, session):
        asked = read(model)
        assert np.allclose(centred(asked.scores), centred(logits(X)), atol=1e-5)
        assert asked.notes == ()
    turned = CLASSES[::-1]
    assert np.array_equal(np.array(turned)[decide(read(path, turned).scores, "classify")], labels)
    other = read(path, ("a", "b", "c"))  # whose names the file does not know: by place
    assert np.array_equal(decide(other.scores, "classify"), ANSWERS)
    fitted = rs2c.distill(path, X, classes=CLASSES, options=QUICK)
    assert fitted.model.class_names == CLASSES
    assert fitted.teacher == "zipmap.onnx"
    with pytest.raises(OptionError, match="that classifies; give the labels of its classes"):
        rs2c.distill(session, X, options=QUICK)
    with pytest.raises(DataError, match="have 3 columns, but there are 2 classes"):
        read(path, ("rest", "wave"))


@pytest.mark.parametrize(
    ("how", "taken"),
    [
        ({}, "logits"),
        ({"rows": 7}, "logits"),
        ({"columns": True}, "logits"),
        ({"softmax": True}, "probabilities"),
        ({"softmax": True, "name": "probabilities"}, None),
    ],
)
def test_tensors_of_onnx(how: dict[str, Any], taken: str | None) -> None:
    asked = read(teacher_files.tensor_model(**how))
    assert np.allclose(centred(asked.scores), centred(logits(X)), atol=1e-5)
    notes = () if taken is None else (f"the scores from the teacher are taken for {taken}; set scores_are",)
    assert [note.partition(" if they")[0] for note in asked.notes] == list(notes)


def test_a_row_at_a_time_may_come_without_its_dimension() -> None:
    asked = read(teacher_files.tensor_model(rows=1, softmax=True, squeeze=True))
    assert np.array_equal(decide(asked.scores, "classify"), ANSWERS)


def test_a_regressor_of_onnx_gives_values() -> None:
    assert np.allclose(ask(teacher_files.tensor_model(), X, X, "regress").scores, logits(X), atol=1e-5)


def test_columns_of_a_frame_go_to_the_inputs_of_their_names() -> None:
    import pandas

    frame = pandas.DataFrame(X[:, [2, 0, 1]], columns=["c", "a", "b"])
    asked = ask(teacher_files.tensor_model(columns=True), frame, frame.to_numpy(), "classify", CLASSES)
    assert np.array_equal(decide(asked.scores, "classify"), ANSWERS)


def test_integers_of_litert_are_read_by_their_scales(tmp_path: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    path = FOLDER / "int8.tflite"
    x = np.clip(np.rint(X / (1 / 32)), -128, 127) / 32  # by hand: what the integers of the input stand for
    exact = x @ (np.rint(WEIGHTS * 64) / 64).T + np.rint(BIAS * 2048) / 2048
    shares = np.exp(exact - exact.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    for model in (path, Interpreter(str(path))):
        asked = read(model)
        assert asked.notes == ()
        told = np.exp(asked.scores)
        assert np.abs(told / told.sum(axis=1, keepdims=True) - shares).max() < 0.03  # steps of 1/16 in its logits
        assert np.mean(decide(asked.scores, "classify") == ANSWERS) > 0.97
    for integers, softmax in ((False, False), (False, True), (True, False)):
        other = tmp_path / f"{integers}{softmax}.tflite"
        other.write_bytes(teacher_files.tflite(integers, softmax))
        asked = read(other)
        assert ("probabilities;" if softmax else "logits;") in asked.notes[0]
        assert np.abs(centred(asked.scores) - centred(logits(X))).max() < (0.12 if integers else 1e-5)


def test_what_no_teacher_can_be_read_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"x" * 50)
    (tmp_path / "broken.tflite").write_bytes(b"x" * 50)
    for path in (broken, tmp_path / "broken.tflite"):
        with pytest.raises(DataError, match=r"is no model that can be read \(.*\); export it again"):
            read(path)
    with pytest.raises(DataError, match="does not exist"):
        read(tmp_path / "none.onnx")
    for name in ("model.pkl", "model.joblib", "model.pickle"):
        with pytest.raises(OptionError, match="is a pickle, which runs code when it is loaded; load it yourself"):
            read(tmp_path / name)
    with pytest.raises(OptionError, match=r"is no model file that is known; give an \.onnx or \.tflite file"):
        read(tmp_path / "model.h5")
    wide = np.hstack([X, X])
    for name in ("zipmap.onnx", "int8.tflite"):
        with pytest.raises(DataError, match=r"takes rows of the shape \(3,\), and the data have 6 features"):
            ask(FOLDER / name, wide, wide, "classify", CLASSES)

    for module in ("onnxruntime", "ai_edge_litert.interpreter"):
        monkeypatch.setitem(sys.modules, module, None)
    for name, package in (("zipmap.onnx", "onnxruntime"), ("int8.tflite", "ai-edge-litert")):
        with pytest.raises(MissingToolError, match=rf"needs {package} to teach: pip install 'rs2c\[teachers\]'"):
            read(FOLDER / name)


FIT = {"label": "class", "method": "learned", "rows": 1, "quick": True}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "waves.csv"
    lines = (f"{a:.4f},{b:.4f},{c:.4f},{CLASSES[k]}\n" for (a, b, c), k in zip(X, ANSWERS, strict=True))
    path.write_text("a,b,c,class\n" + "".join(lines), encoding="utf-8")
    return path


def test_a_file_teaches_on_the_command_line(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from rs2c.cli.fit import fit

    for name in ("zipmap.onnx", "int8.tflite"):
        fit(table, tmp_path / "m.rs2c", teacher=str(FOLDER / name), as_json=True, **FIT)
        told = json.loads(capsys.readouterr().out)
        assert told["stages"][0]["value"] > 0.95
        assert told["teacher"] == name
        assert not any("taken for" in remark for remark in told["remarks"])
    np.save(tmp_path / "s.npy", np.round(np.exp(logits(X)) / np.exp(logits(X)).sum(axis=1, keepdims=True), 2))
    fit(table, tmp_path / "m.rs2c", teacher_scores=tmp_path / "s.npy", as_json=True, **FIT)
    remarks = json.loads(capsys.readouterr().out)["remarks"]
    assert "the scores from s.npy are taken for probabilities; set scores_are if they are logits" in remarks
    fit(table, tmp_path / "m.rs2c", teacher_scores=tmp_path / "s.npy", scores_are="probabilities", as_json=True, **FIT)
    assert "taken for" not in capsys.readouterr().out


def test_a_teacher_is_named_once(table: Path, tmp_path: Path) -> None:
    from rs2c.cli.fit import fit

    np.save(tmp_path / "s.npy", logits(X))
    for options, words in (
        ({"teacher": "m.onnx", "teacher_scores": tmp_path / "s.npy"}, "two teachers are named, m.onnx and .*s.npy"),
        ({"teacher": "linear", "teacher_scores": tmp_path / "s.npy"}, "two teachers are named, linear and"),
        ({"scores_are": "logits"}, "--scores-are is of a given teacher; name one by --teacher-scores or"),
        ({"teacher": "forest"}, "unknown teacher 'forest'; use one of auto, network, boosting, linear, or an .onnx"),
        ({"teacher": "forest.pkl"}, "is a pickle, which runs code when it is loaded"),
        ({"teacher": str(tmp_path / "none.onnx")}, r"none.onnx does not exist or is no file; check its name"),
    ):
        with pytest.raises((OptionError, DataError), match=words):
            fit(table, tmp_path / "m.rs2c", **{**FIT, **options})
    assert not (tmp_path / "m.rs2c").exists()
