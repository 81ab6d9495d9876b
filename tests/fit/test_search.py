"""The search of auto, and the recipes that it climbs along; trainings are played by a formula where that will do."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from rs2c.model.cost import model_cost
from rs2c.model.file import to_bytes
from rs2c.train.distillation import Lesson
from rs2c.train.exam import Grade
from rs2c.train.fit import Fitted, fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.learn_options import LearnOptions
from rs2c.train.recipe import FIRM, FIRMER, FREE, PLAIN, RECIPES, Recipe, best_recipe, next_recipe
from rs2c.train.search import Candidate, Tried, smallest_learned
from rs2c.train.shapes import estimated_bytes, ladder_for, plans_for, shapes_of_size
from tests.fit.test_stages import rings
from tests.support.sketches import rows_of

QUICK = FitOptions(method="auto", teacher="network", hidden=(64, 64), teacher_epochs=40, learned_steps=400)


LADDERS = [ladder_for(inputs) for inputs in (8, 9, 32, 33)]
FEW, SOME, _, MANY = LADDERS


def climbed(ladder: tuple[Recipe, ...], best: Recipe | None, task: Any = "classify") -> tuple[list[Recipe], Recipe]:
    """What a climb tries, and where it ends, where a recipe is the better the nearer it is to the best."""
    order = {recipe: 0.0 if best is None else -abs(RECIPES.index(recipe) - RECIPES.index(best)) for recipe in RECIPES}
    tried: dict[Recipe, float] = {}
    while (recipe := next_recipe(ladder, tried, task)) is not None:
        tried[recipe] = order[recipe] if task == "classify" else -order[recipe]
    return list(tried), best_recipe(tried, task)


def test_recipes_are_climbed_both_ways() -> None:
    assert climbed(SOME, FIRMER) == ([PLAIN, FIRM, FIRMER], FIRMER)
    assert climbed(SOME, FREE) == ([PLAIN, FIRM, FREE], FREE)
    assert climbed(SOME, PLAIN) == ([PLAIN, FIRM, FREE], PLAIN)
    assert climbed(MANY, FREE) == ([FIRM, FIRMER, PLAIN], PLAIN)
    assert climbed(MANY, FIRMER) == ([FIRM, FIRMER], FIRMER)  # there is none firmer
    assert climbed(FEW, FREE) == ([PLAIN, FREE], FREE)  # there is none freer
    assert climbed(FEW, FIRM) == ([PLAIN, FREE, FIRM], FIRM)
    assert climbed(SOME, None) == ([PLAIN, FIRM, FREE], PLAIN)  # no better: back, and the first stays


def test_of_errors_less_is_better() -> None:
    for ladder in LADDERS:
        for best in RECIPES:
            assert climbed(ladder, best, "regress") == climbed(ladder, best)


def test_few_inputs_try_the_freer_recipe_first_and_many_begin_firmer() -> None:
    assert FEW == (FIRM, PLAIN, FREE)
    assert LADDERS[1] == LADDERS[2] == (FREE, PLAIN, FIRM, FIRMER)
    assert MANY == (PLAIN, FIRM, FIRMER)


@lru_cache
def some_model() -> Fitted:
    return fit(rings(300, 1), replace(QUICK, method="learned", learned_steps=20))


def grade(value: float, needed: float, error: float, lost: tuple[int, ...] = ()) -> Grade:
    return Grade(value, 1 - value, error, lost, value >= needed and not lost, needed - value)


def search(
    value_of: Any, needed: float, error: float = 1e9, confirmed: Any = lambda candidate: candidate.grade
) -> tuple[Candidate, list[LearnOptions], tuple[Tried, ...]]:
    """The search over 6 inputs and one score, where a shape has the metric `value_of` says, with an error."""
    asked: list[LearnOptions] = []

    def train(shape: LearnOptions) -> Candidate:
        asked.append(shape)
        return Candidate(shape, some_model().sketch, some_model().model, grade(value_of(shape), needed, error))

    found, lines = smallest_learned(train, confirmed, LearnOptions(), 6, 1)
    assert len(lines) == len(asked)
    return found, asked, lines


def test_a_better_recipe_is_kept_and_may_halve_the_size() -> None:
    found, asked, _ = search(lambda shape: shape.rows * (8.0 if shape.recipe == FREE else 1.0), 40.0)
    assert found.shape.recipe == FREE
    assert found.grade.value >= 40
    full = [shape for shape in asked if shape.steps == LearnOptions().steps]
    assert {shape.recipe for shape in full} == {FREE}
    plain = [shape.rows for shape in asked if shape.recipe == PLAIN]
    assert max(plain) >= 40
    assert found.shape.rows <= 7


def test_where_all_recipes_are_alike_the_first_stays() -> None:
    found, asked, _ = search(lambda shape: float(shape.rows), 40.0)
    assert found.shape.recipe == PLAIN
    assert [shape.recipe for shape in asked if shape.recipe != PLAIN] == [FREE, FIRM]


def test_where_nothing_is_enough_the_best_is_returned() -> None:
    found, asked, _ = search(lambda shape: min(shape.rows, 100) / 1000, 1.0)
    assert found.grade.value == max(min(shape.rows, 100) / 1000 for shape in asked)
    assert len(set(asked)) == len(asked)  # however often a size comes to the same shape


def test_a_search_that_is_far_off_does_not_go_on_for_ever() -> None:
    """Where nothing near will do sizes are left out, and where more bytes do not help the search ends."""
    _, near, _ = search(lambda shape: min(shape.rows, 30) / 1000, 1.0)
    found, far, _ = search(lambda shape: min(shape.rows, 30) / 1000, 1.0, error=1e-3)
    assert len(far) < len(near) / 2
    assert max(shape.rows for shape in far) < max(shape.rows for shape in near)
    assert found.grade.value == 0.03
    assert any(shape.steps == LearnOptions().steps for shape in far)


def test_what_is_left_out_on_the_way_up_is_tried_on_the_way_down() -> None:
    found, asked, _ = search(lambda shape: 1000.0 * (shape.rows >= 5), 40.0, error=1e-3)
    assert found.shape.rows == 5
    assert found.shape.steps in {shape.steps for shape in asked}


def test_a_class_that_is_overlooked_is_emphasized_from_then_on() -> None:
    """Where values are right but for a class, later sketches learn more of it; where they are not, none does."""
    asked: list[LearnOptions] = []

    def search_with(needed: float) -> Candidate:
        asked.clear()

        def train(shape: LearnOptions) -> Candidate:
            asked.append(shape)
            lost = () if shape.emphasized else (1,)
            return Candidate(shape, some_model().sketch, some_model().model, grade(0.9, needed, 1e-3, lost))

        return smallest_learned(train, lambda candidate: candidate.grade, LearnOptions(), 6, 1)[0]

    found = search_with(needed=0.5)
    assert found.grade.enough
    assert [shape.emphasized for shape in asked] == [()] + [(1,)] * (len(asked) - 1)
    assert not search_with(needed=0.95).grade.enough
    assert {shape.emphasized for shape in asked} == {()}


def test_rows_of_an_emphasized_class_count_for_a_twentieth_of_all() -> None:
    y = np.repeat([0, 1, 2], [1990, 4, 6])
    scores = np.zeros((2000, 3))
    lesson = Lesson("classify", np.zeros((2000, 1), np.float32), scores, y)
    assert lesson.emphasizing(()) is lesson
    weight = lesson.emphasizing((1, 0)).weight
    assert weight is not None
    assert [weight[y == code].sum() for code in range(3)] == pytest.approx([1990, 100, 6])
    own = replace(lesson, y=None, weight=np.full(2000, 3.0), scores=np.eye(3)[y])
    twice = own.emphasizing((2,)).weight
    assert twice is not None
    assert [twice[y == code].sum() for code in range(3)] == pytest.approx([5970, 12, 300])
    assert (own.weight == 3.0).all()


def test_what_is_not_confirmed_is_not_enough() -> None:
    """The smallest that looks good is judged again; where that was luck the next is, and then larger ones."""
    asked: list[int] = []

    def confirm(candidate: Candidate) -> Grade:
        asked.append(candidate.shape.rows)
        return grade(candidate.grade.value, 52.0, 1e9)

    found, _, lines = search(lambda shape: float(shape.rows), 40.0, confirmed=confirm)
    assert asked[0] < 52 <= asked[-1] == found.shape.rows
    assert found.grade.enough
    assert len(asked) <= 8
    assert sum(line.enough for line in lines) >= 1
    never, _, lines = search(lambda shape: float(shape.rows), 40.0, confirmed=lambda c: grade(0.0, 1.0, 1e9))
    assert not never.grade.enough


def test_auto_finds_a_small_sketch_without_looking_at_test_data() -> None:
    train, test = rings(1500, 1), rings(400, 2)
    fitted = fit(train, QUICK, test=test)
    without = fit(train, QUICK)
    assert to_bytes(fitted.content) != to_bytes(without.content)  # the card has the stages
    assert fitted.model.feature_names == without.model.feature_names
    assert np.array_equal(rows_of(fitted.model).hashes.weights, rows_of(without.model).hashes.weights)
    enough = [line for line in fitted.search if line.enough]
    assert enough
    assert model_cost(fitted.model).bytes == min(line.bytes for line in enough)
    assert any(not line.enough for line in fitted.search)
    lax = fit(train, replace(QUICK, tolerance=0.4))
    assert model_cost(lax.model).bytes < model_cost(fitted.model).bytes


def test_shapes_fill_their_size() -> None:
    for inputs, scores in ((3, 1), (16, 26), (256, 10), (300, 1)):
        for size in (64, 256, 1024, 4096):
            shapes = list(shapes_of_size(LearnOptions(), size, inputs, scores))
            assert len(set(shapes)) == len(shapes) <= len(plans_for(size, inputs))
            for shape in shapes:
                bytes_ = estimated_bytes(shape, inputs, scores)
                assert bytes_ <= size
                more = replace(shape, rows=shape.rows + 1)
                assert estimated_bytes(more, inputs, scores) > bytes_
        assert shapes
