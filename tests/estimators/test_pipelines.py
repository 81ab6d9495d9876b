"""Pipelines of scikit-learn, folded into integers: what is folded, what is refused, and that the C answers the same."""

from __future__ import annotations

import warnings

import numpy as np
import pandas
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from rs2c import RepresenterSketchClassifier, RepresenterSketchRegressor, compile_pipeline, fold_pipeline
from rs2c.base.errors import DataError, OptionError
from rs2c.model import reference
from rs2c.model.file import load, save
from tests.estimators.test_contract import SMALL
from tests.support.host import assert_c_equals_reference
from tests.support.sketches import rows_of

MEDIUM = {**SMALL, "rows": 32, "columns": 16, "anchors": 64, "student_steps": 250, "refit_steps": 200}
LEARNED = {
    "method": "learned", "rows": 8, "teacher": "network", "hidden": (32,), "teacher_epochs": 40, "learned_steps": 300,
    "random_state": 0,
}  # fmt: skip


SKETCH = RepresenterSketchClassifier(**{**LEARNED, "learned_steps": 150})


def halves(bundle):
    return train_test_split(bundle.data, bundle.target, random_state=0, test_size=0.4)


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
    model = fold_pipeline(pipeline).model
    assert model.raw_type == "float32"
    # Not always identical: the pipeline rounds scaled values, the folded model raw ones.
    folded = reference.predict(model, X_test.astype(np.float32))
    assert np.mean(folded == pipeline.predict(X_test)) >= 0.99
    assert abs(np.mean(folded == y_test) - pipeline.score(X_test, y_test)) <= 0.01
    assert (tmp_path / "lib" / "src" / "gesture.c") in compile_pipeline(pipeline, tmp_path / "lib", "gesture").paths


def test_a_folded_sketch_of_four_bits_keeps_its_counts_and_its_answers():
    X, X_test, y, _ = halves(load_wine())
    estimator = RepresenterSketchClassifier(**LEARNED, direction_bits=4)
    pipeline = make_pipeline(StandardScaler(), estimator).fit(X, y)
    assert estimator.precision_.direction_bits == 4  # folded they have 8
    folded = fold_pipeline(pipeline).model
    assert np.array_equal(rows_of(folded).counts, rows_of(estimator.model_).counts)
    assert np.array_equal(rows_of(folded).factors, rows_of(estimator.model_).factors)
    assert np.mean(reference.predict(folded, X_test.astype(np.float32)) == pipeline.predict(X_test)) >= 0.99


def test_a_regressor_behind_a_scaler():
    X, X_test, y, _ = halves(load_diabetes())
    pipeline = make_pipeline(StandardScaler(), RepresenterSketchRegressor(**MEDIUM)).fit(X * 1000, y)
    folded = fold_pipeline(pipeline).predict(X_test * 1000)
    plain = pipeline.predict(X_test * 1000)
    assert np.mean(np.abs(folded - plain)) < 0.02 * plain.std() + 0.5


@pytest.mark.parametrize("far", [30, 300])
def test_a_folded_sketch_far_from_zero_keeps_its_answers(far):
    X = np.random.Generator(np.random.PCG64(5)).normal(0, 1, (600, 4))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    estimator = RepresenterSketchClassifier(method="learned", rows=16, teacher_epochs=20, learned_steps=300)
    pipeline = make_pipeline(StandardScaler(), estimator).fit(X + far, y)
    folded = reference.predict(fold_pipeline(pipeline).model, (X + far).astype(np.float32))
    assert np.mean(folded == pipeline.predict(X + far)) >= 0.98


def test_what_float32_cannot_tell_is_named():
    X = np.random.Generator(np.random.PCG64(5)).normal(0, 1, (200, 2))
    y = (X[:, 0] > 0).astype(int)
    estimator = RepresenterSketchClassifier(**SMALL)
    with pytest.raises(DataError, match="'x0' changes by less than float32 can tell"):
        estimator.fit(X + 2e9, y)
    pipeline = make_pipeline(StandardScaler(), estimator).fit(X + 2e9, y)
    with pytest.raises(OptionError, match="'x0' changes by less than float32 can tell"):
        fold_pipeline(pipeline)


