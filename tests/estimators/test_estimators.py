"""The estimators on real data."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import rs2c
from rs2c import RepresenterSketchClassifier, RepresenterSketchRegressor
from rs2c.base.errors import DataError, OptionError
from rs2c.model import reference
from rs2c.model.cost import model_cost
from rs2c.model.file import load, to_bytes
from rs2c.simulate.targets import targets_of
from rs2c.train.fit_options import FitOptions
from rs2c.verify.verdicts import verify
from tests.estimators.test_contract import SMALL

MEDIUM = {**SMALL, "rows": 32, "columns": 16, "anchors": 64, "student_steps": 250, "refit_steps": 200}


def halves(bundle):
    return train_test_split(bundle.data, bundle.target, random_state=0, test_size=0.4)


def test_answers_come_from_the_integer_model(tmp_path):
    X, X_test, y, y_test = halves(load_wine())
    model = RepresenterSketchClassifier(**MEDIUM).fit(X, y)
    assert model.score(X_test, y_test) > 0.9
    x = reference.quantize(model.model_, X_test.astype(np.float32))
    assert np.array_equal(model.decision_function(X_test), reference.scores(model.model_, x))
    model.save(tmp_path / "wine.rs2c")
    assert np.array_equal(
        reference.predict(load(tmp_path / "wine.rs2c").model, X_test.astype(np.float32)), model.predict(X_test)
    )
    paths = model.compile(tmp_path / "wine")
    assert tmp_path / "wine" / "src" / "wine.c" in paths
    assert targets_of("host")
    assert all(verdict.passed for verdict in verify(model.model_, ["host"], vectors=500))


def test_labels_frames_bytes_and_seeds():
    import pandas as pd

    X, _, y, _ = halves(load_breast_cancer())
    names = np.array(["malignant", "benign"])[y]
    frame = pd.DataFrame(X[:, :5], columns=list("abcde"))
    model = RepresenterSketchClassifier(**SMALL).fit(frame, names)
    assert model.model_.feature_names == tuple("abcde")
    assert set(model.predict(frame)) == {"malignant", "benign"}
    above = model.decision_function(frame) > 0
    assert np.array_equal(model.predict(frame) == model.classes_[1], above)
    assert to_bytes(clone(model).fit(frame, names).content_) == to_bytes(model.content_)
    small = np.clip(X[:, :5], 0, 255).astype(np.uint8)
    on_bytes = RepresenterSketchClassifier(**SMALL).fit(small, y)
    assert on_bytes.model_.raw_type == "uint8"
    assert on_bytes.predict(small.astype(np.int64)).shape == y.shape
    with pytest.raises(ValueError, match="uint8"):
        on_bytes.predict(small + 0.5)


def test_labels_have_one_name_whichever_way_they_come():
    import pandas as pd

    codes = np.repeat([0, 1], 20)
    X = np.random.Generator(np.random.PCG64(0)).normal(0, 1, (40, 2)).astype(np.float32)
    least = RepresenterSketchClassifier(method="learned", rows=1, teacher_epochs=1, learned_steps=5, random_state=0)
    for y, names in (
        (codes, ("0", "1")),
        (codes.astype(np.float64), ("0", "1")),
        (codes.astype(">f4"), ("0", "1")),
        (pd.Series(codes, dtype="Int64"), ("0", "1")),
        (pd.Series(codes, dtype="category"), ("0", "1")),
        (np.array(["0.0", "1.0"])[codes], ("0", "1")),
        (codes * -2.0, ("-2", "0")),
        (codes == 1, ("False", "True")),
        (np.array(["01", "1"])[codes], ("01", "1")),
    ):
        model = clone(least).fit(X, y)
        assert model.model_.class_names == names
        assert {*model.predict(X).tolist()} <= {*np.asarray(y).tolist()} == {*model.classes_.tolist()}


def test_auto_is_the_default_and_is_small():
    X, X_test, y, y_test = halves(load_breast_cancer())
    model = RepresenterSketchClassifier(teacher="network", hidden=(32,), learned_steps=300, random_state=0).fit(X, y)
    assert model.method == "auto"
    assert model.score(X_test, y_test) > 0.9
    assert model_cost(model.model_).bytes < 400
    assert all(verdict.passed for verdict in verify(model.model_, ["host"], vectors=500))
    with pytest.raises(OptionError, match="use method learned"):
        RepresenterSketchClassifier(rows=4).fit(X, y)


def test_a_teacher_gives_its_scores_in_the_order_of_the_classes():
    X, _, y, _ = halves(load_wine())
    words = np.array(["walk", "rest", "run"])[y]
    teacher = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    with pytest.raises(ValueError, match=r"\[0, 1, 2\], those of y \['rest', 'run', 'walk'\]"):
        RepresenterSketchClassifier(**{**SMALL, "teacher": teacher}).fit(X, words)
    with pytest.raises(DataError, match=r"worse than chance; give its scores in the order of .*: rest, run, walk"):
        RepresenterSketchClassifier(**{**SMALL, "teacher": teacher.predict_proba}).fit(X, words)
    rare = np.where(np.arange(len(y)) == 5, "a", "b")  # which a good teacher may miss
    misses = RepresenterSketchClassifier(**{**SMALL, "teacher": lambda X: 5.0 * np.sign(np.arange(len(X)) - 0.5)})
    assert misses.fit(X, rare).score(X, rare) > 0.9
    ordered = RepresenterSketchClassifier(**{**MEDIUM, "teacher": lambda X: teacher.predict_proba(X)[:, [1, 2, 0]]})
    assert ordered.fit(X, words).score(X, words) > 0.9


def test_a_teacher_may_choose_columns_of_a_frame_and_be_cloned_when_frozen():
    import pandas

    X, _, y, _ = halves(load_wine())
    frame = pandas.DataFrame(X, columns=[f"c{i}" for i in range(13)])
    chosen = ColumnTransformer([("scaled", StandardScaler(), ["c6", "c9", "c12"])])
    teacher = make_pipeline(chosen, LogisticRegression()).fit(frame, y)
    sketch = RepresenterSketchClassifier(**{**MEDIUM, "teacher": FrozenEstimator(teacher)})
    assert cross_val_score(sketch, frame, y, cv=2).mean() > 0.8


def test_numbers_of_numpy_are_numbers():
    X, _, y, _ = halves(load_wine())
    for method, options in (("learned", {}), ("refit", {"hashes": 1}), ("representer", {"groups": 3})):
        numbers = {**SMALL, "method": method, "rows": 9, "columns": 16, "input_bits": 8, "projected": 4, **options}
        given = {key: np.int64(value) if isinstance(value, int) else value for key, value in numbers.items()}
        plain, numpys = (RepresenterSketchClassifier(**{**v, "hidden": 16}).fit(X, y) for v in (numbers, given))
        assert to_bytes(plain.content_) == to_bytes(numpys.content_)
    for wrong in ({"hidden": 0}, {"hidden": (8, 2.5)}, {"columns": 8.5}):
        with pytest.raises(OptionError, match=next(iter(wrong))):
            RepresenterSketchClassifier(**{**SMALL, **wrong}).fit(X, y)


def test_parameters_can_be_searched():
    X, _, y, _ = halves(load_wine())
    search = GridSearchCV(RepresenterSketchClassifier(**SMALL), {"rows": [8, 16]}, cv=2).fit(X, y)
    assert search.best_params_["rows"] in (8, 16)


def test_import_is_light():
    code = "import sys, rs2c; rs2c.__version__; sys.exit(any(m in sys.modules for m in ('torch', 'sklearn', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    with pytest.raises(AttributeError):
        rs2c.nonsense  # noqa: B018


def test_rows_of_weight_zero_are_not_there_and_weights_alike_are_none():
    X, _, y, _ = halves(load_wine())
    rng = np.random.Generator(np.random.PCG64(0))
    there = rng.random(len(y)) < 0.8
    small = {**SMALL, "method": "learned", "rows": 4, "learned_steps": 20, "teacher_epochs": 5}
    model = RepresenterSketchClassifier(**small)
    part = to_bytes(clone(model).fit(X[there], y[there]).content_)
    for given in (there, there * 2.5, (3 * there).tolist()):
        assert to_bytes(clone(model).fit(X, y, sample_weight=given).content_) == part
    assert to_bytes(clone(model).fit(X[there], y[there], groups=np.arange(there.sum())).content_) != part
    scores = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y).decision_function
    taught = RepresenterSketchClassifier(**{**small, "teacher": scores})
    apart = clone(taught).fit(X[there], y[there])
    assert to_bytes(clone(taught).fit(X, y, sample_weight=there).content_) == to_bytes(apart.content_)
    value = RepresenterSketchRegressor(**small)
    assert np.array_equal(
        clone(value).fit(X, X[:, 0], sample_weight=there).predict(X), clone(value).fit(X[there], X[there, 0]).predict(X)
    )
    options = FitOptions(method="learned", rows=4, learned_steps=30)
    for labels, some in ((None, None), (y, y[there])):
        known = {"classes": [0, 1, 2], "options": options}
        weighed = rs2c.distill(scores, X, labels, sample_weight=there, **known)
        assert to_bytes(weighed.content) == to_bytes(rs2c.distill(scores, X[there], some, **known).content)
    gone = clone(model).fit(X, y, sample_weight=y != 2)  # a class that is not there is known, and not answered
    assert gone.classes_.tolist() == [0, 1, 2]
    assert set(gone.predict(X)) == {0, 1}


def test_classes_weigh_as_scikit_learn_has_it():
    rng = np.random.Generator(np.random.PCG64(8))
    y = np.where(np.arange(360) % 12 == 0, "rare", "usual")
    X = rng.normal(0, 1, (360, 2)) + 1.2 * (y == "rare")[:, None]
    plain = RepresenterSketchClassifier(**{**SMALL, "method": "learned", "rows": 6})
    fitted = {
        str(each): clone(plain).set_params(class_weight=each).fit(X, y)
        for each in (None, "balanced", {"rare": 12.0, "usual": 12 / 11})
    }
    none, balanced, listed = fitted.values()
    recall = [np.mean(model.predict(X[y == "rare"]) == "rare") for model in (none, balanced)]
    assert recall[1] > recall[0] + 0.2
    weights = np.where(y == "rare", 6.0, 6 / 11)  # those of "balanced"
    assert to_bytes(clone(plain).fit(X, y, sample_weight=weights).content_) == to_bytes(balanced.content_)
    assert np.mean(listed.predict(X) == balanced.predict(X)) > 0.95  # twice as much of each
    judged = clone(plain).set_params(class_weight="balanced", metric="balanced").fit(X, y)
    assert judged.content_.sections["card"].values["stages"][-1]["metric"] == "balanced"
    half = clone(plain).set_params(class_weight="balanced").fit(X, y, sample_weight=np.arange(360) % 2 == 0)
    assert np.isfinite(half.decision_function(X)).all()


def test_what_weights_groups_and_teachers_may_not_be():
    X, _, y, _ = halves(load_wine())
    least = RepresenterSketchClassifier(**{**SMALL, "method": "learned", "rows": 2, "learned_steps": 5})
    for given, words in (
        ({"sample_weight": np.ones(3)}, r"sample_weight has the shape \(3,\) for 106 rows"),
        ({"sample_weight": -y}, "sample_weight is -1 in row .*; give numbers from 0 up"),
        ({"sample_weight": np.where(y == 1, np.nan, 1)}, "sample_weight is nan in row"),
        ({"sample_weight": ["much"] * len(y)}, "sample_weight holds something that is no number"),
        ({"sample_weight": 0 * y}, "sample_weight is zero in all rows"),
        ({"sample_weight": y == 1}, r"with its weights y has one class only \(\[1\]\)"),
        ({"groups": [1, 2]}, r"groups has the shape \(2,\) for 106 rows"),
        ({"groups": y}, "each group that is left for training has all rows of some class"),
    ):
        with pytest.raises(ValueError, match=words):
            least.fit(X, y, **given)
    with pytest.raises(DataError, match="class_weight is -2 in row"):
        clone(least).set_params(class_weight={0: 1, 1: -2, 2: 1}).fit(X, y)
    with pytest.raises(OptionError, match="a regressor has no classes; leave class_weight out"):
        RepresenterSketchRegressor(class_weight="balanced").fit(X, y)
    with pytest.raises(OptionError, match="unknown teacher 'forest'; use one of auto, network, boosting, linear"):
        clone(least).set_params(teacher="forest").fit(X, y)
    with pytest.raises(OptionError, match="the metric mae is none of a classifier"):
        clone(least).set_params(metric="mae").fit(X, y)
    for teacher in ("linear", "network"):
        model = clone(least).set_params(teacher=teacher).fit(X, y, groups=[f"p{i % 9}" for i in range(len(y))])
        taught = model.content_.sections["card"].values["facts"]["teacher"]
        assert taught == teacher
