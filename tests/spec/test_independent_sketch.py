"""docs/SPEC.md is enough to read section `sketch` and to draw its constants."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from rs2c.model import file as model_file
from rs2c.sketch import hash_generator
from rs2c.sketch.hash_family import HashFamily, draw_hashes, learned_hashes
from rs2c.sketch.sketch import RepresenterSketch, build, query
from rs2c.sketch.state import to_state
from tests.spec import independent, independent_file
from tests.spec import independent_generator as generator
from tests.support.random_models import random_model
from tests.support.random_shapes import Shape

SEEDS = (0, 1, 7, 2**32, 2**64 - 1)


def test_the_sketch_section_is_what_section_8_lists() -> None:
    rng = np.random.default_rng(6)
    family = HashFamily("l2", 2, 1, 8, range="grid", directions="ternary")
    sketch = build(
        draw_hashes(family, 4, 2**64 - 1),
        rng.normal(size=(9, 2)),
        rng.normal(size=(9, 3)),
        projection=rng.normal(size=(5, 2)),
    )
    model = random_model(Shape(), 0)
    raw = model_file.to_bytes(model_file.ModelFile(model, {"sketch": model_file.Section(*to_state(sketch))}))
    found = independent_file.read(raw)
    assert independent_file.write(found.manifest, found.data) == raw
    section = found.manifest["sections"]["sketch"]
    assert section["values"] == {
        "family": {
            "kind": "l2", "dimensions": 2, "hashes": 1, "columns": 8, "range": "grid", "bin_width": 1.0,
            "directions": "ternary", "density": 1 / 3,
        },
        "seed": 2**64 - 1, "rows": 4, "step_bits": 20, "groups": 1, "probe": "nearest",
    }  # fmt: skip
    assert section["arrays"] == {
        "bias": ["int64", [3]], "counts": ["int64", [4, 8, 3]], "projection": ["int64", [5, 2]],
        "weight_sum": ["int64", [3]],
    }  # fmt: skip
    assert sketch.projection is not None
    assert struct.unpack("<10d", found.data["sketch/projection.npy"]) == tuple(sketch.projection.ravel())
    assert struct.unpack("<96q", found.data["sketch/counts.npy"]) == tuple(sketch.counts.ravel())


def test_a_learned_sketch_is_stored_and_answers_as_sections_8_and_10_say() -> None:
    rng = np.random.default_rng(8)
    sketch = RepresenterSketch(
        hashes=learned_hashes(rng.normal(size=(5, 3)) * 2, rng.normal(size=5), 8),
        projection=rng.normal(size=(4, 3)),
        counts=rng.normal(size=(2, 8, 1)).astype(np.float32),
        step_bits=None,
        weight_sum=None,
        bias=rng.normal(size=2),
        probe="linear",
        factors=rng.normal(size=(5, 2)).astype(np.float32),
        tail=rng.normal(size=(3, 2)),
    )
    raw = model_file.to_bytes(
        model_file.ModelFile(random_model(Shape(), 0), {"sketch": model_file.Section(*to_state(sketch))})
    )
    found = independent_file.read(raw)
    assert independent_file.write(found.manifest, found.data) == raw
    section = found.manifest["sections"]["sketch"]
    assert section["values"] == {
        "family": {
            "kind": "l2", "dimensions": 3, "hashes": 1, "columns": 8, "range": "grid", "bin_width": 1.0,
            "directions": "learned",
        },
        "seed": 0, "rows": 5, "step_bits": None, "groups": 1, "probe": "linear",
    }  # fmt: skip
    assert section["arrays"] == {
        "bias": ["int64", [2]], "counts": ["float32", [2, 8, 1]], "directions": ["int64", [5, 3]],
        "factors": ["float32", [5, 2]], "offsets": ["int64", [5]], "projection": ["int64", [4, 3]],
        "tail": ["int64", [3, 2]],
    }  # fmt: skip
    part = {}
    for name, (kind, shape) in section["arrays"].items():
        code = "d" if kind == "int64" else "f"
        flat = struct.unpack(f"<{math.prod(shape)}{code}", found.data[f"sketch/{name}.npy"])
        part[name] = independent_file._nested(list(flat), shape)
    inputs = rng.normal(size=(50, 4))
    expected = query(sketch, inputs)
    for x, scores in zip(inputs.tolist(), expected.tolist(), strict=True):
        z = [sum(v * line[j] for v, line in zip(x, part["projection"], strict=True)) for j in range(3)]
        for c in range(2):
            own = part["bias"][c] + sum(v * line[c] for v, line in zip(z, part["tail"], strict=True))
            for row in range(5):
                t = sum(v * w for v, w in zip(z, part["directions"][row], strict=True)) + part["offsets"][row]
                u = min(max(t + 3.5, 0), 7)
                i = min(int(u), 6)
                counts = part["counts"][row % 2]
                own += (counts[i][0] + (u - i) * (counts[i + 1][0] - counts[i][0])) * part["factors"][row][c]
            assert own == pytest.approx(scores[c], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_generator_draws_the_same_constants(seed: int) -> None:
    rows, hashes, p = 5, 3, 4
    assert (
        generator.gaussian(seed, rows, hashes, p)
        == (hash_generator.gaussian_directions(seed, rows, hashes, p) * 2**20).tolist()
    )
    for density in (1 / 3, 2**-4, 1.0):
        own = generator.ternary(seed, rows, hashes, p, density)
        assert own == hash_generator.ternary_directions(seed, rows, hashes, p, density).tolist()
    samples = hash_generator.ternary_directions(seed, 6, 1, 2, 0.3, hash_generator.MONTE_CARLO)
    assert generator.ternary(seed, 6, 1, 2, 0.3, purpose=4) == samples.tolist()
    r = 0.7
    assert [[v / 2**24 * r for v in row] for row in generator.offsets(seed, rows, hashes)] == hash_generator.offsets(
        seed, rows, hashes, r
    ).tolist()
    multipliers, addends = hash_generator.rehash_constants(seed, rows, hashes)
    assert generator.multipliers(seed, rows, hashes) == multipliers.tolist()
    assert generator.addends(seed, rows) == addends.tolist()


@pytest.mark.parametrize(
    "options", [{}, {"range": "grid", "directions": "ternary"}, {"kind": "srp", "columns": 4}], ids=str
)
def test_a_float_sketch_hashes_as_section_10_says(options: dict[str, object]) -> None:
    family = HashFamily(**({"kind": "l2", "dimensions": 3, "hashes": 2, "columns": 16, "bin_width": 0.7} | options))  # type: ignore[arg-type]
    rows, seed = 6, 11
    points = np.random.default_rng(5).normal(size=(40, 3)) * 3
    ternary = family.directions == "ternary"
    drawn = generator.ternary(seed, rows, 2, 3, family.density) if ternary else generator.gaussian(seed, rows, 2, 3)
    unit, factor = (1.0, (1 / family.density) ** 0.5) if ternary else (2.0**-20, 1.0)
    offsets, a, b = (
        generator.offsets(seed, rows, 2),
        generator.multipliers(seed, rows, 2),
        generator.addends(seed, rows),
    )
    columns = []
    for z in points.tolist():
        for row in range(rows):
            cells = []
            for k in range(2):
                t = 0.0
                for w, v in zip(drawn[row][k], z, strict=True):
                    t += v * (w * unit)
                t *= factor
                if family.kind == "srp":
                    cells.append(int(t >= 0))
                    continue
                bin_number = int(((t + offsets[row][k] / 2**24 * family.bin_width) / family.bin_width) // 1)
                top, middle = (2**16 - 1, 2**15) if family.rehashed else (3, 2)
                cells.append(independent.clamp(bin_number + middle, 0, top))
            mixed = (b[row] + a[row][0] * cells[0] + a[row][1] * cells[1]) % 2**32
            columns.append(mixed >> 28 if family.rehashed else cells[0] * 2**family.cell_bits + cells[1])
    assert columns == draw_hashes(family, rows, seed).columns(points).ravel().tolist()
