"""Both sample libraries give NumPy's numbers on every compiler and core, and a bad library is found out."""

from pathlib import Path

import numpy as np
import pytest

from rs2c.base.choices import Optimize
from rs2c.base.errors import OptionError
from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import CompileError, Compiler
from rs2c.simulate.host import HostTarget
from rs2c.simulate.targets import SimulationError
from rs2c.simulate.unicorn_target import UnicornTarget
from tests.simulate.conftest import compiler_for
from tests.simulate.samples import CORES, GESTURE, LEVEL, Sample, check, write_tiny

SANITIZERS = ("-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
both = pytest.mark.parametrize("sample", [GESTURE, LEVEL], ids=["classifier", "regressor"])


def emulated(core: str, compiler: Compiler, optimize: Optimize = "size") -> UnicornTarget:
    return UnicornTarget(core, load_core(core), compiler, optimize)


@both
@pytest.mark.parametrize("flags", [(), SANITIZERS], ids=["plain", "sanitized"])
def test_host(tmp_path: Path, host_compiler: Compiler, sample: Sample, flags: tuple[str, ...]) -> None:
    _, run = check(HostTarget(host_compiler, flags), sample, tmp_path, 2000)
    assert run.target == f"host-{host_compiler.name}"
    assert run.instructions is None


@both
@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("core", CORES)
def test_arm_gcc(tmp_path: Path, arm_gcc: Compiler, core: str, optimize: Optimize, sample: Sample) -> None:
    _, run = check(emulated(core, arm_gcc, optimize), sample, tmp_path, 500)
    assert run.instructions is not None
    least, most = run.instructions
    assert 30 < least <= most < 10_000


@both
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4f"])
def test_zig(tmp_path: Path, zig: Compiler, core: str, sample: Sample) -> None:
    check(emulated(core, zig), sample, tmp_path, 500)


def test_many_batches_are_one_run(tmp_path: Path, arm_gcc: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rs2c.simulate.unicorn_target._BATCH_BYTES", 2048)
    check(emulated("cortex-m3", arm_gcc), GESTURE, tmp_path, 500)


@pytest.mark.parametrize("target", ["host", "cortex-m0"])
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (np.zeros((0, 4), np.uint8), "no vectors"),
        (np.zeros((3, 5), np.uint8), r"shape \(3, 5\)"),
        (np.zeros((3, 4), np.int8), "are int8, but level takes uint8"),
    ],
)
def test_vectors_that_cannot_be_run(
    tmp_path: Path, arm_gcc: Compiler, target: str, raw: np.ndarray, message: str
) -> None:
    chosen = HostTarget(Compiler("cc", ("cc",), "")) if target == "host" else emulated(target, arm_gcc)
    built = chosen.build(LEVEL.library, tmp_path)
    with pytest.raises(OptionError, match=message):
        built.run(raw)


def test_sizes_that_disagree_do_not_compile(tmp_path: Path, host_compiler: Compiler) -> None:
    library = write_tiny(tmp_path, "return x[0] > 100;")
    wrong = type(library)(**{**vars(library), "n_scores": 2})
    with pytest.raises(CompileError, match="rs2c_sizes_agree"):
        HostTarget(host_compiler).build(wrong, tmp_path)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return *(volatile uint8_t *)(uintptr_t)0;", "a read of 1 bytes at 0x00000000"),
        ("return *(volatile uint16_t *)0x20080000;", "a read of 2 bytes at 0x20080000"),
        ("*(volatile uint32_t *)0x08000000 = x[0]; return 0;", "a write of 4 bytes at 0x08000000"),
        ("*(volatile uint8_t *)0x60000010 = 1; return 0;", "a write of 1 bytes at 0x60000010"),
        ("return ((uint16_t (*)(void))0x20000001)();", "an instruction fetch"),
        ('__asm__ volatile("svc 0"); return 0;', "exception"),
        ('__asm__ volatile(".hword 0xde00"); return 0;', "program stopped"),
    ],
    ids=["null", "past-ram", "write-flash", "write-input", "run-ram", "svc", "undefined"],
)
def test_memory_outside_the_map_is_an_error(tmp_path: Path, arm_gcc: Compiler, body: str, message: str) -> None:
    built = emulated("cortex-m3", arm_gcc).build(write_tiny(tmp_path, body), tmp_path)
    with pytest.raises(SimulationError, match=message):
        built.run(np.zeros((4, 1), np.uint8))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return *(volatile uint8_t *)(uintptr_t)0;", "in tiny_predict: a read of 1 bytes at 0x00000000"),
        ("*(volatile uint32_t *)0x08000000 = x[0]; return 0;", "in tiny_predict: a write of 4 bytes at 0x08000000"),
        ("return ((uint16_t (*)(void))0x20000002)();", "an instruction fetch"),
        ('__asm__ volatile("ecall"); return 0;', "exception"),
        ('__asm__ volatile("ebreak"); return 0;', "program stopped"),
        ('__asm__ volatile(".word 0xffffffff"); return 0;', "program stopped"),
        ("return *(volatile uint16_t *)(uintptr_t)0x20080000u;", "in tiny_predict: a read of 2 bytes at 0x20080000"),
    ],
    ids=["null", "write-flash", "run-ram", "ecall", "ebreak", "undefined", "past-ram"],
)
def test_what_riscv_code_may_not_do(tmp_path: Path, simulator: None, body: str, message: str) -> None:
    built = emulated("rv32imc", compiler_for("rv32imc", "gcc")).build(write_tiny(tmp_path, body), tmp_path)
    with pytest.raises(SimulationError, match=message):
        built.run(np.zeros((4, 1), np.uint8))


def test_the_faulty_function_is_named(tmp_path: Path, arm_gcc: Compiler) -> None:
    library = write_tiny(tmp_path, "return *(volatile uint8_t *)(x[0] * 16777216u);")
    built = emulated("cortex-m0", arm_gcc).build(library, tmp_path)
    built.run(np.array([[0x08], [0x20]], np.uint8))
    with pytest.raises(SimulationError, match=r"tiny on cortex-m0: .* in tiny_predict: a read .* at 0x21000000"):
        built.run(np.array([[0x08], [0x21]], np.uint8))


def test_a_library_that_hangs(tmp_path: Path, arm_gcc: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rs2c.simulate.emulator.TIMEOUT_SECONDS", 1)
    monkeypatch.setattr("rs2c.simulate.host.TIMEOUT_SECONDS", 1)
    library = write_tiny(tmp_path, "for (;;) { (void)*(volatile const uint8_t *)x; } return 0;")
    for target in (HostTarget(Compiler("cc", ("cc",), "")), emulated("cortex-m3", arm_gcc)):
        with pytest.raises(SimulationError, match="did not end in 1 s"):
            target.build(library, tmp_path).run(np.zeros((1, 1), np.uint8))


@pytest.mark.parametrize("body", ["int32_t k[3] = {0}; return (uint16_t)k[x[0]];", "return (uint16_t)(x[0] << 30);"])
def test_a_sanitizer_that_speaks_is_a_failure(tmp_path: Path, host_compiler: Compiler, body: str) -> None:
    # without -fno-sanitize-recover UBSan only prints, and the program ends with 0
    target = HostTarget(host_compiler, ("-fsanitize=undefined",))
    built = target.build(write_tiny(tmp_path, body), tmp_path)
    with pytest.raises(SimulationError, match="runtime error"):
        built.run(np.array([[7]], np.uint8))
