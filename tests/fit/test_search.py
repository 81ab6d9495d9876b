"""The search of auto, and the recipes that it climbs along; trainings are played by a formula where that will do."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from rs2c.cost import model_cost
from rs2c.fit import FitOptions, Fitted, fit
from rs2c.learn_options import LearnOptions
from rs2c.learned_shapes import estimated_bytes, first_recipe, plans_for, shapes_of_size
from rs2c.model_file import to_bytes
from rs2c.recipe import FIRM, FIRMER, FREE, PLAIN, RECIPES, Recipe, best_recipe, next_recipe
from rs2c.search import Candidate, least_acceptable, smallest_learned
from tests.fit.test_stages import rings

QUICK = FitOptions(method="auto", hidden=(64, 64), teacher_epochs=40, learned_steps=400)


def climbed(first: Recipe, value_of: dict[Recipe, float], task: Any = "classify") -> tuple[list[Recipe], Recipe]:
    tried: dict[Recipe, float] = {}
    while (recipe := next_recipe(first, tried, task)) is not None:
        tried[recipe] = value_of[recipe]
    return list(tried), best_recipe(tried, task)


def test_recipes_are_climbed_both_ways() -> None:
    rising = dict(zip(RECIPES, (0.1, 0.2, 0.3, 0.4), strict=True))
    falling = dict(zip(RECIPES, (0.4, 0.3, 0.2, 0.1), strict=True))
    assert climbed(PLAIN, rising) == ([PLAIN, FIRM, FIRMER], FIRMER)
    assert climbed(PLAIN, falling) == ([PLAIN, FIRM, FREE], FREE)
    assert climbed(FIRM, falling) == ([FIRM, FIRMER, PLAIN], PLAIN)
    assert climbed(FIRM, rising) == ([FIRM, FIRMER], FIRMER)  # there is none firmer
    assert climbed(PLAIN, rising, "regress") == ([PLAIN, FIRM, FREE], FREE)  # errors: less is better
    assert climbed(PLAIN, dict.fromkeys(RECIPES, 0.5)) == ([PLAIN, FIRM, FREE], PLAIN)


def test_many_inputs_begin_firmer() -> None:
    assert (first_recipe(32), first_recipe(33)) == (PLAIN, FIRM)


@lru_cache
def some_model() -> Fitted:
    return fit(rings(300, 1), replace(QUICK, method="learned", learned_steps=20))


def search(value_of: Any, needed: float) -> tuple[Candidate, list[LearnOptions]]:
    """The search over 6 inputs and one score, where a shape has the metric `value_of` says."""
    asked: list[LearnOptions] = []

    def train(shape: LearnOptions) -> Candidate:
        asked.append(shape)
        return Candidate(shape, some_model().sketch, some_model().model, value_of(shape))

    found, lines = smallest_learned(train, LearnOptions(), needed, "classify", 6, 1)
    assert len(lines) == len(asked)
    return found, asked


def test_a_better_recipe_is_kept_and_may_halve_the_size() -> None:
    found, asked = search(lambda shape: shape.rows * (8.0 if shape.recipe == FREE else 1.0), 40.0)
    assert found.shape.recipe == FREE
    assert found.value >= 40
    full = [shape for shape in asked if shape.steps == LearnOptions().steps]
    assert {shape.recipe for shape in full} == {FREE}
    plain = [shape.rows for shape in asked if shape.recipe == PLAIN]
    assert max(plain) >= 40
    assert found.shape.rows <= 7


def test_where_all_recipes_are_alike_the_first_stays() -> None:
    found, asked = search(lambda shape: float(shape.rows), 40.0)
    assert found.shape.recipe == PLAIN
    assert [shape.recipe for shape in asked if shape.recipe != PLAIN] == [FIRM, FREE]


def test_where_nothing_is_enough_the_best_is_returned() -> None:
    found, asked = search(lambda shape: min(shape.rows, 100) / 1000, 1.0)
    assert found.value == max(min(shape.rows, 100) / 1000 for shape in asked)


def test_auto_finds_a_small_sketch_without_looking_at_test_data() -> None:
    train, test = rings(1500, 1), rings(400, 2)
    fitted = fit(train, QUICK, test=test)
    without = fit(train, QUICK)
    assert to_bytes(fitted.content) != to_bytes(without.content)  # the card has the stages
    assert fitted.model.feature_names == without.model.feature_names
    assert np.array_equal(fitted.model.hashes.weights, without.model.hashes.weights)
    enough = [line for line in fitted.search if line.enough]
    assert enough
    assert model_cost(fitted.model).bytes == min(line.bytes for line in enough)
    assert any(not line.enough for line in fitted.search)
    lax = fit(train, replace(QUICK, tolerance=0.4))
    assert model_cost(lax.model).bytes < model_cost(fitted.model).bytes


def test_what_auto_calls_enough() -> None:
    assert least_acceptable(0.9, "classify", None) == pytest.approx(0.895)
    assert least_acceptable(0.9, "classify", 0.1) == pytest.approx(0.8)
    assert least_acceptable(2.0, "regress", None) == pytest.approx(2.04)


def test_shapes_fill_their_size() -> None:
    for inputs, scores in ((3, 1), (16, 26), (256, 10), (300, 1)):
        for size in (64, 256, 1024, 4096):
            shapes = list(shapes_of_size(LearnOptions(), size, inputs, scores, 0))
            assert len(set(shapes)) == len(shapes) <= len(plans_for(size, inputs))
            for shape in shapes:
                bytes_ = estimated_bytes(shape, inputs, scores, 0)
                assert bytes_ <= size
                more = replace(shape, rows=shape.rows + 1)
                assert estimated_bytes(more, inputs, scores, 0) > bytes_
        assert shapes
