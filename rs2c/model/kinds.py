"""The kinds of blocks, in the order in which a model holds them (SPEC section 5). A new kind is one line here."""

from __future__ import annotations

from rs2c.model.block import Block
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.linear_term import LinearTerm

BLOCK_KINDS: dict[str, type[Block]] = {kind.kind: kind for kind in (HashedRows, LinearTerm)}
