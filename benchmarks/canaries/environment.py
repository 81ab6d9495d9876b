"""What the bits of a fit depend on beside the code: versions, and which instructions the libraries choose.

Canaries run in a process of their own, with one thread and with the libraries held to what every x86-64 processor with
AVX2 has, so that one record serves them all. On other processors the variables say nothing to the libraries.
"""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

PINNED = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn")


def pinned() -> dict[str, str]:
    """The environment variables of the process that canaries run in."""
    return {**os.environ, **PINNED, "PYTHONWARNINGS": "ignore"}


def environment() -> dict[str, Any]:
    """Versions, and the kind of processor as the libraries see it; to be asked within that process."""
    from numpy._core._multiarray_umath import __cpu_features__
    from threadpoolctl import threadpool_info

    from rs2c.train.torch_setup import import_torch

    torch = import_torch()
    blas = sorted({each["architecture"] for each in threadpool_info() if "architecture" in each})
    vectors = [name for name in ("X86_V2", "X86_V3", "X86_V4", "ASIMD", "SVE") if __cpu_features__.get(name)]
    processor = [platform.machine(), torch.backends.cpu.get_cpu_capability(), *vectors[-1:], *blas]
    return {"versions": {name: version(name) for name in LIBRARIES}, "processor": " ".join(processor)}
