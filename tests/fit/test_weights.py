"""Weights count in training and in every figure; a class may weigh more than it is frequent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rs2c.model import reference
from rs2c.model.metric import measure
from rs2c.model.scoring import Measured, loss_against
from rs2c.quantize.input_map import fit_inputs
from rs2c.read.datasets import Dataset, from_arrays
from rs2c.train.baselines import baselines
from rs2c.train.distillation import Lesson
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.teach import GivenScores
from rs2c.train.validation import validation_parts

QUICK = FitOptions(method="learned", rows=8, hidden=(16,), teacher_epochs=25, learned_steps=150)


def overlapping(rows: int = 480) -> Dataset:
    """Two classes that overlap; a twelfth of the rows are of the second."""
    rng = np.random.Generator(np.random.PCG64(8))
    y = (np.arange(rows) % 12 == 0).astype(np.int64)
    return from_arrays((rng.normal(0, 1, (rows, 2)) + 1.2 * y[:, None]).astype(np.float32), y)


@pytest.mark.parametrize("teacher", ["network", "boosting", "linear"])
def test_rows_that_weigh_more_are_answered_more_often(teacher: str) -> None:
    data, options = overlapping(), replace(QUICK, teacher=teacher)  # type: ignore[arg-type]
    heavy = replace(data, weight=np.where(data.y == 1, 11.0, 1.0))
    found = [reference.predict(fit(each, options).model, data.X) for each in (data, heavy)]
    recalls = [float(np.mean(answers[data.y == 1])) for answers in found]
    assert recalls[1] > recalls[0] + 0.2


def test_students_of_known_scores_follow_labels_by_their_weight() -> None:
    data = overlapping()
    scores = GivenScores(np.zeros((len(data.y), 1)) - 0.1)  # a teacher that says nothing of a row
    for method in ("learned", "refit"):
        options = FitOptions(method=method, rows=8, student_steps=150, refit_steps=100, learned_steps=150)  # type: ignore[arg-type]
        answered = []
        for share in (1.0, 40.0):
            weighed = replace(data, weight=np.where(data.y == 1, share, 1.0))
            answered.append(float(np.mean(reference.predict(fit(weighed, options, teacher=scores).model, data.X))))
        assert answered[1] > answered[0] + 0.2


def test_figures_count_rows_by_their_weight() -> None:
    data = overlapping()
    weight = np.where(data.y == 1, 11.0, 1.0)
    fitted = fit(replace(data, weight=weight), replace(QUICK, learned_steps=20), test=replace(data, weight=weight))
    hit = reference.predict(fitted.model, data.X) == data.y
    (integer,) = (stage for stage in fitted.stages if stage.stage == "integer")
    assert integer.value == pytest.approx(np.average(hit, weights=weight))
    valid = fitted.parts.valid
    assert integer.validation == pytest.approx(np.average(hit[valid], weights=weight[valid]))
    scores, y = np.array([[1.0], [3.0]]), np.array([0.0, 0.0])
    assert measure(scores, y, "regress", np.array([3, 1])) == 1.5
    assert measure(scores, y.astype(np.int64), "classify") == 0
    for known in (y, None):
        lesson = Lesson("regress", np.zeros((2, 1), np.float32), np.zeros((2, 1)), known, np.array([3, 1]))
        assert lesson.standing(scores) == 1.5


def test_trivial_models_learn_by_weight_too() -> None:
    data = overlapping()
    parts, inputs = validation_parts(data, 0), fit_inputs(data.X, data.categories)
    weighed = replace(data, weight=np.where(data.y == 1, 30.0, 1.0))
    plain, heavy = (baselines(each, weighed, inputs, parts) for each in (data, weighed))
    assert [each[0].name for each in (plain, heavy)] == ["the answer '0' alone", "the answer '1' alone"]
    for before, after in zip(plain[1:], heavy[1:], strict=True):
        assert before.value is not None
        assert after.value is not None
        assert after.value > before.value + 0.1
    values = replace(data, y=np.arange(480, dtype=np.float32), task="regress", class_names=())
    values = replace(values, weight=np.where(values.y < 400, 1e-9, 1.0))
    (median, *_) = baselines(values, values.take(np.arange(400, 480)), inputs, validation_parts(values, 0))
    assert median.value is not None
    assert median.value == pytest.approx(20, abs=3)  # about 440, not 240


def test_few_groups_are_no_certainty() -> None:
    """The error of a loss over k groups, k small: that of k observations, whose mean is known from them."""
    rng = np.random.Generator(np.random.PCG64(1))
    teacher = Measured("accuracy", 1.0, np.zeros(60))
    errors = {}
    for groups in (60, 4, 2, 1):
        code, drawn = np.arange(60) % groups, []
        for _ in range(300):
            hit = (rng.normal(0, 1, groups)[code] > 0.5).astype(np.float64)  # each group is all right, or all wrong
            drawn.append(loss_against(teacher, Measured("accuracy", float(hit.mean()), hit - hit.mean()), code))
        losses, found = np.array(drawn).T
        errors[groups] = float(np.sqrt(np.mean(found**2)) / losses.std())
    assert all(errors[groups] == pytest.approx(1, abs=0.15) for groups in (60, 4, 2))
    one = Measured("accuracy", 0.5, np.repeat([0.5, -0.5], 30))
    assert loss_against(teacher, one, np.zeros(60)) == loss_against(teacher, one)
    assert loss_against(teacher, one, np.zeros(60))[1] > 0
