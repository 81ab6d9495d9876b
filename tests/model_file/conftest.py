"""A limit on memory: no small file may take much."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from tests.model_file.hostile import MOST_MEMORY


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """Fails a test that takes more than MOST_MEMORY after its last `tracemalloc.reset_peak`."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY
