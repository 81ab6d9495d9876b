"""How often drawn hashes put two points in one bin, against the kernel that the sketch claims."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from rs2c.sketch.collision import collision_probability, l2_probability, srp_probability
from rs2c.sketch.hash_family import HashFamily, draw_hashes

ROWS = 400_000
RNG = np.random.default_rng(11)
Z = np.vstack([np.zeros(3), RNG.normal(size=(3, 3))])
# Displacements along an axis, a diagonal and anything; a point itself; the origin; the opposite side.
X = np.vstack([np.zeros(3), Z[1] + [0.8, 0, 0], Z[1] + 0.5, Z[2], -Z[3], RNG.normal(size=(2, 3))])


def same_bin(family: HashFamily, z: np.ndarray, x: np.ndarray, seed: int) -> np.ndarray:
    """Share of ROWS rows in which all K cells of z_i and x_j are equal: float64 (n, m)."""
    hashes = draw_hashes(family, ROWS, seed)
    return (hashes.cells(z)[:, None] == hashes.cells(x)).all(axis=-1).mean(axis=-1)


def assert_within_4_standard_errors(share: np.ndarray, expected: np.ndarray, extra_variance: float = 0.0) -> None:
    certain = (expected < 1e-9) | (expected > 1 - 1e-9)
    np.testing.assert_array_equal(share[certain], np.rint(expected[certain]))
    error = np.sqrt(expected * (1 - expected) / ROWS + extra_variance)
    assert np.all(np.abs(share - expected)[~certain] < 4 * error[~certain])


@pytest.mark.parametrize("hashes", [1, 2])
@pytest.mark.parametrize("directions", ["gaussian", "ternary"])
@pytest.mark.parametrize("kind", ["l2", "srp"])
def test_collision_probability(kind: str, directions: str, hashes: int) -> None:
    family = HashFamily(kind, 3, hashes, 2**hashes, bin_width=1.3, directions=directions)
    assert_within_4_standard_errors(same_bin(family, Z, X, seed=hashes), collision_probability(family, Z, X))


def test_a_wide_grid_has_the_kernel_of_unbounded_bins() -> None:
    family = HashFamily("l2", 3, 1, 64, bin_width=1.3, range="grid")
    assert_within_4_standard_errors(same_bin(family, Z, X, seed=5), collision_probability(family, Z, X))


def test_l2_formula_is_the_integral_over_the_projection() -> None:
    r = 1.7
    for c in (0.1, 1.0, 3.4, 50.0):
        integral = quad(lambda s, c=c: 2 * norm.pdf(s / c) / c * (1 - s / r), 0, r)[0]
        assert l2_probability(np.array(c), r) == pytest.approx(integral, abs=1e-9)
    assert l2_probability(np.array(0.0), r) == 1
    assert l2_probability(np.array(2.0), 1.0) == pytest.approx(0.195, abs=5e-4)


def test_srp_formula() -> None:
    np.testing.assert_allclose(srp_probability(np.array([1, 0, -1, np.sqrt(0.5)])), [1, 0.5, 0, 0.75])


@pytest.mark.parametrize("kind", ["l2", "srp"])
def test_ternary_enumeration_by_hand(kind: str) -> None:
    """Every direction of p = 2 at density 1/2, one by one, with ties: w·z = 0 counts as bit 1."""
    family = HashFamily(kind, 2, 1, 2, bin_width=2.5, directions="ternary", density=0.5)
    z, x = np.array([1.0, -1.0]), np.array([0.5, 2.0])
    total, mean = 0.0, 0.0
    for w in itertools.product((-1, 0, 1), repeat=2):
        if w != (0, 0):
            weight = 0.25 if 0 in w else 0.125  # twice as likely: 1/2 · 1/4 against 1/4 · 1/4, up to the factor
            a, b = np.dot(w, z), np.dot(w, x)
            total += weight
            mean += weight * ((a >= 0) == (b >= 0) if kind == "srp" else max(0, 1 - abs(a - b) * np.sqrt(2) / 2.5))
    assert collision_probability(family, z[None], x[None]).item() == pytest.approx(mean / total, abs=1e-12)


def test_ternary_kernel_is_not_the_gaussian_formula_along_an_axis() -> None:
    family = HashFamily("l2", 9, 1, 16, directions="ternary")
    axis = 2 * np.eye(9)[:1]
    kernel = collision_probability(family, np.zeros((1, 9)), axis).item()
    # An axis is missed with probability 2/3, less the share of all-zero directions, which are redrawn.
    assert kernel == pytest.approx((2 / 3 - (2 / 3) ** 9) / (1 - (2 / 3) ** 9))


@pytest.mark.parametrize("kind", ["l2", "srp"])
def test_many_ternary_dimensions_by_monte_carlo(kind: str) -> None:
    family = HashFamily(kind, 12, 1, 2, bin_width=4.0, directions="ternary", density=0.4)
    z, x = RNG.normal(size=(3, 12)), RNG.normal(size=(4, 12))
    samples = 1 << 16
    expected = collision_probability(family, z, x, samples=samples)
    assert_within_4_standard_errors(same_bin(family, z, x, seed=0), expected, extra_variance=0.25 / samples)


def test_the_monte_carlo_uses_no_direction_of_a_sketch() -> None:
    family = HashFamily("srp", 12, 1, 2, directions="ternary")
    z, x = RNG.normal(size=(3, 12)), RNG.normal(size=(4, 12))
    assert (collision_probability(family, z, x, samples=ROWS, seed=0) != same_bin(family, z, x, seed=0)).all()
