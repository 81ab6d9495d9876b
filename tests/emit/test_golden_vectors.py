"""How many golden vectors a library has, and what it says of windows that are narrow for where they lie."""

from __future__ import annotations

import numpy as np
import pytest

from rs2c.emit.features import features
from rs2c.emit.golden import golden_context
from rs2c.emit.plan import plan_of
from rs2c.emit.tables import avr_problem
from rs2c.model.integer_model import IntegerModel
from tests.support.small_models import front_end, hashes, model


def wide(n: int, count_rows: int = 1) -> IntegerModel:
    counts = np.random.Generator(np.random.PCG64(0)).integers(-128, 128, (count_rows, 64, 1)).astype(np.int8)
    each = hashes(np.ones((count_rows, 1, n)), cell_bits=6)
    return model(raw_type="float32", front_end=front_end(source=range(n)), hashes=each, counts=counts)


@pytest.mark.parametrize(
    ("features_read", "rows", "vectors"),
    [(10, 1, 16), (120, 1, 16), (170, 1, 11), (784, 1, 4), (10, 500, 16), (10, 1500, 16)],
    ids=["narrow", "a full set", "wide", "very wide", "large", "too large for AVR"],
)
def test_golden_vectors_take_a_few_kilobytes(features_read: int, rows: int, vectors: int) -> None:
    subject = wide(features_read, rows)
    stored = plan_of(subject).tables
    assert (avr_problem(stored, "m") is not None) == (rows == 1500)
    golden = golden_context(subject, stored)
    assert golden.count == vectors
    assert vectors == 4 or sum(table.entries * table.width for table in golden.tables) <= 8192


def test_a_window_far_from_zero_keeps_its_digits() -> None:
    front = front_end(centre=[23249410, 0], exponent=[2, 2], shift=[4, 4], multiplier=[64, 64])
    subject = model(raw_type="float32", front_end=front, hashes=hashes(np.ones((1, 1, 2)), cell_bits=1), features=2)
    far, near = features(subject)
    low, high = (float(end) for end in far.window.split(" to "))
    assert low < float(far.start.rstrip("f")) == 23249410 / 4 < high
    assert high - low == 16  # 9 digits tell halves there
    assert near.window == "-8 to 8"
