"""How freely the rows of a learned sketch are trained.

Data of few inputs and a sharp border want fast training without penalties; many inputs and few rows want their
directions kept small. Which is which shows on validation rows: a search climbs along a ladder of recipes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rs2c.base.raw_types import Task
from rs2c.model.metric import best_by, is_better


@dataclass(frozen=True)
class Recipe:
    """Learning rates of directions and offsets, and of the readout; penalties on directions and on count arrays."""

    direction_rate: float = 2e-2
    count_rate: float = 3e-2
    direction_decay: float = 3e-3  # keeps weights of rarely set inputs small, which pruning would else prefer
    curvature: float = 1e-3  # of the second differences of a count array


FREE = Recipe(direction_rate=4e-2, count_rate=6e-2, direction_decay=0.0, curvature=0.0)
PLAIN = Recipe()
FIRM = Recipe(direction_decay=1e-2)
FIRMER = Recipe(direction_decay=3e-2)
RECIPES = (FREE, PLAIN, FIRM, FIRMER)


def next_recipe(ladder: tuple[Recipe, ...], tried: Mapping[Recipe, float], task: Task) -> Recipe | None:
    """What to try after recipes that gave these metrics: the second, the third, then on or back; None after that."""
    if len(tried) < 2:
        return ladder[1 + len(tried)]
    onward = is_better(tried[ladder[2]], tried[ladder[1]], task)
    rest = ladder[3:] if onward else ladder[:1]
    return rest[0] if rest and len(tried) == 2 else None


def best_recipe(tried: Mapping[Recipe, float], task: Task) -> Recipe:
    """The recipe of the best metric."""
    return best_by(tried, tried.__getitem__, task)
