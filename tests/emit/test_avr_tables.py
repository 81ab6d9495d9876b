"""Which tables an AVR cannot read, and what the emitted source says then; test_simavr.py compiles it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs2c.emit import emit_library, library_files
from rs2c.emit.golden import VECTORS, golden_context
from rs2c.emit.plan import plan_of
from rs2c.emit.tables import ALL_ON_AVR, LARGEST_ON_AVR, Table, avr_problem, make_table, packed_table, stored_on_avr
from rs2c.model.file import ModelFile
from tests.emit.build import build
from tests.emit.shapes import shapes
from tests.support.random_models import random_model
from tests.support.random_shapes import Shape
from tests.support.tools import need_program


def tables(*sizes: int) -> list[Table]:
    """int8 tables of so many bytes."""
    return [make_table(f"t{i}", np.resize(np.arange(100, dtype=np.int8), size), "") for i, size in enumerate(sizes)]


@pytest.mark.parametrize("sizes", [(32767,), (32767, 32257), ()])
def test_what_avr_can_read(sizes: tuple[int, ...]) -> None:
    assert avr_problem(tables(*sizes), "net") is None


def test_what_avr_cannot_read() -> None:
    assert (avr_problem(tables(10, 32768), "net") or "").startswith(
        "the table net_t1 has 32768 bytes, but AVR takes no"
    )
    assert (avr_problem(tables(32767, 32258), "net") or "").startswith("the tables of net have 65025 bytes, but AVR")


def test_bytes_are_counted_as_stored() -> None:
    entries = np.resize(np.arange(-8, 8, dtype=np.int8), 40_000)
    assert avr_problem([packed_table("count", entries, "")], "net") is None
    wide = make_table("centre", np.resize(np.arange(100, 17_000), 16_384), "")
    assert wide.width == 2
    assert avr_problem([wide], "net") is not None
    assert avr_problem([make_table("bias", np.full(70_000, 3), "")], "net") is None


def test_only_a_source_that_avr_cannot_read_says_so() -> None:
    for name, content in shapes().items():
        source = library_files(content, name)[f"src/{name}.c"].decode("ascii")
        says = '#if defined(__AVR__)\n#error "the table large_count has 51200 bytes' in source
        assert says == (name == "large")
        assert source.count("#error") == 1 + says


def golden_bytes(features: int, model_bytes: int, **more: Any) -> tuple[int, list[int]]:
    """How many golden vectors a model of so many features gets beside tables of so many bytes, and their tables."""
    model = random_model(Shape(features=features, outputs=2, **more), 5)
    golden = golden_context(model, tables(*[30_000] * (model_bytes // 30_000), model_bytes % 30_000))
    return golden.count, list(stored_on_avr(golden.tables).values())


def test_golden_vectors_fit_beside_the_tables_of_the_model() -> None:
    assert golden_bytes(20, 1000)[0] == VECTORS
    for features, more, stored in ((2500, {}, 5000), (4096, {"raw_type": "int16"}, 5000), (400, {}, 60_000)):
        count, sizes = golden_bytes(features, stored, **more)
        assert 1 < count < VECTORS
        assert max(sizes) <= LARGEST_ON_AVR
        assert sum(sizes) + stored <= ALL_ON_AVR
        one_more = (count + 1) / count
        assert one_more * max(sizes) > LARGEST_ON_AVR or one_more * sum(sizes) + stored > ALL_ON_AVR
    assert golden_bytes(400, 70_000)[0] == 5  # no AVR holds such tables, with or without vectors


def test_a_self_test_of_many_features_compiles_for_avr(tmp_path: Path) -> None:
    need_program("avr-gcc")
    content = ModelFile(random_model(Shape(features=784), 5))
    assert avr_problem(plan_of(content.model).tables, "wide") is None
    emit_library(content, "wide", tmp_path)
    flags = ["-mmcu=atmega2560", "-Os", "-std=c99", f"-I{tmp_path / 'include'}"]
    build(["avr-gcc", *flags, "-c", str(tmp_path / "src" / "wide_selftest.c")], tmp_path)
