"""What a student is trained on: inputs, a teacher's scores, labels where there are any; the loss, and its descent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.arrays import Floats
from rs2c.base.progress import Tell, untold
from rs2c.base.raw_types import Task
from rs2c.model.metric import decide, is_better, measure
from rs2c.train.adam import Adam

_LEAST_SHARE = 0.05  # of all rows, of a class that is emphasized


@dataclass(frozen=True)
class Lesson:
    """Inputs x float32 (m, n), teacher scores (m, C), and y: labels, targets, or None where only scores are known.

    Rows count by `weight` (m,), alike where it is None.
    """

    task: Task
    x: npt.NDArray[np.float32]
    scores: Floats
    y: npt.NDArray[Any] | None
    weight: npt.NDArray[Any] | None = None

    def take(self, rows: npt.NDArray[Any]) -> Lesson:
        """The lesson of some rows."""
        y = None if self.y is None else self.y[rows]
        weight = None if self.weight is None else self.weight[rows]
        return replace(self, x=self.x[rows], scores=self.scores[rows], y=y, weight=weight)

    def emphasizing(self, classes: tuple[int, ...]) -> Lesson:
        """The lesson in which the rows of each of these classes count for a twentieth of all, if not more."""
        if not classes:
            return self
        known = self.y if self.y is not None else decide(self.scores, self.task)
        weight = np.ones(len(known)) if self.weight is None else np.array(self.weight, np.float64)
        total = weight.sum()
        for code in classes:
            own = known == code
            if own.any():
                weight[own] *= max(1.0, _LEAST_SHARE * total / weight[own].sum())
        return replace(self, weight=weight)

    def standing(self, scores: npt.NDArray[Any]) -> float:
        """Metric of a student's scores: against the labels where there are any, else against the teacher."""
        if self.y is not None:
            return measure(scores, self.y, self.task, self.weight)
        if self.task == "regress":
            return float(np.mean(np.average(np.abs(scores - self.scores), axis=0, weights=self.weight)))
        return measure(scores, decide(self.scores, self.task), self.task, self.weight)

    def improves(self, a: float, b: float) -> bool:
        """Whether metric a beats metric b."""
        return is_better(a, b, self.task)


@dataclass(frozen=True)
class ScoreScale:
    """Scores are trained as (score - mean) / scale, so that one set of learning rates serves all data."""

    mean: Floats  # (C,)
    scale: float

    @staticmethod
    def of(lesson: Lesson) -> ScoreScale:
        """Unit scale for logits; for regression the spread of the teacher's scores."""
        if lesson.task == "classify":
            return ScoreScale(np.zeros(lesson.scores.shape[1]), 1.0)
        return ScoreScale(lesson.scores.mean(axis=0), float(lesson.scores.std()) or 1.0)


def distillation_loss(
    torch: Any, lesson: Lesson, scale: ScoreScale, label_weight: float, temperature: float = 1.0
) -> Any:
    """A function (scores, rows) to a scalar: distance from the teacher's answers, and from the labels.

    Classifiers: cross entropy with the teacher's probabilities and with the labels; of more than two classes the former
    at a temperature, with its factor T^2 (Hinton et al., arXiv 1503.02531). A temperature of 2 cost small sketches 3 to
    4 points: they cannot follow all of a smooth answer. Regressors: Huber's loss to the teacher's scores and to the
    targets, in standard deviations.
    """
    teacher = torch.as_tensor(((lesson.scores - scale.mean) / scale.scale).astype(np.float32))
    share = label_weight if lesson.y is not None else 0.0
    functional = torch.nn.functional
    reduction = "mean" if lesson.weight is None else "none"
    mean = _as_it_is if lesson.weight is None else weighted_mean(torch, lesson.weight)
    if lesson.task == "regress":
        y = teacher if lesson.y is None else torch.as_tensor(_targets(lesson, scale))

        def regression(scores: Any, rows: Any) -> Any:
            to_teacher = functional.smooth_l1_loss(scores, teacher[rows], beta=0.2, reduction=reduction)
            to_labels = functional.smooth_l1_loss(scores, y[rows], beta=0.2, reduction=reduction)
            return mean((1 - share) * to_teacher + share * to_labels, rows)

        return regression
    if teacher.shape[1] == 1:
        soft = torch.sigmoid(teacher)
        y = soft if lesson.y is None else torch.as_tensor(np.asarray(lesson.y, np.float32))[:, None]
        mixed = (1 - share) * soft + share * y
        binary = partial(functional.binary_cross_entropy_with_logits, reduction=reduction)
        return lambda scores, rows: mean(binary(scores, mixed[rows]), rows)
    soft = torch.softmax(teacher / temperature, dim=1)
    labels = teacher.argmax(dim=1) if lesson.y is None else torch.as_tensor(np.asarray(lesson.y, np.int64))

    def classification(scores: Any, rows: Any) -> Any:
        to_teacher = temperature**2 * functional.cross_entropy(scores / temperature, soft[rows], reduction=reduction)
        to_labels = functional.cross_entropy(scores, labels[rows], reduction=reduction)
        return mean((1 - share) * to_teacher + share * to_labels, rows)

    return classification


def weighted_mean(torch: Any, weight: npt.NDArray[Any]) -> Callable[[Any, Any], Any]:
    """A function (losses, rows) to their mean, where rows count by their weight (m,)."""
    shares = torch.as_tensor((weight / np.mean(weight)).astype(np.float32))
    return lambda losses, rows: (losses.reshape(len(rows), -1).mean(dim=1) * shares[rows]).mean()


def _as_it_is(loss: Any, rows: Any) -> Any:
    return loss


def _targets(lesson: Lesson, scale: ScoreScale) -> npt.NDArray[np.float32]:
    y = np.asarray(lesson.y, np.float64)
    y = y[:, None] if y.ndim == 1 else y
    return ((y - scale.mean) / scale.scale).astype(np.float32)


def learning_rate(step: int, steps: int, warm_up: int = 50, floor: float = 0.02) -> float:
    """Share of the full learning rate: linear warm-up, then a cosine down to `floor`."""
    if step < warm_up:
        return (step + 1) / warm_up
    progress = (step - warm_up) / max(1, steps - warm_up)
    return floor + (1 - floor) * 0.5 * (1 + float(np.cos(np.pi * min(1.0, progress))))


def descend(optimizer: Adam, steps: int, loss_at: Callable[[int], Any], tell: Tell = untold) -> None:
    """So many steps of an optimizer at a share of its learning rates; `loss_at(step)` is the loss of a batch."""
    for step in range(steps):
        optimizer.step(loss_at(step), learning_rate(step, steps))
        tell((step + 1) / steps)


def batches(torch: Any, rows: int, size: int) -> Iterator[Any]:
    """Row numbers of one batch after another: whole passes in ever new orders, without the rest of a pass."""
    while True:
        order = torch.randperm(rows)
        for at in range(0, rows - size + 1, size):
            yield order[at : at + size]
