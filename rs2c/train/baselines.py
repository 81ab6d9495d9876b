"""What trivial models reach on the same rows: one answer for all, a linear model, one small tree."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.choices import ClassMetric, Metric, Task
from rs2c.model.card import metric_text
from rs2c.model.scoring import check_metric, is_error, measured
from rs2c.quantize.input_map import InputMap
from rs2c.read.datasets import Dataset
from rs2c.read.teacher_scores import as_scores, n_scores
from rs2c.train import known_models
from rs2c.train.exam import allowed_loss
from rs2c.train.torch_setup import one_thread
from rs2c.train.validation import Parts

_MOST_ROWS, _MOST_STEPS, _MOST_LEAVES = 20_000, 60, 16


@dataclass(frozen=True)
class Baseline:
    """A trivial model: its metric on validation rows, and on test rows where there are any.

    `bytes` and `operations` are None where there is nothing to count. A linear model counts as it stands in float32, a
    multiply-add an operation. A tree counts, for each comparison, its threshold (as wide as the raw type, of a category
    a byte) and its feature, for each leaf its class (one byte) or its value (four); its operations are the comparisons
    on its longest path. Leaves of one class that hang on one comparison are one leaf.
    """

    name: str
    validation: float
    value: float | None
    bytes: int | None = None
    operations: int | None = None


@dataclass(frozen=True)
class _Made:
    """A trivial model that has learned: its scores (m, C) of a data set, and what it costs."""

    name: str
    scores: Callable[[Dataset], npt.NDArray[Any]]
    bytes: int | None = None
    operations: int | None = None


@one_thread()
def baselines(
    train: Dataset, test: Dataset | None, inputs: InputMap, parts: Parts, *, metric: Metric | None = None, seed: int = 0
) -> tuple[Baseline, ...]:
    """The largest class or the median, a linear model and a tree of at most 16 leaves, which learn from `parts.learn`.

    They learn from 20,000 rows at most, of every class one at least. A linear model is left out where these have one
    class only.
    """
    learn = train.take(_rows(train, parts, seed))
    makers = [_constant, *([_linear] if len(np.unique(learn.y)) > 1 else []), _tree]
    judged_by = check_metric(metric, train.task)
    valid, found = train.take(parts.valid), []
    for maker in makers:
        made = maker(learn, inputs)
        later = None if test is None else measured(judged_by, made.scores(test), test.y, test.weight).value
        first = measured(judged_by, made.scores(valid), valid.y, valid.weight).value
        found.append(Baseline(made.name, first, later, made.bytes, made.operations))
    return tuple(found)


def enough(
    found: Sequence[Baseline],
    validation: float,
    value: float | None,
    size: int,
    metric: Metric,
    tolerance: float | None,
) -> str | None:
    """A sentence on the first baseline that is as good as a model and smaller than its `size` in bytes, or None.

    `validation` and `value` are the model's metric; as good is within the tolerance on both kinds of rows.
    """
    for baseline in found:
        pairs = [(baseline.validation, validation)]
        if baseline.value is not None and value is not None:
            pairs.append((baseline.value, value))
        if (baseline.bytes or 0) < size and all(_reaches(*pair, metric, tolerance) for pair in pairs):
            reached = f"{baseline.name} reaches {metric_text(metric, pairs[-1][0])} on the same rows"
            if baseline.bytes is None and metric in get_args(ClassMetric):
                return f"{reached}: look at each class, for this says little"
            return f"{reached}: it may be enough"
    return None


def _reaches(baseline: float, model: float, metric: Metric, tolerance: float | None) -> bool:
    allowed = allowed_loss(metric, model, tolerance)
    return baseline <= model + allowed if is_error(metric) else baseline >= model - allowed


def _rows(train: Dataset, parts: Parts, seed: int) -> npt.NDArray[np.int64]:
    order = np.random.Generator(np.random.PCG64([seed, 4])).permutation(parts.learn)
    if train.task == "classify":
        _, first = np.unique(train.y[order], return_index=True)
        order = np.concatenate([order[first], np.delete(order, first)])
    return order[:_MOST_ROWS]


def _constant(learn: Dataset, _: InputMap) -> _Made:
    if learn.task == "regress":
        median = _median(learn)
        return _Made("the median alone", lambda data: np.full((len(data.y), 1), median))
    counts = np.bincount(learn.y, learn.weight, len(learn.class_names)).astype(np.float64)
    scores = as_scores(counts[None] / counts.sum(), "classify", len(counts), "the largest class", "probabilities").table
    name = f"the answer {learn.class_names[int(counts.argmax())]!r} alone"
    return _Made(name, lambda data: np.repeat(scores, len(data.y), axis=0))


def _median(learn: Dataset) -> float:
    """The value with half of the weight of the rows on either side."""
    if learn.weight is None:
        return float(np.median(learn.y))
    order = np.argsort(learn.y, kind="stable")
    before = np.cumsum(learn.weight[order])
    return float(learn.y[order[np.searchsorted(before, before[-1] / 2)]])


def _linear(learn: Dataset, inputs: InputMap) -> _Made:
    from sklearn.linear_model import LogisticRegression, Ridge

    x = inputs.transform(learn.X)
    model = LogisticRegression(max_iter=_MOST_STEPS) if learn.task == "classify" else Ridge()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged: so many steps are what it gets
        model.fit(x, learn.y, sample_weight=learn.weight)
    outputs = n_scores(learn.task, len(learn.class_names))
    weights = x.shape[1] * outputs
    scores = _asked(model, learn, lambda data: inputs.transform(data.X))
    return _Made("a linear model", scores, 4 * (weights + outputs), weights)


def _tree(learn: Dataset, inputs: InputMap) -> _Made:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if learn.task == "classify" else DecisionTreeRegressor

    def columns(data: Dataset) -> npt.NDArray[np.float32]:
        return inputs.read(data.X).astype(np.float32)

    model = kind(max_leaf_nodes=_MOST_LEAVES, random_state=0).fit(columns(learn), learn.y, sample_weight=learn.weight)
    inner, leaves, depth = _shape(model.tree_, learn.task)
    thresholds = sum(1 if inputs.indicator[i] else learn.X.dtype.itemsize for i in inner)
    features = len(inner) * (1 if learn.X.shape[1] <= 256 else 2)
    size = thresholds + features + leaves * (1 if learn.task == "classify" else 4)
    return _Made(f"a tree of {leaves} {'leaves' if leaves > 1 else 'leaf'}", _asked(model, learn, columns), size, depth)


def _shape(tree: Any, task: Task) -> tuple[list[int], int, int]:
    """The column of each comparison, the number of leaves, and the comparisons on the longest path."""

    def below(node: int) -> tuple[list[int], int, int, int | None]:
        left, right = tree.children_left[node], tree.children_right[node]
        if left < 0:
            return [], 1, 0, int(tree.value[node].argmax()) if task == "classify" else None
        one, other = below(left), below(right)
        if one[1] == other[1] == 1 and one[3] == other[3] is not None:
            return one
        return [int(tree.feature[node]), *one[0], *other[0]], one[1] + other[1], 1 + max(one[2], other[2]), None

    return below(0)[:3]


def _asked(model: Any, learn: Dataset, columns: Callable[[Dataset], npt.NDArray[Any]]) -> Callable[[Dataset], Floats]:
    """Scores of a fitted scikit-learn model; classes that it has not learned from are the least likely."""
    return lambda data: known_models.scores(model, columns(data), learn)
