"""The figures of tables: against scikit-learn's functions, and by hand where it has none."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from rs2c.model.quality import judge, judge_classes, judge_values, quality_json

WEIGHTED = pytest.mark.parametrize("weighted", [False, True])


def weights(weighted: bool, n: int, rng: np.random.Generator) -> np.ndarray | None:
    return rng.uniform(0, 3, n) if weighted else None


@WEIGHTED
@pytest.mark.parametrize(("classes", "present", "seed"), [(2, 2, 0), (3, 3, 1), (7, 5, 2), (26, 26, 3)])
def test_figures_of_classes_are_those_of_scikit_learn(classes, present, seed, weighted):
    """Some classes neither occur nor are answered; class 1 is never answered, as a lost rare one."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, present, 400)
    answers = np.where(rng.random(400) < 0.7, y, rng.integers(0, present, 400))
    answers[answers == 1] = 0
    weight = weights(weighted, 400, rng)
    quality = judge_classes(answers, y, classes, weight)
    labels = list(range(classes))
    wanted = metrics.precision_recall_fscore_support(y, answers, labels=labels, sample_weight=weight, zero_division=0)
    for figure, reference in zip((quality.precision, quality.recall, quality.f1), wanted, strict=False):
        np.testing.assert_allclose(figure, reference, rtol=1e-12)
    confusion = metrics.confusion_matrix(y, answers, labels=labels, sample_weight=weight)
    np.testing.assert_allclose(quality.confusion, confusion, rtol=1e-12)
    np.testing.assert_allclose(quality.support, wanted[3], rtol=1e-12)
    assert quality.accuracy == pytest.approx(metrics.accuracy_score(y, answers, sample_weight=weight))
    assert quality.recall[1] == quality.precision[1] == 0


@WEIGHTED
@pytest.mark.parametrize("shape", [(300,), (300, 3), (7,), (1,)])
def test_figures_of_values_are_those_of_scikit_learn(shape, weighted):
    rng = np.random.default_rng(4)
    y = rng.normal(50, 9, shape).astype(np.float32)
    answers = y + rng.normal(0, 2, shape)
    weight = weights(weighted, len(y), rng)
    found = judge_values(answers, y, weight)
    assert found.mae == pytest.approx(metrics.mean_absolute_error(y, answers, sample_weight=weight))
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(y, answers, sample_weight=weight))
    if len(y) > 1:
        assert found.r2 == pytest.approx(metrics.r2_score(y, answers, sample_weight=weight))
    assert found.mae <= found.worst_decile


@pytest.mark.parametrize(("answer", "r2"), [(5.0, 1.0), (6.0, 0.0)])
def test_targets_that_are_all_alike(answer, r2):
    assert judge_values(np.full(20, answer), np.full(20, 5.0)).r2 == r2
    assert metrics.r2_score(np.full(20, 5.0), np.full(20, answer)) == r2


def test_the_worst_decile_by_hand():
    errors = np.array([1.0, -9, 0, 4, 0, 0, -2, 0, 0, 7, *[0.0] * 10])
    y = np.arange(20.0)
    assert judge_values(y + errors, y).worst_decile == 8  # 9 and 7 are the tenth of 20 rows
    assert judge_values((y + errors)[:15], y[:15]).worst_decile == pytest.approx((9 + 7 / 2) / 1.5)
    assert judge_values((y + errors)[:4], y[:4]).worst_decile == 9
    twice = judge_values(np.repeat(y + errors, 2), np.repeat(y, 2))
    assert twice.worst_decile == judge_values(y + errors, y, np.full(20, 2.0)).worst_decile == 8
    weight = np.ones(20)
    weight[1] = 0  # the largest error does not count, and 19 rows are left
    assert judge_values(y + errors, y, weight).worst_decile == pytest.approx((7 + 0.9 * 4) / 1.9)


def test_the_largest_confusions_are_pairs_of_wrong_answers():
    y, answers = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2]), np.array([0, 1, 1, 1, 2, 0, 0, 0, 2])
    quality = judge_classes(answers, y, 4)
    assert quality.largest_confusions(10) == [(2, 0, 3.0), (0, 1, 2.0), (1, 2, 1.0)]
    assert quality.largest_confusions(1) == [(2, 0, 3.0)]
    assert judge_classes(y, y, 4).largest_confusions(10) == []


def test_figures_as_json():
    found = quality_json(judge(np.array([0, 1, 1]), np.array([0, 1, 0]), ("rest", "wave")), ("rest", "wave"))
    assert found["confusion"] == [[1, 1], [0, 1]]
    assert found["classes"][0] == {"class": "rest", "precision": 1, "recall": 0.5, "f1": 2 / 3, "support": 2}
    assert found["accuracy"] == 2 / 3
    values = quality_json(judge(np.array([0.0, 3.0]), np.array([0.0, 1.0]), ()), ())
    assert values == {"mae": 1.0, "rmse": 2**0.5, "r2": -7.0, "worst_decile": 2.0}
