"""Xtensa in QEMU: both calling conventions compute the reference, and a program that fails is found out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs2c.base.errors import MissingToolError
from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import Optimize, find_compiler
from rs2c.emit.library import Library, emit_and_describe
from rs2c.measure.footprint import FootprintError, constant_bytes
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from rs2c.model.vectors import corner_vectors, random_vectors, window_vectors
from rs2c.simulate.qemu import QemuTarget
from rs2c.simulate.targets import SimulationError, targets_of
from rs2c.verify.verdicts import expected, mismatches
from tests.simulate.painting import painted_stack
from tests.simulate.samples import GESTURE, LEVEL, Sample, write_tiny
from tests.support.random_models import random_model
from tests.support.random_shapes import shape_of
from tests.support.tools import need_modules, need_program, not_here

# Each kind of hash, layout and raw type, and what else the templates branch on.
SHAPES = (
    {"kind": "grid", "layout": "dense", "raw_type": "float32"},
    {"kind": "grid", "layout": "sparse", "raw_type": "int8"},
    {"kind": "grid", "layout": "ternary", "raw_type": "uint8", "linear": True},
    {"kind": "srp", "layout": "dense", "raw_type": "int16", "hashes": 3},
    {"kind": "srp", "layout": "sparse", "raw_type": "uint16", "front_bits": 0},
    {"kind": "srp", "layout": "ternary", "raw_type": "float32", "task": "regress"},
    {"kind": "rehash", "layout": "dense", "raw_type": "int8", "hashes": 2},
    {"kind": "rehash", "layout": "sparse", "raw_type": "uint8", "groups": 3},
    {"kind": "rehash", "layout": "ternary", "raw_type": "int16", "task": "regress"},
    {"linear": True, "factored": True, "front_bits": 16, "arrays": 1},
    {"linear": True, "tail": "sparse", "count_bits": 16, "task": "regress"},
    {"projected": 4, "tail": "dense", "indicators": 1, "constants": "extreme"},
)


@pytest.fixture(params=["lx106", "lx6"])
def xtensa(request: pytest.FixtureRequest) -> Callable[..., QemuTarget]:
    """A maker of targets for one of the two cores."""
    need_program("qemu-system-xtensa")
    need_modules("elftools")
    core = load_core(request.param)
    try:
        compiler = find_compiler(core)
    except MissingToolError:
        not_here(next(iter(core.compilers)))

    def make(optimize: Optimize = "size") -> QemuTarget:
        return QemuTarget(core.name, core, compiler, optimize)

    return make


def emitted(case: int, folder: Path) -> tuple[IntegerModel, Library, Any]:
    """A random model of one of SHAPES, its library in `folder`, and raw vectors of every kind that need no search."""
    model = random_model(shape_of({"features": 5, "outputs": 3, **SHAPES[case]}, case), case)
    library = emit_and_describe(ModelFile(model), "subject", folder / "subject")
    rng = np.random.default_rng(case)
    raw = np.concatenate([make(model, rng, 60) for make in (random_vectors, window_vectors, corner_vectors)])
    return model, library, raw


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("sample", [GESTURE, LEVEL], ids=["classifier", "regressor"])
def test_samples(tmp_path: Path, xtensa: Callable[..., QemuTarget], sample: Sample, optimize: Optimize) -> None:
    built = xtensa(optimize).build(sample.library, tmp_path)
    raw = sample.raw(500)
    run = built.run(raw)
    for found, wanted in zip((run.x, run.scores, run.answers), sample.expected(raw), strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert run.instructions is not None
    assert 30 < run.instructions[0] <= run.instructions[1] < 50_000
    footprint = built.footprint()
    assert 100 < footprint.flash_bytes < 600
    constants = constant_bytes(built.parts.folder / "library.o", sample.library.entry_points)
    assert footprint.ram_bytes == (constants if built.parts.core.constants_in_ram else 0)


@pytest.mark.parametrize("case", range(len(SHAPES)))
def test_random_models(tmp_path: Path, xtensa: Callable[..., QemuTarget], case: int) -> None:
    model, library, raw = emitted(case, tmp_path)
    assert mismatches(expected(model, raw), xtensa().build(library, tmp_path).run(raw)) == 0


def test_windows_are_spilled_and_filled(tmp_path: Path, xtensa: Callable[..., QemuTarget]) -> None:
    # deeper by far than there are registers for, with values kept over each call
    before = (
        "static __attribute__((noinline)) uint32_t deep(volatile uint32_t n, uint32_t a, uint32_t b, uint32_t c)\n"
        "{ return n == 0 ? a : deep(n - 1, a + b, b + c, c + 1) * 3 + n * a + b * 5 + c; }\n"
    )
    library = write_tiny(tmp_path, "return (uint16_t)deep(x[0], 1, 2, 3);", before)

    def deep(n: int, a: int, b: int, c: int) -> int:
        return a if n == 0 else deep(n - 1, a + b, b + c, c + 1) * 3 + n * a + b * 5 + c

    raw = np.arange(256, dtype=np.uint8)[:, None]
    run = xtensa().build(library, tmp_path).run(raw)
    assert run.answers[:, 0].tolist() == [deep(n, 1, 2, 3) % 65536 for n in range(256)]


@pytest.mark.parametrize(
    "body",
    [
        "return *(volatile uint8_t *)0x90000000;",
        "*(volatile uint32_t *)0x90000000 = x[0]; return 0;",
        "return ((uint16_t (*)(void))0x90000000)();",
        '__asm__ volatile(".byte 0, 0, 0"); return 0;',
        '__asm__ volatile("syscall"); return 0;',
    ],
    ids=["read", "write", "run", "illegal", "syscall"],
)
def test_a_fault_is_an_error(tmp_path: Path, xtensa: Callable[..., QemuTarget], body: str) -> None:
    built = xtensa().build(write_tiny(tmp_path, body), tmp_path)
    with pytest.raises(SimulationError, match=r"tiny on lx\w+ in QEMU: the core came to a fault"):
        built.run(np.zeros((4, 1), np.uint8))


def test_a_library_that_hangs(
    tmp_path: Path, xtensa: Callable[..., QemuTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rs2c.simulate.qemu.TIMEOUT_SECONDS", 1)
    library = write_tiny(tmp_path, "for (;;) { (void)*(volatile const uint8_t *)x; } return 0;")
    with pytest.raises(SimulationError, match="did not end in 1 s"):
        xtensa().build(library, tmp_path).run(np.zeros((1, 1), np.uint8))


@pytest.mark.parametrize("case", [6, 9], ids=["rehash", "factored"])
def test_stack_is_never_below_what_painting_shows(tmp_path: Path, xtensa: Callable[..., QemuTarget], case: int) -> None:
    _, library, raw = emitted(case, tmp_path)
    built = xtensa().build(library, tmp_path)
    stack = built.footprint().stack_bytes
    assert 64 < painted_stack(built.parts, raw) <= stack <= painted_stack(built.parts, raw) + 64


def test_stack_follows_a_chain_of_calls(tmp_path: Path, xtensa: Callable[..., QemuTarget]) -> None:
    before = """
    #define APART __attribute__((noinline)) static
    APART uint16_t a(volatile uint8_t *p) { volatile uint8_t room[100]; room[p[0] % 64] = 1; return room[p[1] % 64]; }
    APART uint16_t b(volatile uint8_t *p) { volatile uint8_t room[200]; room[p[0] % 64] = 1; return room[0] + a(p); }
    APART uint16_t c(volatile uint8_t *p) { volatile uint8_t room[250]; room[p[0] % 64] = 1; return room[0]; }
    """
    body = "volatile uint8_t v[4] = {x[0]}; return b(v) + c(v);"
    built = xtensa().build(write_tiny(tmp_path, body, before), tmp_path)
    stack = built.footprint().stack_bytes
    # only bytes that were written show, and of a room that is one
    assert 250 < painted_stack(built.parts, np.zeros((1, 1), np.uint8)) <= stack < 450


@pytest.mark.parametrize(
    ("before", "body", "message"),
    [
        (
            "__attribute__((noinline)) static int f(volatile const uint8_t *p, int n)"
            "{ volatile int a[9]; a[n & 7] = *p; return n < 2 ? a[1] : f(p, n - 1) * f(p, n - 2) + a[*p]; }",
            "return (uint16_t)f(x, x[0]);",
            "f calls f, and recursion has no bound",
        ),
        ("int far(int n) __attribute__((weak));", "return (uint16_t)far(x[0]);", "far is not in the library"),
        (
            "int f(int n); int f(int n) { return n * 3; } int (*volatile chosen)(int) = f;",
            "return (uint16_t)chosen(x[0]);",
            "the address of f is taken",
        ),
        (
            "int f(int n); int f(int n) { return n * 3; } typedef int g_t(int);"
            "__attribute__((noinline)) static int g(g_t *h, volatile const uint8_t *p) { return h(*p) + *p; }",
            "g_t *volatile chosen = f; return (uint16_t)g(chosen, x);",
            "g calls an address that it was handed",
        ),
    ],
    ids=["recursion", "outside", "pointer-in-data", "pointer-handed-on"],
)
def test_a_stack_without_bound_is_refused(
    tmp_path: Path, xtensa: Callable[..., QemuTarget], before: str, body: str, message: str
) -> None:
    with pytest.raises(FootprintError, match=message):
        xtensa().build(write_tiny(tmp_path, body, before), tmp_path).footprint()


@pytest.mark.parametrize("board", ["esp32dev", "esp8266"])
def test_boards_run_their_cores(board: str) -> None:
    need_program("qemu-system-xtensa")
    try:
        (target,) = targets_of(board)
    except MissingToolError as error:
        not_here(str(error))
    assert (target.name, type(target)) == (board, QemuTarget)
