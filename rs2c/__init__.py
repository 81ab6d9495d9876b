"""rs2c: trained models and tables of data to Representer Sketches, and those to C for microcontrollers.

The names below are imported when they are first used, so that `import rs2c` needs neither torch nor scikit-learn.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rs2c.base.version import __version__

if TYPE_CHECKING:
    from rs2c.estimators import RepresenterSketchClassifier, RepresenterSketchRegressor
    from rs2c.from_model import distill
    from rs2c.pipelines import compile_pipeline, fold_pipeline

__all__ = [
    "RepresenterSketchClassifier",
    "RepresenterSketchRegressor",
    "__version__",
    "compile_pipeline",
    "distill",
    "fold_pipeline",
]

_HOMES = {
    "RepresenterSketchClassifier": "rs2c.estimators",
    "RepresenterSketchRegressor": "rs2c.estimators",
    "compile_pipeline": "rs2c.pipelines",
    "distill": "rs2c.from_model",
    "fold_pipeline": "rs2c.pipelines",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rs2c' has no attribute {name!r}")
    try:
        found = getattr(importlib.import_module(_HOMES[name]), name)
    except ImportError as error:
        from rs2c.base.errors import MissingToolError

        raise MissingToolError(f"rs2c.{name} needs torch and scikit-learn: pip install 'rs2c[fit]'") from error
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
