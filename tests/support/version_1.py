"""Files of format 1.0 with what they computed when they were written.

`tests/model_file/v1/models.zip` holds the goldens of `tests.emit.models`, the models of `tests.model_file` and random
ones over the whole schema. Each has a folder: `model.rs2c`, the very bytes of the writer of format 1.0; 16 raw vectors,
corners, of the windows and of any bits, as `raw.npy`; and their `scores.npy` and `answers.npy` by the reference of that
day. `hashes.json` holds the model hashes of format 1.0; those of today cover other names.
The bundle is never made anew: later versions write another format.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

_BUNDLE = zipfile.ZipFile(Path(__file__).parents[1] / "model_file" / "v1" / "models.zip")
HASHES: dict[str, str] = json.loads(_BUNDLE.read("hashes.json"))


def file_of(name: str) -> bytes:
    """The file as format 1.0 wrote it."""
    return _BUNDLE.read(f"{name}/model.rs2c")


def stored(name: str, array: str) -> Any:
    """`raw`, `scores` or `answers` of a file, one vector a line."""
    return np.load(io.BytesIO(_BUNDLE.read(f"{name}/{array}.npy")), allow_pickle=False)
