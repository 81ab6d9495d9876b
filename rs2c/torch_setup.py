"""The one place where torch is imported: lazily, seeded, and with a bounded number of threads."""

from __future__ import annotations

from types import ModuleType

from rs2c.errors import MissingToolError

THREADS = 1  # the networks are small: a second thread gains little, and loses much on a busy machine


def load_torch(seed: int | None = None) -> ModuleType:
    """The torch module, ready for reproducible training; raises MissingToolError where it is not installed."""
    try:
        import torch
    except ImportError:
        raise MissingToolError("fitting needs torch and scikit-learn: pip install 'rs2c[fit]'") from None
    torch.set_num_threads(THREADS)
    if seed is not None:
        torch.manual_seed(seed % (1 << 63))
    return torch
