"""The one place where torch is imported: lazily, seeded, and with a bounded number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from rs2c.errors import MissingToolError

THREADS = 1  # the networks are small: a second thread gains little, and loses much on a busy machine


def import_torch() -> ModuleType:
    """The torch module as it is; raises MissingToolError where it is not installed."""
    try:
        import torch
    except ImportError:
        raise MissingToolError("fitting needs torch and scikit-learn: pip install 'rs2c[fit]'") from None
    return torch


def load_torch(seed: int | None = None) -> ModuleType:
    """The torch module, ready for reproducible training; raises MissingToolError where it is not installed."""
    torch = import_torch()
    torch.set_num_threads(THREADS)
    if seed is not None:
        torch.manual_seed(seed % (1 << 63))
    return torch


@contextmanager
def caller_keeps_torch() -> Iterator[None]:
    """What we set in torch for a training is the caller's again afterwards: threads and the random generator."""
    torch = import_torch()
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)
