"""What a fit is judged by: metrics, the error of a loss, classes that may not be lost, and who teaches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from rs2c.base.errors import OptionError
from rs2c.model import reference
from rs2c.model.scoring import check_metric, loss_against, measured
from rs2c.read.datasets import from_arrays
from rs2c.train import teach
from rs2c.train.exam import Exam, allowed_loss, graded, joined
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.teach import GivenScores
from tests.fit.test_stages import rings

CLASS_METRICS: dict[str, Any] = {
    "accuracy": metrics.accuracy_score,
    "balanced": metrics.balanced_accuracy_score,
    "macro-f1": lambda y, answer, sample_weight: metrics.f1_score(
        y, answer, average="macro", sample_weight=sample_weight
    ),
}
VALUE_METRICS: dict[str, Any] = {
    "mae": metrics.mean_absolute_error,
    "rmse": metrics.root_mean_squared_error,
    "r2": metrics.r2_score,
}


def some_classes(rows: int, seed: int) -> tuple[Any, Any, Any]:
    """Scores (n, 3) that are right more often than not, labels of which one is rare, and weights."""
    rng = np.random.Generator(np.random.PCG64(seed))
    y = rng.choice(3, rows, p=[0.6, 0.35, 0.05])
    return rng.normal(0, 1, (rows, 3)) + 1.5 * np.eye(3)[y], y, rng.uniform(0.2, 3, rows)


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("name", CLASS_METRICS)
def test_metrics_of_classes_are_those_of_scikit_learn(name, weighed):
    scores, y, weight = some_classes(400, 1)
    used = weight if weighed else None
    wanted = CLASS_METRICS[name](y, scores.argmax(axis=1), sample_weight=used)
    assert measured(name, scores, y, used).value == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("name", VALUE_METRICS)
def test_metrics_of_values_are_those_of_scikit_learn(name, weighed, outputs):
    rng = np.random.Generator(np.random.PCG64(2))
    y = rng.normal(5, 2, (300, outputs))
    values, weight = y + rng.standard_t(3, y.shape), rng.uniform(0.2, 3, 300)
    used = weight if weighed else None
    wanted = VALUE_METRICS[name](y, values, sample_weight=used)
    found = measured(name, values, y if outputs > 1 else y[:, 0], used)
    assert found.value == pytest.approx(wanted, abs=1e-12)


def test_log_loss_does_not_depend_on_the_unit_of_scores():
    scores, y, _ = some_classes(600, 3)
    values = [measured("log-loss", scores * unit, y).value for unit in (1e-3, 1.0, 7e5)]
    best = min(metrics.log_loss(y, _softmax(scores * t)) for t in np.geomspace(0.01, 100, 400))
    assert values == pytest.approx([values[0]] * 3)
    assert best <= values[0] * (1 + 1e-9)
    assert values[0] < 1.02 * best
    one_column = measured("log-loss", scores[:, :1], (y > 0).astype(int)).value
    both = measured("log-loss", np.hstack([0 * scores[:, :1], scores[:, :1]]), (y > 0).astype(int)).value
    assert one_column == pytest.approx(both)


def _softmax(scores: Any) -> Any:
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", ["accuracy", "balanced", "macro-f1", "log-loss", "mae", "rmse", "r2"])
def test_the_error_of_a_loss_is_that_of_drawing_the_rows_again(name):
    """Two models that mostly agree on the same rows: the error is far below that of either, and the bootstrap's."""
    rng = np.random.Generator(np.random.PCG64(4))
    if name in ("mae", "rmse", "r2"):
        y: Any = rng.normal(0, 1, 500)
        teacher = (y + rng.normal(0, 0.4, 500))[:, None]
        student = teacher + rng.normal(0, 0.1, teacher.shape)
    else:
        teacher, y, _ = some_classes(500, 5)
        student = teacher + rng.normal(0, 0.4, teacher.shape)
    loss, error = loss_against(measured(name, teacher, y), measured(name, student, y))
    drawn = []
    for _ in range(400):
        rows = rng.integers(0, 500, 500)
        pair = measured(name, teacher[rows], y[rows]), measured(name, student[rows], y[rows])
        drawn.append(loss_against(*pair)[0])
    assert error == pytest.approx(np.std(drawn), rel=0.2)  # 400 draws are known to 4 %
    assert abs(loss - np.mean(drawn)) < 4 * error
    alone = measured(name, teacher, y).influence.std() / np.sqrt(500)
    assert error < alone
    assert loss_against(measured(name, teacher, y), measured(name, teacher, y)) == (0, 0)


