"""A sketch survives being written down as JSON values and integer arrays."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rs2c.errors import ModelFileError
from rs2c.hash_family import HashFamily, draw_hashes
from rs2c.sketch import RepresenterSketch, build, insert, query
from rs2c.sketch_state import from_state, to_state

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
    return {
        "projected": projected,
        "srp": build(draw_hashes(HashFamily("srp", 4, 3, 8), 5, 1), INPUTS, INPUTS),
        "refitted": replace(plain, counts=counts, step_bits=None, weight_sum=None),
    }


@pytest.mark.parametrize("name", ["projected", "srp", "refitted"])
def test_round_trip(name: str) -> None:
    sketch = sketches()[name]
    values, arrays = to_state(sketch)
    assert {array.dtype.name for array in arrays.values()} <= {"int64", "float32"}
    again = from_state(json.loads(json.dumps(values)), arrays)
    assert again.hashes.hash_id == sketch.hashes.hash_id
    np.testing.assert_array_equal(query(again, INPUTS), query(sketch, INPUTS))
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


@pytest.mark.parametrize("name", ["family", "seed", "rows", "step_bits", "groups", "probe", "counts", "bias"])
def test_a_missing_part_gives_one_clear_error(name: str) -> None:
    values, arrays = to_state(sketches()["projected"])
    values.pop(name, None)
    arrays.pop(name, None)
    with pytest.raises(ModelFileError, match="damaged"):
        from_state(values, arrays)
