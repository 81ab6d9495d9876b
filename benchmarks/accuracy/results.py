"""Result files, one a cell: written whole or not at all, read with a check of key and schema."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.cells import SIZELESS, Cell, Effort, Grid, load_grid, order_of_work
from benchmarks.accuracy.code_version import SCHEMA, cell_key
from benchmarks.accuracy.methods import DEFAULT_METHODS
from rs2c.base.atomic import write_file
from rs2c.base.raw_types import Task

RESULTS = Path(__file__).parents[1] / "results"
CELLS = RESULTS / "accuracy"


@dataclass(frozen=True)
class Trained:
    """One candidate of a cell."""

    run: int
    settings: dict[str, Any]
    bytes: int
    operations: int
    valid: float


@dataclass(frozen=True)
class Chosen:
    """The candidate that the cell stands for, and what it does on test rows."""

    settings: dict[str, Any]
    bytes_of: dict[str, int]
    operations_of: dict[str, int]
    valid: float
    test: float
    rows: str  # every test row: see pack_rows

    @property
    def bytes(self) -> int:
        """Canonical bytes; float32 for teacher and kernel."""
        return sum(self.bytes_of.values())

    @property
    def operations(self) -> int:
        """Operations of one inference."""
        return sum(self.operations_of.values())


@dataclass(frozen=True)
class Result:
    """What one cell found. `chosen` is None where no model fits the size."""

    key: str
    data: str
    method: str
    size: int  # 0 where the method has none
    seed: int
    task: Task
    integer: bool
    chosen: Chosen | None
    tried: list[Trained]
    n_test: int
    training_rows: int
    validation_rows: int
    teacher: dict[str, Any]  # name, test metric, metric on validation rows of all that were tried
    network: dict[str, int]  # bytes (float32) and operations of d-512-256-128-C
    seconds: float
    note: str  # why the method ended early, or empty
    versions: dict[str, str] = field(default_factory=dict)
    schema: int = SCHEMA


def pack_rows(values: npt.NDArray[Any], task: Task) -> str:
    """Test rows in text: bits (1 is right) of a classifier, absolute errors in float16 of a regressor."""
    raw = np.packbits(values.astype(bool)) if task == "classify" else values.astype("<f2")
    return base64.b64encode(zlib.compress(raw.tobytes(), 9)).decode("ascii")


def unpack_rows(text: str, task: Task, n_test: int) -> npt.NDArray[np.float64]:
    """What was packed, float64 (n_test,)."""
    raw = zlib.decompress(base64.b64decode(text))
    if task == "classify":
        return np.unpackbits(np.frombuffer(raw, np.uint8), count=n_test).astype(np.float64)
    return np.frombuffer(raw, "<f2").astype(np.float64)


def path_of(cell: Cell, folder: Path = CELLS) -> Path:
    """The file of a cell."""
    return folder / cell.source.name / f"{cell.label}.json"


def write_result(result: Result, cell: Cell, folder: Path) -> None:
    """Write the file of a cell, by renaming."""
    write_file(path_of(cell, folder), (json.dumps(asdict(result), indent=1) + "\n").encode())


def read_result(path: Path) -> Result:
    """Read a result; raises ValueError on a file that is not one."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["schema"] != SCHEMA:
            raise ValueError(f"schema {stored['schema']}, not {SCHEMA}")
        chosen = None if stored["chosen"] is None else Chosen(**stored["chosen"])
        tried = [Trained(**entry) for entry in stored["tried"]]
        return Result(**(stored | {"chosen": chosen, "tried": tried}))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no result of this benchmark ({error})") from None


def is_done(cell: Cell, effort: Effort, folder: Path) -> bool:
    """Whether the file of a cell is there and has today's key."""
    try:
        return read_result(path_of(cell, folder)).key == cell_key(cell, effort)
    except ValueError:
        return False


def read_all(grid: Grid, effort: Effort, folder: Path = CELLS) -> list[Result]:
    """Every result of the grid that was made by the code and settings as they are."""
    done = (cell for cell in order_of_work(grid, DEFAULT_METHODS) if is_done(cell, effort, folder))
    return [read_result(path_of(cell, folder)) for cell in done]


def check(folder: Path = CELLS, effort: Effort | None = None) -> list[str]:
    """What is wrong with the results there are, one sentence each: files, keys, sizes and rows."""
    effort, grid = effort or Effort(), load_grid()
    cells = {path_of(cell, folder): cell for cell in order_of_work(grid, DEFAULT_METHODS)}
    wrong = [f"{path} belongs to no cell" for path in sorted(folder.rglob("*.json")) if path not in cells]
    for path, cell in cells.items():
        if path.exists():
            wrong += [f"{path}: {sentence}" for sentence in _faults(path, cell, effort)]
    return wrong


def _faults(path: Path, cell: Cell, effort: Effort) -> list[str]:
    try:
        result = read_result(path)
    except ValueError as error:
        return [str(error)]
    faults = []
    if (result.data, result.method, result.size, result.seed) != (cell.source.name, cell.method, cell.size, cell.seed):
        faults.append("it is the result of another cell")
    if result.key != cell_key(cell, effort):
        faults.append("its key is not that of the code and settings as they are; run the benchmark again")
    chosen = result.chosen
    if chosen is not None:
        rows = unpack_rows(chosen.rows, result.task, result.n_test)
        if len(rows) != result.n_test or abs(rows.mean() - chosen.test) > 1e-3 * max(1.0, abs(chosen.test)):
            faults.append("its test rows do not give its metric")
        if cell.method not in SIZELESS and getattr(chosen, cell.budget) > cell.size:
            faults.append(f"its model has {chosen.bytes} bytes")
    return faults
