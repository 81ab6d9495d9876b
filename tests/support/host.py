"""Emitted libraries built on the host, with the flags that tests add."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

from rs2c.base.arrays import Array
from rs2c.boards.toolchain import find_host_compilers
from rs2c.emit.library import Library, emit_and_describe
from rs2c.model import reference
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import random_vectors
from rs2c.simulate.host import HostBuild, HostTarget
from tests.support.tools import not_here

WARNINGS = tuple(
    "-pedantic -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Wcast-qual -Wcast-align "
    "-Wundef -Wmissing-prototypes -Wstrict-prototypes -Werror".split()
)
SANITIZERS = ("-O1", "-fsanitize=undefined,address", "-fno-sanitize-recover=all")


@cache
def host_target(name: str, *extra_flags: str) -> HostTarget:
    """The host target of gcc or clang."""
    for compiler in find_host_compilers():
        if compiler.name == name:
            return HostTarget(compiler, extra_flags)
    not_here(name)


@contextmanager
def built(model: IntegerModel, target: HostTarget) -> Iterator[tuple[Library, HostBuild]]:
    """The emitted library of a model, and its program, in a folder that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="rs2c-test-") as scratch:
        library = emit_and_describe(ModelFile(model), "model", Path(scratch) / "model")
        yield library, target.build(library, Path(scratch))


def assert_c_equals_reference(model: IntegerModel, raw: Array) -> None:
    """Run gcc's program on raw vectors (m, d), and on as many of any bits."""
    raw = np.concatenate([raw, random_vectors(model, np.random.Generator(np.random.PCG64(0)), len(raw))])
    with built(model, host_target("gcc")) as (_, build):
        run = build.run(raw)
    scores = reference.scores(model, reference.quantize(model, raw))
    np.testing.assert_array_equal(run.scores, scores)
    np.testing.assert_array_equal(run.answers, reference.answers(model, scores))
