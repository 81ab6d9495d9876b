"""Tables of int8 weights."""

from __future__ import annotations

import numpy as np

from rs2c.base.arrays import Array
from rs2c.emit.stage import Site
from rs2c.emit.tables import Table, make_table, packed_table


def all_weights(site: Site, name: str, weights: Array, owner: str) -> list[Table]:
    """Weights (m, p) in full."""
    comment = f"one direction for each {owner}"
    return [packed_table(name, weights, comment, per_line=weights.shape[1], packs=site.packs)]


def listed_weights(site: Site, prefix: str, weights: Array, owner: str) -> list[Table]:
    """Weights (m, p) that are not 0 with their places, direction by direction."""
    place, lengths = np.nonzero(weights), np.count_nonzero(weights, axis=1)
    values = packed_table(
        f"{prefix}weight", weights[place], f"weights that are not 0, {owner} by {owner}", packs=site.packs
    )
    return [
        values,
        make_table(f"{prefix}index", place[1].astype(np.uint16), "the input of each weight", whole=True),
        make_table(f"{prefix}length", lengths.astype(np.uint16), f"number of weights of each {owner}"),
    ]
