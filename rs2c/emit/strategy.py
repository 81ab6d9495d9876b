"""Strategies: which stage serves which part of a model.

Of the stages that a role lists, the first that matches is taken. A new stage is one line in a role; a new kind of block
is one line in BLOCK_STAGES; a new strategy one in STRATEGIES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rs2c.base.choices import StrategyName
from rs2c.emit.stage import Site, Stage
from rs2c.emit.stages.answers import LargestScore, TwoClasses, Values
from rs2c.emit.stages.cells import ClampedCell, FreeCell, Position, SignCell
from rs2c.emit.stages.columns import ColumnOfCells, ColumnOfOneCell, RehashedCell, RehashedCells
from rs2c.emit.stages.front_end import FloatFrontEnd, IntegerFrontEnd, NoFrontEnd
from rs2c.emit.stages.hashes import DenseHash, SparseHash, TernaryHash
from rs2c.emit.stages.linear_term import DenseTerm, SparseTerm
from rs2c.emit.stages.projection import NoProjection, ProjectionLoop
from rs2c.emit.stages.reads import LinearRead, NearestRead
from rs2c.emit.stages.sums import GroupMedian, RowSum
from rs2c.model.block import Block
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.linear_term import LinearTerm


@dataclass(frozen=True)
class Strategy:
    """How the parts of a model are served.

    packs: weights, factors and counts of -8 to 7 are stored two to a byte, which takes less flash and more
        instructions.
    """

    packs: bool
    front_ends: tuple[type[Stage], ...] = (NoFrontEnd, FloatFrontEnd, IntegerFrontEnd)
    projections: tuple[type[Stage], ...] = (NoProjection, ProjectionLoop)
    hashes: tuple[Any, ...] = (DenseHash, SparseHash, TernaryHash)
    cells: tuple[Any, ...] = (Position, SignCell, ClampedCell, FreeCell)
    columns: tuple[Any, ...] = (RehashedCell, RehashedCells, ColumnOfOneCell, ColumnOfCells)
    reads: tuple[Any, ...] = (NearestRead, LinearRead)
    sums: tuple[Any, ...] = (RowSum, GroupMedian)
    terms: tuple[Any, ...] = (DenseTerm, SparseTerm)
    answers: tuple[type[Stage], ...] = (TwoClasses, LargestScore, Values)


STRATEGIES: dict[StrategyName, Strategy] = {"loops": Strategy(packs=True), "unpacked": Strategy(packs=False)}


def stages_of(site: Site, strategy: Strategy) -> tuple[Stage, ...]:
    """The stages of a model in the order of the computation."""
    model = site.model
    found = [_first(strategy.front_ends, model)(site), _first(strategy.projections, model)(site)]
    for block in model.blocks:
        found += BLOCK_STAGES[type(block)](site, block, strategy, found)
    return (*found, _first(strategy.answers, model)(site))


def _first(role: Sequence[Any], *part: Any) -> Any:
    """The first stage of a role that matches a part of a model."""
    return next(stage for stage in role if stage.matches(*part))


def _hashed_rows(site: Site, block: HashedRows, strategy: Strategy, _: Sequence[Stage]) -> Iterator[Stage]:
    yield (hashes := _first(strategy.hashes, block)(site, block))
    place = _first(strategy.cells, site.model, block)(site, hashes)
    yield place
    if block.probe == "nearest":
        place = _first(strategy.columns, block)(site, place)
        yield place
    yield (read := _first(strategy.reads, block)(site, block))
    yield _first(strategy.sums, block)(site, block, place, read)


def _linear_term(site: Site, block: LinearTerm, strategy: Strategy, before: Sequence[Stage]) -> Iterator[Stage]:
    moved = any(isinstance(stage, SparseHash) for stage in before)
    yield _first(strategy.terms, block)(site, block, block is site.model.blocks[0], moved)


BLOCK_STAGES: dict[type[Block], Callable[[Site, Any, Strategy, Sequence[Stage]], Iterator[Stage]]] = {
    HashedRows: _hashed_rows,
    LinearTerm: _linear_term,
}
