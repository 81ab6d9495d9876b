"""Merge, insert and remove are exact, and refused where they would mean nothing."""

from dataclasses import replace

import numpy as np
import pytest

from rs2c.base.errors import DataError, OptionError, SketchError
from rs2c.sketch import hash_family
from rs2c.sketch.hash_family import HashFamily, draw_hashes
from rs2c.sketch.sketch import RepresenterSketch, build, insert, merge, query, remove

RNG = np.random.default_rng(31)
# One decimal: ternary sums of these hit w·z = 0 up to rounding, where the order of a sum would decide the bit.
ANCHORS = RNG.integers(-20, 21, size=(300, 6)) / 10
WEIGHTS = RNG.normal(size=(300, 3)) * 10.0 ** RNG.integers(-6, 6, size=(300, 1))
FAMILIES = [
    HashFamily("l2", 6, 2, 32, bin_width=0.7),
    HashFamily("l2", 6, 1, 16, bin_width=0.7, range="grid", directions="ternary"),
    HashFamily("srp", 6, 5, 32),
    HashFamily("srp", 6, 5, 32, directions="ternary"),
]
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f"{f.kind}-{f.range}-{f.directions}")


def sketch_of(family: HashFamily, part: slice, seed: int = 2, **options: object) -> RepresenterSketch:
    return build(draw_hashes(family, 24, seed), ANCHORS[part], WEIGHTS[part], **options)


def assert_equal(a: RepresenterSketch, b: RepresenterSketch) -> None:
    np.testing.assert_array_equal(a.counts, b.counts)
    np.testing.assert_array_equal(a.weight_sum, b.weight_sum)


@each_family
def test_merge_equals_building_from_both(family: HashFamily) -> None:
    both = merge(sketch_of(family, slice(0, 120)), sketch_of(family, slice(120, 300)))
    assert_equal(both, sketch_of(family, slice(0, 300)))


@each_family
def test_inserting_one_by_one_equals_building_from_all(family: HashFamily) -> None:
    sketch = sketch_of(family, slice(0, 250))
    for i in range(250, 300):
        sketch = insert(sketch, ANCHORS[i : i + 1], WEIGHTS[i : i + 1])
    assert_equal(sketch, sketch_of(family, slice(0, 300)))


@each_family
def test_insert_then_remove_is_the_identity(family: HashFamily) -> None:
    sketch = sketch_of(family, slice(0, 200))
    more = insert(sketch, ANCHORS[200:], WEIGHTS[200:])
    assert not np.array_equal(more.counts, sketch.counts)
    assert_equal(remove(more, ANCHORS[200:], WEIGHTS[200:]), sketch)
    assert not remove(sketch, ANCHORS[199::-1], WEIGHTS[199::-1]).counts.any()


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sketch_of(FAMILIES[0], slice(0, 300))
    answers = query(whole, ANCHORS)
    monkeypatch.setattr(hash_family, "_BLOCK_VALUES", 500)
    assert_equal(sketch_of(FAMILIES[0], slice(0, 300)), whole)
    np.testing.assert_array_equal(query(whole, ANCHORS), answers)


def test_every_row_holds_every_weight_once() -> None:
    sketch = sketch_of(FAMILIES[0], slice(0, 300), step_bits=12)
    steps = np.rint(WEIGHTS * 2**12).astype(np.int64).sum(axis=0)
    assert (sketch.counts.sum(axis=1) == steps).all()
    assert (sketch.weight_sum == steps).all()


@pytest.mark.parametrize(
    "change",
    [{"step_bits": 12}, {"groups": 3}, {"bias": np.ones(3)}, {"projection": np.eye(6)}],
    ids=lambda change: next(iter(change)),
)
def test_unlike_sketches_do_not_merge(change: dict[str, object]) -> None:
    with pytest.raises(SketchError, match=next(iter(change))):
        merge(sketch_of(FAMILIES[0], slice(0, 9)), sketch_of(FAMILIES[0], slice(9, 20), **change))


def test_unlike_hashes_do_not_merge() -> None:
    sketch = sketch_of(FAMILIES[0], slice(0, 9))
    with pytest.raises(SketchError, match="unlike hashes"):
        merge(sketch, sketch_of(FAMILIES[0], slice(0, 9), seed=3))
    with pytest.raises(SketchError, match="unlike hashes"):
        merge(sketch, sketch_of(replace(FAMILIES[0], bin_width=0.8), slice(0, 9)))


def test_hash_ids_ignore_options_without_effect() -> None:
    srp = HashFamily("srp", 6, 5, 32)
    assert draw_hashes(srp, 4, 0).hash_id == draw_hashes(replace(srp, bin_width=3.0, density=0.5), 4, 0).hash_id
    assert draw_hashes(srp, 4, 0).hash_id != draw_hashes(srp, 5, 0).hash_id


def test_a_refitted_sketch_refuses() -> None:
    built = sketch_of(FAMILIES[0], slice(0, 9))
    refitted = replace(built, counts=built.counts.astype(np.float32), step_bits=None, weight_sum=None)
    for change in (insert, remove):
        with pytest.raises(SketchError, match="before the refit"):
            change(refitted, ANCHORS, WEIGHTS)
    for a, b in ((refitted, built), (built, refitted), (refitted, refitted)):
        with pytest.raises(SketchError):
            merge(a, b)


def test_counts_cannot_wrap() -> None:
    hashes = draw_hashes(HashFamily("srp", 1, 1, 2), 1, 0)
    sketch = build(hashes, np.ones((1, 1)), np.full((1, 1), 2.0**52), step_bits=0)
    for _ in range(10):
        sketch = merge(sketch, sketch)
    assert sketch.weight_sum == 2**62
    with pytest.raises(SketchError, match="int64"):
        merge(sketch, sketch)


@pytest.mark.parametrize("weight", [np.nan, np.inf, 2.0**33])
def test_weights_that_do_not_fit_are_refused(weight: float) -> None:
    hashes = draw_hashes(FAMILIES[0], 2, 0)
    with pytest.raises(DataError, match="weights"):
        build(hashes, np.zeros((1, 6)), np.array([[weight]]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_points_that_are_not_finite_are_refused(value: float) -> None:
    sketch = sketch_of(FAMILIES[0], slice(0, 9))
    for call in (lambda z: insert(sketch, z, np.zeros((1, 3))), lambda z: query(sketch, z)):
        with pytest.raises(DataError, match="finite"):
            call(np.full((1, 6), value))
        with pytest.raises(DataError, match=r"\(n, 6\)"):
            call(np.zeros((1, 5)))


@pytest.mark.parametrize(
    "options",
    [
        {"groups": 2},
        {"groups": 5},
        {"groups": 0},
        {"probe": "cubic"},
        {"probe": "linear"},
        {"step_bits": 41},
        {"step_bits": 1.5},
    ],
    ids=str,
)
def test_options_that_cannot_work_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        sketch_of(FAMILIES[0], slice(0, 9), **options)
