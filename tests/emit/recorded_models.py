"""The models of the fingerprint: all shapes of the templates, random ones over the whole schema, and refused ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rs2c.model.file import ModelFile, Section
from tests.emit.shapes import shapes
from tests.support.random_models import random_model
from tests.support.random_shapes import OPTIONS, Choose, Shape, numpy_choice, random_shape
from tests.support.small_models import hashes, model

RANDOM = 330  # random models beyond those that cover the options
_CARDS: tuple[dict[str, Section], ...] = (
    {},
    {"card": Section()},
    {"card": Section({"facts": {"dataset": "moons", "seed": 3}})},
    {"card": Section({"stages": [{"stage": "teacher", "metric": "accuracy", "value": 0.98765}]})},
)


def covering_shapes() -> dict[str, Shape]:
    """A random shape for each value of each option, and RANDOM more, by name."""
    cases = [(option, value) for option, values in OPTIONS.items() for value in values]
    covering = {f"{option}={value}": {option: value} for option, value in cases}
    names: dict[str, dict[str, Any]] = covering | {f"random {i}": {} for i in range(RANDOM)}
    return {name: random_shape(_choice(seed), **fixed) for seed, (name, fixed) in enumerate(names.items())}


def _choice(seed: int) -> Choose:
    """Random, but many features, which take most of the time, are seldom chosen."""
    choose = numpy_choice(np.random.Generator(np.random.PCG64(seed)))

    def seldom_many(values: Any) -> Any:
        value = choose(values)
        return choose(values) if value == max(OPTIONS["features"]) else value

    return seldom_many


def refused_models() -> dict[str, ModelFile]:
    """Models that no C can be emitted for: an accumulator could leave its type."""
    most = np.array([2**31 - 1], np.int32)
    return {
        "refused bias": ModelFile(model(bias=most)),
        "refused offset": ModelFile(model(hashes=hashes([[[1]]], offsets=most))),
        "refused shift": ModelFile(model(output_shifts=np.array([24], np.uint8), counts=np.full((1, 2, 1), 127, "i1"))),
    }


def subjects() -> dict[str, Callable[[], ModelFile]]:
    """What makes each recorded model, by its name, in the order of the record."""
    made = {**shapes(), **refused_models()}
    random = {name: partial(_random, shape, seed) for seed, (name, shape) in enumerate(covering_shapes().items())}
    return {name: partial(made.__getitem__, name) for name in made} | random


def _random(shape: Shape, seed: int) -> ModelFile:
    return ModelFile(random_model(shape, seed), _CARDS[seed % len(_CARDS)])


def library_name(subject: str) -> str:
    """The name of the library of a subject: its own, where that is a name in C."""
    return subject if subject.isidentifier() else "net"
