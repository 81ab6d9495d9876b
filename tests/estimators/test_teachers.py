"""Teachers of other libraries: each is read as what it answers, or refused in a sentence that says what it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest, RandomForestClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import rs2c
from rs2c.base.errors import DataError, OptionError, Rs2cError
from rs2c.model.metric import decide
from rs2c.train.ask import Asked, ask
from rs2c.train.fit_options import FitOptions
from tests.support.tools import need_modules

QUICK = FitOptions(method="learned", rows=1, hidden=(2,), learned_steps=5)
X = np.random.Generator(np.random.PCG64(5)).normal(0, 1, (300, 3)).astype(np.float32)
TWO = (X[:, 0] + 0.3 * X[:, 1] > 0.4).astype(np.int64)
THREE = np.digitize(X[:, 0] + 0.2 * X[:, 1] ** 2, [-0.5, 0.5])
SEVERAL = np.stack([TWO, THREE > 0, THREE > 1], axis=1).astype(np.int64)
NAMES = np.array(["high", "low", "middle"])


def asked(model: Any, y: Any = None, X: Any = X, labels: Any = None) -> Asked:
    """A classifier of y, or a regressor where there is none, asked about X."""
    labels = labels if labels is not None else () if y is None else tuple(np.unique(y).tolist())
    return ask(model, X, np.asarray(X, np.float32), "regress" if y is None else "classify", labels)


def answers(model: Any, y: Any) -> Any:
    """What the scores of a classifier of y answer, as labels."""
    return np.unique(y)[decide(asked(model, y).scores, "classify")]


def test_margins_of_pairs_are_read_wherever_they_are_within() -> None:
    y = NAMES[THREE]
    pairs = make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo")).fit(X, y)
    assert pairs.decision_function(X).shape == (300, 3)  # pairs, of which there are as many as classes
    search = GridSearchCV(make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo")), {"svc__C": [1]}, cv=2)
    for model in (pairs, FrozenEstimator(pairs), search.fit(X, y)):
        assert np.mean(answers(model, y) == model.predict(X)) >= 0.999
    whole = make_pipeline(StandardScaler(), SVC()).fit(X, y)
    assert np.allclose(asked(pairs, y).scores, whole.decision_function(X))
    four = np.digitize(X[:, 0], [-0.7, 0, 0.7])
    pair_scores = asked(SVC(decision_function_shape="ovo").fit(X, four), four).scores
    assert np.allclose(pair_scores, SVC().fit(X, four).decision_function(X))


def test_an_svc_answers_the_first_of_tied_classes() -> None:
    pixels, digits = load_digits(return_X_y=True)
    wide = StandardScaler().fit_transform(pixels).astype(np.float32)
    for model in (SVC(), SVC(kernel="linear"), SVC(decision_function_shape="ovo"), SVC(break_ties=True)):
        scores = ask(model.fit(wide[::3], digits[::3]), wide, wide, "classify", tuple(range(10))).scores
        assert np.array_equal(decide(scores, "classify"), model.predict(wide))
    tied = SVC().fit(wide[::3], digits[::3])
    assert not np.array_equal(tied.decision_function(wide).argmax(axis=1), tied.predict(wide))
    five = np.digitize(X[:, 0] + 0.2 * X[:, 1] ** 2, [-0.8, -0.2, 0.2, 0.8])
    for model in (OneVsRestClassifier(SVC(decision_function_shape="ovo")), OneVsOneClassifier(SVC())):
        assert np.mean(answers(model.fit(X, five), five) == model.predict(X)) >= 0.999


@pytest.mark.filterwarnings("ignore::FutureWarning")  # scikit-learn advises against probability=True since 1.8
def test_answers_of_ones_own_decide_what_is_read() -> None:
    platt = SVC(probability=True).fit(X, THREE)
    assert np.mean(platt.predict_proba(X).argmax(axis=1) == platt.predict(X)) < 0.999
    assert np.array_equal(answers(platt, THREE), platt.predict(X))
    cut = FixedThresholdClassifier(LogisticRegression(), threshold=0.2).fit(X, TWO)
    assert np.array_equal(answers(cut, TWO), cut.predict(X))
    assert "second class where its log-odds are above -1." in asked(cut, TWO).notes[0]
    plain = LogisticRegression().fit(X, TWO)
    assert asked(plain, TWO).notes == ()
    odds = plain.decision_function(X)
    sure = np.abs(odds) > 8  # of which little is left in a probability of float32
    assert np.allclose(asked(plain, TWO).scores[~sure, 0], odds[~sure], atol=0.01)

    class Contrary(LogisticRegression):
        def predict(self, X: Any) -> Any:
            return np.roll(super().predict(X), 1)

    with pytest.raises(DataError, match=r"Contrary, answer as its own predict does in 0\.\d{4} of the rows.* function"):
        asked(Contrary().fit(X, TWO), TWO)


def test_a_rare_class_that_is_read_wrongly_is_noticed() -> None:
    class Careless:
        classes_ = np.array([0, 1, 2])

        def predict(self, X: Any) -> Any:
            return np.where(np.arange(len(X)) == 7, 2, 0)

        def predict_proba(self, X: Any) -> Any:
            return np.tile([1.0, 0.0, 0.0], (len(X), 1))

    many = np.zeros((2000, 3), np.float32)  # of which one is 0.0005
    with pytest.raises(DataError, match=r"in 0\.9995 of the rows, 0\.0000 of those of a class"):
        ask(Careless(), many, many, "classify", (0, 1, 2))


def test_hard_votes_teach_by_their_answers_and_say_so() -> None:
    members = [("one", LogisticRegression()), ("two", GaussianNB()), ("three", DecisionTreeClassifier(max_depth=3))]
    votes = VotingClassifier(members, voting="hard").fit(X, NAMES[THREE])
    assert np.array_equal(answers(votes, NAMES[THREE]), votes.predict(X))
    fitted = rs2c.distill(votes, X, options=QUICK)
    assert fitted.model.class_names == ("high", "low", "middle")
    assert "a VotingClassifier gives no scores: its answers teach" in fitted.notes[0]
    assert f"note      {fitted.notes[0]}" in str(fitted)


def test_labels_in_another_order_are_those_of_the_teacher() -> None:
    for y in (TWO, THREE):
        teacher = LogisticRegression().fit(X, NAMES[y])
        labels = tuple(np.unique(NAMES[y]).tolist())
        turned = labels[::-1]
        told = decide(asked(teacher, labels=turned, y=y).scores, "classify")
        assert np.array_equal(np.array(turned)[told], teacher.predict(X))
    codes = LogisticRegression().fit(X, TWO)  # of class names, which a fit counts
    told = decide(asked(codes, TWO, labels=("1", "0")).scores, "classify")
    assert np.array_equal(told, codes.predict(X))
    truth = LogisticRegression().fit(X, TWO == 1)
    told = decide(asked(truth, TWO == 1, labels=("True", "False")).scores, "classify")
    assert np.array_equal(np.array([True, False])[told], truth.predict(X))
    with pytest.raises(OptionError, match="with 'high' at another place; give the classes in the teacher's words"):
        asked(LogisticRegression().fit(X, NAMES[THREE]), labels=("low", "high", "mid"), y=THREE)
    with pytest.raises(OptionError, match=r"are \('1', '2'\), and those asked for \('2', '3'\), with '2' at another"):
        asked(LogisticRegression().fit(X, TWO + 1), TWO, labels=(2, 3))


class Homemade:
    """What is like a classifier of scikit-learn, and of none of its classes."""

    def __init__(self, classes: Any = None) -> None:
        self.inner = LogisticRegression().fit(X, THREE)
        if classes is not None:
            self.classes_ = classes

    def predict(self, X: Any) -> Any:
        return self.inner.predict(X)

    def predict_proba(self, X: Any) -> Any:
        return self.inner.predict_proba(X)


def test_estimators_of_ones_own() -> None:
    for own in (Homemade(sorted(set(THREE))), Homemade(range(3)), Homemade()):
        assert np.array_equal(decide(asked(own, THREE).scores, "classify"), own.predict(X))
    with pytest.raises(OptionError, match="a Homemade that classifies; give the labels of its classes"):
        rs2c.distill(Homemade(), X, options=QUICK)


def test_words_that_are_none_are_named() -> None:
    model = LogisticRegression().fit(X, TWO)
    for given, words in (
        ({"scores_are": "probability"}, "unknown scores_are 'probability'; use one of"),
        ({"task": "classification"}, "unknown task 'classification'; use one of classify, regress"),
        ({"classes": {"zebra", "ant"}}, "give a list of labels, text or numbers, in the order of the scores"),
        ({"classes": [["a"], ["b", "c"]]}, "give a list of labels, text or numbers"),
    ):
        with pytest.raises(OptionError, match=words):
            rs2c.distill(model, X, options=QUICK, **given)


REFUSED = [
    (KMeans(3, n_init=1), None, "a KMeans, which numbers groups that have no names; train"),
    (make_pipeline(StandardScaler(), KMeans(3, n_init=1)), None, "which numbers groups"),
    (GaussianMixture(3), None, "a GaussianMixture, which tells densities, or groups that have no names"),
    (IsolationForest(n_estimators=2), None, "tells outliers from the rest and no classes; give its decision_function"),
    (PCA(), None, "a PCA, which predicts nothing"),
    (RandomForestClassifier(2), SEVERAL, "a RandomForestClassifier with 3 outputs of classes"),
    (KNeighborsClassifier(), SEVERAL, "with 3 outputs of classes, and a sketch has one; distill one output"),
    (MultiOutputClassifier(GaussianNB()), SEVERAL, "with 3 outputs of classes"),
    (ClassifierChain(GaussianNB()), SEVERAL, "with 3 outputs of classes"),
    (MLPClassifier(max_iter=2), SEVERAL, "an MLPClassifier that gives several labels a row"),
    (OneVsRestClassifier(GaussianNB()), SEVERAL, "several labels a row"),
    (RidgeClassifier(), SEVERAL, "several labels a row, and a sketch gives one; distill one label at a time"),
]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize(("model", "y", "words"), REFUSED, ids=lambda each: type(each).__name__)
def test_what_is_no_teacher_is_told_what_it_is(model: Any, y: Any, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        rs2c.distill(model.fit(X, y), X, options=QUICK)


def test_a_model_of_the_other_task_is_refused() -> None:
    with pytest.raises(OptionError, match="a LinearRegression, which gives values and no scores of classes"):
        asked(LinearRegression().fit(X, TWO), TWO)
    with pytest.raises(OptionError, match="a LogisticRegression that classifies; give the labels"):
        asked(LogisticRegression().fit(X, TWO))
    with pytest.raises(OptionError, match="a PCA, which predicts nothing; give a function"):
        asked(PCA().fit(X), TWO)
    with pytest.raises(DataError, match=r"is not fitted yet.*; give a function of X"):
        asked(LogisticRegression(), TWO)


def test_xgboost() -> None:
    need_modules("xgboost")
    import pandas
    import xgboost

    for objective, y in (
        ("binary:logistic", TWO), ("binary:logitraw", TWO), ("binary:hinge", TWO),
        ("multi:softprob", THREE), ("multi:softmax", THREE),
    ):  # fmt: skip
        model = xgboost.XGBClassifier(n_estimators=4, objective=objective).fit(X, y)
        for each in (model, make_pipeline(StandardScaler(with_mean=False, with_std=False), model).fit(X, y)):
            assert np.array_equal(answers(each, y), each.predict(X)), objective
        booster = model.get_booster()
        margins = asked(booster, y).scores
        told = booster.predict(xgboost.DMatrix(X), output_margin=True)
        assert np.array_equal(margins, told.reshape(margins.shape)), objective
        with pytest.raises(OptionError, match="a Booster that classifies; give the labels of its classes"):
            rs2c.distill(booster, X, options=QUICK)
    raw = xgboost.XGBClassifier(n_estimators=4, objective="binary:logitraw").fit(X, TWO)
    assert asked(raw, TWO).notes == ("the teacher answers 1 where its margin is above 0.5, not 0",)
    frame = pandas.DataFrame(X, columns=["east", "north", "up"])
    named = xgboost.XGBClassifier(n_estimators=4).fit(frame, THREE)
    for each in (named, named.get_booster()):
        assert np.array_equal(decide(asked(each, THREE, frame).scores, "classify"), named.predict(frame))
    assert np.array_equal(answers(named.get_booster(), THREE), named.predict(X))
    value = xgboost.XGBRegressor(n_estimators=4).fit(X, X[:, 0])
    for each in (value, value.get_booster()):
        assert np.array_equal(asked(each).scores[:, 0], value.predict(X))
        with pytest.raises(Rs2cError):
            asked(each, THREE)
    several = xgboost.XGBClassifier(n_estimators=2).fit(X, SEVERAL)
    for each in (several, several.get_booster()):
        with pytest.raises(OptionError, match="several labels a row"):
            asked(each, THREE)


def test_lightgbm() -> None:
    need_modules("lightgbm")
    import lightgbm

    fast = {"n_estimators": 4, "verbose": -1, "n_jobs": 1}
    for objective, y in (("binary", NAMES[TWO]), ("multiclass", NAMES[THREE]), ("multiclassova", NAMES[THREE])):
        model = lightgbm.LGBMClassifier(objective=objective, **fast).fit(X, y)
        again = lightgbm.Booster(model_str=model.booster_.model_to_string())
        for each in (model, model.booster_, again):
            assert np.array_equal(answers(each, y), model.predict(X)), objective
            assert asked(each, y).notes == ()
        with pytest.raises(OptionError, match="a Booster that classifies"):
            rs2c.distill(again, X, options=QUICK)
    value = lightgbm.LGBMRegressor(**fast).fit(X, X[:, 0])
    for each in (value, value.booster_):
        assert np.array_equal(asked(each).scores[:, 0], value.predict(X))


def test_catboost() -> None:
    need_modules("catboost")
    import catboost

    fast = {"iterations": 4, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
    for y in (NAMES[THREE], TWO, TWO > 0):
        model = catboost.CatBoostClassifier(**fast).fit(X, y)
        assert [str(each) for each in answers(model, y)] == [str(each) for each in model.predict(X).ravel()]
        assert rs2c.distill(model, X, options=QUICK).model.class_names == tuple(map(str, np.unique(y)))
    plain = catboost.CatBoost({**fast, "loss_function": "MultiClass"}).fit(X, THREE)
    assert np.array_equal(answers(plain, THREE), plain.predict(X, prediction_type="Class").ravel())
    model = catboost.CatBoostClassifier(**fast).fit(X, TWO)
    model.set_probability_threshold(0.2)
    assert np.array_equal(answers(model, TWO), model.predict(X))
    with pytest.raises(OptionError, match="several labels a row"):
        asked(catboost.CatBoostClassifier(loss_function="MultiLogloss", **fast).fit(X, SEVERAL), THREE)
    value = catboost.CatBoostRegressor(**fast).fit(X, X[:, 0])
    assert np.array_equal(asked(value).scores[:, 0], value.predict(X))
    with pytest.raises(OptionError, match="a CatBoostRegressor, which gives values"):
        asked(value, TWO)


def test_the_sketch_estimators_take_them_too() -> None:
    teacher = SVC(decision_function_shape="ovo").fit(X, NAMES[THREE])
    small = {"method": "learned", "rows": 4, "learned_steps": 200, "random_state": 0}
    sketch = rs2c.RepresenterSketchClassifier(teacher=teacher, **small).fit(X, NAMES[THREE])
    assert np.mean(sketch.predict(X) == teacher.predict(X)) > 0.8
    assert sketch.notes_ == ()
    guessed = rs2c.RepresenterSketchClassifier(teacher=LogisticRegression().fit(X, TWO).predict_proba, **small)
    assert "taken for probabilities" in guessed.fit(X, TWO).notes_[0]
    assert guessed.set_params(scores_are="probabilities").fit(X, TWO).notes_ == ()
    with pytest.raises(OptionError, match="scores_are says what a model's scores are; give a model as teacher"):
        guessed.set_params(teacher="linear").fit(X, TWO)
    with pytest.raises(OptionError, match="leave out what they are"):
        rs2c.distill(lambda X: X[:, 0], X, options=QUICK, scores_are="logits")