def test_steps_that_cannot_be_folded_are_named():
    X, _, y, _ = halves(load_wine())
    clipping = [MinMaxScaler(clip=True)]
    if "clip" in MaxAbsScaler().get_params():  # since scikit-learn 1.9
        clipping.append(MaxAbsScaler(clip=True))
    for step in (*clipping, PolynomialFeatures(1, include_bias=False)):
        pipeline = make_pipeline(step, RepresenterSketchClassifier(**SMALL)).fit(X, y)
        with pytest.raises(OptionError, match=type(step).__name__.lower()):
            fold_pipeline(pipeline)
    with pytest.raises(OptionError, match="last step"):
        fold_pipeline(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y))
    with pytest.raises(OptionError, match="is no Pipeline"):
        fold_pipeline(RepresenterSketchClassifier())
    with pytest.raises(OptionError, match="not fitted"):
        fold_pipeline(make_pipeline(StandardScaler(), RepresenterSketchClassifier()))


GONE = 0.08


def rooms(n, seed=0, gone=GONE):
    """Rooms (n) with words, whole numbers that are names, numbers of which some are missing, and a note."""
    rng = np.random.Generator(np.random.PCG64(seed))
    frame = pandas.DataFrame(
        {
            "wall": rng.choice(["red", "blue", "green"], n),
            "area": rng.normal(40, 12, n),
            "note": rng.choice(["a", "b"], n),
            "floor": rng.choice([-1, 2, 11], n),
            "warmth": rng.gamma(2, 3, n) + 280,
            "lit": rng.integers(0, 2, n),
        }
    )
    good = (
        (frame["wall"] == "red") * 1.2
        + (frame["floor"] == 11)
        + (frame["area"] - 40) / 12
        - (frame["warmth"] - 286) / 4
    )
    y = np.where(good + frame["lit"] > 0.9, "good", "bad")
    for column in ("area", "warmth"):
        frame.loc[rng.random(n) < gone, column] = np.nan
    return frame, y


def numbers(strategy="mean", **more):
    return make_pipeline(SimpleImputer(strategy=strategy, **more), StandardScaler())


def words(**more):
    return OneHotEncoder(sparse_output=False, **more)


FRONTS = {
    "mean and unknown": [
        ("numbers", numbers(), ["area", "warmth"]),
        ("words", words(handle_unknown="ignore"), ["wall", "floor"]),
        ("rest", "passthrough", ["lit"]),
    ],
    "median and dropped": [
        ("words", words(drop="first"), ["floor", "wall"]),
        ("numbers", numbers("median"), slice("area", "area")),
        ("warm", make_pipeline(RobustScaler(), SimpleImputer(strategy="constant", fill_value=-1.5)), [4]),
        ("nothing", "drop", ["note"]),
        ("lit", FunctionTransformer(), [False] * 5 + [True]),
    ],
    "scaled words": [
        ("all", numbers("most_frequent"), make_column_selector(dtype_include="number")),
        ("words", make_pipeline(words(), StandardScaler()), ["wall"]),
    ],
}


@pytest.mark.parametrize("options", [MEDIUM, LEARNED], ids=["refit", "learned"])
@pytest.mark.parametrize("front", FRONTS)
def test_columns_of_a_frame_are_folded(front, options, tmp_path):
    frame, y = rooms(900)
    transformer = ColumnTransformer(FRONTS[front], transformer_weights={"words": 1.5})
    pipeline = make_pipeline(transformer, RepresenterSketchClassifier(**options)).fit(frame, y)
    later, truth = rooms(600, 1)
    folded = compile_pipeline(pipeline, tmp_path / "room")
    assert np.mean(folded.predict(later) == pipeline.predict(later)) >= 0.98
    assert abs(folded.score(later, truth) - pipeline.score(later, truth)) <= 0.01
    assert folded.score(later, truth) >= 0.85
    assert tmp_path / "room" / "src" / "room.c" in folded.paths
    assert "note" not in folded.model.feature_names
    card = (tmp_path / "room" / "MODEL_CARD.md").read_text()
    assert "| folded in | ColumnTransformer, after the figures below were measured |" in card
    numbers = {"mean and unknown": ": -1, 2, 11", "median and dropped": ": 2, 11", "scaled words": ""}[front]
    header = (tmp_path / "room" / "include" / "room.h").read_text()
    assert (f"floor   by category{numbers}\n" in header) == (front != "scaled words")
    assert_c_equals_reference(folded.model, folded.raw(later))
    codes = reference.answers(folded.model, folded.scores(later))[:, 0]
    assert np.array_equal(folded.classes[codes], folded.predict(later))


