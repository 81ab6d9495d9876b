"""Flash, RAM and stack of a library: exact where they can be, never too small where they are bounds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs2c.base.choices import Optimize
from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import Compiler, compile_object, flags_of
from rs2c.emit.library import Library
from rs2c.measure.footprint import FootprintError, foreign_symbols, undefined_symbols
from rs2c.measure.stack import worst_stack
from rs2c.simulate.unicorn_target import UnicornBuild, UnicornTarget
from tests.simulate.conftest import compiler_for
from tests.simulate.painting import painted_stack
from tests.simulate.samples import CORES, GESTURE, LEVEL, write_tiny


def build(library: Library, folder: Path, core: str, compiler: Compiler, optimize: Optimize = "size") -> UnicornBuild:
    return UnicornTarget(core, load_core(core), compiler, optimize).build(library, folder)


@pytest.mark.parametrize("sample", [GESTURE, LEVEL], ids=["classifier", "regressor"])
@pytest.mark.parametrize(
    ("core", "compiler", "optimize"),
    [
        *((core, "gcc", optimize) for core in (*CORES, "rv32imc") for optimize in ("size", "speed")),
        *((core, "zig", "size") for core in ("cortex-m0", "cortex-m4f", "rv32imc")),
    ],
)
def test_stack_is_never_below_what_painting_shows(
    tmp_path: Path, simulator: None, core: str, compiler: str, optimize: Optimize, sample: Any
) -> None:
    built = build(sample.library, tmp_path, core, compiler_for(core, compiler), optimize)
    bound = built.footprint().stack_bytes
    painted = painted_stack(built.parts, sample.raw(2)[1:])
    # a saved register that is never written to the lowest word may hide a little; a helper is reckoned with 64
    helper = 64 if (core, sample) == ("cortex-m0", GESTURE) else 0
    assert painted <= bound <= painted + 16 + helper


FIVE = np.array([[5]], np.uint8)
HELPERS = {
    "unsigned division": "return (uint16_t)(1000000007u / (x[0] + 3u));",
    "signed division": "return (uint16_t)(-1000000007 / (x[0] + 3));",
    "remainder": "return (uint16_t)(-1000000007 % (x[0] + 3));",
    "long product": "return (uint16_t)(((uint64_t)x[0] * 0x123456789ABCDEFu) >> 40);",
    "long shifts": "return (uint16_t)((0x123456789ABCDEFu >> x[0]) ^ (0x123456789u << x[0]));",
    "long signed shift": "return (uint16_t)(-0x123456789ABCDEF >> x[0]);",
    "count of zeros": "return (uint16_t)(__builtin_clz(x[0]) + __builtin_ctz(x[0]) + __builtin_popcount(x[0]));",
    "switch": "switch (x[0]) { case 1: return x[5]; case 2: return 17; case 3: return x[1] * 9u; case 4: return 99;"
    " case 5: return x[2]; case 6: return x[9]; case 7: return x[0] * x[1]; } return 0;",
}


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
@pytest.mark.parametrize("core", ["cortex-m0", "rv32imc"])
@pytest.mark.parametrize("body", HELPERS.values(), ids=HELPERS)
def test_stack_of_each_runtime_helper(tmp_path: Path, simulator: None, core: str, compiler: str, body: str) -> None:
    built = build(write_tiny(tmp_path, body), tmp_path, core, compiler_for(core, compiler))
    assert foreign_symbols(built.parts.folder / "library.o") == ()
    bound = built.footprint().stack_bytes
    assert painted_stack(built.parts, FIVE) <= bound


@pytest.mark.parametrize(
    ("core", "compiler"), [("cortex-m3", "gcc"), ("rv32imc", "gcc"), ("rv32imc", "zig")], ids=lambda value: value
)
def test_stack_follows_a_chain_of_calls(tmp_path: Path, simulator: None, core: str, compiler: str) -> None:
    before = """
    #define APART __attribute__((noinline, noclone)) static
    APART uint16_t a(volatile uint8_t *p) { volatile uint8_t room[100]; room[p[0] % 100] = 1; return room[p[1]]; }
    APART uint16_t b(volatile uint8_t *p) { volatile uint8_t room[200]; room[p[0] % 200] = 1; return room[0] + a(p); }
    APART uint16_t c(volatile uint8_t *p) { volatile uint8_t room[250]; room[p[0] % 250] = 1; return room[0]; }
    """
    body = "volatile uint8_t v[4] = {x[0]}; return b(v) + c(v);"
    built = build(write_tiny(tmp_path, body, before), tmp_path, core, compiler_for(core, compiler))
    bound = built.footprint().stack_bytes
    assert 300 <= painted_stack(built.parts, FIVE) <= bound < 370


@pytest.mark.parametrize(
    ("core", "compiler"), [("cortex-m3", "gcc"), ("cortex-m0", "zig"), ("rv32imc", "gcc"), ("rv32imc", "zig")]
)
@pytest.mark.parametrize(
    ("before", "body", "message"),
    [
        (
            "__attribute__((noinline)) static int f(volatile const uint8_t *p, int n)"
            "{ volatile int a[9]; a[n & 7] = *p; return n < 2 ? a[1] : f(p, n - 1) * f(p, n - 2) + a[*p]; }",
            "return (uint16_t)f(x, x[0]);",
            "f calls f, and recursion has no bound",
        ),
        (
            "int f(volatile const uint8_t *p, int n); int g(volatile const uint8_t *p, int n);"
            "__attribute__((noinline)) int f(volatile const uint8_t *p, int n) { return *p ? g(p, n) * 3 : n; }"
            "__attribute__((noinline)) int g(volatile const uint8_t *p, int n) { return *p ? f(p, n) * 5 : n; }",
            "return (uint16_t)f(x, x[0]);",
            "calls [fg], and recursion has no bound",
        ),
        (
            "",
            "volatile uint8_t room[x[0] + 1]; room[x[0]] = 1; return room[0];",
            "the frame of tiny_predict has no fixed size",
        ),
        ("int far(int n) __attribute__((weak));", "return (uint16_t)far(x[0]);", "far is not in the library"),
        (
            "int f(int n); int f(int n) { return n * 3; } int (*volatile chosen)(int) = f;",
            "return (uint16_t)chosen(x[0]);",
            "the address of f is taken",
        ),
        (
            "int f(int n); __attribute__((noinline)) int f(int n) { return n * 3; }",
            "int (*volatile chosen)(int) = f; return (uint16_t)chosen(x[0]);",
            "the address of f is taken",
        ),
    ],
    ids=["recursion", "mutual", "dynamic", "outside", "pointer-in-data", "pointer-in-code"],
)
def test_a_stack_without_bound_is_refused(
    tmp_path: Path, simulator: None, core: str, compiler: str, before: str, body: str, message: str
) -> None:
    library = write_tiny(tmp_path, body, before)
    with pytest.raises(FootprintError, match=message):
        build(library, tmp_path, core, compiler_for(core, compiler)).footprint()


def test_a_riscv_call_without_a_relocation_is_refused(tmp_path: Path, simulator: None) -> None:
    core, compiler = load_core("rv32imc"), compiler_for("rv32imc", "zig")
    (tmp_path / "f.c").write_text(
        "__attribute__((noinline)) static int f(int n) { return n < 2 ? n : f(n - 1) * f(n - 2); }"
        "int g(int n); int g(int n) { return f(n); }\n"
    )
    for flag, message in (("-mrelax", "f calls f"), ("-mno-relax", "the call at .* names no function")):
        flags = [text.removesuffix("+relax") for text in flags_of(compiler, core)]
        compile_object(compiler, tmp_path / "f.c", tmp_path / "f.o", [*flags, flag], stack_usage=True)
        with pytest.raises(FootprintError, match=message):
            worst_stack(tmp_path / "f.o", tmp_path / "f.su", ["g"])


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m33", "rv32imc"])
def test_flash_and_ram_are_those_of_the_library(tmp_path: Path, simulator: None, core: str) -> None:
    compiler = compiler_for(core, "gcc")

    def cost(before: str, body: str) -> tuple[int, int]:
        footprint = build(write_tiny(tmp_path, body, before), tmp_path, core, compiler).footprint()
        return footprint.flash_bytes, footprint.ram_bytes

    plain = "return x[0] > 7;"
    flash, ram = cost("", plain)
    # quantize and predict are six instructions or so each; the caller and the startup code are not counted
    assert 12 <= flash <= 28
    assert ram == 0
    assert cost("static const uint8_t unused[400] = {1};", plain) == (flash, 0)

    body = "return t[x[0]] > 7;"
    small = cost("static const uint8_t t[100] = {1, 9};", body)
    large = cost("static const uint8_t t[500] = {1, 9};", body)
    assert (large[0] - small[0], large[1]) == (400, 0)
    # initialized variables lie in flash and in RAM, others in RAM alone
    small, large = (cost(f"static volatile uint8_t t[{n}] = {{1}};", body) for n in (100, 500))
    assert (large[0] - small[0], small[1], large[1]) == (400, 100, 500)
    small, large = (cost(f"static volatile uint8_t t[{n}];", body) for n in (100, 500))
    assert (large[0] - small[0], small[1], large[1]) == (0, 100, 500)


def test_foreign_symbols(tmp_path: Path, arm_gcc: Compiler) -> None:
    body = "float f = (float)x[0]; return (uint16_t)(memcmp(x, x + 1, x[0]) / x[1] + (int)(f * 2.5f));"
    before = "#include <stddef.h>\nint memcmp(const void *a, const void *b, size_t n) __attribute__((weak));"
    built = build(write_tiny(tmp_path, body, before), tmp_path, "cortex-m0", arm_gcc)
    symbols = undefined_symbols(built.parts.folder / "library.o")
    assert {"__aeabi_idiv", "__aeabi_fmul", "memcmp"} <= set(symbols)
    assert set(foreign_symbols(built.parts.folder / "library.o")) == {
        name for name in symbols if name == "memcmp" or name.startswith(("__aeabi_f", "__aeabi_i2f", "__aeabi_ui2f"))
    }


@pytest.mark.parametrize("sample", [GESTURE, LEVEL], ids=["classifier", "regressor"])
def test_samples_need_no_c_library(tmp_path: Path, simulator: None, sample: Any) -> None:
    for core in (*CORES, "rv32imc"):
        built = build(sample.library, tmp_path, core, compiler_for(core, "gcc"))
        assert foreign_symbols(built.parts.folder / "library.o") == ()
        assert built.footprint().ram_bytes == 0
