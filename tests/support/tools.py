"""What tests need beyond Python: a missing tool skips, which fails where RS2C_REQUIRE_ALL is 1 (tests/conftest.py)."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

NOT_RUN = "not run: "
CORTEX_M = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33", "cortex-m55")


def not_here(tool: str) -> NoReturn:
    """Skip this test because a tool is missing."""
    pytest.skip(f"{NOT_RUN}{tool} is not installed")


def need_program(name: str) -> str:
    """Path of a program."""
    path = shutil.which(name)
    return path if path is not None else not_here(name)


def need_modules(*names: str) -> None:
    """Python modules that an extra brings."""
    for name in names:
        if importlib.util.find_spec(name) is None:
            not_here(name)


def data_folder() -> Path:
    """Real data: RS2C_DATA, else shared/data beside the repository."""
    folder = Path(os.environ.get("RS2C_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not folder.is_dir():
        not_here(f"the data folder {folder.name} (RS2C_DATA)")
    return folder
