"""The kinds of blocks, in the order in which a model holds them. A new kind is registered here, and nowhere else."""

from __future__ import annotations

from rs2c.model.block import Block
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.linear_term import LinearTerm

BLOCK_KINDS: dict[str, type[Block]] = {kind.kind: kind for kind in (HashedRows, LinearTerm)}
