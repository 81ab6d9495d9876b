"""What X may be: arrays of any byte order, and data frames with categories."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import rs2c
from rs2c import RepresenterSketchClassifier, RepresenterSketchRegressor
from rs2c.base.errors import DataError
from rs2c.base.missing_value import MissingValue
from rs2c.model import reference
from rs2c.model.missing import read_missing
from rs2c.read.datasets import load_features, load_split
from rs2c.read.reading import Reading
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions

TINY = {"method": "learned", "rows": 2, "teacher_epochs": 1, "learned_steps": 20, "random_state": 0}
OPTIONS = FitOptions(method="learned", rows=2, teacher_epochs=1, learned_steps=20)


@pytest.mark.parametrize(
    ("dtype", "raw_type"),
    [("<i2", "int16"), (">i2", "int16"), (">u2", "uint16"), ("?", "uint8"), (">f4", "float32"), (">i4", "float32")],
)
def test_arrays_of_another_byte_order_are_read_as_they_are(dtype, raw_type):
    rng = np.random.default_rng(0)
    values = rng.normal(0, 300, (40, 3)) + np.repeat([[0], [900]], 20, 0)
    X = values > np.median(values) if dtype == "?" else np.abs(values).astype(dtype)
    y = np.repeat([0, 1], 20)
    model = RepresenterSketchClassifier(**TINY).fit(X, y)
    assert model.model_.raw_type == raw_type
    same = X.astype(raw_type)
    plain = RepresenterSketchClassifier(**TINY).fit(same, y)
    assert np.array_equal(model.decision_function(X), plain.decision_function(same))
    assert np.array_equal(model.decision_function(same), model.decision_function(X))
    told = rs2c.distill(lambda X: X[:, 0] - 300.0, X, classes=[0, 1], options=OPTIONS)
    assert told.model.raw_type == raw_type
    assert "missing" not in told.content.sections


@pytest.fixture(scope="module")
def frame():
    """Two hundred rooms: two categories, a word, a number, and numbers that are written as text."""
    rng = np.random.Generator(np.random.PCG64(4))
    room = rng.choice(["hall", "kitchen", "attic"], 200)
    return pandas.DataFrame(
        {
            "room": pandas.Categorical(room, categories=["kitchen", "hall", "attic", "never"]),
            "size": rng.normal(0, 1, 200).astype(np.float32),
            "floor": pandas.Categorical(rng.integers(9, 12, 200)),
            "wall": rng.choice(["red", "blue"], 200),
            "age": rng.integers(0, 90, 200).astype(str),
        }
    )


def labels(frame):
    return np.where((frame["room"] == "hall") ^ (frame["wall"] == "red"), "yes", "no")


@pytest.fixture(scope="module")
def model(frame):
    options = {**TINY, "rows": 8, "teacher_epochs": 30, "learned_steps": 200}
    return RepresenterSketchClassifier(**options).fit(frame, labels(frame))


def test_categories_of_a_frame_are_those_of_its_file(frame, model, tmp_path):
    assert model.score(frame, labels(frame)) > 0.9
    assert list(model.feature_names_in_) == list(frame.columns)
    frame.assign(y=labels(frame)).to_csv(tmp_path / "d.csv", index=False)
    split = load_split(tmp_path / "d.csv", "y", categorical=["room", "floor", "wall"], seed=0)
    assert model.model_.categories == split.train.categories
    assert model.model_.categories[:4] == (("attic", "hall", "kitchen"), (), ("9", "10", "11"), ("blue", "red"))
    integer = model.model_
    raw = load_features(
        tmp_path / "d.csv",
        feature_names=integer.feature_names,
        categories=integer.categories,
        raw_type=integer.raw_type,
    )
    names = np.array(integer.class_names)
    assert np.array_equal(names[reference.predict(integer, raw)], model.predict(frame))


def test_prediction_goes_by_the_text_of_a_category(frame, model):
    wanted = model.predict(frame)
    others = [
        frame.assign(room=frame["room"].cat.set_categories(["attic", "hall", "kitchen"])),
        frame.assign(room=frame["room"].astype(str), floor=frame["floor"].astype(int), age=frame["age"].astype(float)),
        frame.assign(room=frame["room"].astype("string"), floor=frame["floor"].astype(float)),
        frame.assign(wall=frame["wall"].astype("category"), floor=frame["floor"].astype(str)),
    ]
    for other in others:
        assert np.array_equal(model.predict(other), wanted)
        few = other[other["room"] == "attic"]
        assert np.array_equal(model.predict(few), wanted[frame["room"] == "attic"])


def test_categories_that_a_model_lacks_are_named(frame, model):
    unknown = frame.assign(wall=frame["wall"].where(np.arange(200) != 7, "green"))
    with pytest.raises(DataError, match=r"column 'wall' holds 'green' in row 7, .* lacks; correct it"):
        model.predict(unknown)
    for gone in (None, np.nan):
        empty = frame.assign(room=frame["room"].where(np.arange(200) != 3, gone))
        with pytest.raises(DataError, match="column 'room' is empty in row 3; fill it in"):
            model.predict(empty)
        with pytest.raises(DataError, match="column 'room' is empty in row 3; leave it out"):
            RepresenterSketchClassifier(**TINY).fit(empty, labels(frame))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"room": "place"}))
    twice = frame.set_axis(["a", "b", "c", "a", "e"], axis=1)
    with pytest.raises(DataError, match="two columns named 'a'"):
        RepresenterSketchClassifier(**TINY).fit(twice, labels(frame))


def test_frames_of_categories_and_small_integers_stay_integers(frame):
    small = frame[["room", "wall"]].assign(n=np.arange(200, dtype=np.int16) - 100)
    targets = np.arange(200.0) % 17
    model = RepresenterSketchRegressor(**TINY).fit(small, targets)
    assert model.model_.raw_type == "int16"
    assert RepresenterSketchRegressor(**TINY).fit(small[["room"]], targets).model_.raw_type == "uint8"
    numbers = small[["n"]].astype(object)
    assert RepresenterSketchRegressor(**TINY).fit(numbers, targets).model_.categories == ((),)


def test_a_model_of_a_frame_is_distilled(frame):
    coded = ColumnTransformer([("one hot", OneHotEncoder(), ["room", "wall"])])
    teacher = make_pipeline(coded, LogisticRegression()).fit(frame, labels(frame))
    gaps = frame.assign(floor=frame["floor"].where(np.arange(200) % 9 != 4))
    fitted = rs2c.distill(teacher, gaps, options=OPTIONS)
    assert fitted.model.feature_names == tuple(frame.columns)
    assert fitted.model.categories[:4] == (("attic", "hall", "kitchen"), (), ("9", "10", "11"), ("blue", "red"))
    assert read_missing(fitted.content) == ("mean", ())  # as there were some
    assert rs2c.distill(teacher, frame, options=OPTIONS).content.sections.keys() == {"card", "sketch"}


def test_a_fit_keeps_declared_values(frame, tmp_path):
    frame.assign(y=labels(frame), size=frame["size"].where(frame["room"] != "attic", -9)).to_csv(
        tmp_path / "d.csv", index=False
    )
    values = (MissingValue("-9", "size"), MissingValue("attic"))
    train = load_split(
        tmp_path / "d.csv", "y", categorical=["room", "wall"], reading=Reading(missing_values=values), seed=0
    ).train
    assert train.categories[0] == ("hall", "kitchen")
    assert read_missing(fit(train, OPTIONS).content) == ("mean", values)
