"""What theory promises of a sketch's answers: unbiased mean, error as L^-1/2, bounds of the median of means."""

import math

import numpy as np
import pytest

from rs2c.base.errors import OptionError
from rs2c.sketch.collision import collision_probability
from rs2c.sketch.error_bounds import groups_for, row_sd_bound
from rs2c.sketch.hash_family import HashFamily, draw_hashes
from rs2c.sketch.sketch import build, query, row_values

SKETCHES = 2000
RNG = np.random.default_rng(23)
ANCHORS = RNG.normal(size=(24, 3))
WEIGHTS = np.rint(RNG.normal(size=(24, 2)) * 2**20) / 2**20  # multiples of the step: the sketch rounds nothing
BIAS = np.array([0.5, -2.0])
QUERIES = np.vstack([RNG.normal(size=(4, 3)), ANCHORS[0], [9.0, 9.0, 9.0]])

FAMILIES = {
    "l2": HashFamily("l2", 3, 1, 16, bin_width=2.0),
    "l2-concatenated": HashFamily("l2", 3, 2, 8, bin_width=3.0),
    "l2-ternary": HashFamily("l2", 3, 2, 16, bin_width=3.0, directions="ternary"),
    "srp": HashFamily("srp", 3, 3, 8),
    "srp-ternary": HashFamily("srp", 3, 2, 4, directions="ternary"),
}


def kernel_sum(family: HashFamily) -> np.ndarray:
    return collision_probability(family, QUERIES, ANCHORS) @ WEIGHTS


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_mean_is_unbiased(family: HashFamily) -> None:
    answers = np.array(
        [query(build(draw_hashes(family, 4, seed), ANCHORS, WEIGHTS, bias=BIAS), QUERIES) for seed in range(SKETCHES)]
    )
    z = (answers.mean(axis=0) - kernel_sum(family) - BIAS) / (answers.std(axis=0, ddof=1) / math.sqrt(SKETCHES))
    assert np.abs(z).max() < 4


@pytest.mark.parametrize("name", ["l2-concatenated", "srp"])
def test_the_error_falls_as_one_over_the_square_root_of_rows(name: str) -> None:
    family, rows = FAMILIES[name], [16, 64, 256, 1024, 4096]
    errors = []
    for count in rows:
        answers = [query(build(draw_hashes(family, count, seed), ANCHORS, WEIGHTS), QUERIES) for seed in range(40)]
        errors.append(np.sqrt(np.mean((np.array(answers) - kernel_sum(family)) ** 2)))
    slope = np.polyfit(np.log(rows), np.log(errors), 1)[0]
    assert -0.6 <= slope <= -0.4


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_row_standard_deviation_is_within_its_bound(family: HashFamily) -> None:
    rows = 20_000
    single = np.eye(24)[:, :3]  # one anchor an output: the bound is closest there
    for weights in (WEIGHTS, single):
        bound = row_sd_bound(family, collision_probability(family, QUERIES, ANCHORS), weights)
        assert np.all(row_sd(family, weights, rows) < bound * (1 + 4 / math.sqrt(rows)))


def test_the_row_bound_is_nearly_reached_by_one_far_anchor() -> None:
    """Two columns, one anchor that never collides: σ = 1, and the bound is √2 with its factor R/(R - 1) = 2."""
    family = HashFamily("l2", 3, 8, 2, bin_width=0.1)
    weights = np.zeros((24, 2))
    weights[5] = 1
    sd = row_sd(family, weights, 20_000)[:4]
    bound = row_sd_bound(family, collision_probability(family, QUERIES, ANCHORS), weights)[:4]
    np.testing.assert_allclose(sd, 1, atol=0.01)
    np.testing.assert_allclose(bound, math.sqrt(2), atol=1e-6)


def row_sd(family: HashFamily, weights: np.ndarray, rows: int) -> np.ndarray:
    """Standard deviation (n, C) of one row's debiased answer."""
    values = row_values(build(draw_hashes(family, rows, seed=101), ANCHORS, weights), QUERIES)
    return values.std(axis=1, ddof=1) * (family.columns / (family.columns - 1) if family.rehashed else 1)


@pytest.mark.parametrize("delta", [0.5, 0.05])
@pytest.mark.parametrize("name", ["l2-concatenated", "srp"])
def test_median_of_means_breaks_its_bound_in_at_most_a_share_delta(name: str, delta: float) -> None:
    family, rows = FAMILIES[name], 75 if delta < 0.1 else 21
    groups = groups_for(delta, rows)
    margin = 2 * row_sd(family, WEIGHTS, 20_000) * math.sqrt(groups / rows)
    target = kernel_sum(family) + BIAS
    broken = np.zeros(target.shape)
    for seed in range(SKETCHES):
        sketch = build(draw_hashes(family, rows, seed), ANCHORS, WEIGHTS, bias=BIAS, groups=groups)
        broken += np.abs(query(sketch, QUERIES) - target) > margin
    assert (broken / SKETCHES).max() <= delta


def test_groups_are_odd_enough_and_divide_the_rows() -> None:
    assert groups_for(0.05, 75) == 25  # 8 ln 20 = 23.97
    assert groups_for(0.05, 81) == 27
    assert groups_for(0.5, 21) == 7
    with pytest.raises(OptionError, match="use rows=75"):
        groups_for(0.05, 64)
    with pytest.raises(OptionError, match="delta"):
        groups_for(1.0, 64)
