"""Which columns a set of vectors reads, and which columns any vector could read."""

from __future__ import annotations

from dataclasses import dataclass

from rs2c.base.arrays import Array
from rs2c.model import reference
from rs2c.model.integer_model import IntegerModel


@dataclass(frozen=True)
class Coverage:
    """Columns over all rows of all blocks. `reachable` is an upper bound from intervals; `reached` are those seen."""

    reached: int
    reachable: int

    @property
    def share(self) -> float:
        """bins_covered: 1 where every column that can be read was read."""
        return self.reached / self.reachable if self.reachable else 1.0


def coverage(model: IntegerModel, raw: Array) -> Coverage:
    """Coverage of a model's columns by raw vectors (m, d)."""
    z, read = read_by_blocks(model, raw), model.read_range
    reached = reachable = 0
    for block in model.blocks:
        can = block.reachable_columns(read)
        reached += int((block.columns_read(z) & can).sum())
        reachable += int(can.sum())
    return Coverage(reached, reachable)


def read_by_blocks(model: IntegerModel, raw: Array) -> Array:
    """What the blocks read of raw vectors (m, d): z int64 (m, p)."""
    return reference.project(model, reference.quantize(model, raw))
