"""Small tables for tests of reading."""

from pathlib import Path

import numpy as np


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def csv_file(tmp_path: Path, n: int = 40, name: str = "d.csv") -> Path:
    """Columns colour (text), size (integer), weight (real), grade (the label, three classes)."""
    rows = [f"{('red', 'green', 'blue')[i % 3]},{i - 5},{i / 4},{'abc'[i * i % 3]}" for i in range(n)]
    return write(tmp_path / name, "\n".join(["colour,size,weight,grade", *rows]) + "\n")


def grid(n: int = 30) -> tuple[np.ndarray, np.ndarray]:
    X = np.arange(2 * n).reshape(n, 2)
    return X, np.arange(n) % 3