def test_a_missing_value_is_the_imputed_one_and_an_unknown_category_none():
    frame, y = rooms(600)
    front = ColumnTransformer(
        [*FRONTS["mean and unknown"][1:], ("numbers", numbers("constant", fill_value=30), ["area"])]
    )
    folded = fold_pipeline(make_pipeline(front, RepresenterSketchClassifier(**LEARNED)).fit(frame, y))
    assert folded.model.feature_names == ("wall", "area", "floor", "lit")
    assert folded.model.categories == (("blue", "green", "red"), (), (), ())
    later, _ = rooms(50, 2, gone=0)
    filled, gone = later.assign(area=30.0), later.assign(area=np.nan)
    assert np.abs(folded.scores(filled) - folded.scores(gone)).max() <= np.abs(folded.scores(later)).max() / 100
    for wall, floor in (("velvet", 7), (None, 2.5), (pandas.NA, 16777217)):
        assert np.isnan(folded.raw(later.assign(wall=wall, floor=floor))[:, [0, 2]]).all()
    with pytest.raises(DataError, match="column 'lit' holds no value in row 3"):
        folded.raw(later.assign(lit=[0.0, 1, 0, None] + [1.0] * 46))
    with pytest.raises(DataError, match="'area' holds something that is no number"):
        folded.raw(later.assign(area="wide"))


def test_the_file_of_a_folded_pipeline_knows_that_values_may_be_missing(tmp_path):
    frame, y = rooms(300)
    front = ColumnTransformer(FRONTS["mean and unknown"])
    folded = fold_pipeline(make_pipeline(front, RepresenterSketchClassifier(**LEARNED)).fit(frame, y))
    save(tmp_path / "room.rs2c", folded.content)
    again = load(tmp_path / "room.rs2c")
    assert again.sections["missing"].values["treatment"] == "mean"
    assert np.array_equal(
        reference.predict(again.model, folded.raw(frame)), np.searchsorted(folded.classes, folded.predict(frame))
    )


