"""Collision probabilities: the kernels that sketches estimate.

Float reference only: the hashes themselves use none of this, so libm's last bits do not matter here.
"""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from rs2c.base.ordered_dot import ordered_dot
from rs2c.sketch import hash_generator
from rs2c.sketch.hash_family import HashFamily, point_blocks

ENUMERATED_DIMENSIONS = 10

_erf = np.vectorize(math.erf, otypes=[np.float64])


def collision_probability(
    family: HashFamily,
    z: NDArray[np.floating],
    x: NDArray[np.floating],
    *,
    samples: int = 1 << 16,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Kernel k(z_i, x_j): the probability that all K hashes of a row put both points in one bin, before any rehash.

    A ternary family has no closed form. Its kernel is the mean over its directions: all of them for at most 10
    dimensions; beyond, `samples` drawn from `seed` (standard error of one hash's probability <= 0.5 / sqrt(samples)).
    A grid merges everything beyond its ends; here its kernel is that of unbounded bins, which is below the true one
    where points lie beyond the ends.

    Args:
        family: the hash family.
        z: points (n, p).
        x: points (m, p).
        samples: directions of the Monte Carlo.
        seed: of the Monte Carlo; its directions are never those of a sketch.

    Returns:
        float64 (n, m), in [0, 1].
    """
    queries, anchors = np.asarray(z, np.float64), np.asarray(x, np.float64)
    if family.directions == "ternary":
        probability = _ternary(family, queries, anchors, samples, seed)
    elif family.kind == "l2":
        probability = l2_probability(_distances(queries, anchors), family.bin_width)
    else:
        probability = srp_probability(_cosines(queries, anchors))
    return probability**family.hashes


def l2_probability(distance: NDArray[np.float64], bin_width: float) -> NDArray[np.float64]:
    """One Gaussian p-stable hash: probability that points at this distance c share a bin of width r.

    P(c) = 1 - 2 Φ(-r/c) - 2c / (√(2π) r) · (1 - exp(-r² / 2c²)), P(0) = 1 (Datar et al., SCG 2004, section 3.2).
    """
    with np.errstate(divide="ignore"):
        s = bin_width / np.asarray(distance, np.float64)  # infinite at distance 0, where both terms take their limit
    inside = _erf(s / math.sqrt(2))  # 1 - 2 Φ(-s)
    result: NDArray[np.float64] = inside + math.sqrt(2 / math.pi) / s * np.expm1(-s * s / 2)
    return result


def srp_probability(cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """One Gaussian signed random projection: 1 - θ/π (Goemans, Williamson, JACM 1995; Charikar, STOC 2002)."""
    result: NDArray[np.float64] = 1 - np.arccos(np.clip(cosine, -1, 1)) / math.pi
    return result


def _distances(z: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    distances = np.empty((len(z), len(x)))
    for block in point_blocks(len(z), x.size + 1):
        distances[block] = np.linalg.norm(z[block, None] - x, axis=2)
    return distances


def _cosines(z: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosines, as the hashes see them: the origin gives bit 1, so 1 beside itself and 0 (probability 1/2) elsewhere."""
    z_norm, x_norm = np.linalg.norm(z, axis=1)[:, None], np.linalg.norm(x, axis=1)[None]
    product = z_norm * x_norm
    cosines = np.divide(z @ x.T, product, out=np.zeros(product.shape), where=product > 0)
    cosines[(z_norm == 0) & (x_norm == 0)] = 1
    return cosines


def _ternary(
    family: HashFamily, z: NDArray[np.float64], x: NDArray[np.float64], samples: int, seed: int
) -> NDArray[np.float64]:
    """L2: E[max(0, 1 - |w·(z - x)| / r)]. Signed random projection: P(both w·z >= 0, or both < 0)."""
    directions, weights = _ternary_directions(family, samples, seed)
    probability = np.zeros((len(z), len(x)))
    for block in point_blocks(len(directions), len(z) + len(x) + 1):
        t_z, t_x, weight = ordered_dot(z, directions[block]), ordered_dot(x, directions[block]), weights[block]
        if family.kind == "srp":
            side_z, side_x = np.where(t_z >= 0, 1.0, -1.0), np.where(t_x >= 0, 1.0, -1.0)
            probability += (weight.sum() + (side_z * weight) @ side_x.T) / 2
        else:
            bins = family.direction_scale / family.bin_width
            for i, t in enumerate(t_z):
                probability[i] += np.maximum(0, 1 - bins * np.abs(t - t_x)) @ weight
    return probability


def _ternary_directions(family: HashFamily, samples: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unscaled directions (N, p) and their probabilities (N,): all of them, or equally likely samples."""
    p, density = family.dimensions, family.density
    if p > ENUMERATED_DIMENSIONS:
        drawn = hash_generator.ternary_directions(seed, samples, 1, p, density, hash_generator.MONTE_CARLO)
        return drawn[:, 0].astype(np.float64), np.full(samples, 1 / samples)
    directions = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=p)))
    nonzero = np.count_nonzero(directions, axis=1)
    weights = (density / 2) ** nonzero * (1 - density) ** (p - nonzero)
    weights[nonzero == 0] = 0
    return directions, weights / weights.sum()
