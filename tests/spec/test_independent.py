"""docs/SPEC.md is enough: what was written from it alone agrees with the package in every bit."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from rs2c.base.arrays import Array
from rs2c.emit.plan import plan_of
from rs2c.model import file as model_file
from rs2c.model import reference
from rs2c.model.bounds import prove
from rs2c.model.canonical import arrays, model_hash
from rs2c.model.cost import model_cost
from rs2c.model.front_end import float_to_value
from rs2c.model.integer_model import IntegerModel
from rs2c.model.rules import Layout
from rs2c.model.vectors import corner_vectors, random_vectors, window_vectors
from tests.spec import independent, independent_cost, independent_file, independent_rules
from tests.spec import independent_generator as generator
from tests.support.random_models import random_model
from tests.support.random_shapes import OPTIONS, Shape, shape_of
from tests.support.sketches import rows_of, tail_alone, tail_of

CASES = [{name: value} for name, values in OPTIONS.items() for value in values]


@pytest.mark.parametrize("seed", range(len(CASES)), ids=lambda i: "{0[0]}={0[1]}".format(*CASES[i].items()))
def test_a_random_model_reads_and_computes_alike(seed: int) -> None:
    reads_and_computes_alike(random_model(shape_of(CASES[seed], seed), seed), seed)


@pytest.mark.parametrize("seed", range(24))
def test_a_linear_term_alone_reads_and_computes_alike(seed: int) -> None:
    shape = shape_of({"tail": ("dense", "sparse")[seed % 2]}, seed + 900)
    reads_and_computes_alike(tail_alone(random_model(shape, seed)), seed)


def reads_and_computes_alike(model: IntegerModel, seed: int) -> None:
    raw_file = model_file.to_bytes(model_file.ModelFile(model))
    found = independent_file.read(raw_file)
    assert independent_file.write(found.manifest, found.data) == raw_file
    assert found.manifest["model_hash"] == model_hash(model)
    own_cost = model_cost(model)
    assert independent_cost.cost(found.model) == (own_cost.bytes, own_cost.operations)
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
    work = sum(array.size for name, array in arrays(model).items() if name.endswith("weights"))
    count = min(24, max(4, 40_000 // work))
    return np.concatenate([make(model, rng, count) for make in (random_vectors, window_vectors, corner_vectors)])


@pytest.mark.parametrize("p", [255, 256, 257])
@pytest.mark.parametrize("layout", ["ternary", "sparse"])
def test_lists_of_weights_cost_alike_at_the_limits_of_a_byte(layout: Layout, p: int) -> None:
    model = random_model(Shape(features=p, layout=layout, tail="sparse"), p)
    own = independent_file.read(model_file.to_bytes(model_file.ModelFile(model))).model
    assert independent_cost.cost(own) == (model_cost(model).bytes, model_cost(model).operations)


# Names of the tables in C of what section 9 calls by the names of fields; C joins some that are left out here.
TABLES = {
    **{f"front_end.{name}": (name,) for name in ("centre", "multiplier", "exponent", "source")},
    "projection.weights": ("projection",), "projection.bias": ("projection_bias",),
    "hashed_rows.hashes.weights": ("direction", "weight"), "hashed_rows.hashes.weights indices": ("index", "list"),
    "hashed_rows.hashes.weights lengths": ("length",), "hashed_rows.hashes.offsets": ("offset",),
    "hashed_rows.hashes.shifts": ("cell_shift",), "hashed_rows.hashes.scales": ("scale",),
    "hashed_rows.hashes.multipliers": ("mix",), "hashed_rows.hashes.addends": ("addend",),
    "hashed_rows.counts": ("count",), "hashed_rows.factors": ("factor",),
    "hashed_rows.output_shifts": ("output_shift",),
    "linear_term.weights": ("slope", "tail_weight"), "linear_term.weights indices": ("tail_index",),
    "linear_term.weights lengths": ("tail_length",), "linear_term.output_shifts": ("tail_shift",),
    "output.bias": ("bias",),
}  # fmt: skip
met: Counter[str] = Counter()


@pytest.mark.parametrize("seed", range(len(CASES)), ids=lambda i: "{0[0]}={0[1]}".format(*CASES[i].items()))
def test_what_a_device_stores_is_what_the_source_holds(seed: int) -> None:
    """Byte by byte, but for tables that are one literal, those that C joins with others, and narrower counts."""
    model = random_model(shape_of(CASES[seed], seed + 500), seed)
    own = independent_file.read(model_file.to_bytes(model_file.ModelFile(model))).model
    emitted = {table.name: table for table in plan_of(model).tables}
    for name, expected in independent_cost.device_bytes(own):
        table = next((emitted[shown] for shown in TABLES.get(name, ()) if shown in emitted), None)
        if table is None or table.literal is not None:
            continue
        width = int(re.sub(r"\D", "", table.c_type)) // 8
        if width == 1 and name == "hashed_rows.counts" and own.blocks[0].kinds["counts"][0] == "int16":
            continue
        values = [_number(text) for line in table.lines for text in line.removesuffix(",").split(", ")]
        assert b"".join((v % 256**width).to_bytes(width, "little") for v in values) == expected, name
        met.update([name, *(f"{what} {name}" for what in ("packed", "last") if getattr(table, what))])


def _number(literal: str) -> int:
    return -(2**31) if literal.strip() == "(-2147483647L - 1L)" else int(literal.rstrip("UL"), 0)


def test_every_kind_of_table_was_compared() -> None:
    if len(met) < 5:
        pytest.skip("only a part of this file was run")
    packed = ("packed hashed_rows.counts", "packed hashed_rows.factors", "packed hashed_rows.hashes.weights")
    lasts = ("last front_end.centre", "last hashed_rows.hashes.offsets", "last output.bias")
    assert [name for name in (*TABLES, *packed, "packed linear_term.weights", *lasts) if not met[name]] == []


def test_the_cases_cover_the_schema() -> None:
    models = [random_model(shape_of(case, seed), seed) for seed, case in enumerate(CASES)]
    found, layouts = [rows_of(m) for m in models], ("dense", "sparse", "ternary")
    kinds = ("grid", "srp", "rehash")
    assert {(rows.hashes.kind, rows.hashes.layout) for rows in found} == set(product(kinds, layouts))
    readouts = {(rows.probe, rows.factors is None, rows.arrays < rows.rows) for rows in found}
    assert readouts == set(product(("nearest", "linear"), (True, False), (True, False)))
    assert {tail.layout for tail in map(tail_of, models) if tail is not None} == {"dense", "sparse"}
    assert any(m.task == "classify" and m.n_scores > 1 and rows_of(m).output_shifts.all() for m in models)
    assert {(m.raw_type, m.front_end is None) for m in models} >= {("float32", False), ("int8", True), ("uint16", True)}
    fine = {bool((rows.hashes.shifts < 8).any()) for rows in found if rows.probe == "linear"}
    assert fine == {True, False}
    assert {rows.hashes.layout for rows in found if rows.hashes.scales is not None} == set(layouts)
    assert any(rows.groups > 1 for rows in found)
    assert any(m.projection is not None and m.projection.shift == 0 for m in models)


def test_every_float_pattern_class_gives_the_same_value() -> None:
    exponents = np.array([-256, -140, -99, -98, -3, 0, 5, 30, 127, 160, 256])
    mantissas = np.array([0, 1, 0x3FFFFF, 0x400000, 0x7FFFFE, 0x7FFFFF])
    bits = (np.arange(512)[:, None] << 23 | mantissas).ravel().astype("<u4")
    for k in exponents.tolist():
        value, is_number = float_to_value(bits.view("<f4"), np.array(k))
        own = [independent._value(b, k) for b in bits.tolist()]
        assert np.array_equal(np.array(own)[is_number], value[is_number])


def test_optional_sections_and_hostile_names_keep_their_bytes() -> None:
    model = random_model(Shape(features=2, front_bits=8), 1)
    names = ('quote " \\ \x00\x1f\x7f\n\t', "Ω 🦊 \uffff")
    sections = {
        "card": model_file.Section(
            {"facts": {"seed": 3}, "stages": [{"value": v} for v in (0.1, 1e-7, 1e22, -2.5, 3.0)]}
        ),
        "später": model_file.Section({}, {"ü": np.arange(3, dtype=np.int64), "a": np.zeros((1, 2, 0, 3), np.float32)}),
        "scalar": model_file.Section({"none": None, "yes": True}, {"x": np.array(2.5, np.float32)}),
    }
    raw = model_file.to_bytes(model_file.ModelFile(replace(model, feature_names=names), sections))
    found = independent_file.read(raw)
    assert independent_file.write(found.manifest, found.data) == raw
    assert found.model.feature_names == list(names)
    assert set(model_file.from_bytes(raw).sections) == set(sections)


@pytest.mark.parametrize(
    "module",
    [independent, independent_cost, independent_rules, independent_file, generator],
    ids=lambda m: m.__name__,
)
def test_the_independent_modules_stand_alone(module: object) -> None:
    tree = ast.parse(Path(module.__file__).read_text())  # type: ignore[attr-defined]
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not any(name.split(".")[0] in ("rs2c", "numpy") for name in imported if name)
    assert {name for name in imported if name and name.startswith("tests.")} <= {
        "tests.spec.independent",
        "tests.spec.independent_rules",
    }
