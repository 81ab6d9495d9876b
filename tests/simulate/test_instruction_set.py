"""No instruction that a core lacks: a program that holds one is refused, and what emulators can refuse they do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs2c.base.errors import OptionError
from rs2c.boards.boards import load_core, read_core
from rs2c.boards.toolchain import Compiler, Optimize, compile_object, flags_of
from rs2c.emit import emit_library
from rs2c.emit.library import Library, emit_and_describe
from rs2c.measure.code_runs import code_runs, marked_code
from rs2c.measure.footprint import SHF_EXECINSTR, read_elf
from rs2c.simulate.targets import EmulatedTarget, SimulationError, emulated_target, targets_of
from rs2c.verify.verdicts import verify
from tests.emit.shapes import shapes
from tests.simulate.conftest import avr_build, compiler_for
from tests.simulate.samples import write_tiny
from tests.support.small_models import model as small_model
from tests.support.tools import need_modules


def dsp_instructions(folder: Path, name: str, core_name: str, kind: str, optimize: Optimize) -> list[str]:
    """Mnemonics of Armv7E-M's DSP extension in an emitted library."""
    import capstone
    from capstone.arm_const import ARM_GRP_THUMB2DSP

    core, compiler = load_core(core_name), compiler_for(core_name, kind)
    emit_library(shapes()[name], name, folder / name)
    flags = [*flags_of(compiler, core, optimize), f"-I{folder / name / 'include'}"]
    compile_object(compiler, folder / name / "src" / f"{name}.c", folder / "library.o", flags)
    decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    decoder.detail = decoder.skipdata = True
    with (folder / "library.o").open("rb") as file:
        code = [s.data() for s in read_elf(file).iter_sections() if s["sh_flags"] & SHF_EXECINSTR]
    found = (instruction for section in code for instruction in decoder.disasm(section, 0))
    return [i.mnemonic for i in found if i.id and i.group(ARM_GRP_THUMB2DSP)]


@pytest.mark.parametrize("kind", ["gcc", "zig"])
@pytest.mark.parametrize("name", ["gesture", "motor", "factored", "shared_probe", "lists_in_steps", "sparse_signs"])
def test_a_cortex_m3_is_given_no_dsp_instruction(tmp_path: Path, name: str, kind: str) -> None:
    need_modules("capstone", "elftools")
    for optimize in ("size", "speed"):
        assert dsp_instructions(tmp_path, name, "cortex-m3", kind, optimize) == []


def test_a_cortex_m4_is_given_some(tmp_path: Path) -> None:
    need_modules("capstone", "elftools")
    assert dsp_instructions(tmp_path, "gesture", "cortex-m4f", "gcc", "size") != []


def change_core(boards: Path, name: str, **changes: Any) -> None:
    """Other values in a core's file, or in a new one that is a copy of the core `copy`."""
    source = boards / "cores" / f"{changes.pop('copy', name)}.json"
    (boards / "cores" / f"{name}.json").write_text(
        json.dumps({**json.loads(source.read_text()), "name": name, **changes})
    )


M3, M4, M55 = (["-mthumb", "-mfloat-abi=soft", f"-mcpu=cortex-{name}"] for name in ("m3", "m4", "m55+nomve+nofp"))
RISCV = ["-march=rv32imc", "-mabi=ilp32"]
WRONG = [
    ("cortex-m0", M3, None, r"has \w+(\.w)? .* at 0x\w+ in \w+: 'thumb-2', which cortex-m0 lacks"),
    ("cortex-m0plus", M4, None, "'thumb-2', which cortex-m0plus lacks"),
    ("cortex-m3", M4, None, "'dsp', which cortex-m3 lacks; correct the flags of arm-none-eabi-gcc in boards/cores/cor"),
    ("cortex-m4f", M55, None, "'v8.1-m', which cortex-m4f lacks"),
    ("cortex-m7", M55, None, "'v8.1-m', which cortex-m7 lacks"),
    ("cortex-m33", M55, None, "'v8.1-m', which cortex-m33 lacks"),
    ("rv32imc", ["-march=rv32imc_zba_zbb", "-mabi=ilp32"], None, "has the bytes .* no instruction of this architec"),
    ("rv32imc", RISCV, ["c"], "has mul .*'m', which rv32imc lacks"),
    ("rv32imc", RISCV, ["m"], r"has c\..*'c', which rv32imc lacks"),
    ("atmega328p", ["-mmcu=atmega328p"], ["movw", "lpmx", "jmp"], "has mul.* 'mul', which atmega328p lacks"),
    ("atmega328p", ["-mmcu=atmega328p"], ["movw", "lpmx", "mul"], "'jmp', which atmega328p lacks; .*avr-gcc"),
]


