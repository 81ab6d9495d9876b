"""Each rule of the integer model's schema refuses what breaks it, and what stands at its limit is accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rs2c.base.errors import ModelError
from rs2c.model.integer_model import IntegerModel
from rs2c.model.rules import MAX_COUNTS, MAX_FEATURES, MAX_ROWS, MAX_SCORES
from tests.support.sketches import changed, rows_of
from tests.support.small_models import front_end, hashes, model, projection, tail

Make = Callable[[], Any]


def zeros(*shape: int, dtype: str = "int8") -> Any:
    return np.zeros(shape, dtype)


def affine(**changes: Any) -> Make:
    return lambda: replace(front_end(centre=[0]), **changes)


def projected(**changes: Any) -> Make:
    return lambda: replace(projection([[1]]), **changes)


def hashed(kind: str = "grid", **changes: Any) -> Make:
    made = {
        "grid": lambda: hashes([[[1]]]),
        "srp": lambda: hashes([[[1]]], "srp"),
        "rehash": lambda: hashes([[[1]]], "rehash", cell_bits=16, column_bits=4, multipliers=[[1]], addends=[1]),
    }
    return lambda: replace(made[kind](), **changes)


def whole(**changes: Any) -> Make:
    return lambda: changed(model(), **changes)


def classifier(**changes: Any) -> Make:
    return lambda: changed(model(task="classify", class_names=("no", "yes")), **changes)


def projected_tail(weights: Any) -> Any:
    """One input, two projected dimensions, which the tail reads too."""
    return model(projection=projection([[1], [1]]), hashes=hashes([[[1, 1]]]), tail=tail(weights))


def three_classes(**changes: Any) -> IntegerModel:
    return model(task="classify", class_names=("a", "b", "c"), counts=zeros(1, 2, 3), **changes)


BROKEN: list[tuple[str, Make]] = [
    # front end
    ("front end has 7 bits", affine(bits=7)),
    ("front end has 17 bits", affine(bits=17)),
    ("0 inputs", affine(source=zeros(0, dtype="u2"))),
    (f"{MAX_FEATURES + 1} inputs", lambda: front_end(centre=[0] * (MAX_FEATURES + 1))),
    ("source has type uint8", affine(source=zeros(1, dtype="u1"))),
    ("indicator has type int8", affine(indicator=zeros(1))),
    ("exponent has type int32", affine(exponent=zeros(1, dtype="i4"))),
    ("centre has type int64", affine(centre=zeros(1, dtype="i8"))),
    ("multiplier has type int16", affine(multiplier=zeros(1, dtype="i2"))),
    ("shift has type float32", affine(shift=zeros(1, dtype="f4"))),
    (r"shift has shape \(2,\)", affine(shift=zeros(2, dtype="u1"))),
    ("centre is not an array", affine(centre=[0])),
    ("indicator is neither", lambda: front_end(indicator=[2])),
    ("exponent is beyond", lambda: front_end(exponent=[257])),
    ("exponent is beyond", lambda: front_end(exponent=[-257])),
    ("exponent is beyond", lambda: front_end(exponent=[-32768])),
    ("centre is beyond", lambda: front_end(centre=[(1 << 30) + 1])),
    ("centre is beyond", lambda: front_end(centre=[-(1 << 31)])),
    ("multiplier is too large", lambda: front_end(multiplier=[32768])),
    ("multiplier is too large", lambda: front_end(8, indicator=[1], multiplier=[128])),
    ("multiplier is too large", lambda: front_end(12, indicator=[1], multiplier=[2048])),
    ("shift is above 22", lambda: front_end(8, shift=[23])),
    ("shift is above 14", lambda: front_end(16, shift=[15])),
    ("shift is above 18", lambda: front_end(12, shift=[19])),
    # projection
    ("projection has 32 bits", projected(bits=32)),
    ("weights are not a matrix", projected(weights=zeros(1))),
    ("weights are not a matrix", projected(weights=zeros(0, 1))),
    ("projection weights has type int16", projected(weights=zeros(1, 1, dtype="i2"))),
    ("projection bias has shape", projected(bias=zeros(2, dtype="i4"))),
    (f"more than {MAX_FEATURES} projected", lambda: projection([[1]] * (MAX_FEATURES + 1))),
    ("projection shift", projected(shift=23)),
    ("projection shift", projected(shift=15, bits=16)),
    ("projection shift", projected(shift=-1)),
    # hashes
    ("not three-dimensional", hashed(weights=zeros(1, 1))),
    ("not three-dimensional", hashed(weights=zeros(1, 0, 1))),
    ("unknown hash kind", lambda: hashes([[[1]]], "sphere")),
    (f"{MAX_ROWS + 1} rows", lambda: hashes([[[1]]] * (MAX_ROWS + 1))),
    ("1 rows of 17 hashes", lambda: hashes([[[1]] * 17])),
    ("hash weights has type int32", hashed(weights=zeros(1, 1, 1, dtype="i4"))),
    ("hash offsets has type int64", hashed(offsets=zeros(1, 1, dtype="i8"))),
    (r"hash offsets has shape \(1,\)", hashed(offsets=zeros(1, dtype="i4"))),
    ("hash shifts has type int8", hashed(shifts=zeros(1, 1))),
    ("multipliers and addends are of a rehash", hashed(multipliers=zeros(1, 1, dtype="u4"))),
    ("multipliers and addends are of a rehash", hashed(addends=zeros(1, dtype="u4"))),
    ("multipliers and addends are of a rehash", hashed("srp", multipliers=zeros(1, 1, dtype="u4"))),
    ("rehash has no multipliers or addends", hashed("rehash", multipliers=None)),
    ("rehash has no multipliers or addends", hashed("rehash", addends=None)),
    ("multipliers has shape", hashed("rehash", multipliers=zeros(0, 0, dtype="u4"))),
    ("addends has type int32", hashed("rehash", addends=zeros(1, dtype="i4"))),
    ("0 column bits", hashed("rehash", column_bits=0)),
    ("17 column bits", hashed("rehash", column_bits=17)),
    ("rehashed cell has 16 bits", hashed("rehash", cell_bits=8)),
    ("columns are not the cells", hashed(column_bits=2)),
    ("columns are not the cells", hashed(cell_bits=2)),
    ("columns are not the cells", hashed("srp", column_bits=2)),
    ("a sign has one bit", hashed("srp", cell_bits=2, column_bits=2)),
    ("has no shift", hashed("srp", shifts=np.ones((1, 1), np.uint8))),
    ("shift is above 29", hashed(shifts=np.full((1, 1), 30, np.uint8))),
    ("shift is above 14", hashed("rehash", shifts=np.full((1, 1), 15, np.uint8))),
    ("ternary weight", hashed(layout="ternary", weights=np.full((1, 1, 1), 2, np.int8))),
    ("ternary weight", hashed(layout="ternary", weights=np.full((1, 1, 1), -128, np.int8))),
    ("unknown layout 'window'", hashed(layout="window")),
    ("offset shift is 25", hashed(offset_shift=25)),
    ("offset shift is -1", hashed(offset_shift=-1)),
    ("hash scales has shape", hashed(scales=np.ones(1, np.uint8))),
    ("hash scales has type int8", hashed(scales=np.ones((1, 1), np.int8))),
    ("scales are of a grid", hashed(scales=np.zeros((1, 1), np.uint8))),
    ("scales are of a grid", hashed("srp", scales=np.ones((1, 1), np.uint8))),
    ("scales are of a grid", hashed("rehash", scales=np.ones((1, 1), np.uint8))),
    # tail
    ("tail weights are not a matrix", lambda: replace(tail([[1]]), weights=zeros(1))),
    ("tail weights are not a matrix", lambda: replace(tail([[1]]), weights=zeros(1, 0))),
    ("tail weights has type int16", lambda: replace(tail([[1]]), weights=zeros(1, 1, dtype="i2"))),
    ("tail shifts has type int8", lambda: replace(tail([[1]]), output_shifts=zeros(1))),
    (r"tail shifts has shape \(2,\)", lambda: replace(tail([[1]]), output_shifts=zeros(2, dtype="u1"))),
    ("tail shift is above 24", lambda: tail([[1]], 25)),
    ("unknown layout 'ternary' of the tail", lambda: tail([[1]], 0, "ternary")),
    # model
    ("unknown task", whole(task="rank")),
    ("unknown raw type", whole(raw_type="int32")),
    ("0 features", whole(feature_names=(), categories=())),
    (f"{MAX_FEATURES + 1} features", lambda: model(features=MAX_FEATURES + 1)),
    ("categories do not match", whole(categories=())),
    ("float features need a front end", whole(raw_type="float32")),
    ("reads a feature that does not exist", whole(front_end=front_end(source=[1]))),
    ("integer feature has an exponent", whole(front_end=front_end(exponent=[1]))),
    ("projection does not match", whole(projection=projection([[1, 1]]))),
    ("weights of a block do not match what it reads", whole(hashes=hashes([[[1, 1]]]))),
    ("weights of a block do not match what it reads", whole(projection=projection([[1], [1]]))),
    ("not arrays x columns x scores", whole(counts=zeros(1, 2))),
    ("not arrays x columns x scores", whole(counts=np.broadcast_to(np.int8(0), (1, 2, MAX_COUNTS)))),
    ("not arrays x columns x scores", lambda: model(hashes=hashes([[[1]]]), counts=zeros(0, 2, 1))),
    ("2 count arrays are more than 1 rows", whole(counts=zeros(2, 2, 1))),
    (r"counts has shape \(1, 2, 2\), not \(1, 2, 1\)", whole(counts=zeros(1, 2, 2), factors=zeros(1, 2))),
    (r"factors has shape \(2, 1\)", whole(factors=zeros(2, 1))),
    ("factors has type int16", whole(factors=zeros(1, 1, dtype="i2"))),
    ("factors are not a matrix", whole(factors=zeros(1))),
    ("factors are not a matrix", whole(factors=zeros())),
    ("factors are not a matrix", whole(factors=zeros(1, 1, 1))),
    ("factors are not a matrix", whole(factors=zeros(1, 0))),
    (f"{MAX_SCORES + 1} scores", lambda: model(factors=zeros(1, MAX_SCORES + 1))),
    ("weights of a block do not match what it reads", whole(tail=tail([[1, 1]]))),
    ("scores of a block do not match the bias", whole(tail=tail([[1], [1]]))),
    ("weights of a block do not match what it reads", lambda: projected_tail([[1]])),
    ("counts has shape", whole(counts=zeros(1, 4, 1))),
    ("counts has shape", lambda: model(hashes=hashes([[[1]]] * 2), counts=zeros(2, 4, 1))),
    ("counts has type int32", whole(counts=zeros(1, 2, 1, dtype="i4"))),
    ("unknown probe", whole(probe="cubic")),
    ("linear probe needs a grid", lambda: model(hashes=hashes([[[1]]], "srp"), probe="linear")),
    ("linear probe needs a grid", lambda: model(hashes=hashes([[[1], [1]]]), counts=zeros(1, 4, 1), probe="linear")),
    ("2 groups do not divide", whole(groups=2)),
    ("0 groups do not divide", whole(groups=0)),
    ("2 groups: an odd number", lambda: model(hashes=hashes([[[1]]] * 2), counts=zeros(2, 2, 1), groups=2)),
    ("257 groups: an odd", lambda: model(hashes=hashes([[[1]]] * 257), counts=zeros(257, 2, 1), groups=257)),
    ("not arrays x columns x scores", lambda: model(counts=zeros(1, 2, 0))),
    (f"{MAX_SCORES + 1} scores", lambda: model(counts=zeros(1, 2, MAX_SCORES + 1))),
    ("bias has type int64", whole(bias=zeros(1, dtype="i8"))),
    ("bias has shape", whole(bias=zeros(1, 1, dtype="i4"))),
    ("scores of a block do not match the bias", whole(bias=zeros(2, dtype="i4"))),
    ("there is no block", lambda: replace(model(), blocks=())),
    ("kind of block stands twice", lambda: replace(model(), blocks=model().blocks * 2)),
    ("kind of block stands twice, or after", lambda: replace(model(), blocks=(tail([[1]]), *model().blocks))),
    ("output shifts has type int8", whole(output_shifts=zeros(1))),
    ("output shift is above 24", whole(output_shifts=np.array([25], np.uint8))),
    ("bias shift is 25", whole(bias_shift=25)),
    ("bias shift is -1", whole(bias_shift=-1)),
    ("value scale", whole(value_frac_bits=1025)),
    ("value scale", whole(value_frac_bits=-1025)),
    ("needs two classes", classifier(class_names=("only",))),
    ("1 scores do not fit 3 classes", classifier(class_names=("a", "b", "c"))),
    ("2 scores do not fit 2", lambda: model(task="classify", class_names=("a", "b"), counts=zeros(1, 2, 2))),
    ("classifier have different shifts", lambda: three_classes(output_shifts=np.array([1, 1, 0], np.uint8))),
    ("classifier have different shifts", lambda: three_classes(tail=tail([[1]] * 3, [0, 2, 2]))),
    ("classifier has no value scale", classifier(value_frac_bits=1)),
    ("regressor has no classes", whole(class_names=("a", "b"))),
]

KEPT: list[Make] = [
    lambda: front_end(8, shift=[22], exponent=[-256], centre=[-(1 << 30)], multiplier=[32767]),
    lambda: front_end(16, shift=[14], exponent=[256], centre=[1 << 30]),
    lambda: front_end(9, shift=[21]),
    lambda: front_end(12, indicator=[1], multiplier=[2047], shift=[18]),
    lambda: front_end(8, indicator=[1], multiplier=[127]),
    lambda: front_end(16, indicator=[1], multiplier=[32767]),
    lambda: front_end(centre=[0] * MAX_FEATURES),
    projected(shift=22),
    projected(shift=14, bits=16),
    lambda: projection([[1]] * MAX_FEATURES),
    hashed(shifts=np.full((1, 1), 29, np.uint8)),
    hashed("rehash", shifts=np.full((1, 1), 14, np.uint8), column_bits=16),
    hashed("rehash", column_bits=1),
    lambda: hashes([[[1]] * 16], "srp"),
    lambda: hashes([[[1]]] * MAX_ROWS),
    lambda: hashes([[[1]]], cell_bits=16, shifts=14),
    hashed(layout="sparse", offset_shift=24, scales=np.full((1, 1), 255, np.uint8)),
    lambda: hashes(np.zeros((2, 1, 3), np.int8), layout="sparse"),
    lambda: hashes([[[-1, 0, 1]]], layout="ternary"),
    lambda: tail([[127], [-128]], [24, 0], "sparse"),
    lambda: projected_tail([[1, -1]]),
    lambda: model(hashes=hashes([[[1]]] * 5), counts=zeros(2, 2, 1)),
    lambda: model(hashes=hashes([[[1]]] * 5), counts=zeros(5, 2, 1), factors=zeros(5, MAX_SCORES)),
    lambda: model(counts=zeros(1, 2, 1, dtype="i2"), factors=np.full((1, 1), -128, np.int8)),
    lambda: three_classes(output_shifts=np.full(3, 24, np.uint8), tail=tail([[1]] * 3, 24)),
    whole(bias_shift=24),
    lambda: model(features=MAX_FEATURES, hashes=hashes([[[1] * MAX_FEATURES]])),
    lambda: model(hashes=hashes([[[1]]] * 255), counts=zeros(255, 2, 1), groups=255),
    lambda: model(counts=zeros(1, 2, MAX_SCORES)),
    whole(output_shifts=np.array([24], np.uint8), value_frac_bits=-1024),
    whole(categories=(("a", "b"),)),
    classifier(),
]


@pytest.mark.parametrize(("sentence", "make"), BROKEN, ids=[f"{i} {s}" for i, (s, _) in enumerate(BROKEN)])
def test_a_broken_rule_raises_model_error(sentence: str, make: Make) -> None:
    with pytest.raises(ModelError, match=f"^invalid integer model: .*{sentence}"):
        make()


@pytest.mark.parametrize("make", KEPT, ids=range(len(KEPT)))
def test_what_stands_at_the_limit_is_accepted(make: Make) -> None:
    make()


def test_arrays_are_frozen_copies_in_little_endian_c_order() -> None:
    counts = np.asfortranarray(np.arange(12, dtype=">i2").reshape(2, 2, 3))
    subject = model(hashes=hashes([[[1]]] * 2), counts=counts)
    counts[:] = 0
    assert rows_of(subject).counts.tolist() == np.arange(12).reshape(2, 2, 3).tolist()
    assert rows_of(subject).counts.dtype == np.dtype("<i2")
    assert rows_of(subject).counts.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        rows_of(subject).counts[0, 0, 0] = 1


def test_sizes_are_read_off_the_arrays() -> None:
    subject = model(
        raw_type="uint8",
        task="classify",
        class_names=("a", "b", "c"),
        features=3,
        front_end=front_end(16, source=[2, 0]),
        projection=projection([[1, 1]] * 4),
        hashes=hashes([[[1] * 4] * 2] * 5, cell_bits=3),
        counts=zeros(5, 64, 3),
        groups=5,
    )
    assert sizes(subject) == (3, 2, 3, 1, 5, 64, "int16")
    assert sizes(model(counts=zeros(1, 2, 4))) == (1, 1, 4, 4, 1, 2, "int8")
    shared = model(hashes=hashes([[[1, 2]]] * 5), features=2, counts=zeros(3, 2, 1), factors=zeros(5, 7))
    assert sizes(shared) == (2, 2, 7, 7, 5, 2, "int8")
    assert (rows_of(shared).arrays, shared.dimensions, rows_of(subject).arrays, subject.dimensions) == (3, 2, 5, 4)


@pytest.mark.parametrize(("bits", "stored"), [(8, "int8"), (9, "int16"), (12, "int16"), (16, "int16")])
def test_inputs_of_more_than_8_bits_are_int16(bits: int, stored: str) -> None:
    assert model(front_end=front_end(bits)).feature_dtype.name == stored


def sizes(subject: IntegerModel) -> tuple[int | str, ...]:
    return (
        subject.n_features,
        subject.n_inputs,
        subject.n_scores,
        subject.n_answers,
        rows_of(subject).rows,
        rows_of(subject).columns,
        subject.feature_dtype.name,
    )
