"""Sketches of models that exist: what they may be, what they may give, and how they are left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import rs2c
from rs2c.base.errors import DataError, OptionError
from rs2c.emit.library import library_files
from rs2c.model import reference
from rs2c.model.file import to_bytes
from rs2c.read.teacher_scores import as_scores
from rs2c.train.ask import ask
from rs2c.train.fit_options import FitOptions
from tests.estimators.test_estimators import halves
from tests.support.tools import need_modules

QUICK = FitOptions(method="learned", rows=6, hidden=(16,), learned_steps=60)


def rows(count: int = 300) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(2)).normal(0, 1, (count, 3)).astype(np.float32)


def test_distill_models_that_exist():
    import torch

    X, X_test, y, y_test = halves(load_breast_cancer())
    options = FitOptions(method="refit", rows=32, anchors=64, student_steps=250, refit_steps=200)
    boosting = HistGradientBoostingClassifier(random_state=0).fit(X, y)
    fitted = rs2c.distill(boosting, X, options=options)
    assert np.mean(reference.predict(fitted.model, X_test.astype(np.float32)) == y_test) > 0.9
    assert fitted.model.class_names == ("0", "1")
    torch.manual_seed(0)
    module = torch.nn.Linear(30, 3)
    told = rs2c.distill(module, X / X.max(axis=0), classes=["a", "b", "c"], options=options)
    with torch.no_grad():
        wanted = module(torch.tensor((X_test / X.max(axis=0)).astype(np.float32))).argmax(1).numpy()
    assert np.mean(reference.predict(told.model, (X_test / X.max(axis=0)).astype(np.float32)) == wanted) > 0.85
    forest = RandomForestRegressor(20, random_state=0).fit(X[:, 1:], X[:, 0])
    value = rs2c.distill(forest, X[:, 1:], X[:, 0], options=options)
    error = np.abs(reference.predict(value.model, X_test[:, 1:].astype(np.float32)) - X_test[:, 0]).mean()
    assert error < 0.5 * np.abs(X_test[:, 0] - np.median(X_test[:, 0])).mean()
    sums = rs2c.distill(lambda X: X[:, :2] @ np.array([1.0, -2.0]), X, options=options)
    assert sums.model.task == "regress"
    with pytest.raises(OptionError, match="no scores"):
        rs2c.distill("network", X)
    with pytest.raises(OptionError, match="none of the teacher's classes"):
        rs2c.distill(boosting, X, y + 5)


def test_classes_have_one_name_whichever_way_they_come():
    X = rows(40)
    least = FitOptions(method="learned", rows=1, hidden=(2,), learned_steps=5)
    y = (X[:, 0] > 0).astype(int)
    for classes, names in (
        ([0, 1], ("0", "1")),
        (np.array([0.0, 1.0]), ("0", "1")),
        (np.array([-1, 2.5], np.float32), ("-1", "2.5")),
        (["1.0", "2.0"], ("1", "2")),
        ([False, True], ("False", "True")),
        (["1E1", "10"], ("1E1", "10")),
    ):
        fitted = rs2c.distill(lambda X: X[:, 0], X, np.asarray(classes)[y], classes=classes, options=least)
        assert fitted.model.class_names == names
    with pytest.raises(OptionError, match="stands twice"):
        rs2c.distill(lambda X: X[:, 0], X, classes=[1, 1.0], options=least)


def test_one_column_of_probabilities_is_no_log_odds():
    shares = np.array([0.01, 0.3, 0.7, 0.99])
    scores = as_scores(shares, "classify", 2, "the test").table
    assert np.allclose(1 / (1 + np.exp(-scores[:, 0])), shares)
    assert np.array_equal(as_scores(scores, "classify", 2, "the test").table, scores)
    for odds in ([-2.0, 0.5], [0.6, 0.9]):
        assert np.array_equal(as_scores(np.array(odds), "classify", 2, "the test").table[:, 0], odds)
    X = rows()
    fitted = rs2c.distill(lambda X: 1 / (1 + np.exp(-4 * X[:, 0])), X, classes=["no", "yes"], options=QUICK)
    assert np.mean(reference.predict(fitted.model, X) == (X[:, 0] > 0)) > 0.9


def test_margins_are_no_probabilities_whatever_their_range():
    X, y = rows(), np.arange(300) % 2
    margins = 0.3 + 0.1 * np.tanh(X[:, 0])  # of a teacher that always answers class 1

    class Ranked:
        classes_ = np.array([0, 1])

        def predict(self, X):
            return np.ones(len(X), np.int64)

        def decision_function(self, X):
            return 0.3 + 0.1 * np.tanh(X[:, 0])

    assert np.array_equal(ask(Ranked(), X, X, "classify", (0, 1)).scores[:, 0], margins)
    shares = 1 / (1 + np.exp(-margins))
    for teacher in (Ranked(), lambda X: np.stack([1 - shares, shares], axis=1)):
        fitted = rs2c.distill(teacher, X, y, classes=[0, 1], options=QUICK)
        assert np.mean(reference.predict(fitted.model, X) == 1) > 0.99


def test_a_pipeline_may_choose_columns_of_a_frame_by_name():
    import pandas

    frame = pandas.DataFrame(rows(), columns=["east", "north", "up"])
    chosen = ColumnTransformer([("scaled", StandardScaler(), ["north"])])
    teacher = make_pipeline(chosen, LogisticRegression()).fit(frame, frame["north"] > 0)
    fitted = rs2c.distill(teacher, frame, options=QUICK)
    assert np.mean(reference.predict(fitted.model, rows()) == (frame["north"] > 0)) > 0.9


def test_a_torch_module_is_asked_as_in_use_and_left_as_it_was():
    import torch

    torch.manual_seed(0)
    frozen = torch.nn.BatchNorm1d(3)
    module = torch.nn.Sequential(torch.nn.BatchNorm1d(3), torch.nn.Dropout(0.5), frozen, torch.nn.Linear(3, 1)).train()
    frozen.eval()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    X = rows(9000)  # more than are asked at once
    first, again = (ask(module, X, X, "regress").scores for _ in range(2))
    assert np.array_equal(first, again)
    assert module.training
    assert module[1].training
    assert not frozen.training
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    module.eval()
    with torch.no_grad():
        assert np.allclose(first, module(torch.tensor(X)).numpy(), atol=1e-6)


def test_targets_in_a_column_are_targets():
    X = rows()
    y = 3 * X[:, 0]
    column, flat = (rs2c.distill(lambda X: 3 * X[:, 0], X, t, options=QUICK) for t in (y[:, None], y))
    assert to_bytes(column.content) == to_bytes(flat.content)


def test_a_regressor_of_two_values():
    X = rows()
    fitted = rs2c.distill(lambda X: X[:, :2] * [1, 5], X, options=QUICK)
    assert np.abs(reference.predict(fitted.model, X) - X[:, :2] * [1, 5]).mean(axis=0)[1] < 2


def test_a_regressor_without_targets_has_a_tolerance():
    X, auto = rows(), FitOptions(hidden=(16,), learned_steps=200)
    teacher = lambda X: X[:, 0] * np.float64(1.1)  # noqa: E731
    for y in (None, teacher(X)):  # which float32 rounds
        fitted = rs2c.distill(teacher, X, y, options=replace(auto, tolerance=0.3))
        assert any(tried.enough for tried in fitted.search)
        error = np.abs(reference.predict(fitted.model, X) - teacher(X)).mean()
        assert error < 0.4 * np.abs(teacher(X) - teacher(X).mean()).mean()


def test_names_are_those_of_the_frame_or_the_given_ones():
    need_modules("pandas")
    import pandas

    frame = pandas.DataFrame(rows(), columns=["east", "north", "up"])
    assert rs2c.distill(lambda X: X[:, 0], frame, options=QUICK).model.feature_names == ("east", "north", "up")
    given = rs2c.distill(lambda X: X[:, 0], frame, feature_names=np.arange(3), options=QUICK)
    assert given.model.feature_names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"feature_names": ["a", "b"]}, OptionError, "2 feature names for 3 columns"),
        ({"feature_names": ["a", "b", "a"]}, DataError, "two columns named 'a'"),
        ({"y": np.zeros(299)}, OptionError, "299 entries for 300 rows"),
        ({"y": np.full(300, np.nan)}, DataError, "missing or infinite"),
        ({"y": np.zeros((300, 2)), "classes": [0, 1]}, OptionError, "one entry a row"),
        ({"y": np.zeros((300, 2))}, DataError, "1 values a row for 2"),
        ({"X": np.full((300, 3), np.inf)}, DataError, "infinite"),
        ({"X": np.full((300, 3), "low")}, DataError, "no number"),
        ({"X": np.zeros((0, 3))}, OptionError, "shape"),
        ({"X": 1e-31 * rows()}, DataError, r"'x0' deviates by 1.02e-31; give it in units"),
        ({"y": np.zeros(300), "classes": ["a", "b", "a"]}, OptionError, "stands twice"),
        ({"X": 2e9 + rows().astype(np.float64)}, DataError, "'x0' changes by less than float32 can tell"),
    ],
)
def test_what_does_not_fit_is_named(options, error, words):
    with pytest.raises(error, match=words):
        rs2c.distill(lambda X: np.zeros(len(X)), **{"X": rows(), **options})


def test_agreement_with_the_teacher_is_a_stage():
    """On the rows held back, by hand; without labels nothing else is told, for there is nothing else to tell."""
    X = rows()
    names = np.array(["rest", "wave"])

    def teacher(X):
        return X[:, :2] @ np.array([1.0, -2.0])

    y = names[(teacher(X) + np.sin(9 * X[:, 2]) > 0).astype(int)]
    told = rs2c.distill(teacher, X, y, classes=names, options=QUICK)
    alone = rs2c.distill(teacher, X, classes=names, options=QUICK)
    number = rs2c.distill(teacher, X, teacher(X) + 1, options=QUICK)
    value = rs2c.distill(teacher, X, options=QUICK)
    assert [stage.stage for stage in told.stages] == ["teacher", "refined", "integer", "agreement"]
    assert [stage.stage for stage in alone.stages] == [stage.stage for stage in value.stages] == ["agreement"]
    assert {stage.value for fitted in (told, alone, number, value) for stage in fitted.stages} == {None}
    for fitted, labels in ((told, y), (alone, names[(teacher(X) > 0).astype(int)])):
        held = fitted.parts.valid
        answers = reference.predict(fitted.model, X[held])
        assert fitted.stages[-1].metric == "agreement"
        assert fitted.stages[-1].validation == np.mean(answers == (teacher(X[held]) > 0))
        assert fitted.judged.quality.accuracy == np.mean(names[answers] == labels[held])
    for fitted, targets in ((number, teacher(X) + 1), (value, teacher(X))):
        held = fitted.parts.valid
        answers = reference.predict(fitted.model, X[held])
        assert fitted.stages[-1].metric == "mae to teacher"
        assert fitted.stages[-1].validation == pytest.approx(np.abs(answers - teacher(X[held])).mean())
        assert fitted.judged.quality.mae == pytest.approx(np.abs(answers - targets[held]).mean(), rel=1e-6)
    assert (told.judged.against, alone.judged.against) == ("labels", "teacher")
    card = library_files(alone.content, "alone")["MODEL_CARD.md"].decode()
    agreement = f"{alone.stages[0].validation:.4f}"
    assert f"| stage | validation agreement |\n|---|---|\n| agreement | {agreement} |\n\n" in card
    assert (
        "| class, on validation rows by the teacher | precision | recall | rows |\n|---|---|---|---|\n| rest |" in card
    )
    assert "| error | on validation rows |" in library_files(number.content, "number")["MODEL_CARD.md"].decode()
    lines = str(told).splitlines()
    assert lines[0] == "task      classification"
    assert lines[1] == "classes   2 (rest, wave)"
    assert f"integer   validation accuracy {told.stages[2].validation:.4f}" in lines
    assert f"agreement validation agreement {told.stages[3].validation:.4f}" in lines
    assert 8 <= len(lines) <= 12
    assert str(value).startswith("task      regression of 1 value\nfeatures")


def test_what_is_verbose_shows_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setattr("rs2c.base.progress._SECONDS_BETWEEN_LINES", 0.01)
    monkeypatch.setattr("rs2c.base.progress._SECONDS_BETWEEN_SHARES", 0.0)
    least = {"method": "learned", "rows": 1, "hidden": (2,), "learned_steps": 40}
    X = rows(40)
    for verbose in (0, 1, True):
        rs2c.distill(lambda X: X[:, 0], X, options=FitOptions(**least), verbose=verbose)
        assert ("training a sketch of 1 row, " in capsys.readouterr().err) is bool(verbose)
    model = rs2c.RepresenterSketchRegressor(**least, random_state=0)
    quiet = to_bytes(model.fit(X, X[:, 0]).content_)
    assert capsys.readouterr() == ("", "")
    assert to_bytes(model.set_params(verbose=1).fit(X, X[:, 0]).content_) == quiet
    told = capsys.readouterr()
    assert told.out == ""
    assert "% done" in told.err
