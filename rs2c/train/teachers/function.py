"""Functions of X, and any other callable: arrays or tensors of scores, or one such in a list or dict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rs2c.train.teachers.reply import Question, Reply, one_output, plain


def ask(model: Any, question: Question) -> Iterator[Reply]:
    """What it returns for the rows as the device reads them."""
    yield Reply(one_output(plain(model(question.raw)), question))
