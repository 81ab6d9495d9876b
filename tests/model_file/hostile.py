"""What every test of hostile files asks: a file gives one ModelFileError of one line, or content that is whole.

Whatever is loaded must compute without an assertion and survive being written again, and some of it be emitted; the
sketch inside must be read or refused with a ModelFileError.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pytest

from rs2c.base.errors import ModelFileError
from rs2c.emit import library_files
from rs2c.model import reference
from rs2c.model.canonical import model_hash
from rs2c.model.file import ModelFile, from_bytes, to_bytes
from rs2c.model.vectors import corner_vectors
from rs2c.sketch.state import from_state
from tests.model_file.forge import SHAPES, content
from tests.support.version_1 import file_of

GOOD = {name: to_bytes(content(name)) for name in SHAPES} | {"learned-1.0": file_of("sections learned")}
HASHES = {name: model_hash(from_bytes(raw).model) for name, raw in GOOD.items()}
MOST_MEMORY = 64 << 20
EMITTED = 12  # one file in so many that load becomes C, which takes ten times as long as all the rest
T = TypeVar("T")
each_file = pytest.mark.parametrize("name", GOOD)

read: Counter[str] = Counter()


def outcome(raw: bytes) -> ModelFile | None:
    """What a file loads as; None where it is refused in one short sentence."""
    read["files"] += 1
    found = short_error(from_bytes, raw)
    if found is None:
        return None
    model = found.model
    vectors = corner_vectors(model, np.random.default_rng(1), 4)
    reference.answers(model, reference.scores(model, reference.quantize(model, vectors)))
    assert model_hash(from_bytes(to_bytes(found)).model) == model_hash(model)
    if read["files"] % EMITTED == 0:
        short_error(library_files, found, "hostile")
    if "sketch" in found.sections:
        short_error(from_state, found.sections["sketch"].values, found.sections["sketch"].arrays)
    return found


def short_error(function: Callable[..., T], *arguments: Any) -> T | None:
    """What the function returns; None where it raises a ModelFileError of one line."""
    try:
        return function(*arguments)
    except ModelFileError as error:
        sentence = str(error)
    assert re.fullmatch(r"[^\r\n]{10,400}", sentence), sentence[:500]
    return None


def loads_nothing_else(name: str, raw: bytes) -> bool:
    """Whether the file loads; then its integers are those of the file, or files, it was made from."""
    found = outcome(raw)
    assert found is None or model_hash(found.model) in [HASHES[source] for source in name.split()]
    return found is not None
