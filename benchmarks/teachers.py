"""Teachers of every library: how far adapters agree with their models, and sketches with them.

`python -m benchmarks.teachers` prints the table of docs/teachers.md and writes benchmarks/results/teachers.json.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import numpy as np
import numpy.typing as npt

from rs2c.from_model import distill
from rs2c.model import reference
from rs2c.model.metric import decide
from rs2c.train.ask import ask
from rs2c.train.fit_options import FitOptions

RESULTS = Path(__file__).parent / "results" / "teachers.json"
OPTIONS = FitOptions(method="learned", rows=32, learned_steps=800)
CLASSES = tuple(map(str, range(10)))

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Data:
    """Digits of scikit-learn, 8 by 8: rows to learn from, and others."""

    X: Array
    y: Array
    X_test: Array
    y_test: Array


@dataclass(frozen=True)
class Subject:
    """A model, and what it answers itself, class codes (n,)."""

    package: str
    name: str
    model: Any
    answers: Callable[[Array], Array]


@dataclass(frozen=True)
class Line:
    """A line of the table. Agreements and accuracies are shares; those of sketches are of test rows."""

    library: str
    model: str
    rows: int
    classes: int
    adapter: float
    sketch: float
    teacher_accuracy: float
    sketch_accuracy: float


def digits() -> Data:
    """Half of the digits to learn from."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(return_X_y=True)
    parts = train_test_split(X.astype(np.float32), y, test_size=0.5, random_state=0, stratify=y)
    return Data(parts[0], parts[2], parts[1], parts[3])


def subjects(data: Data, folder: Path) -> Iterator[Subject]:
    """Models of every library, fitted; those of scikit-learn come first."""
    yield from _of_scikit_learn(data)
    yield from _of_boosting(data)
    yield from _of_networks(data)
    yield from _of_files(data, folder)


def _of_scikit_learn(data: Data) -> Iterator[Subject]:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    forest = RandomForestClassifier(60, random_state=0)
    models = {
        "LogisticRegression in a Pipeline": linear,
        "RandomForestClassifier": forest,
        "HistGradientBoostingClassifier": HistGradientBoostingClassifier(max_iter=30, random_state=0),
        "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier((64,), max_iter=60, random_state=0)),
        "SVC of pairs in a Pipeline": make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo")),
        "VotingClassifier, hard": VotingClassifier([("a", linear), ("b", forest), ("c", GaussianNB())]),
    }
    for name, model in models.items():
        model.fit(data.X, data.y)
        yield Subject("scikit-learn", name, model, model.predict)


def _of_boosting(data: Data) -> Iterator[Subject]:
    import catboost
    import lightgbm
    import xgboost

    trees = xgboost.XGBClassifier(n_estimators=30, n_jobs=1).fit(data.X, data.y)
    yield Subject("xgboost-cpu", "XGBClassifier", trees, trees.predict)
    yield Subject("xgboost-cpu", "Booster", trees.get_booster(), trees.predict)
    leaves = lightgbm.LGBMClassifier(n_estimators=30, n_jobs=1, verbose=-1).fit(data.X, data.y)
    yield Subject("lightgbm", "LGBMClassifier", leaves, leaves.predict)
    yield Subject("lightgbm", "Booster", leaves.booster_, leaves.predict)
    ova = lightgbm.LGBMClassifier(n_estimators=30, n_jobs=1, verbose=-1, objective="multiclassova")
    yield Subject("lightgbm", "LGBMClassifier, multiclassova", ova.fit(data.X, data.y), ova.predict)
    cat = catboost.CatBoostClassifier(iterations=100, verbose=0, allow_writing_files=False, thread_count=1)
    cat.fit(data.X, data.y)
    yield Subject("catboost", "CatBoostClassifier", cat, lambda X: cat.predict(X).ravel())