def test_rows_of_a_group_count_as_one():
    scores, y, _ = some_classes(100, 6)
    other = scores[::-1]
    once = loss_against(measured("accuracy", scores, y), measured("accuracy", other, y))
    tenfold = [np.repeat(part, 10, axis=0) for part in (scores, other, y)]
    pair = measured("accuracy", tenfold[0], tenfold[2]), measured("accuracy", tenfold[1], tenfold[2])
    loss, error = loss_against(*pair, groups=np.repeat(np.arange(100), 10))
    assert (loss, error) == pytest.approx((once[0], once[1] * np.sqrt(100 / 99)))
    assert loss_against(*pair)[1] == pytest.approx(once[1] / np.sqrt(10))


def exam(teacher: Any, y: Any, counted: int | None = None, metric: Any = "accuracy") -> Exam:
    return Exam(metric, np.zeros((len(y), 1)), teacher, y, len(y) if counted is None else counted)


def right(y: Any, wrong: Any = (), classes: int = 2) -> Any:
    """Scores that answer y but for the rows `wrong`, where the next class is answered."""
    answer = y.copy()
    answer[list(wrong)] = (answer[list(wrong)] + 1) % classes
    return np.eye(classes)[answer] if classes > 2 else (answer * 2.0 - 1)[:, None]


def test_enough_is_within_the_tolerance_with_a_part_of_the_error():
    y = np.arange(1000) % 2
    for wrong, enough in ((0, True), (2, True), (4, True), (5, False), (8, False)):
        grade = graded(exam(right(y), y), right(y, range(wrong)), None)
        assert grade.loss == pytest.approx(wrong / 1000)
        assert grade.error == pytest.approx(np.sqrt(wrong / 1000 * (1 - wrong / 1000) / 1000))
        assert grade.enough is enough, wrong
    half = np.arange(500) % 2  # of .004 half the error is beyond the tolerance
    assert graded(exam(right(half), half), right(half, [0]), None).enough
    assert not graded(exam(right(half), half), right(half, [0, 1]), None).enough
    few = np.arange(40) % 2  # on so few rows one that is lost is too many
    assert not graded(exam(right(few), few), right(few, [0]), None).enough
    assert graded(exam(right(few), few), right(few, [0]), 0.1).enough
    assert graded(exam(right(few, [1, 2]), few), right(few), None).enough


def test_a_class_that_the_teacher_finds_may_not_be_lost():
    y = np.r_[np.zeros(2000, int), np.ones(8, int)]
    grade = graded(exam(right(y), y), right(y, range(2000, 2005)), None)
    assert (grade.lost, grade.enough) == ((1,), False)
    assert not graded(exam(right(y), y), right(y, range(2000, 2004)), None).enough  # half, which may be luck
    assert graded(exam(right(y), y), right(y, range(2000, 2003)), None).enough
    assert graded(
        exam(right(y, range(2000, 2008)), y), right(y, range(2000, 2008)), None
    ).enough  # nor does the teacher
    # Rows beyond the counted ones say whether a class is found, and nothing else.
    grade = graded(exam(right(y), y, counted=2000), right(y, range(2000, 2008)), None)
    assert (grade.value, grade.loss, grade.lost, grade.enough) == (1.0, 0.0, (1,), False)


def test_what_may_be_lost():
    assert allowed_loss("accuracy", 0.9, None) == 0.005
    assert allowed_loss("r2", 0.9, 0.1) == 0.1
    assert allowed_loss("mae", 2.0, None) == pytest.approx(0.04)
    assert allowed_loss("rmse", 2.0, None, deviation=10.0) == pytest.approx(0.04)
    assert allowed_loss("mae", 1e-6, None, deviation=10.0) == pytest.approx(0.2)
    assert allowed_loss("mae", 0.0, 0.1, deviation=10.0) == pytest.approx(1.0)
    with pytest.raises(OptionError, match="none of a regressor; use one of mae, rmse, r2"):
        check_metric("accuracy", "regress")
    with pytest.raises(OptionError, match="none of a classifier"):
        check_metric("r2", "classify")


def test_exams_are_joined_row_by_row():
    y = np.arange(60) % 3
    scores = np.random.Generator(np.random.PCG64(7)).normal(0, 1, (60, 3))
    parts = [exam(scores[a:b], y[a:b], counted) for a, b, counted in ((0, 20, 15), (20, 45, 25), (45, 60, 10))]
    whole, order = joined(parts)
    assert whole.counted == 50
    assert sorted(order.tolist()) == list(range(60))
    assert np.array_equal(whole.teacher, scores[order])
    assert np.array_equal(whole.y, y[order])
    assert set(order[50:].tolist()) == {*range(15, 20), *range(55, 60)}


SMALL = FitOptions(hidden=(32, 32), teacher_epochs=30, learned_steps=200, boosting_rounds=20, judged_parts=2)


def steps_and_noise(rows: int, seed: int) -> Any:
    """Labels that hang on thresholds of single features: trees find them, a small smooth network does not."""
    rng = np.random.Generator(np.random.PCG64(seed))
    X = rng.uniform(-1, 1, (rows, 6)).astype(np.float32)
    return from_arrays(X, ((np.floor(X[:, 0] * 4) + np.floor(X[:, 1] * 4)) % 2).astype(int))


