"""What one cell found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rs2c.base.raw_types import Task


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
    rows: str  # every test row: see packed_rows

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

    data: str
    method: str
    size: int  # 0 where the method has none
    seed: int
    revisions: dict[str, int]  # of the method and of the teacher, that made it: see benchmarks.revisions
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
    versions: dict[str, str]

    def to_record(self) -> dict[str, Any]:
        """As a line of the file of its data set, which has the name."""
        record = asdict(self)
        del record["data"]
        return record

    @staticmethod
    def of(record: dict[str, Any], data: str) -> Result:
        """From a line of the file of a data set; raises ValueError on one that is no result."""
        try:
            chosen = None if record["chosen"] is None else Chosen(**record["chosen"])
            tried = [Trained(**entry) for entry in record["tried"]]
            return Result(**(record | {"data": data, "chosen": chosen, "tried": tried}))
        except (KeyError, TypeError) as error:
            raise ValueError(f"a line is no result of a cell ({error}); take it from the repository again") from None
