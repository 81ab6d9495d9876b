"""Networks and functions as teachers: torch in every form, skorch, Keras, and what callables may return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import rs2c
from rs2c.base.errors import DataError, OptionError, Rs2cError
from rs2c.model.metric import decide
from rs2c.train.ask import ask
from rs2c.train.fit_options import FitOptions
from rs2c.train.teachers.files import MOST_ROWS
from tests.support.teacher_files import BIAS, CLASSES, WEIGHTS, logits
from tests.support.tools import need_modules

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch.jit, and of Keras with NumPy 2

QUICK = FitOptions(method="learned", rows=1, hidden=(2,), learned_steps=5)
X = np.random.Generator(np.random.PCG64(3)).normal(0, 1, (200, 3)).astype(np.float32)
ANSWERS = logits(X).argmax(axis=1)


def read(model: Any, labels: Any = CLASSES) -> Any:
    """A classifier asked about X."""
    return ask(model, X, X, "classify", labels)


def centred(scores: Any) -> Any:
    """Scores less their mean in each row, which is nothing to a softmax."""
    return scores - scores.mean(axis=1, keepdims=True)


def layer() -> Any:
    """A linear layer of the known weights, and one that drops half of its outputs while it is trained."""
    import torch

    linear = torch.nn.Linear(3, 3)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(WEIGHTS))
        linear.bias.copy_(torch.tensor(BIAS))
    return torch.nn.Sequential(linear, torch.nn.Dropout(0.5))


def test_modules_of_any_number_type_in_training() -> None:
    import torch

    for dtype, near in ((torch.float64, 1e-12), (torch.float32, 1e-5), (torch.float16, 0.02), (torch.bfloat16, 0.1)):
        module = layer().to(dtype).train()
        assert np.abs(read(module).scores - logits(X)).max() < near
        assert module.training
        assert module[1].training
        assert module[0].weight.dtype == dtype


def test_compiled_scripted_and_exported_modules() -> None:
    import torch

    module = layer()
    compiled = torch.compile(module)
    assert np.allclose(read(compiled).scores, logits(X), atol=1e-5)
    assert compiled.training
    module.eval()
    given = (torch.zeros(7, 3),)
    any_rows = torch.export.export(module, given, dynamic_shapes=({0: torch.export.Dim("rows")},))
    for form in (torch.jit.trace(module, given), torch.export.export(module, given), any_rows):
        assert np.allclose(read(form).scores, logits(X), atol=1e-5)


def test_one_of_several_outputs_is_taken_where_just_one_fits() -> None:
    import torch

    class Several(torch.nn.Module):
        def __init__(self, how: str) -> None:
            super().__init__()
            self.layer, self.how = layer(), how

        def forward(self, x: Any) -> Any:
            scores, hidden = self.layer(x), x[:, :2]
            return {
                "tuple": (hidden, scores),
                "dict": {"logits": scores, "hidden": hidden, "loss": None},
                "twice": (scores, scores + 1),
                "none": (hidden, hidden),
            }[self.how]

    for how in ("tuple", "dict"):
        assert np.allclose(read(Several(how)).scores, logits(X), atol=1e-5)
    exported = torch.export.export(Several("tuple").eval(), (torch.zeros(7, 3),))
    assert np.allclose(read(exported).scores, logits(X), atol=1e-5)
    for how, words in (("twice", "of which 2 may be"), ("none", "of which none may be its scores; give a function")):
        with pytest.raises(DataError, match=words):
            read(Several(how))


def test_rows_are_told_apart_whatever_a_module_does_to_its_dimensions() -> None:
    import torch

    class Squeezed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer()[0]

        def forward(self, x: Any) -> Any:
            return {"logits": self.layer(x).squeeze(), "loss": self.layer(x).mean()}

    odd = np.resize(X, (MOST_ROWS + 1, 3))  # the last row is asked about alone
    for rows in (odd, X[:1], X[:2]):
        scores = ask(Squeezed(), rows, rows, "classify", CLASSES).scores
        assert np.allclose(scores, logits(rows), atol=1e-5)
    module = Squeezed().eval()
    few = torch.export.Dim("rows", min=2, max=64)
    for rows, shapes in ((1, None), (MOST_ROWS, None), (7, ({0: few},))):
        exported = torch.export.export(module, (torch.zeros(rows, 3),), dynamic_shapes=shapes)
        assert np.allclose(ask(exported, odd, odd, "classify", CLASSES).scores, logits(odd), atol=1e-5)


def test_skorch_before_and_after_it_is_fitted(tmp_path: Path) -> None:
    need_modules("skorch")
    import torch
    from skorch import NeuralNetBinaryClassifier, NeuralNetClassifier, NeuralNetRegressor

    net = NeuralNetClassifier(layer()[0], criterion=torch.nn.CrossEntropyLoss, max_epochs=1, lr=1e-6, verbose=0)
    net.initialize()
    net.save_params(str(tmp_path / "net.pt"))
    loaded = NeuralNetClassifier(torch.nn.Linear(3, 3), criterion=torch.nn.CrossEntropyLoss, verbose=0).initialize()
    loaded.load_params(str(tmp_path / "net.pt"))
    for each in (net, loaded, net.fit(X, ANSWERS)):
        scores = read(each).scores
        assert np.array_equal(decide(scores, "classify"), each.predict(X))
        assert np.abs(centred(scores) - centred(logits(X))).max() < 0.1
    with pytest.raises(OptionError, match="needs the labels of its classes; give classes="):
        rs2c.distill(loaded, X, options=QUICK)
    within = make_pipeline(StandardScaler(with_mean=False, with_std=False).fit(X), loaded)
    with pytest.raises(OptionError, match="needs the labels of its classes"):
        rs2c.distill(within, X, options=QUICK)
    for labels in (CLASSES, (1, 2, 3)):
        assert np.array_equal(decide(read(within, labels).scores, "classify"), loaded.predict(X))
    fitted = rs2c.distill(loaded, X, classes=CLASSES, options=QUICK)
    assert fitted.model.class_names == CLASSES
    assert rs2c.distill(net, X, options=QUICK).model.class_names == ("0", "1", "2")
    one = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0))
    binary = NeuralNetBinaryClassifier(one, threshold=0.6, verbose=0).initialize()
    assert np.array_equal(decide(read(binary, ("no", "yes")).scores, "classify"), binary.predict(X))
    value = NeuralNetRegressor(torch.nn.Linear(3, 1), verbose=0).initialize()
    assert np.array_equal(ask(value, X, X, "regress").scores, value.predict(X))
    with pytest.raises(OptionError, match="gives values and no scores of classes"):
        read(value)


def test_keras_says_what_its_scores_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_modules("keras")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    import keras

    def model(activation: str, units: int = 3) -> Any:
        dense = keras.layers.Dense(units, activation=activation)
        made = keras.Sequential([keras.layers.Input((3,)), dense])
        dense.set_weights([WEIGHTS.T[:, :units], BIAS[:units]])
        return made

    for activation in ("softmax", "linear"):
        asked = read(model(activation))
        assert np.allclose(centred(asked.scores), centred(logits(X)), atol=1e-4)
        assert asked.notes == ()
    one = read(model("sigmoid", 1), ("no", "yes"))
    assert np.allclose(one.scores[:, 0], logits(X)[:, 0], atol=1e-3)
    assert one.notes == ()
    assert np.allclose(ask(model("linear"), X, X, "regress").scores, logits(X), atol=1e-5)
    with pytest.raises(OptionError, match="a Sequential that ends in 3 sigmoids, which give several labels a row"):
        read(model("sigmoid"))
    given = keras.Input((3,))
    two = keras.Model(given, {"scores": model("linear")(given), "hidden": keras.layers.Dense(2)(given)})
    assert np.allclose(read(two).scores, logits(X), atol=1e-5)

    class Gated(keras.Model):
        """Scores, beside which a layer that is made last says something else."""

        def __init__(self, scores: Any) -> None:
            super().__init__()
            self.scores, self.gate = scores, keras.layers.Dense(1, activation="sigmoid")

        def call(self, x: Any) -> Any:
            return self.scores(x) + 0 * self.gate(x)

    gated = read(Gated(model("linear")))
    assert np.allclose(gated.scores, logits(X), atol=1e-5)
    assert "are taken for logits" in gated.notes[0]
    shares = keras.Model(given, keras.ops.sigmoid(model("linear", 1)(given)))  # by an operation, which is no layer
    told = read(shares, ("no", "yes"))
    assert np.allclose(told.scores[:, 0], logits(X)[:, 0], atol=1e-3)
    assert "are taken for probabilities" in told.notes[0]
    with pytest.raises(OptionError, match="a Sequential that classifies; give the labels"):
        rs2c.distill(model("softmax"), X, options=QUICK)


def softmax(X: Any) -> Any:
    """Probabilities of the known weights."""
    return np.exp(logits(X)) / np.exp(logits(X)).sum(axis=1, keepdims=True)


def test_functions_may_return_what_is_plainly_a_table() -> None:
    import pandas
    import torch

    module = layer().eval()
    for function in (
        lambda X: module(torch.tensor(X)),  # which needs gradients
        lambda X: torch.softmax(module(torch.tensor(X)), dim=1),
        lambda X: torch.tensor(softmax(X)).bfloat16(),
        lambda X: list(softmax(X).tolist()),
        lambda X: pandas.DataFrame(softmax(X), columns=CLASSES),
        lambda X: softmax(X).astype(object),
        lambda X: [module(torch.tensor(row)) for row in X],
        lambda X: {"scores": softmax(X), "rows": np.arange(len(X))},
        lambda X: np.rint(softmax(X) * 255) / 255,
    ):
        assert np.mean(decide(read(function).scores, "classify") == ANSWERS) > 0.96


def onnx(X: Any) -> Any:
    """What an ONNX session of a scikit-learn classifier answers."""
    return [dict(zip(CLASSES, row, strict=True)) for row in softmax(X)]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (onnx, "are a dict a row and no table of numbers; give one line a row, one column a class"),
        (lambda X: np.array(CLASSES)[ANSWERS], "are text and no table of numbers"),
        (lambda X: [[0.5, "wave", 0.5]] * len(X), "no table of numbers; give one line a row"),
        (lambda X: [[0.5], [0.5, 0.5]] * len(X), "no table of numbers; give one line a row"),
        (lambda X: softmax(X) * 1j, "are complex numbers and no table"),
        (lambda X: None, "not a finite table; give one line a row"),
        (lambda X: ANSWERS, "have 1 columns, but there are 3 classes"),
        (lambda X: X.no_such_thing, r"a function, cannot be asked about rows of 3 features in float32 \('numpy"),
    ],
)
def test_functions_that_return_something_else_are_told_what(function: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        rs2c.distill(function, X, classes=CLASSES, options=QUICK)
    with pytest.raises(Rs2cError):
        rs2c.RepresenterSketchClassifier(teacher=function, method="learned", rows=1).fit(X, ANSWERS)
