"""The one place where torch is imported: lazily, seeded, and with a bounded number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from rs2c.base.errors import MissingToolError

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
def one_thread() -> Iterator[None]:
    """Within, torch, BLAS and OpenMP have one thread, so that no sum depends on the number of cores.

    Afterwards threads and torch's random generator are the caller's again.
    """
    torch = import_torch()
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    threads, state = torch.get_num_threads(), torch.get_rng_state()
    try:
        with threadpool_limits(THREADS):
            yield
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)
