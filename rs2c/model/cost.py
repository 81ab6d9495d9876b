"""What a model costs: canonical bytes and operations (SPEC section 9).

Bytes are those of every array the device stores (`rs2c.model.storage`). Operations: a multiply-add, an add, and a
look-up with its accumulation are one each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rs2c.model.integer_model import IntegerModel
from rs2c.model.storage import Share


@dataclass(frozen=True)
class Cost:
    """Canonical bytes by section, and operations of one inference by section."""

    bytes_of: dict[str, int]
    operations_of: dict[str, int]

    @property
    def bytes(self) -> int:
        """Canonical bytes of the model."""
        return sum(self.bytes_of.values())

    @property
    def operations(self) -> int:
        """Operations of one inference, front end included."""
        return sum(self.operations_of.values())


def model_cost(model: IntegerModel) -> Cost:
    """Cost of a model by the rule above; a section without operations is not among them."""
    size: dict[str, int] = {}
    work: dict[str, int] = {}
    for share in _shares(model):
        # Taken out and put back, so that what several parts add to stands where the last of them does.
        size[share.section] = size.pop(share.section, 0) + share.bytes
        if share.operations is not None:
            work[share.section] = work.pop(share.section, 0) + share.operations
    return Cost(size, work)


def _shares(model: IntegerModel) -> Iterator[Share]:
    if model.front_end is not None:
        yield model.front_end.cost(model.raw_type, model.n_features)
    if model.projection is not None:
        yield model.projection.cost()
    for block in model.blocks:
        yield from block.cost()
    yield model.output.cost()
