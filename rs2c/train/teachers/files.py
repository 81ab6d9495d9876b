"""Model files of other tools: that they are there, and that what reads them is installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from rs2c.base.errors import DataError, MissingToolError


def library(name: str, package: str, teacher: str) -> ModuleType:
    """A module that the extra `teachers` brings; raises MissingToolError where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingToolError(f"{teacher} needs {package} to teach: pip install 'rs2c[teachers]'") from None


def opened(path: Path, reader: Callable[[str], Any]) -> Any:
    """What a library reads of a file; raises DataError where that is no model."""
    if not path.is_file():
        raise DataError(f"{path} does not exist or is no file; check its name")
    try:
        return reader(str(path))
    except Exception as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"{path} is no model that can be read ({said}); export it again") from error
