"""Which tables an AVR cannot read, and what the emitted source says then; test_simavr.py compiles it."""

from __future__ import annotations

import numpy as np
import pytest

from rs2c.emit import library_files
from rs2c.emit.tables import Table, avr_problem, make_table, packed_table
from tests.emit.shapes import shapes


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
