"""docs/SPEC.md is enough: what was written from it alone agrees with the package in every bit."""

from __future__ import annotations

import ast
import struct
from pathlib import Path

import numpy as np
import pytest

from rs2c import hashing, model_file, reference
from rs2c.bounds import prove
from rs2c.canonical import model_hash
from rs2c.cost import model_cost
from rs2c.hash_family import HashFamily, draw_hashes
from rs2c.integer_model import Array, IntegerModel
from rs2c.sketch import build
from rs2c.sketch_state import to_state
from rs2c.vectors import corner_vectors, random_vectors, window_vectors
from tests.spec import independent, independent_file
from tests.spec import independent_generator as generator
from tests.support.random_models import OPTIONS, Shape, random_model, shape_of

CASES = [{name: value} for name, values in OPTIONS.items() for value in values]
SEEDS = (0, 1, 7, 2**32, 2**64 - 1)


@pytest.mark.parametrize("seed", range(len(CASES)), ids=lambda i: "{0[0]}={0[1]}".format(*CASES[i].items()))
def test_a_random_model_reads_and_computes_alike(seed: int) -> None:
    model = random_model(shape_of(CASES[seed], seed), seed)
    raw_file = model_file.to_bytes(model_file.ModelFile(model))
    found = independent_file.read(raw_file)
    assert independent_file.write(found.manifest, found.data) == raw_file
    assert found.manifest["model_hash"] == model_hash(model)
    own_cost = model_cost(model)
    assert independent.cost(found.model) == (own_cost.bytes, own_cost.operations)
    assert independent.bounds(found.model) == [(b.name, b.largest, b.limit) for b in prove(model)]

    raw = _vectors(model, seed)
    x = reference.quantize(model, raw)
    scores = reference.scores(model, x)
    answers = reference.answers(model, scores)
    bits = raw.view("<u4") if model.raw_type == "float32" else raw
    for i, vector in enumerate(bits.tolist()):
        own_x = independent.inputs(found.model, vector)
        own_scores = independent.scores(found.model, own_x)
        assert own_x == x[i].tolist()
        assert own_scores == scores[i].tolist()
        assert independent.answers(found.model, own_scores) == answers[i].tolist()


def _vectors(model: IntegerModel, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    work = model.hashes.weights.size + (0 if model.projection is None else model.projection.weights.size)
    count = min(24, max(4, 40_000 // work))
    return np.concatenate([make(model, rng, count) for make in (random_vectors, window_vectors, corner_vectors)])


@pytest.mark.parametrize("p", [255, 256, 257])
def test_a_ternary_model_costs_alike_at_the_limits_of_a_byte(p: int) -> None:
    model = random_model(Shape(features=p, ternary=True), p)
    own = independent_file.read(model_file.to_bytes(model_file.ModelFile(model))).model
    assert independent.cost(own) == (model_cost(model).bytes, model_cost(model).operations)


def test_the_cases_cover_the_schema() -> None:
    models = [random_model(shape_of(case, seed), seed) for seed, case in enumerate(CASES)]
    kinds = {(m.hashes.kind, m.hashes.ternary, m.probe) for m in models}
    assert {k[:2] for k in kinds} == {(kind, t) for kind in ("grid", "srp", "rehash") for t in (False, True)}
    assert {(m.raw_type, m.front_end is None) for m in models} >= {("float32", False), ("int8", True), ("uint16", True)}
    assert {(m.probe, bool((m.hashes.shifts < 8).any())) for m in models} >= {("linear", True), ("linear", False)}
    assert any(m.groups > 1 for m in models)
    assert any(m.projection is not None and m.projection.shift == 0 for m in models)


def test_every_float_pattern_class_gives_the_same_value() -> None:
    exponents = np.array([-256, -140, -99, -98, -3, 0, 5, 30, 127, 160, 256])
    mantissas = np.array([0, 1, 0x3FFFFF, 0x400000, 0x7FFFFE, 0x7FFFFF])
    bits = (np.arange(512)[:, None] << 23 | mantissas).ravel().astype("<u4")
    for k in exponents.tolist():
        value, is_number = reference.float_to_value(bits.view("<f4"), np.array(k))
        own = [independent._value(b, k) for b in bits.tolist()]
        assert np.array_equal(np.array(own)[is_number], value[is_number])


def test_optional_sections_and_hostile_names_keep_their_bytes() -> None:
    model = random_model(Shape(features=2, front_bits=8), 1)
    names = ('quote " \\ \x00\x1f\x7f\n\t', "Ω 🦊 \ud800")
    fields = {e: getattr(model, e) for e in model.__dataclass_fields__} | {"feature_names": names}
    sections = {
        "card": model_file.Section(
            {"facts": {"seed": 3}, "stages": [{"value": v} for v in (0.1, 1e-7, 1e22, -2.5, 3.0)]}
        ),
        "später": model_file.Section({}, {"ü": np.arange(3, dtype=np.int64), "a": np.zeros((1, 2, 0, 3), np.float32)}),
        "scalar": model_file.Section({"none": None, "yes": True}, {"x": np.array(2.5, np.float32)}),
    }
    raw = model_file.to_bytes(model_file.ModelFile(IntegerModel(**fields), sections))
    found = independent_file.read(raw)
    assert independent_file.write(found.manifest, found.data) == raw
    assert found.model.feature_names == list(names)
    assert set(model_file.from_bytes(raw).sections) == set(sections)


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


@pytest.mark.parametrize("seed", SEEDS)
def test_the_generator_draws_the_same_constants(seed: int) -> None:
    rows, hashes, p = 5, 3, 4
    assert (
        generator.gaussian(seed, rows, hashes, p)
        == (hashing.gaussian_directions(seed, rows, hashes, p) * 2**20).tolist()
    )
    for density in (1 / 3, 2**-4, 1.0):
        own = generator.ternary(seed, rows, hashes, p, density)
        assert own == hashing.ternary_directions(seed, rows, hashes, p, density).tolist()
    samples = hashing.ternary_directions(seed, 6, 1, 2, 0.3, hashing.MONTE_CARLO)
    assert generator.ternary(seed, 6, 1, 2, 0.3, purpose=4) == samples.tolist()
    r = 0.7
    assert [[v / 2**24 * r for v in row] for row in generator.offsets(seed, rows, hashes)] == hashing.offsets(
        seed, rows, hashes, r
    ).tolist()
    multipliers, addends = hashing.rehash_constants(seed, rows, hashes)
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


@pytest.mark.parametrize("module", [independent, independent_file, generator], ids=lambda m: m.__name__)
def test_the_independent_modules_stand_alone(module: object) -> None:
    tree = ast.parse(Path(module.__file__).read_text())  # type: ignore[attr-defined]
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not any(name.split(".")[0] in ("rs2c", "numpy") for name in imported if name)
    assert {name for name in imported if name and name.startswith("tests.")} <= {"tests.spec.independent"}
