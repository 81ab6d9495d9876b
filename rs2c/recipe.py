"""How freely the rows of a learned sketch are trained.

Data of few inputs and a sharp border want fast training without penalties; many inputs and few rows want their
directions kept small. Which is which shows on validation rows: a search climbs along RECIPES.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rs2c.raw_types import Task
from rs2c.scores import is_better


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


def next_recipe(first: Recipe, tried: Mapping[Recipe, float], task: Task) -> Recipe | None:
    """What to try after recipes that gave these metrics: `first`, a firmer one, then on or back; None after that."""
    at = RECIPES.index(first)
    if len(tried) < 2:
        return RECIPES[at + len(tried)]
    onward = is_better(tried[RECIPES[at + 1]], tried[first], task)
    beyond = at + 2 if onward else at - 1
    return RECIPES[beyond] if len(tried) == 2 and 0 <= beyond < len(RECIPES) else None


def best_recipe(tried: Mapping[Recipe, float], task: Task) -> Recipe:
    """The recipe of the best metric."""
    pick = max if task == "classify" else min
    return pick(tried, key=lambda recipe: tried[recipe])
