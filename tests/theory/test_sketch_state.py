"""A sketch survives being written down as JSON values and integer arrays."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rs2c.base.errors import ModelFileError, OptionError
from rs2c.sketch.hash_family import HashFamily, draw_hashes, learned_hashes
from rs2c.sketch.sketch import RepresenterSketch, build, insert, query
from rs2c.sketch.state import from_state, to_state

RNG = np.random.default_rng(51)
INPUTS = RNG.normal(size=(20, 4))
ANCHORS, WEIGHTS = RNG.normal(size=(30, 3)), RNG.normal(size=(30, 2))


def sketches() -> dict[str, RepresenterSketch]:
    rehash = HashFamily("l2", 3, 2, 32, bin_width=0.1, directions="ternary", density=0.7)
    grid = HashFamily("l2", 4, 1, 8, range="grid")
    projected = build(
        draw_hashes(rehash, 9, 2**63 + 1),
        ANCHORS,
        WEIGHTS,
        projection=RNG.normal(size=(4, 3)),
        bias=WEIGHTS[0],
        groups=3,
    )
    plain = build(draw_hashes(grid, 6, 0), INPUTS, INPUTS[:, :1], probe="linear")
    counts = RNG.normal(size=plain.counts.shape).astype(np.float32)
    learned = RepresenterSketch(
        hashes=learned_hashes(RNG.normal(size=(5, 3)), RNG.normal(size=5), 8),
        projection=RNG.normal(size=(4, 3)),
        counts=RNG.normal(size=(2, 8, 1)).astype(np.float32),
        step_bits=None,
        weight_sum=None,
        bias=RNG.normal(size=2),
        probe="linear",
        factors=RNG.normal(size=(5, 2)).astype(np.float32),
        tail=RNG.normal(size=(3, 2)),
    )
    own = replace(learned, counts=RNG.normal(size=(5, 8, 2)).astype(np.float32), factors=None, tail=None)
    return {
        "learned": learned,
        "learned, own arrays": own,
        "learned, shared arrays": replace(own, counts=own.counts[:1], tail=learned.tail, projection=None),
        "projected": projected,
        "srp": build(draw_hashes(HashFamily("srp", 4, 3, 8), 5, 1), INPUTS, INPUTS),
        "refitted": replace(plain, counts=counts, step_bits=None, weight_sum=None),
    }


@pytest.mark.parametrize("name", sketches())
def test_round_trip(name: str) -> None:
    sketch = sketches()[name]
    inputs = INPUTS if sketch.projection is not None else INPUTS[:, : sketch.hashes.family.dimensions]
    values, arrays = to_state(sketch)
    assert {array.dtype.name for array in arrays.values()} <= {"int64", "float32"}
    again = from_state(json.loads(json.dumps(values)), arrays)
    assert again.hashes.hash_id == sketch.hashes.hash_id
    np.testing.assert_array_equal(query(again, inputs), query(sketch, inputs))
    assert (again.factors is None, again.tail is None) == (sketch.factors is None, sketch.tail is None)
    if not sketch.refitted:
        points, weights = np.zeros((1, sketch.hashes.family.dimensions)), np.ones((1, len(sketch.bias)))
        np.testing.assert_array_equal(insert(again, points, weights).counts, insert(sketch, points, weights).counts)


@pytest.mark.parametrize(
    "damage",
    [
        {"family": {}},
        {"family": None},
        {"family": {"kind": "l2", "dimensions": 1 << 40, "hashes": 2, "columns": 32}},
        {"family": {"kind": "l2", "dimensions": "3", "hashes": 2, "columns": 32}},
        {"family": {"kind": ["l2"], "dimensions": 3, "hashes": 2, "columns": 32}},
        {"rows": 1 << 40},
        {"seed": -1},
        {"step_bits": None},
        {"step_bits": 10**6},
        {"groups": "3"},
        {"probe": {}},
        {"counts": np.zeros((9, 32, 2))},
        {"counts": np.zeros((9, 16, 2), np.int64)},
        {"bias": np.zeros(2, np.float32)},
        {"bias": np.full(2, np.nan).view(np.int64)},
        {"bias": np.zeros((2, 1), np.int64)},
        {"projection": np.zeros(4, np.int64)},
        {"projection": np.zeros((4, 2), np.int64)},
        {"weight_sum": np.zeros(3, np.int64)},
        {"weight_sum": np.zeros(2, np.int32)},
    ],
    ids=str,
)
def test_a_damaged_state_gives_one_clear_error(damage: dict[str, object]) -> None:
    values, arrays = to_state(sketches()["projected"])
    for name, value in damage.items():
        (arrays if isinstance(value, np.ndarray) else values)[name] = value
    with pytest.raises(ModelFileError, match="damaged"):
        from_state(values, arrays)


def test_no_direction_is_drawn_for_rows_that_the_counts_do_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    values, arrays = to_state(sketches()["projected"])
    monkeypatch.setattr("rs2c.sketch.state.draw_hashes", lambda *_: pytest.fail("drawn"))
    with pytest.raises(ModelFileError, match="do not fit the family"):
        from_state(values | {"rows": 1 << 16}, arrays)


LEARNED_FAMILY = {"kind": "l2", "dimensions": 3, "hashes": 1, "columns": 8, "range": "grid", "directions": "learned"}


@pytest.mark.parametrize(
    "damage",
    [
        {"family": LEARNED_FAMILY | {"bin_width": 2.0}},
        {"family": LEARNED_FAMILY | {"range": "rehash"}},
        {"family": LEARNED_FAMILY | {"columns": 4}},
        {"family": LEARNED_FAMILY | {"columns": 64, "hashes": 2}},
        {"family": LEARNED_FAMILY | {"dimensions": 4}},
        {"family": LEARNED_FAMILY | {"kind": "srp", "hashes": 3}},
        {"family": LEARNED_FAMILY | {"directions": "gaussian"}, "step_bits": 20},
        {"family": LEARNED_FAMILY | {"directions": "learnt"}},
        {"rows": 4},
        {"rows": 6},
        {"rows": 1},
        {"rows": "5"},
        {"step_bits": 20},
        {"groups": 5},
        {"counts": np.zeros((0, 8, 1), np.float32)},
        {"counts": np.zeros((6, 8, 1), np.float32)},
        {"counts": np.zeros((2, 8, 2), np.float32)},
        {"counts": np.zeros((2, 16, 1), np.float32)},
        {"counts": np.zeros((2, 8), np.float32)},
        {"counts": np.zeros((2, 8, 1), np.int64)},
        {"counts": np.full((2, 8, 1), np.inf, np.float32)},
        {"factors": np.zeros((5, 3), np.float32)},
        {"factors": np.zeros((2, 2), np.float32)},
        {"factors": np.zeros(5, np.float32)},
        {"factors": np.zeros((5, 2), np.int64)},
        {"factors": np.full((5, 2), np.nan, np.float32)},
        {"tail": np.zeros((2, 3), np.int64)},
        {"tail": np.zeros((3, 2), np.float32)},
        {"tail": np.full((3, 2), -np.inf).view(np.int64)},
        {"directions": np.zeros((5, 2), np.int64)},
        {"directions": np.zeros((4, 3), np.int64)},
        {"directions": np.zeros((5, 1, 3), np.int64)},
        {"directions": np.zeros((5, 3), np.float32)},
        {"directions": np.full((5, 3), np.nan).view(np.int64)},
        {"offsets": np.zeros((5, 1), np.int64)},
        {"offsets": np.zeros(4, np.int64)},
        {"offsets": np.full(5, np.inf).view(np.int64)},
    ],
    ids=str,
)
def test_a_damaged_state_of_a_learned_sketch_gives_one_clear_error(damage: dict[str, object]) -> None:
    values, arrays = to_state(sketches()["learned"])
    assert values["family"] == LEARNED_FAMILY | {"bin_width": 1.0}
    for name, value in damage.items():
        (arrays if isinstance(value, np.ndarray) else values)[name] = value
    with pytest.raises(ModelFileError, match="damaged"):
        from_state(values, arrays)


@pytest.mark.parametrize("name", ["directions", "offsets", "counts", "factors", "bias", "rows"])
def test_a_missing_part_of_a_learned_sketch_gives_one_clear_error(name: str) -> None:
    values, arrays = to_state(sketches()["learned"])
    values.pop(name, None)
    arrays.pop(name, None)
    with pytest.raises(ModelFileError, match="damaged"):
        from_state(values, arrays)


def test_learned_hashes_are_told_apart_by_their_directions_and_offsets() -> None:
    hashes = sketches()["learned"].hashes
    directions, offsets = hashes.directions[:, 0], hashes.offsets[:, 0]
    again = learned_hashes(directions.copy(), offsets.copy(), 8)
    others = [
        learned_hashes(np.nextafter(directions, 9), offsets, 8),
        learned_hashes(directions, np.nextafter(offsets, 9), 8),
        learned_hashes(directions, offsets, 16),
        learned_hashes(directions[:-1], offsets[:-1], 8),
    ]
    assert again.hash_id == hashes.hash_id
    assert len({other.hash_id for other in others} | {hashes.hash_id}) == 5
    with pytest.raises(OptionError, match="learned directions are trained"):
        draw_hashes(hashes.family, 5, 1)


@pytest.mark.parametrize("extra", ["factors", "tail"])
def test_a_sketch_as_built_has_neither_factors_nor_a_tail(extra: str) -> None:
    values, arrays = to_state(sketches()["srp"])
    learned = to_state(sketches()["learned"])[1]
    with pytest.raises(ModelFileError, match="damaged"):
        from_state(values, arrays | {extra: learned[extra]})


@pytest.mark.parametrize("name", ["family", "seed", "rows", "step_bits", "groups", "probe", "counts", "bias"])
def test_a_missing_part_gives_one_clear_error(name: str) -> None:
    values, arrays = to_state(sketches()["projected"])
    values.pop(name, None)
    arrays.pop(name, None)
    with pytest.raises(ModelFileError, match="damaged"):
        from_state(values, arrays)