def test_frames_between_the_steps_and_categories_as_they_are():
    frame, y = rooms(600, gone=0)
    frame["wall"] = frame["wall"].astype("category")
    front = ColumnTransformer(
        [("numbers", StandardScaler(), ["area", "warmth"]), ("rest", "passthrough", ["wall", "lit"])],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    pipeline = make_pipeline(front, RepresenterSketchClassifier(**LEARNED)).fit(frame, y)
    folded = fold_pipeline(pipeline)
    assert folded.model.feature_names == ("wall", "area", "warmth", "lit")
    assert folded.model.categories[0] == ("blue", "green", "red")
    assert np.mean(folded.predict(frame) == pipeline.predict(frame)) >= 0.98
    with pytest.raises(DataError, match="'wall' holds a category that the training data lacks in row 0"):
        folded.predict(frame.assign(wall="velvet"))


def test_an_array_is_folded_by_the_places_of_its_columns():
    frame, y = rooms(600)
    X = frame.drop(columns=["wall", "note"]).to_numpy(np.float64)  # area, floor, warmth, lit
    scaled = ColumnTransformer([("some", numbers(), [2, -4]), ("floor", words(), slice(1, 2))], remainder="passthrough")
    pipeline = Pipeline(
        [("none", "passthrough"), ("columns", scaled), ("sketch", RepresenterSketchClassifier(**LEARNED))]
    )
    pipeline.fit(X, y)
    folded = fold_pipeline(pipeline)
    assert folded.model.feature_names == ("x0", "x1", "x2", "x3")
    assert np.mean(folded.predict(X) == pipeline.predict(X)) >= 0.98
    with pytest.raises(DataError, match="X has 2 columns, and the pipeline takes 4"):
        folded.predict(X[:, :2])


def test_a_sketch_alone_is_folded_as_it_is():
    X, _, y, _ = halves(load_wine())
    pipeline = make_pipeline(RepresenterSketchClassifier(**SMALL)).fit(X, y)
    folded = fold_pipeline(pipeline)
    assert folded.content is pipeline[-1].content_
    assert np.array_equal(folded.predict(X), pipeline.predict(X))
    assert folded.score(X, y) == pipeline.score(X, y)


REFUSED = {
    "adds columns that say what was missing": numbers(add_indicator=True),
    "replaces -1, which": numbers(missing_values=-1),
    "replaces text": make_pipeline(SimpleImputer(strategy="most_frequent"), words()),
    "joins rare categories": words(min_frequency=250),
    "no whole numbers": words(),
    "counts a missing value as a category": words(),
    "differ in spaces": words(),
    "reads columns that a step before it changed": make_pipeline(SimpleImputer(strategy="most_frequent"), words()),
    r"'ordinalencoder' \(OrdinalEncoder\) cannot be folded": make_pipeline(OrdinalEncoder()),
    r"'featureunion' \(FeatureUnion\) cannot be folded": make_pipeline(FeatureUnion([("a", StandardScaler())])),
}
COLUMNS = {"replaces text": "wall", "joins rare": "wall", "no whole": "area", "counts": "gap", "differ": "spaced"}


@pytest.mark.parametrize("message", REFUSED)
def test_a_column_that_cannot_be_folded_is_told_by_step(message):
    frame, y = rooms(240)
    frame = frame.assign(
        area=np.round(frame["area"].fillna(40) / 20) + 0.5,
        gap=frame["wall"].where(frame["lit"] == 1, None),
        spaced=np.where(frame["lit"] == 1, "on", "on "),
    )
    column = next((name for part, name in COLUMNS.items() if message.startswith(part)), "floor")
    front = ColumnTransformer([("part", REFUSED[message], [column]), ("rest", "passthrough", ["lit"])])
    pipeline = make_pipeline(front, RepresenterSketchClassifier(**SMALL)).fit(frame, y)
    with pytest.raises(OptionError, match=message):
        fold_pipeline(pipeline)


def test_a_sketch_of_a_pipeline_that_is_compiled_alone_says_what_it_wants(tmp_path):
    X, _, y, _ = halves(load_wine())
    sketch = RepresenterSketchClassifier(**{**LEARNED, "learned_steps": 20})
    inner = Pipeline([("centre", StandardScaler(with_std=False)), ("sketch", sketch)])
    make_pipeline("passthrough", MinMaxScaler(), inner).fit(X, y)
    with pytest.warns(UserWarning, match="as they come out of MinMaxScaler, StandardScaler; rs2c.compile_pipeline"):
        sketch.compile(tmp_path / "wine")
    with pytest.warns(UserWarning, match="wants features as they come out of"):
        sketch.save(tmp_path / "wine.rs2c")
    search = GridSearchCV(clone(sketch), {"rows": [4]}, cv=2)
    make_pipeline(RobustScaler(), search).fit(X, y)
    with pytest.warns(UserWarning, match="as they come out of RobustScaler; rs2c"):
        search.best_estimator_.save(tmp_path / "found.rs2c")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_pipeline("passthrough", sketch).fit(X, y)
        sketch.compile(tmp_path / "again")


@pytest.mark.parametrize("options", [MEDIUM, LEARNED], ids=["refit", "learned"])
def test_a_rare_category_is_worth_what_the_trained_sketch_made_of_it(options):
    rng = np.random.Generator(np.random.PCG64(1))
    worth = rng.normal(0, 1, 60)
    which = rng.integers(0, 60, 2400)
    frame = pandas.DataFrame({"c": [f"c{each:02}" for each in which], "a": rng.normal(0, 1, 2400)})
    y = worth[which] + frame["a"] > 0
    front = ColumnTransformer(
        [("words", make_pipeline(words(), StandardScaler()), ["c"]), ("rest", StandardScaler(), ["a"])]
    )
    pipeline = make_pipeline(front, RepresenterSketchClassifier(**options)).fit(frame[:1800], y[:1800])
    folded = fold_pipeline(pipeline)
    assert np.mean(folded.predict(frame) == pipeline.predict(frame)) >= 0.98
    assert_c_equals_reference(folded.model, folded.raw(frame))


def test_deviations_that_differ_keep_their_steps():
    X = np.random.Generator(np.random.PCG64(2)).normal(0, 1, (1500, 3))
    y = X[:, 0] * X[:, 1] + X[:, 2] / 2 > 0
    X = X * [5, 5, 40]
    pipeline = make_pipeline(StandardScaler(), RepresenterSketchClassifier(**LEARNED)).fit(X[:700], y[:700])
    assert np.mean(fold_pipeline(pipeline).predict(X) == pipeline.predict(X)) >= 0.985


@pytest.mark.parametrize("options", [MEDIUM, LEARNED], ids=["refit", "learned"])
@pytest.mark.parametrize("fill", [-1, -999])
def test_an_imputed_value_may_lie_outside_of_what_was_learned_from(fill, options):
    rng = np.random.Generator(np.random.PCG64(3))
    X = rng.exponential(1, (1500, 3))
    y = X[:, 0] + X[:, 1] > 1.5 * X[:, 2]
    front = SimpleImputer(strategy="constant", fill_value=fill)
    pipeline = make_pipeline(front, StandardScaler(), RepresenterSketchClassifier(**options)).fit(X[:800], y[:800])
    X[rng.random(X.shape) < 0.1] = np.nan
    assert np.mean(fold_pipeline(pipeline).predict(X) == pipeline.predict(X)) >= 0.98


def test_a_feature_that_is_read_in_two_ways_is_refused():
    rng = np.random.Generator(np.random.PCG64(4))
    digits = rng.choice(["1", "2", "10", "30"], 300)
    frame = pandas.DataFrame({"digits": digits, "a": rng.normal(0, 1, 300)})
    frame["kind"] = pandas.Categorical(np.where(frame["a"] > 0, "b", "a"))
    y = digits.astype(int) > 5
    other = words(categories=[["b", "a"]])
    for parts in (
        [("words", words(), ["digits"]), ("numbers", StandardScaler(), ["digits"]), ("a", "passthrough", ["a"])],
        [("words", other, ["kind"]), ("such", "passthrough", ["kind", "a"])],
    ):
        front = ColumnTransformer(parts).set_output(transform="pandas")
        pipeline = make_pipeline(front, RepresenterSketchClassifier(**SMALL)).fit(frame, y)
        with pytest.raises(OptionError, match="is read in two ways, as categories and as numbers or other categories"):
            fold_pipeline(pipeline)


def test_columns_are_taken_as_the_pipeline_takes_them():
    rng = np.random.Generator(np.random.PCG64(5))
    frame = pandas.DataFrame(rng.normal(0, 1, (300, 2)), columns=["x1", "x0"])
    y = frame["x0"] > 0
    named = fold_pipeline(make_pipeline(StandardScaler(), RepresenterSketchClassifier(**SMALL)).fit(frame, y))
    assert np.array_equal(named.predict(frame[["x0", "x1"]]), named.predict(frame))
    with pytest.raises(DataError, match="X has no column 'x1'"):
        named.predict(frame.rename(columns={"x1": "zz"}))
    by_place = make_pipeline(StandardScaler(), RepresenterSketchClassifier(**SMALL)).fit(frame.to_numpy(), y)
    placed = fold_pipeline(by_place)
    assert np.array_equal(placed.predict(frame), placed.predict(frame.to_numpy()))
    for wrong, message in ((frame.to_numpy()[:, :1], "1 columns"), (np.ones((3, 6)), "6 columns"), ([1, 2], "shape")):
        with pytest.raises(DataError, match=message):
            placed.predict(wrong)


@pytest.mark.filterwarnings("ignore:Skipping features")
def test_what_stands_before_a_sketch_may_be_odd():
    X = np.random.Generator(np.random.PCG64(6)).normal(0, 1, (300, 3))
    y = X[:, 0] > 0
    gone = np.column_stack([X, np.full(300, np.nan)])
    constant = SimpleImputer(strategy="constant", fill_value=0.0)
    twice = make_pipeline(make_pipeline("passthrough", StandardScaler()), make_pipeline(constant, SKETCH))
    for pipeline, rows in ((make_pipeline(constant, SKETCH), gone), (twice, X)):
        folded = fold_pipeline(pipeline.fit(rows, y))
        assert np.mean(folded.predict(rows) == pipeline.predict(rows)) >= 0.98
    weighted = ColumnTransformer([("some", StandardScaler(), [0, 1])], transformer_weights={"some": -1})
    empty = ColumnTransformer(
        [("none", ColumnTransformer([("no", "drop", [0])]), [1]), ("all", StandardScaler(), [0, 2])]
    )
    assert fold_pipeline(make_pipeline(empty, SKETCH).fit(X, y)).model.feature_names == ("x0", "x2")

    sketch = clone(SKETCH).fit(X, y)
    for pipeline, message in (
        (make_pipeline(weighted, SKETCH).fit(X, y), r"'some' \(StandardScaler\) has the weight -1, .*give a positive"),
        (make_pipeline(FunctionTransformer(np.abs), SKETCH).fit(X, y), "'functiontransformer' .* cannot be folded"),
        (make_pipeline(StandardScaler(), sketch), "was not fitted to the 3 columns that come to it"),
        (make_pipeline(StandardScaler().fit(X[:, :2]), sketch), "2 columns come to the sketch, which was fitted to 3"),
        (Pipeline([]), "the last step is a NoneType"),
        (make_pipeline(StandardScaler(), SKETCH).fit(X * 1e-34, y), "'x0' deviates by .*give it in units"),
    ):
        with pytest.raises(OptionError, match=message):
            fold_pipeline(pipeline)
