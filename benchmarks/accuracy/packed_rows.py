"""Answers on every test row in a line of text, for statistics over pairs of models."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.raw_types import Task


def pack_rows(values: npt.NDArray[Any], task: Task) -> str:
    """Text of values (m,): bits (1 is right) of a classifier, absolute errors in float16 of a regressor."""
    raw = np.packbits(values.astype(bool)) if task == "classify" else values.astype("<f2")
    return base64.b64encode(zlib.compress(raw.tobytes(), 9)).decode("ascii")


def unpack_rows(text: str, task: Task, n_test: int) -> npt.NDArray[np.float64]:
    """What was packed, float64 (n_test,); raises ValueError on text that does not hold exactly so many rows."""
    expected = -(-n_test // 8) if task == "classify" else 2 * n_test
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(base64.b64decode(text, validate=True), expected + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError(f"the test rows cannot be unpacked ({error}); run the cell again") from None
    if len(raw) != expected or not unpacker.eof or unpacker.unused_data:
        raise ValueError(f"the test rows are not {n_test}; run the cell again")
    if task == "classify":
        return np.unpackbits(np.frombuffer(raw, np.uint8), count=n_test).astype(np.float64)
    return np.frombuffer(raw, "<f2").astype(np.float64)
