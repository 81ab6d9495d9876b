"""The estimators on real data, alone and behind scalers."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler

import rs2c
from rs2c import RepresenterSketchClassifier, RepresenterSketchRegressor
from rs2c.base.errors import DataError, OptionError
from rs2c.model import reference
from rs2c.model.cost import model_cost
from rs2c.model.file import load, to_bytes
from rs2c.simulate.targets import targets_of
from rs2c.verify.verdicts import verify
from tests.estimators.test_contract import SMALL
from tests.support.sketches import rows_of

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
    model = RepresenterSketchClassifier(hidden=(32,), learned_steps=300, random_state=0).fit(X, y)
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
        RepresenterSketchClassifier(teacher=teacher, **SMALL).fit(X, words)
    with pytest.raises(DataError, match=r"worse than chance; give its scores in the order of .*: rest, run, walk"):
        RepresenterSketchClassifier(teacher=teacher.predict_proba, **SMALL).fit(X, words)
    rare = np.where(np.arange(len(y)) == 5, "a", "b")  # which a good teacher may miss
    misses = RepresenterSketchClassifier(teacher=lambda X: 5.0 * np.sign(np.arange(len(X)) - 0.5), **SMALL)
    assert misses.fit(X, rare).score(X, rare) > 0.9
    ordered = RepresenterSketchClassifier(teacher=lambda X: teacher.predict_proba(X)[:, [1, 2, 0]], **MEDIUM)
    assert ordered.fit(X, words).score(X, words) > 0.9


def test_a_teacher_may_choose_columns_of_a_frame_and_be_cloned_when_frozen():
    import pandas

    X, _, y, _ = halves(load_wine())
    frame = pandas.DataFrame(X, columns=[f"c{i}" for i in range(13)])
    chosen = ColumnTransformer([("scaled", StandardScaler(), ["c6", "c9", "c12"])])
    teacher = make_pipeline(chosen, LogisticRegression()).fit(frame, y)
    sketch = RepresenterSketchClassifier(teacher=FrozenEstimator(teacher), **MEDIUM)
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


@pytest.mark.parametrize(
    "scalers",
    [
        [StandardScaler()],
        [MinMaxScaler((-1, 3))],
        [RobustScaler()],
        [MaxAbsScaler(), StandardScaler(with_mean=False)],
        [StandardScaler(with_std=False), RobustScaler(with_centering=False), MinMaxScaler()],
    ],
)
def test_scalers_are_folded_into_the_integers(scalers, tmp_path):
    X, X_test, y, y_test = halves(load_breast_cancer())
    pipeline = make_pipeline(*scalers, RepresenterSketchClassifier(**MEDIUM)).fit(X, y)
    model = rs2c.fold_pipeline(pipeline).model
    assert model.raw_type == "float32"
    # Not always identical: the pipeline rounds scaled values, the folded model raw ones.
    folded = reference.predict(model, X_test.astype(np.float32))
    assert np.mean(folded == pipeline.predict(X_test)) >= 0.99
    assert abs(np.mean(folded == y_test) - pipeline.score(X_test, y_test)) <= 0.01
    assert (tmp_path / "lib" / "src" / "gesture.c") in rs2c.compile_pipeline(pipeline, tmp_path / "lib", "gesture")


@pytest.mark.parametrize("load_data", [load_breast_cancer, load_wine])
def test_a_folded_sketch_of_auto_keeps_its_counts_and_its_answers(load_data):
    X, X_test, y, _ = halves(load_data())
    estimator = RepresenterSketchClassifier(hidden=(32,), learned_steps=300, random_state=0)
    pipeline = make_pipeline(StandardScaler(), estimator).fit(X, y)
    assert estimator.precision_.direction_bits == 4  # folded they have 8
    folded = rs2c.fold_pipeline(pipeline).model
    assert np.array_equal(rows_of(folded).counts, rows_of(estimator.model_).counts)
    assert np.array_equal(rows_of(folded).factors, rows_of(estimator.model_).factors)
    assert np.mean(reference.predict(folded, X_test.astype(np.float32)) == pipeline.predict(X_test)) >= 0.99


def test_a_regressor_behind_a_scaler():
    X, X_test, y, _ = halves(load_diabetes())
    pipeline = make_pipeline(StandardScaler(), RepresenterSketchRegressor(**MEDIUM)).fit(X * 1000, y)
    folded = reference.predict(rs2c.fold_pipeline(pipeline).model, (X_test * 1000).astype(np.float32))
    plain = pipeline.predict(X_test * 1000)
    assert np.mean(np.abs(folded - plain)) < 0.02 * plain.std() + 0.5


@pytest.mark.parametrize("far", [30, 300])
def test_a_folded_sketch_far_from_zero_keeps_its_answers(far):
    X = np.random.Generator(np.random.PCG64(5)).normal(0, 1, (600, 4))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    estimator = RepresenterSketchClassifier(method="learned", rows=16, teacher_epochs=20, learned_steps=300)
    pipeline = make_pipeline(StandardScaler(), estimator).fit(X + far, y)
    folded = reference.predict(rs2c.fold_pipeline(pipeline).model, (X + far).astype(np.float32))
    assert np.mean(folded == pipeline.predict(X + far)) >= 0.98


def test_what_float32_cannot_tell_is_named():
    X = np.random.Generator(np.random.PCG64(5)).normal(0, 1, (200, 2))
    y = (X[:, 0] > 0).astype(int)
    estimator = RepresenterSketchClassifier(**SMALL)
    with pytest.raises(DataError, match="'x0' changes by less than float32 can tell"):
        estimator.fit(X + 2e9, y)
    pipeline = make_pipeline(StandardScaler(), estimator).fit(X + 2e9, y)
    with pytest.raises(OptionError, match="'x0' changes by less than float32 can tell"):
        rs2c.fold_pipeline(pipeline)


def test_steps_that_cannot_be_folded_are_named():
    X, _, y, _ = halves(load_wine())
    clipping = [MinMaxScaler(clip=True)]
    if "clip" in MaxAbsScaler().get_params():  # since scikit-learn 1.9
        clipping.append(MaxAbsScaler(clip=True))
    for step in (*clipping, PolynomialFeatures(1, include_bias=False)):
        pipeline = make_pipeline(step, RepresenterSketchClassifier(**SMALL)).fit(X, y)
        with pytest.raises(OptionError, match=type(step).__name__.lower()):
            rs2c.fold_pipeline(pipeline)
    with pytest.raises(OptionError, match="last step"):
        rs2c.fold_pipeline(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y))
    with pytest.raises(OptionError, match="is no Pipeline"):
        rs2c.fold_pipeline(RepresenterSketchClassifier())
    with pytest.raises(OptionError, match="not fitted"):
        rs2c.fold_pipeline(make_pipeline(StandardScaler(), RepresenterSketchClassifier()))


def test_import_is_light():
    code = "import sys, rs2c; rs2c.__version__; sys.exit(any(m in sys.modules for m in ('torch', 'sklearn', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    with pytest.raises(AttributeError):
        rs2c.nonsense  # noqa: B018
