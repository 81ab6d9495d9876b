"""Locality-sensitive hash families, and the hashes drawn from one: a point goes in, one column per row comes out.

Hash k of row l computes t = (w·z + b) / r (L2, p-stable: Datar, Immorlica, Indyk, Mirrokni, SCG 2004) or t = w·z
(signed random projection: Charikar, STOC 2002), and t becomes a cell:

    l2, rehash   u = clamp(floor(t) + 32768, 0, 65535); the K cells of a row give the column
                 ((addend + Σ multiplier_k·u_k) mod 2**32) >> (32 - log2 R)
                 strongly universal (Dietzfelbinger, STACS 1996): distinct keys meet with probability 1/R exactly
    l2, grid     clamp(floor(t) + G/2, 0, G - 1), with G = R**(1/K) cells per hash
    srp          1 if t >= 0, else 0

Grid and srp cells are digits of the column; hash 0 is the most significant.
"""

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rs2c.base.choices import Directions, Family
from rs2c.base.columns import column_of_digits, mixed_column
from rs2c.base.errors import DataError, OptionError
from rs2c.base.ordered_dot import ordered_dot
from rs2c.sketch import hash_generator

MAX_COLUMN_BITS = 16
MAX_DIRECTION_VALUES = 1 << 24
_BLOCK_VALUES = 1 << 21
_CELL_BIAS = 32768  # makes the unsigned 16-bit cell of a rehash from a signed bin number