@pytest.fixture(scope="module")
def gesture(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return emit_and_describe(shapes()["gesture"], "gesture", tmp_path_factory.mktemp("library") / "gesture")


def test_marks_that_belong_to_no_section_are_passed_over() -> None:
    class Symbol(dict[str, Any]):
        def __init__(self, name: str, section: Any, value: int) -> None:
            super().__init__(st_shndx=section, st_value=value)
            self.name = name

    symbols = [Symbol("$d", "SHN_ABS", 8), Symbol("$x", 1, 8), Symbol("$d", 1, 12), Symbol("$xrv32i", 2, 20)]
    assert marked_code(symbols, {1: 16, 2: 24}) == ((8, 12), (20, 24))
    assert code_runs("EM_RISCV", symbols, {1: (8, 16), 2: (16, 24), 3: (30, 34)}) == ((8, 12), (20, 24), (30, 34))
    assert code_runs("EM_XTENSA", symbols[:1], {1: (8, 16)}) == ()


@pytest.mark.parametrize(("core", "flags", "has", "refused"), WRONG)
def test_a_program_by_wrong_flags_is_refused(
    core: str, flags: list[str], has: list[str] | None, refused: str, own_boards: Path, avr: Compiler, gesture: Library
) -> None:
    need_modules("capstone", "unicorn")
    changes = {} if has is None else {"instructions": has}
    change_core(own_boards, core, compilers={compiler_for(core, "gcc").name: flags}, **changes)
    (wrong,) = targets_of(core)
    with pytest.raises(SimulationError, match=refused):
        wrong.build(gesture, own_boards)


def test_a_wrong_mcpu_does_not_pass_verify(own_boards: Path, arm_gcc: Compiler) -> None:
    change_core(own_boards, "cortex-m0", compilers={arm_gcc.name: M3})
    with pytest.raises(SimulationError, match=r"in \w+: 'thumb-2', which cortex-m0 lacks"):
        verify(small_model(), ["cortex-m0"], vectors=4)


def target(core: str, kind: Any = "unicorn") -> EmulatedTarget:
    return emulated_target(kind)(core, load_core(core), compiler_for(core, "gcc"))


# udiv r0, r0, r0; smlabb r0, r1, r2, r3; movw r0, #1; clz r0, r0; cbz r0, +0; vadd.f32 s0, s1, s2; vadd.f64 d0, d1, d2;
# vrinta.f32 s0, s1; lda r0, [r1]; tt r0, r1; csel r0, r1, r2, eq; dls lr, r0; vadd.i32 q0, q0, q1; ldc p15 (MVE)
ENCODINGS = {
    "cortex-m0": [("0xfbb0f0f0", "thumb-2"), ("0xf2400001", "thumb-2"), ("0xbf08", "thumb-2")],
    "cortex-m0plus": [("0xfab0f080", "thumb-2"), ("0xb100", "thumb-2")],
    "cortex-m3": [("0xfb113002", "dsp"), ("0xfa3ff081", "dsp"), ("0xee300a81", "fp")],
    "cortex-m4f": [("0xee310b02", "fp-double"), ("0xfeb80a60", "fpv5")],
    "cortex-m7": [("0xe8d10faf", "v8-m"), ("0xe841f000", "v8-m")],
    "cortex-m33": [("0xea518002", "v8.1-m"), ("0xf040e001", "v8.1-m"), ("0xef200842", "mve")],
}


@pytest.mark.parametrize("core", ENCODINGS)
def test_an_instruction_that_no_vector_reaches_is_found(core: str, tmp_path: Path, arm_gcc: Compiler) -> None:
    for code, name in ENCODINGS[core]:
        inst = ".inst.w" if len(code) > 6 else ".inst.n"
        body = f'if (*(volatile const uint8_t *)x > 250) {{ __asm__ volatile("{inst} {code}"); }} return 0;'
        library = write_tiny(tmp_path / code, body)
        with pytest.raises(SimulationError, match=f"in tiny_predict: '{name}', which {core} lacks"):
            target(core).build(library, tmp_path / code)


def test_constants_between_instructions_are_none(tmp_path: Path, arm_gcc: Compiler, avr: Compiler) -> None:
    need_modules("capstone", "unicorn")
    pool = '__asm__ volatile("b 1f\\n\\t.balign 4\\n\\t.word 0xf0f0fbb0\\n\\t.word 0xb100b100\\n\\t1:"); return x[0];'
    run = target("cortex-m0").build(write_tiny(tmp_path / "arm", pool), tmp_path / "arm").run(np.array([[7]], np.uint8))
    assert run.answers.tolist() == [[7]]
    jump = pool.replace("b 1f", "j 1f")
    run = (
        target("rv32imc").build(write_tiny(tmp_path / "riscv", jump), tmp_path / "riscv").run(np.array([[7]], np.uint8))
    )
    assert run.answers.tolist() == [[7]]
    # on AVR tables stand among code: eijmp, elpm and des, here as constants
    table = "static const uint16_t t[] __attribute__((progmem)) = {0x9419, 0x95D8, 0x940B, 0x9006};"
    read = "volatile uintptr_t table = (uintptr_t)t; return table == 1 ? 0 : x[0];"
    built = avr_build(write_tiny(tmp_path / "avr", read, table), tmp_path / "avr", avr)
    assert b"\x19\x94\xd8\x95\x0b\x94\x06\x90" in (built.folder / "program.elf").read_bytes()
    assert built.run(np.array([[7]], np.uint8)).answers.tolist() == [[7]]


# of RISC-V, which has to be let use them
ADD_FLOATS = ".option arch, +f, +zicsr\\n\\tli t0, 0x6000\\n\\tcsrs mstatus, t0\\n\\tfadd.s fa0, fa1, fa2"


@pytest.mark.parametrize(
    ("core", "body", "stops"),
    [
        ("cortex-m0", '__asm__ volatile(".inst.w 0xfbb0f0f0" ::: "r0"); return 0;', True),
        ("cortex-m0", '__asm__ volatile(".inst.w 0xfb113002" ::: "r0"); return 0;', True),
        (
            "cortex-m0",
            "volatile uint32_t v[2]; v[1] = v[0] = 1; return *(volatile uint32_t *)((uintptr_t)v + x[0]);",
            True,
        ),
        (
            "cortex-m0plus",
            "volatile uint16_t v[2]; v[1] = v[0] = 1; return *(volatile uint16_t *)((uintptr_t)v + x[0]);",
            True,
        ),
        ("cortex-m0plus", '__asm__ volatile(".inst.w 0xf2400001" ::: "r0"); return 0;', True),
        ("cortex-m3", '__asm__ volatile(".inst.w 0xee300a81"); return 0;', True),
        (
            "rv32imc",
            f'__asm__ volatile("{ADD_FLOATS}" ::: "t0"); return 0;',
            True,
        ),
        (
            "cortex-m3",
            "volatile uint32_t v[2]; v[1] = v[0] = 1; return *(volatile uint32_t *)((uintptr_t)v + x[0]);",
            False,
        ),
        ("cortex-m3", '__asm__ volatile(".inst.w 0xfbb0f0f0" ::: "r0"); return 0;', False),
    ],
)
def test_the_emulator_runs_what_a_core_has(
    core: str, body: str, stops: bool, tmp_path: Path, arm_gcc: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_modules("capstone", "unicorn")
    monkeypatch.setattr("rs2c.simulate.unicorn_target.check_instructions", lambda *_: None)
    built = target(core).build(write_tiny(tmp_path, body), tmp_path)
    if stops:
        with pytest.raises(SimulationError, match=r"in tiny_predict: .*([Ii]nvalid instruction|exception)"):
            built.run(np.ones((1, 1), np.uint8))
    else:
        built.run(np.ones((1, 1), np.uint8))


def test_instructions_of_a_core_file_are_checked(own_boards: Path) -> None:
    def read(core: str, **changes: Any) -> Any:
        change_core(own_boards, core, **changes)
        return read_core(own_boards / "cores" / f"{core}.json")

    assert read("cortex-m0", instructions=[]).instructions == frozenset()
    assert read("lx6").instructions is None
    with pytest.raises(OptionError, match=r"cortex-m0\.json has 'thumb2', but arm knows thumb-2, dsp"):
        read("cortex-m0", instructions=["thumb2"])
    with pytest.raises(OptionError, match=r"'instructions' of .*lx6\.json must not be there"):
        read("lx6", instructions=["mul"])
    file = own_boards / "cores" / "rv32imc.json"
    file.write_text(json.dumps({key: value for key, value in json.loads(file.read_text()).items() if key[0] != "i"}))
    with pytest.raises(OptionError, match=r"rv32imc\.json lacks the key 'instructions': a list of m, a, f, d, c"):
        read_core(file)