@pytest.mark.parametrize(
    ("values", "metric", "name"),
    [
        ({"network": 0.9, "boosting": 0.902, "linear": 0.8}, "accuracy", "network"),
        ({"network": 0.9, "boosting": 0.904, "linear": 0.8}, "accuracy", "boosting"),
        ({"network": 0.9, "boosting": 0.902, "boosting+network": 0.908}, "accuracy", "boosting+network"),
        ({"network": 0.9, "boosting": 0.904, "boosting+network": 0.905}, "accuracy", "boosting+network"),
        ({"boosting": 0.8, "linear": 0.9}, "r2", "linear"),
        ({"network": -1.0, "boosting": -0.985}, "mae", "network"),
        ({"network": -1.0, "boosting": -0.97}, "mae", "boosting"),
    ],
)
def test_a_network_teaches_where_none_is_better(values, metric, name):
    assert teach._choose(values, metric) == name


def test_trees_teach_where_they_are_better_of_rows_that_they_have_not_seen():
    values = {"network": 0.9, "boosting": 0.92, "linear": 0.8, "boosting+network": 0.921}
    for gap, name in ((0.0, "boosting+network"), (0.04, "boosting+network"), (0.044, "network")):
        worth = teach._as_teachers(values, gap)
        assert max(worth, key=worth.get) == name
    assert teach._as_teachers(values, 0.04) == pytest.approx({**values, "boosting": 0.88, "boosting+network": 0.901})


def test_the_best_teaches_and_all_are_told():
    train, test = steps_and_noise(1500, 1), steps_and_noise(500, 2)
    fitted = fit(train, replace(SMALL, method="learned"), test=test)
    tried = dict(fitted.teachers)
    assert list(tried)[:3] == ["network", "boosting", "linear"]
    assert list(tried)[3].startswith("boosting+")  # the mean of the best two
    assert tried["boosting"] > tried["network"] + 0.05
    assert "boosted trees" in fitted.teacher
    assert fitted.stages[0].value > tried["network"]
    for kind, name in (
        ("network", "a network in float32"),
        ("linear", "a linear model"),
        ("boosting", "boosted trees"),
    ):
        forced = fit(train, replace(SMALL, method="learned", teacher=kind, learned_steps=20), test=test)
        assert forced.teacher == name
        assert [who for who, _ in forced.teachers] == [kind]
        assert (forced.teacher_bytes is None) is (kind != "network")
    longer = replace(SMALL, method="learned", hidden=(64, 64), teacher_epochs=120, learned_steps=20)
    smooth = fit(rings(600, 1), longer)
    assert smooth.teacher == "a network in float32"
    with pytest.raises(OptionError, match="unknown teacher 'tree'"):
        replace(SMALL, teacher="tree")


def test_a_regressor_is_taught_by_the_best_too_and_judged_as_is_asked():
    rng = np.random.Generator(np.random.PCG64(3))
    X = rng.uniform(-1, 1, (600, 3)).astype(np.float32)
    data = from_arrays(X, (3 * X[:, 0] - X[:, 1] + rng.normal(0, 0.1, 600)).astype(np.float32) * 1e6)
    fitted = fit(data, replace(SMALL, metric="rmse", judged_parts=1))
    assert {stage.metric for stage in fitted.stages} == {"rmse"}
    assert dict(fitted.teachers)["linear"] == pytest.approx(1e5, rel=0.2)
    assert "linear" in fitted.teacher
    assert fitted.grade is not None


def test_a_rare_class_is_found():
    """Faults are 20 of 5,000 rows, in three places of a lattice that hold nothing else; their teacher is perfect.

    A sketch that never answers them has an accuracy of .996, within half a point of the teacher's.
    """
    rng = np.random.Generator(np.random.PCG64(8))
    places = np.array([(i, j) for i in range(4) for j in range(4)])
    bad = np.array([(2, 3), (1, 2), (3, 1)])
    good = places[(places[:, None] != bad).any(axis=2).all(axis=1)]
    y = np.repeat([0, 1], [4980, 20])
    at = np.concatenate([good[rng.integers(0, len(good), 4980)], bad[np.arange(20) % 3]])
    data = from_arrays((10 * at + rng.normal(0, 0.7, at.shape)).astype(np.float32), y)
    scores = np.where(y, 6.0, -6.0)[:, None]
    fitted = fit(data, replace(SMALL, learned_steps=500), teacher=GivenScores(scores))
    assert fitted.grade is not None
    assert (fitted.grade.lost, fitted.grade.enough) == ((), True)
    found = reference.predict(fitted.model, data.X)
    assert np.mean(found[y == 1] == 1) > 0.5
    never = graded(exam(scores, y), np.full((5000, 1), -1.0), None)
    assert never.value == 0.996
    assert (never.lost, never.enough) == ((1,), False)
