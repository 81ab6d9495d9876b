"""QEMU: the samples on every core, agreement with unicorn to the instruction, and programs that go wrong."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rs2c.base.choices import Optimize
from rs2c.base.errors import MissingToolError, OptionError
from rs2c.boards.boards import load_core
from rs2c.emit.library import emit_and_describe
from rs2c.measure.footprint import SHF_ALLOC, read_elf
from rs2c.model.file import save
from rs2c.simulate.qemu import QemuTarget
from rs2c.simulate.targets import EmulatedTarget, Run, SimulationError, targets_of
from rs2c.simulate.unicorn_target import UnicornTarget
from rs2c.verify.verdicts import verification_vectors
from tests.emit.models import GOLDENS
from tests.simulate.conftest import compiler_for, need_qemu
from tests.simulate.samples import GESTURE, LEVEL, Sample, check, write_tiny
from tests.support.tools import CORTEX_M

QEMU_CORES = (*CORTEX_M, "rv32imc")
both = pytest.mark.parametrize("sample", [GESTURE, LEVEL], ids=["classifier", "regressor"])


def target_for(core: str, kind: str = "gcc", optimize: Optimize = "size") -> QemuTarget:
    need_qemu(core)
    return QemuTarget(core, load_core(core), compiler_for(core, kind), optimize)


def assert_equal(first: Run, second: Run) -> None:
    for a, b in zip((first.x, first.scores, first.answers), (second.x, second.scores, second.answers), strict=True):
        np.testing.assert_array_equal(a, b)
    assert first.instructions is not None
    assert first.instructions == second.instructions


@both
@pytest.mark.parametrize("core", QEMU_CORES)
def test_samples_on_every_core(tmp_path: Path, simulator: None, core: str, sample: Sample) -> None:
    built, run = check(target_for(core), sample, tmp_path, 3000)
    assert run.instructions is not None
    footprint = built.footprint()
    assert footprint is not None
    assert footprint.ram_bytes == 0
    assert footprint.flash_bytes > 50


@pytest.mark.parametrize(
    ("core", "kind", "optimize"),
    [
        *((core, "gcc", "size") for core in QEMU_CORES if core != "cortex-m55"),
        *((core, "gcc", "speed") for core in ("cortex-m0", "cortex-m4f", "rv32imc")),
        *((core, "zig", "size") for core in ("cortex-m0", "cortex-m4f", "rv32imc")),
    ],
)
def test_unicorn_agrees_to_the_instruction(
    tmp_path: Path, simulator: None, core: str, kind: str, optimize: Optimize
) -> None:
    for sample in (GESTURE, LEVEL):
        qemu = target_for(core, kind, optimize)
        raw = sample.raw(300)
        unicorn = UnicornTarget(core, qemu.core, qemu.compiler, optimize).build(sample.library, tmp_path)
        built = qemu.build(sample.library, tmp_path)
        assert_equal(built.run(raw), unicorn.run(raw))
        assert built.footprint() == unicorn.footprint()


@pytest.mark.parametrize("name", ["knock", "motor"])
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m3", "cortex-m4f", "rv32imc"])
def test_unicorn_agrees_on_emitted_libraries(tmp_path: Path, simulator: None, core: str, name: str) -> None:
    qemu = target_for(core)
    library = emit_and_describe(GOLDENS[name], name, tmp_path / name)
    raw = verification_vectors(GOLDENS[name].model, 100, 3)[:200]
    unicorn = UnicornTarget(core, qemu.core, qemu.compiler).build(library, tmp_path)
    assert_equal(qemu.build(library, tmp_path).run(raw), unicorn.run(raw))


@pytest.mark.parametrize("emulator", ["unicorn", "qemu"])
@pytest.mark.parametrize("kind", ["gcc", "zig"])
@pytest.mark.parametrize("core", ["cortex-m0", "rv32imc"])
def test_variables_are_set_up(tmp_path: Path, simulator: None, core: str, kind: str, emulator: str) -> None:
    # small ones have sections of their own on RISC-V
    before = (
        "static volatile int32_t set = 77, zero; static volatile uint8_t many[300] = {5, 6}, none[300];\n"
        "static const volatile int32_t small_constant = 30000;"
    )
    body = "zero++; none[9]++; set++; return (uint16_t)(set * zero + many[1] * none[9] + many[299] + small_constant);"
    library = write_tiny(tmp_path, body, before)
    target = target_for(core, kind)
    chosen: EmulatedTarget = target if emulator == "qemu" else UnicornTarget(core, target.core, target.compiler)
    built = chosen.build(library, tmp_path)
    run = built.run(np.zeros((3, 1), np.uint8))
    assert run.answers[:, 0].tolist() == [78 * 1 + 6 * 1 + 30000, 79 * 2 + 6 * 2 + 30000, 80 * 3 + 6 * 3 + 30000]
    # no section is left to where the linker would put it
    with next(tmp_path.glob("*/program.elf")).open("rb") as file:
        names = {section.name for section in read_elf(file).iter_sections() if section["sh_flags"] & SHF_ALLOC}
    assert names <= {".vectors", ".text", ".rodata", ".data", ".bss"}


# Instructions that a core lacks and the next larger one has. (SMLAD and its like are run on Cortex-M3 by QEMU too.)
LACKING = {
    "mul-on-m0": ("cortex-m0", "cortex-m3", ".inst.w 0xfb00f000"),
    "udiv-on-m0": ("cortex-m0", "cortex-m3", ".inst.w 0xfbb0f0f1"),
    "pkhbt-on-m3": ("cortex-m3", "cortex-m4f", ".inst.w 0xeac00001"),
    "fadd-on-rv32imc": ("rv32imc", None, ".word 0x00007053"),
    "amoadd-on-rv32imc": ("rv32imc", None, ".word 0x0001202f"),
    "sh1add-on-rv32imc": ("rv32imc", None, ".word 0x20002033"),
    "clmul-on-rv32imc": ("rv32imc", None, ".word 0x0a001033"),
    "bclr-on-rv32imc": ("rv32imc", None, ".word 0x48001033"),
    "andn-on-rv32imc": ("rv32imc", None, ".word 0x40007033"),
}


@pytest.mark.parametrize(("lacking", "having", "instruction"), LACKING.values(), ids=LACKING)
def test_an_instruction_that_the_core_lacks(
    tmp_path: Path,
    simulator: None,
    lacking: str,
    having: str | None,
    instruction: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rs2c.simulate.qemu.check_instructions", lambda *_: None)
    register = "a0" if lacking == "rv32imc" else "r0"
    body = f'__asm__ volatile("{instruction}" ::: "{register}"); return x[0];'
    built = target_for(lacking).build(write_tiny(tmp_path, body), tmp_path)
    with pytest.raises(SimulationError, match=rf"tiny on {lacking} in QEMU: the core came to a fault"):
        built.run(np.zeros((1, 1), np.uint8))
    if having is not None:
        target_for(having).build(write_tiny(tmp_path, body), tmp_path).run(np.zeros((1, 1), np.uint8))


@pytest.mark.parametrize(
    ("core", "body", "message"),
    [
        ("cortex-m3", '__asm__ volatile("udf 0"); return 0;', "came to a fault"),
        ("cortex-m3", '__asm__ volatile("svc 0"); return 0;', "came to a fault"),
        ("cortex-m3", "return *(volatile uint8_t *)0xA0000000u;", "came to a fault"),
        ("rv32imc", '__asm__ volatile("ebreak"); return 0;', "came to a fault"),
        ("rv32imc", "return *(volatile uint8_t *)(uintptr_t)0xF0000000u;", "came to a fault"),
        ("cortex-m0", '__asm__ volatile("mov sp, %0\\n\\tudf 0" :: "r"(0xF0000000u)); return 0;', "ended with code -6"),
        ("cortex-m0", "extern void rs2c_host_exit(int32_t); rs2c_host_exit(0); return 0;", "not answer every vector"),
        ("rv32imc", "extern void rs2c_host_exit(int32_t); rs2c_host_exit(0); return 0;", "not answer every vector"),
        ("cortex-m0", "extern void rs2c_host_exit(int32_t); rs2c_host_exit(7); return 0;", "ended with code 7"),
    ],
    ids=["udf", "svc", "no-memory", "ebreak", "no-memory-riscv", "lockup", "early", "early-riscv", "status"],
)
def test_a_program_that_goes_wrong(tmp_path: Path, simulator: None, core: str, body: str, message: str) -> None:
    built = target_for(core).build(write_tiny(tmp_path, body), tmp_path)
    with pytest.raises(SimulationError, match=message):
        built.run(np.zeros((4, 1), np.uint8))


def test_inferences_that_are_counted_twice(tmp_path: Path, simulator: None) -> None:
    library = write_tiny(tmp_path, "return x[0];", "void rs2c_measured(const uint8_t *raw, int32_t *answers);")
    text = library.source.read_text()
    library.source.write_text(text.replace("scores[0] = x[0];", "rs2c_measured(x, scores);"))
    with pytest.raises(SimulationError, match="8 of 4 inferences were counted"):
        target_for("cortex-m0").build(library, tmp_path).run(np.zeros((4, 1), np.uint8))


def test_a_program_that_does_not_end(tmp_path: Path, simulator: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rs2c.simulate.qemu.TIMEOUT_SECONDS", 1)
    library = write_tiny(tmp_path, "for (;;) { (void)*(volatile const uint8_t *)x; } return 0;")
    with pytest.raises(SimulationError, match="tiny on cortex-m0 in QEMU: it did not end in 1 s"):
        target_for("cortex-m0").build(library, tmp_path).run(np.zeros((1, 1), np.uint8))


def test_vectors_that_cannot_be_run(tmp_path: Path, simulator: None) -> None:
    built = target_for("cortex-m0").build(LEVEL.library, tmp_path)
    with pytest.raises(OptionError, match="no vectors"):
        built.run(np.zeros((0, 4), np.uint8))


@pytest.mark.parametrize(("interfaces", "counted"), [((99, 1), True), ((99,), False), ((), False)])
def test_a_plugin_that_is_refused_does_not_count(
    tmp_path: Path, simulator: None, monkeypatch: pytest.MonkeyPatch, interfaces: tuple[int, ...], counted: bool
) -> None:
    monkeypatch.setattr("rs2c.simulate.qemu_count._INTERFACES", interfaces)
    _, run = check(target_for("cortex-m3"), LEVEL, tmp_path, 20)
    assert (run.instructions is not None) == counted


def test_no_host_compiler_no_count(tmp_path: Path, simulator: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rs2c.simulate.host_plugin.find_host_compilers", lambda: ())
    _, run = check(target_for("cortex-m3"), LEVEL, tmp_path, 20)
    assert run.instructions is None


def test_the_emulator_named_or_the_first_that_is_here(simulator: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for core in ("cortex-m0", "rv32imc"):
        target_for(core)
        assert isinstance(targets_of(core)[0], UnicornTarget)
        assert isinstance(targets_of(core, emulator="qemu")[0], QemuTarget)
    assert isinstance(targets_of("nucleo_f030r8", emulator="qemu")[0], QemuTarget)
    assert isinstance(targets_of("cortex-m55")[0], QemuTarget)
    with pytest.raises(OptionError, match="cortex-m55 is not run by unicorn; its emulators: qemu"):
        targets_of("cortex-m55", emulator="unicorn")
    with pytest.raises(OptionError, match="host is not run by qemu; its emulators: none"):
        targets_of("host", emulator="qemu")

    def no_unicorn(_: object) -> None:
        raise MissingToolError("the simulator needs unicorn")

    monkeypatch.setattr(UnicornTarget, "require", no_unicorn)
    assert isinstance(targets_of("cortex-m0")[0], QemuTarget)
    monkeypatch.setattr(QemuTarget, "require", no_unicorn)
    with pytest.raises(MissingToolError, match="needs unicorn"):
        targets_of("cortex-m0")


def test_no_qemu(simulator: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sentence = r"^running cortex-m55 in QEMU needs qemu-system-arm \(Debian: apt install qemu-system-arm\)$"
    with pytest.raises(MissingToolError, match=sentence):
        targets_of("cortex-m55")
    with pytest.raises(MissingToolError, match=r"qemu-system-riscv32 \(Debian: apt install qemu-system-misc\)"):
        targets_of("rv32imc", emulator="qemu")


def rs2c_verify(model: Path, emulator: str) -> subprocess.CompletedProcess[str]:
    boards = ("--board", "cortex-m0", "--board", "rv32imc")
    command = (sys.executable, "-m", "rs2c", "verify", str(model), *boards, "--emulator", emulator)
    return subprocess.run([*command, "--vectors", "50", "--json"], capture_output=True, text=True)


def test_the_command_takes_the_emulator(tmp_path: Path, simulator: None) -> None:
    target_for("cortex-m0")
    target_for("rv32imc")
    save(tmp_path / "knock.rs2c", GOLDENS["knock"])
    reports = [json.loads(rs2c_verify(tmp_path / "knock.rs2c", kind).stdout) for kind in ("unicorn", "qemu")]
    assert reports[0]["passed"]
    assert len(reports[0]["targets"]) == 2
    assert reports[0] == reports[1]
    refused = rs2c_verify(tmp_path / "knock.rs2c", "simavr")
    assert refused.returncode == 2
    assert "cortex-m0 is not run by simavr; its emulators: unicorn, qemu" in " ".join(refused.stderr.split())
