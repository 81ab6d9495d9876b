"""The teacher that a command line names: scores in a file, or a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rs2c.base.choices import ScoresAre, TeacherKind
from rs2c.base.errors import OptionError

if TYPE_CHECKING:
    from rs2c.read.datasets import Split
    from rs2c.train.teach import GivenScores


def check_teachers(kind: TeacherKind, model: Path | None, scores: Path | None, are: ScoresAre | None) -> None:
    """Raise OptionError where two teachers are named, or something is said of the scores of none."""
    if scores is not None and (model is not None or kind != "auto"):
        raise OptionError(
            f"two teachers are named, {model or kind} and {scores}; leave out --teacher or --teacher-scores"
        )
    if are is not None and scores is None and model is None:
        raise OptionError("--scores-are is of a given teacher; name one by --teacher-scores or --teacher FILE")


def given_teacher(split: Split, model: Path | None, scores: Path | None, are: ScoresAre | None) -> GivenScores | None:
    """What the teacher that was named says of the rows of a split, None where none was."""
    from rs2c.read.teacher_scores import read_scores
    from rs2c.train.teach import GivenScores

    if model is not None:
        return GivenScores.of_data(model, split.train, split.test, are)
    if scores is None:
        return None
    train = split.train
    total = len(split.train_rows) + (0 if split.test_rows is None else len(split.test_rows))
    read = read_scores(scores, total, train.task, len(train.class_names), are)
    given = GivenScores.read(read.table, train.task, read.note(scores.name))
    return given.of_split(split.train_rows, split.test_rows)
