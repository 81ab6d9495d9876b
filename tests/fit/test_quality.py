"""The figures of tables: against scikit-learn's functions, and by hand where it has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics
from sklearn.tree import DecisionTreeClassifier

from rs2c.base.errors import ModelFileError
from rs2c.model.card import Stage, read_card, stage_tables
from rs2c.model.file import ModelFile, Section
from rs2c.model.quality import ClassQuality, judge, judge_classes, judge_values, quality_json
from rs2c.quantize.input_map import fit_inputs
from rs2c.read.datasets import Dataset, from_arrays
from rs2c.train.baselines import Baseline, baselines, enough
from rs2c.train.measured import Judged, judge_model, measure_stage
from rs2c.train.validation import Parts, validation_parts
from tests.support.small_models import model as small

COLUMNS = ("validation accuracy", "test accuracy")
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


def table(kind: str, n: int = 600) -> Dataset:
    """Two classes that one threshold parts, three that a plane parts, or a number that is a step and noise."""
    rng = np.random.Generator(np.random.PCG64(7))
    X = rng.normal(100, 20, (n, 4)).astype(np.float32)
    if kind == "threshold":
        return from_arrays(X, np.where(X[:, 2] > 110, "hot", "cold"), feature_names="abcd")
    if kind == "planes":
        return from_arrays(X, np.digitize(X[:, 0] + X[:, 1] - X[:, 3], [90, 110]))
    return from_arrays(X, np.where(X[:, 1] > 100, 30.0, 10.0) + rng.normal(0, 1, n), task="regress")


def found(data: Dataset, test: Dataset | None = None) -> dict[str, Baseline]:
    made = baselines(data, test, fit_inputs(data.X, data.categories), validation_parts(data, 0))
    return {baseline.name: baseline for baseline in made}


def test_a_tree_of_one_threshold_is_two_leaves_and_says_so():
    data = table("threshold")
    made = found(data, data)
    tree = made["a tree of 2 leaves"]
    assert (tree.value, tree.bytes, tree.operations) == (1.0, 4 + 1 + 2, 1)
    most = made["the answer 'cold' alone"]
    assert most.value == np.mean(data.y == 0)
    assert (most.bytes, most.operations) == (None, None)
    linear = made["a linear model"]
    assert (linear.bytes, linear.operations) == (4 * 5, 4)
    three = tuple(made.values())
    assert enough(three, 1.0, 1.0, 300, "accuracy", None) == (
        "a tree of 2 leaves reaches 1.0000 on the same rows: it may be enough"
    )
    assert enough(three, 1.0, 1.0, 7, "accuracy", None) is None  # the model is as small
    assert "the answer 'cold' alone reaches" in str(enough(three, 0.67, 0.69, 300, "accuracy", None))
    assert "a linear model" in str(enough(three[:2], linear.validation, linear.value + 0.004, 300, "accuracy", None))
    assert enough(three[:2], linear.validation, linear.value + 0.006, 300, "accuracy", None) is None
    assert enough(three[:2], linear.validation + 0.006, None, 300, "accuracy", None) is None


def test_baselines_are_what_scikit_learn_answers():
    data = table("planes")
    made = list(found(data, data).values())
    assert [baseline.name for baseline in made[:2]] == ["the answer '2' alone", "a linear model"]
    assert made[1].value > 0.95 > made[2].value > made[0].value
    assert made[1].bytes == 4 * (4 * 3 + 3)
    learn = data.take(validation_parts(data, 0).learn)
    tree = DecisionTreeClassifier(max_leaf_nodes=16, random_state=0).fit(learn.X, learn.y)
    assert made[2].value == tree.score(data.X, data.y)
    assert made[2].operations <= tree.get_depth()
    values = found(table("step"), table("step"))
    tree = values["a tree of 16 leaves"]
    assert tree.bytes == 15 * 5 + 16 * 4
    assert tree.value < 1.2 < values["a linear model"].value < values["the median alone"].value
    assert "a tree of 16 leaves reaches" in str(
        enough(tuple(values.values()), tree.validation, tree.value * 0.99, 300, "mae", None)
    )


def test_trees_read_categories_and_stand_means_in_for_what_is_missing():
    rng = np.random.Generator(np.random.PCG64(3))
    X = np.stack([rng.integers(0, 3, 300), rng.normal(0, 1, 300)], axis=1).astype(np.float32)
    X[::7, 1] = np.nan
    data = replace(from_arrays(X, (X[:, 0] == 1).astype(int), missing="mean"), categories=(("oak", "elm", "ash"), ()))
    tree = found(data)["a tree of 2 leaves"]
    assert (tree.validation, tree.value, tree.bytes) == (1.0, None, 1 + 1 + 2)


def test_rare_classes_reach_the_baselines():
    """2 of 90,000 rows: the cap of rows keeps the one to learn from, and scores have a column for every class."""
    data = from_arrays(np.arange(90_000, dtype=np.float32)[:, None], np.arange(90_000) >= 89_998)
    inputs = fit_inputs(data.X, data.categories)
    parts = Parts(np.delete(np.arange(90_000), 89_999), np.array([89_999]))
    for seed in range(3):
        made = baselines(data, None, inputs, parts, seed=seed)
        assert [baseline.name for baseline in made[1:]] == ["a linear model", "a tree of 2 leaves"]
        assert made[2].validation == 1
    names = [baseline.name for baseline in baselines(data, None, inputs, replace(parts, learn=np.arange(100)))]
    assert names == ["the answer 'False' alone", "a tree of 1 leaf"]


def test_stages_are_measured_on_both_kinds_of_rows():
    data = table("threshold")
    valid, test = data.take(np.arange(100)), data.take(np.arange(100, 600))
    right = np.where(data.y == 1, 1.0, -1.0)[:, None]
    wrong = np.where(np.arange(600) % 5 == 0, -1, 1)[:, None] * right

    def scores(data):
        return wrong[:100] if data is valid else right[100:]

    assert measure_stage("refined", "accuracy", scores, valid, test) == Stage("refined", "accuracy", 1.0, 0.8)
    assert measure_stage("refined", "accuracy", scores, valid, None) == Stage("refined", "accuracy", None, 0.8)
    known = measure_stage("teacher", "accuracy", lambda data: None if data is test else wrong[:100], valid, test)
    assert known == Stage("teacher", "accuracy", None, 0.8)


def test_rows_count_by_their_weight():
    X = np.arange(-20, 20, dtype=np.int8)[:, None]
    data = replace(from_arrays(X, np.arange(40) % 2), weight=np.arange(1.0, 41))
    judged = judge_model(small(task="classify", class_names=("0", "1")), data, data)
    assert judged.quality.support.tolist() == [data.weight[data.y == code].sum() for code in (0, 1)]


def test_tables_of_stages_have_a_column_for_each_kind_of_rows():
    both = [Stage("teacher", "accuracy", None, 0.5), Stage("integer", "accuracy", 0.25, 1.0)]
    table, other = stage_tables([*both, Stage("agreement", "agreement", None, 0.75)])
    assert (table.title, table.columns) == ("On validation and test rows", ("stage", *COLUMNS))
    assert table.rows == (("teacher", "0.5000", "-"), ("integer", "1.0000", "0.2500"))
    assert (other.columns, other.rows) == (("stage", "validation agreement"), (("agreement", "0.7500"),))
    (old,) = stage_tables([Stage("integer", "mae", 1.23456789)])
    assert (old.title, old.columns, old.rows) == ("On test data", ("stage", "mae"), (("integer", "1.2346"),))


def test_a_card_shows_twelve_classes_and_of_more_the_weakest():
    def shown(names: list[str], recalls: np.ndarray) -> tuple[str, ...]:
        confusion = np.diag(100 * recalls)
        confusion[:, 0] += 100 - 100 * recalls
        values = Judged("test", ClassQuality(confusion)).as_json(tuple(names))
        card = read_card(ModelFile(small(), {"card": Section({"quality": values})}))
        return tuple(row[0] for row in card.tables[0].rows)

    names = [f"class {i}" for i in range(13)]
    assert shown(names[:12], np.ones(12)) == tuple(names[:12])
    recalls = np.linspace(1, 0.4, 13)
    assert shown(names, recalls) == tuple(names[:2:-1])


@pytest.mark.parametrize(
    "quality",
    [3, {}, {"rows": "test"}, {"rows": "test", "classes": 3}, {"rows": "test", "classes": [{"class": "a"}]},
     {"rows": "test", "mae": 1, "rmse": 2, "r2": "x", "worst_decile": 1}],
)  # fmt: skip
def test_damaged_figures_are_one_clear_error(quality):
    with pytest.raises(ModelFileError, match="model card"):
        read_card(ModelFile(small(), {"card": Section({"quality": quality})}))


def test_classes_that_are_never_recognized_are_named():
    """The rare class of 5,000 rows with 20 faults: nearly all is right, and it is never answered."""
    y = np.repeat([0, 1], [996, 4])
    judged = Judged("test", judge_classes(np.zeros(1000, np.int64), y, 3))
    assert judged.quality.accuracy == 0.996
    assert judged.lost(("ok", "fault", "absent")) == ["none of the 4 test rows of the class 'fault' is recognized"]
    assert Judged("validation", judge_classes(y, y, 3)).lost(("ok", "fault", "absent")) == []
    assert Judged("test", judge_values(np.zeros(3), np.ones(3))).lost(()) == []