@dataclass(frozen=True)
class HashFamily:
    """What a hash is drawn from, and how the K hashes of a row become one of R columns.

    Attributes:
        kind: `l2` (p-stable, Euclidean distance) or `srp` (signed random projection, angle).
        dimensions: p, the dimensions of a hashed point.
        hashes: K, hashes concatenated per row.
        columns: R, columns per row, a power of two; `srp` has R = 2**K, a grid R = G**K with G a power of two.
        bin_width: r, in the units of the points; `l2` only.
        range: how unbounded `l2` bins become columns: `rehash`, or `grid` (clamped; t = 0 falls on the edge between
            cells G/2 - 1 and G/2).
        directions: `gaussian`; `ternary` (Achlioptas, PODS 2001): -1, 0, +1 times sqrt(1/density), never all 0; or
            `learned`: trained, and so given instead of drawn.
        density: probability that a ternary coordinate is not 0; `ternary` only.

    Raises:
        OptionError: a value that cannot work.
    """

    kind: Family
    dimensions: int
    hashes: int
    columns: int
    bin_width: float = 1.0
    range: Literal["rehash", "grid"] = "rehash"
    directions: Literal[Directions, "learned"] = "gaussian"
    density: float = 1 / 3

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise OptionError(f"{name}={getattr(self, name)!r} is unknown; use {' or '.join(allowed)}")
        for name in ("dimensions", "hashes", "columns"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise OptionError(f"{name}={value!r} must be a whole number, at least 1")
        if not _is_real(self.bin_width) or not 0 < self.bin_width < math.inf:
            raise OptionError(f"bin_width={self.bin_width!r} must be a positive finite number")
        if not _is_real(self.density) or not 2**-10 <= self.density <= 1:
            raise OptionError(f"density={self.density!r} must lie between {2**-10} and 1")
        bits = self.column_bits
        if self.columns != 1 << bits or not 1 <= bits <= MAX_COLUMN_BITS:
            raise OptionError(f"columns={self.columns} must be a power of two from 2 to {1 << MAX_COLUMN_BITS}")
        if self.kind == "srp" and bits != self.hashes:
            raise OptionError(f"columns={self.columns} must be 2**hashes for srp, and hashes={self.hashes} here")
        if self.kind == "l2" and self.range == "grid" and bits % self.hashes:
            raise OptionError(
                f"columns={self.columns} is no grid of hashes={self.hashes}; "
                "use columns = 2**(hashes * whole number), up to 65536"
            )

    @property
    def column_bits(self) -> int:
        """log2 R."""
        return self.columns.bit_length() - 1

    @property
    def cell_bits(self) -> int:
        """Bits of one hash's cell in the column: log2 G on a grid, 1 for srp, 16 before a rehash."""
        if self.rehashed:
            return 16
        return self.column_bits // self.hashes

    @property
    def rehashed(self) -> bool:
        """Whether cells are rehashed, so that reads need debiasing."""
        return self.kind == "l2" and self.range == "rehash"

    @property
    def direction_scale(self) -> float:
        """What a ternary direction's -1, 0, +1 are multiplied by; 1 for Gaussian directions."""
        return math.sqrt(1 / self.density) if self.directions == "ternary" else 1.0

    def effective_options(self) -> dict[str, str | int | float]:
        """The options that decide where a point hashes; those without effect are left out."""
        options: dict[str, str | int | float] = {
            "kind": self.kind,
            "dimensions": self.dimensions,
            "hashes": self.hashes,
            "columns": self.columns,
            "directions": self.directions,
        }
        if self.kind == "l2":
            options |= {"range": self.range, "bin_width": float(self.bin_width)}
        if self.directions == "ternary":
            options["density"] = float(self.density)
        return options


@dataclass(frozen=True, eq=False)
class RowHashes:
    """The K hashes of each of L rows. Compare two by `hash_id`.

    Attributes:
        family: what they were drawn from.
        seed: of the generator, 0 <= seed < 2**64.
        rows: L.
        directions: float64 (L, K, p); ternary ones are -1, 0, +1 times `family.direction_scale`.
        offsets: float64 (L, K), in [0, r); 0 for srp.
        multipliers: uint32 (L, K); 0 unless rehashed.
        addends: uint32 (L,); 0 unless rehashed.
    """

    family: HashFamily
    seed: int
    rows: int
    directions: NDArray[np.float64]
    offsets: NDArray[np.float64]
    multipliers: NDArray[np.uint32]
    addends: NDArray[np.uint32]

    @property
    def hash_id(self) -> str:
        """SHA-256 (hexadecimal) of family, seed and rows: equal ids, equal columns for every point."""
        key = {**self.family.effective_options(), "seed": self.seed, "rows": self.rows}
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode())
        if self.family.directions == "learned":
            digest.update(self.directions.tobytes() + self.offsets.tobytes())
        return digest.hexdigest()

    def hash_values(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Hash values t of points z (n, p): float64 (n, L, K), in bins (l2) or as w·z (srp).

        Raises:
            DataError: z has another shape than (n, p), or a value that is not finite.
        """
        family = self.family
        points = _as_points(z, family.dimensions)
        vectors = self.directions.reshape(-1, family.dimensions)
        if family.directions == "ternary":
            vectors = np.sign(vectors)  # scaled afterwards: sums of whole numbers stay exact, and so do ties
        t = ordered_dot(points, vectors).reshape(len(points), self.rows, family.hashes)
        if family.directions == "ternary":
            t *= family.direction_scale
        if family.kind == "l2":
            t += self.offsets
            t /= family.bin_width
        return t

    def cells(self, z: NDArray[np.floating]) -> NDArray[np.int64]:
        """Cell of each hash for points z (n, p): int64 (n, L, K)."""
        t = self.hash_values(z)
        if self.family.kind == "srp":
            return (t >= 0).astype(np.int64)
        count = 1 << self.family.cell_bits
        centre = _CELL_BIAS if self.family.rehashed else count // 2
        return np.clip(np.floor(t) + centre, 0, count - 1).astype(np.int64)

    def columns_of_cells(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Column of each row from the cells (n, L, K) of its hashes: int64 (n, L)."""
        family = self.family
        if family.rehashed:
            return mixed_column(cells, self.multipliers, self.addends, family.column_bits)
        return column_of_digits(cells, family.cell_bits)

    def columns(self, z: NDArray[np.floating]) -> NDArray[np.int64]:
        """Column that points z (n, p) fall into in each row: int64 (n, L)."""
        result = np.empty((len(z), self.rows), np.int64)
        for block in point_blocks(len(z), self.rows * self.family.hashes):
            result[block] = self.columns_of_cells(self.cells(z[block]))
        return result


def draw_hashes(family: HashFamily, rows: int, seed: int) -> RowHashes:
    """Draw the hashes of `rows` rows; the same arguments give the same bits everywhere (`rs2c.sketch.hash_generator`).

    Raises:
        OptionError: rows or seed out of range, or more than 2**24 direction coordinates.
    """
    if type(rows) is not int or rows < 1:
        raise OptionError(f"rows={rows!r} must be a whole number, at least 1")
    if type(seed) is not int or not 0 <= seed < 1 << 64:
        raise OptionError(f"seed={seed!r} must be a whole number from 0 to 2**64 - 1")
    if family.directions == "learned":
        raise OptionError("learned directions are trained, not drawn; use method learned, or gaussian directions")
    hashes, dimensions = family.hashes, family.dimensions
    if rows * hashes * dimensions > MAX_DIRECTION_VALUES:
        raise OptionError(
            f"rows={rows} of {hashes} hashes in {dimensions} dimensions need more than 2**24 numbers; "
            "use fewer rows or project to fewer dimensions"
        )
    if family.directions == "ternary":
        signs = hash_generator.ternary_directions(seed, rows, hashes, dimensions, family.density)
        directions = signs.astype(np.float64) * family.direction_scale
    else:
        directions = hash_generator.gaussian_directions(seed, rows, hashes, dimensions)
    offsets = np.zeros((rows, hashes))
    if family.kind == "l2":
        offsets = hash_generator.offsets(seed, rows, hashes, family.bin_width)
    multipliers, addends = np.zeros((rows, hashes), np.uint32), np.zeros(rows, np.uint32)
    if family.rehashed:
        multipliers, addends = hash_generator.rehash_constants(seed, rows, hashes)
    return RowHashes(family, seed, rows, directions, offsets, multipliers, addends)


def learned_hashes(directions: NDArray[np.float64], offsets: NDArray[np.float64], columns: int) -> RowHashes:
    """Grid hashes of one hash a row with trained directions (L, p) and offsets (L,), in columns."""
    rows, dimensions = directions.shape
    family = HashFamily("l2", dimensions, 1, columns, range="grid", directions="learned")
    unused = np.zeros((rows, 1), np.uint32), np.zeros(rows, np.uint32)
    return RowHashes(family, 0, rows, directions[:, None].astype(np.float64), offsets[:, None], *unused)


def point_blocks(points: int, values_per_point: int) -> Iterator[slice]:
    """Slices over points that keep an array of `values_per_point` numbers each to about 2**21 numbers."""
    step = max(1, _BLOCK_VALUES // values_per_point)
    for start in range(0, points, step):
        yield slice(start, min(start + step, points))


_CHOICES = {
    "kind": get_args(Family),
    "range": ("rehash", "grid"),
    "directions": (*get_args(Directions), "learned"),
}


def _is_real(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as_points(z: NDArray[np.floating], dimensions: int) -> NDArray[np.float64]:
    points = np.asarray(z, np.float64)
    if points.ndim != 2 or points.shape[1] != dimensions:
        raise DataError(f"points of shape {points.shape} cannot be hashed; the hashes take (n, {dimensions})")
    # Below this size no dot product can overflow, so no hash value is infinite or NaN. A NaN fails the test too.
    if points.size and not np.abs(points).max() < 1e290:
        raise DataError("points to hash must be finite; drop or fill the rows with NaN or infinite values")
    return points