def _of_networks(data: Data) -> Iterator[Subject]:
    import keras
    import torch
    from skorch import NeuralNetClassifier

    def network() -> Any:
        return torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))

    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = NeuralNetClassifier(
        network(), criterion=torch.nn.CrossEntropyLoss, optimizer=torch.optim.Adam, max_epochs=40, lr=0.003, verbose=0
    )
    net.fit(data.X / 16, data.y)
    scaled = torch.nn.Sequential(_divided(), net.module_)
    loaded = NeuralNetClassifier(scaled, criterion=torch.nn.CrossEntropyLoss, verbose=0).initialize()
    yield Subject("skorch", "NeuralNetClassifier, initialized", loaded, loaded.predict)

    def answers(X: Array) -> Array:
        with torch.no_grad():
            return scaled.eval()(torch.tensor(X)).argmax(dim=1).numpy()

    exported = torch.export.export(scaled.eval(), (torch.zeros(8, 64),))
    yield Subject("torch", "Module", scaled, answers)
    yield Subject("torch", "ExportedProgram of 8 rows", exported, answers)
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Rescaling(1 / 16), keras.layers.Dense(64, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.layers.Input((64,)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(data.X, data.y, epochs=40, verbose=0)
    yield Subject("keras", "Sequential", model, lambda X: model.predict(X, verbose=0).argmax(axis=1))


def _divided() -> Any:
    """A layer that divides its inputs by 16."""
    import torch

    layer = torch.nn.Linear(64, 64, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(64) / 16)
    return layer


def _of_files(data: Data, folder: Path) -> Iterator[Subject]:
    from sklearn.linear_model import LogisticRegression

    from tests.support.teacher_files import Scales, tflite, zipmap_model

    linear = LogisticRegression(max_iter=2000, C=0.01).fit(data.X, data.y)
    weights, bias = linear.coef_.astype(np.float32), linear.intercept_.astype(np.float32)
    (folder / "linear.onnx").write_bytes(zipmap_model(weights, bias, CLASSES).SerializeToString())
    yield Subject("onnxruntime", ".onnx with ZipMap", folder / "linear.onnx", linear.predict)
    scales = Scales(1 / 4, float(np.abs(weights).max()) / 127, 1 / 4)
    (folder / "linear.tflite").write_bytes(tflite(weights=weights, bias=bias, scales=scales))
    yield Subject("ai-edge-litert", ".tflite of int8", folder / "linear.tflite", _of_integers(folder / "linear.tflite"))


def _of_integers(path: Path) -> Callable[[Array], Array]:
    """What the integers of a file answer, a row at a time; its inputs are in quarters."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    given, told = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def answers(X: Array) -> Array:
        found = []
        for row in np.rint(X * 4).astype(np.int8):
            interpreter.set_tensor(given, row[None])
            interpreter.invoke()
            found.append(interpreter.get_tensor(told)[0].argmax())
        return np.array(found)

    return answers


def line(subject: Subject, data: Data) -> Line:
    """Ask a model, and make a sketch of it."""
    X = np.concatenate([data.X, data.X_test])
    asked = ask(subject.model, X, X, "classify", CLASSES)
    adapter = float(np.mean(decide(asked.scores, "classify") == subject.answers(X)))
    model = distill(subject.model, data.X, data.y.astype(str), classes=CLASSES, options=OPTIONS).model
    told, teacher = reference.predict(model, data.X_test), subject.answers(data.X_test)
    figures = (adapter, np.mean(told == teacher), np.mean(teacher == data.y_test), np.mean(told == data.y_test))
    name = f"{subject.package} {version(subject.package)}"
    return Line(name, subject.name, len(X), len(CLASSES), *(round(float(figure), 4) for figure in figures))


def table(lines: list[Line]) -> str:
    """The lines in Markdown; the last column is against the sketch of the scikit-learn teacher that is nearest."""
    known = [each for each in lines if each.library.startswith("scikit-learn")]
    head = ("library", "model", "rows, classes", "adapter", "teacher", "both alike", "sketch", "beside scikit-learn's")
    out = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for each in lines:
        others = [other for other in known if other is not each]
        like = min(others, key=lambda other: abs(other.teacher_accuracy - each.teacher_accuracy))
        figures = (each.adapter, each.teacher_accuracy, each.sketch, each.sketch_accuracy)
        shown = [f"{figure:.4f}" for figure in figures]
        out.append(
            f"| {each.library} | {each.model} | {each.rows:,}, {each.classes} | {' | '.join(shown)} | "
            f"{100 * (each.sketch_accuracy - like.sketch_accuracy):+.1f} points |"
        )
    return "\n".join(out)


def main() -> None:
    """Run all, print the table and keep the lines."""
    data = digits()
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for subject in subjects(data, Path(folder)):
            lines.append(line(subject, data))
            print(lines[-1], flush=True)
    RESULTS.write_text(json.dumps([asdict(each) for each in lines], indent=1) + "\n", encoding="utf-8")
    print(table(lines))


if __name__ == "__main__":
    main()
