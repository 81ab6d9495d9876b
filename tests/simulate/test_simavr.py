"""ATmega328P in simavr: scores where int has 16 bits, cycles by hand, and what does not fit."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rs2c.base.choices import Optimize
from rs2c.base.errors import DoesNotFitError, MissingToolError
from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import CompileError, Compiler
from rs2c.emit.library import Library, emit_and_describe
from rs2c.measure.footprint import foreign_symbols, read_elf
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from rs2c.report.ledger import target_entry
from rs2c.simulate.simavr import SimavrTarget
from rs2c.simulate.targets import SimulationError, targets_of
from rs2c.verify.verdicts import expected, mismatches, verification_vectors, verify
from tests.emit.build import C99, CPP11, build, emit_all, includes
from tests.emit.models import GOLDENS
from tests.emit.shapes import shapes
from tests.simulate.conftest import avr_build
from tests.simulate.samples import GESTURE, LEVEL, Sample, write_tiny
from tests.support.random_models import random_model
from tests.support.random_shapes import Shape
from tests.support.tools import need_program

# Of every kind, small enough for 2 KB of RAM; "extreme" takes sums to the ends of 32 bits.
SHAPES = {
    "grid": Shape(),
    "grid of two": Shape(hashes=2, cell_bits=2, outputs=2, constants="extreme"),
    "fine grid": Shape(cell_bits=8, rows_a_group=2, outputs=1, task="regress", shifts="greatest"),
    "signs": Shape(kind="srp", hashes=5, raw_type="int16", front_bits=16, rows_a_group=2),
    "raw signs": Shape(kind="srp", hashes=3, raw_type="uint16", front_bits=0, outputs=2, constants="extreme"),
    "rehash": Shape(kind="rehash", hashes=3, column_bits=8, rows_a_group=2, constants="extreme"),
    "rehash of one": Shape(kind="rehash", column_bits=4, raw_type="int8", front_bits=0, groups=3, rows_a_group=2),
    "probe": Shape(linear=True, constants="extreme", outputs=2),
    "fine probe": Shape(linear=True, shifts="least", task="regress", groups=3, rows_a_group=2),
    "any probe": Shape(linear=True, shifts="any", raw_type="uint8", front_bits=8, count_bits=16),
    "factored": Shape(factored=True, outputs=7, constants="extreme", linear=True),
    "shared": Shape(arrays=3, factored=True, outputs=7, raw_type="uint8", front_bits=0),
    "packed": Shape(small=True, factored=True, linear=True, tail="dense", bias_shift=5, offset_shift=3),
    "scaled": Shape(scaled=True, layout="sparse", linear=True, constants="extreme", features=17),
    "sparse": Shape(layout="sparse", front_bits=16, features=17, tail="sparse", constants="extreme"),
    "ternary": Shape(layout="ternary", features=17, hashes=2, cell_bits=2, constants="extreme"),
    "ternary of raw": Shape(layout="ternary", raw_type="int16", front_bits=0, scaled=True, constants="extreme"),
    "tail": Shape(tail="dense", front_bits=16, constants="extreme", task="regress", outputs=2, bias_shift=24),
    "steps": Shape(offset_shift=24, constants="extreme", raw_type="uint16", front_bits=16),
    "projected": Shape(projected=9, z_bits=16, constants="extreme", raw_type="int16", front_bits=16),
    "far shifts": Shape(tail="dense", small=True, shifts="greatest", outputs=2),
    "narrow projection": Shape(projected=4, z_bits=8, shifts="greatest", kind="rehash", hashes=2, groups=3),
    "float of 16 bits": Shape(front_bits=16, indicators=3, source="unsorted", constants="extreme"),
    "float of 12 bits": Shape(front_bits=12, shifts="any", source="sorted", indicators=1),
    "integers": Shape(raw_type="uint16", front_bits=12, shifts="greatest", constants="extreme"),
    "bytes": Shape(raw_type="int8", front_bits=16, shifts="least", constants="extreme", source="sorted"),
    "runs": Shape(runs=True, features=17, raw_type="int16", front_bits=8, small=True, task="regress"),
    "ties": Shape(constants="ties", groups=5, rows_a_group=1),
    "uniform": Shape(constants="uniform", linear=True, raw_type="uint8"),
    "literals": Shape(constants="uniform", raw_type="uint8", front_bits=0, features=1, tail="dense"),
    "wide counts": Shape(count_bits=16, groups=15, rows_a_group=1, constants="extreme", outputs=3, cell_bits=1),
    "many scores": Shape(outputs=40, rows_a_group=2, factored=True, tail="sparse", constants="extreme"),
    "many features": Shape(raw_type="int8", front_bits=0, features=300, rows_a_group=2, outputs=2),
}


def emitted(model: IntegerModel, folder: Path) -> Library:
    return emit_and_describe(ModelFile(model), "model", folder / "model")


def ram_sections(obj: Path) -> dict[str, int]:
    """Bytes of each section of an object file that would lie in RAM: variables, and constants that are not in flash."""
    with obj.open("rb") as file:
        named = {s.name: s["sh_size"] for s in read_elf(file).iter_sections()}
    return {name: size for name, size in named.items() if size and name.startswith((".data", ".rodata", ".bss"))}


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("sample", [GESTURE, LEVEL], ids=["classifier", "regressor"])
def test_samples(tmp_path: Path, avr: Compiler, sample: Sample, optimize: Optimize) -> None:
    program, raw = avr_build(sample.library, tmp_path, avr, optimize), sample.raw(300)
    run = program.run(raw)
    for found, wanted in zip((run.x, run.scores, run.answers), sample.expected(raw), strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert run.instructions is None
    assert run.cycles is not None
    assert 100 < run.cycles[0] <= run.cycles[1]
    assert str(tmp_path) not in run.flags


@pytest.mark.parametrize("name", SHAPES)
def test_every_score_is_that_of_the_reference(tmp_path: Path, avr: Compiler, name: str) -> None:
    """And all constants lie in flash, the code calls nothing but integer helpers, and the stack is as predicted."""
    seed = list(SHAPES).index(name)
    model = random_model(SHAPES[name], seed)
    program = avr_build(emitted(model, tmp_path), tmp_path, avr, "speed" if seed % 3 == 0 else "size")
    raw = verification_vectors(model, 150, seed)[:200]
    run = program.run(raw)
    assert mismatches(expected(model, raw), run) == 0
    assert ram_sections(program.folder / "library.o") == {}
    assert foreign_symbols(program.folder / "library.o") == ()
    seen, bound = program.stack_seen(raw[:50]), program.worst_stack()
    assert seen <= bound <= 1.2 * seen + 32


# What a template must not lose where int has 16 bits; C computes the same without it where int has 32.
CASTS = {
    "directions": ("signs", r".*_DIRECTION\(h .*", r"\(int32_t\)", ""),
    "sparse directions": ("sparse", r".*\+= .*MODEL_WEIGHT\(.*", r"\(int32_t\)", ""),
    "projection": ("projected", r".*_PROJECTION\(i .*", r"\(int32_t\)", ""),
    "tail": ("tail", r".*_SLOPE\(c .*", r"\(int32_t\)", ""),
    "sparse tail": ("sparse", r".*\+= .*MODEL_TAIL_WEIGHT\(.*", r"\(int32_t\)", ""),
    "shift of outputs": ("far shifts", r".*_OUTPUT_SHIFT\(c\).*", r"\(uint32_t\)1u", "1u"),
    "shift of the tail": ("far shifts", r".*_TAIL_SHIFT\(c\).*", r"\(uint32_t\)1u", "1u"),
    "bytes of a float": ("grid", r".*byte\[3\] << 24.*", r"\(uint32_t\)(byte\[2\])", r"\1"),
    "range of a probe": ("any probe", r".*const int32_t top = .*", r"1UL\) << shift", "1u) << shift"),
    "steps of offsets": ("steps", r".*MODEL_OFFSET\(.*\* .*", r"\(int32_t\)(\d+)L", r"(int16_t)\1L"),
}


@pytest.mark.parametrize(("name", "line", "cast", "instead"), CASTS.values(), ids=CASTS)
def test_a_lost_cast_is_noticed(tmp_path: Path, avr: Compiler, name: str, line: str, cast: str, instead: str) -> None:
    seed = list(SHAPES).index(name)
    model = random_model(SHAPES[name], seed)
    library = emitted(model, tmp_path)
    text = library.source.read_text()
    changed = re.sub(rf"^{line}$", lambda found: re.sub(cast, instead, found.group()), text, flags=re.MULTILINE)
    assert changed != text
    library.source.write_text(changed)
    raw = verification_vectors(model, 300, seed)[:400]
    assert mismatches(expected(model, raw), avr_build(library, tmp_path, avr).run(raw)) > 0


# avr-gcc 5 is not the only one, so what stands in the three functions is looked up: cycles by Atmel's table for the
# ATmega328P, whose program counter has 16 bits.
CYCLES = {"call": 4, "ret": 4, "rcall": 3, "sts": 2, "lds": 2, "st": 2, "std": 2, "push": 2, "pop": 2}
CYCLES |= dict.fromkeys(("ldi", "mov", "movw", "eor", "nop", "sbc", "add", "adc", "lsl"), 1)
NAKED = (
    "#define NAKED __attribute__((naked))\nvoid NAKED tiny_quantize(const tiny_raw_t raw[], tiny_feature_t x[]);\n"
    "uint16_t NAKED tiny_predict(const tiny_feature_t x[]);\n"
)


def test_cycles_of_straight_code_are_those_of_the_manual(
    tmp_path: Path, avr: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rs2c.simulate.simavr._check_ram", lambda _: None)  # no frame is stated for naked functions
    library = write_tiny(tmp_path, '__asm__("nop\\n\\tret");', NAKED)
    source = library.source.read_text().replace("{ x[0] = raw[0]; }", '{ __asm__("ret"); }')
    library.source.write_text(source)
    program = avr_build(library, tmp_path, avr)
    listing = subprocess.run(
        ["avr-objdump", "-d", "--no-show-raw-insn", program.folder / "program.elf"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    expected = 0
    for function in ("rs2c_infer", "tiny_quantize", "tiny_predict"):
        (body,) = re.findall(rf"<{function}>:\n(.*?)\n(?:\n|$)", listing, flags=re.S)
        expected += sum(CYCLES[line.split(":")[1].split()[0]] for line in body.splitlines())
    assert expected >= 2 * 4 + 3 * 4 + 1
    assert program.run(np.zeros((3, 1), np.uint8)).cycles == (expected, expected)


def test_least_and_most_cycles(tmp_path: Path, avr: Compiler) -> None:
    turns = '__asm__ volatile("1: dec %0\\n\\tbrne 1b" : "+r"(n)); return n;'  # 3 cycles each
    program = avr_build(write_tiny(tmp_path, f"uint8_t n = x[0]; {turns}"), tmp_path, avr)
    one = program.run(np.array([[1]], np.uint8)).cycles
    assert one is not None
    assert program.run(np.array([[9], [4], [200], [7]], np.uint8)).cycles == (one[0] + 3 * 3, one[0] + 3 * 199)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return *(volatile uint8_t *)0x900;", "in tiny_predict: .*read address"),
        ("*(volatile uint8_t *)0x900 = x[0]; return 0;", "in tiny_predict: .*write address"),
        ('__asm__ volatile(".word 0x9409, 0xffff, 0xffff"); return 0;', "stopped in"),
        ('__asm__ volatile("cli\\n\\tsleep"); return 0;', "in tiny_predict: it stopped"),
        (
            "volatile uint8_t room[2036]; for (int i = 0; i < 2036; i++) room[i] = 1; return room[0];",
            "its stack ran into its variables",
        ),
        ("static volatile uint8_t all[2040]; all[x[0]] = 1; return all[0];", "no room for a stack"),
    ],
    ids=["read", "write", "opcode", "sleep", "stack", "variables"],
)
def test_a_bad_program_is_found_out(
    tmp_path: Path, avr: Compiler, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    monkeypatch.setattr("rs2c.simulate.simavr._check_ram", lambda _: None)
    program = avr_build(write_tiny(tmp_path, body), tmp_path, avr)
    with pytest.raises(SimulationError, match=f"tiny on atmega328p: .*{message}"):
        program.run(np.zeros((4, 1), np.uint8))


def test_a_library_that_hangs(tmp_path: Path, avr: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rs2c.simulate.simavr.TIMEOUT_SECONDS", 1)
    program = avr_build(
        write_tiny(tmp_path, "for (;;) { (void)*(volatile const uint8_t *)x; } return 0;"), tmp_path, avr
    )
    with pytest.raises(SimulationError, match="did not end in 1 s"):
        program.run(np.zeros((1, 1), np.uint8))


TOO_LARGE = {
    "a table past 32 KB": (
        Shape(raw_type="uint8", front_bits=0, features=1, outputs=40, rows_a_group=5, cell_bits=8),
        "the table model_count has 51200 bytes, but AVR takes no more than 32767",
    ),
    "flash": (Shape(features=17, outputs=40, rows_a_group=100, cell_bits=3), "more than the 32768 bytes of flash"),
    "variables": (
        Shape(features=300, raw_type="int16", front_bits=16, outputs=400, rows_a_group=1),
        "2048 bytes of RAM",
    ),
    "variables and stack": (Shape(outputs=250, rows_a_group=1), r"its stack \d+, but the RAM has 2048"),
}


@pytest.mark.parametrize(("shape", "message"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_what_does_not_fit_is_one_sentence(tmp_path: Path, avr: Compiler, shape: Shape, message: str) -> None:
    with pytest.raises(DoesNotFitError, match=f"^model does not fit atmega328p: .*{message}.*another core$"):
        avr_build(emitted(random_model(shape, 3), tmp_path), tmp_path, avr)


def test_an_error_of_the_compiler_is_kept(tmp_path: Path, avr: Compiler) -> None:
    with pytest.raises(CompileError, match="this_is_missing"):
        avr_build(write_tiny(tmp_path, "return this_is_missing;"), tmp_path, avr)
    with pytest.raises(CompileError, match="undefined reference to `far'"):
        avr_build(write_tiny(tmp_path, "return (uint16_t)far(x[0]);", "int far(int n);"), tmp_path, avr)


def test_a_missing_tool_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rs2c.simulate.simavr.find_host_compilers", lambda: (Compiler("gcc", ("false",), ""),))
    with pytest.raises(MissingToolError, match="apt install libsimavr-dev"):
        SimavrTarget.require(load_core("atmega328p"))
    monkeypatch.setattr("rs2c.simulate.simavr.find_host_compilers", lambda: ())
    with pytest.raises(MissingToolError, match="a host compiler"):
        targets_of("atmega328p")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    fitting = {name: content for name, content in shapes().items() if name != "large"}
    return emit_all(fitting, tmp_path_factory.mktemp("libraries"))


@pytest.mark.parametrize(("compiler", "flags"), [("avr-gcc", C99), ("avr-g++", CPP11)])
def test_emitted_files_compile_without_a_warning_and_leave_ram_alone(
    folders: list[Path], tmp_path: Path, avr: Compiler, compiler: str, flags: list[str]
) -> None:
    """Models of every branch of the templates, and their golden vectors."""
    need_program(compiler)
    files = [str(path) for folder in folders for path in sorted((folder / "src").glob("*.c"))]
    build([compiler, "-mmcu=atmega328p", *flags, "-Os", *includes(folders), "-c", *files], tmp_path)
    objects = sorted(tmp_path.glob("*.o"))
    assert len(objects) == len(files)
    assert [(path.name, ram_sections(path)) for path in objects if ram_sections(path)] == []


@pytest.mark.parametrize("name", GOLDENS)
def test_the_self_test_passes(tmp_path: Path, avr: Compiler, name: str) -> None:
    """Called in place of predict: its answer is the number of golden vectors that differ."""
    (folder,) = emit_all({name: GOLDENS[name]}, tmp_path)
    tiny = write_tiny(
        tmp_path,
        f"return (uint16_t)({name}_selftest() + x[0]);",
        f'#include "{folder}/src/{name}.c"\n#include "{folder}/src/{name}_selftest.c"\n',
    )
    for header in (folder / "include").glob("*.h"):
        shutil.copy(header, tiny.folder / "include")
    program = avr_build(tiny, tmp_path, avr)
    assert program.run(np.array([[0], [3]], np.uint8)).answers.tolist() == [[0], [3]]


@pytest.mark.parametrize("board", ["atmega328p", "uno"])
def test_the_board_is_verified_with_cycles(avr: Compiler, board: str) -> None:
    (verdict,) = verify(GOLDENS["motor"].model, [board], vectors=400)
    assert verdict.passed
    assert verdict.vectors >= 400
    assert verdict.footprint is not None
    assert (verdict.footprint.ram_bytes, verdict.instructions) == (0, None)
    entry = target_entry(verdict)
    assert entry["target"] == board
    assert 1000 < entry["cycles"]["min"] <= entry["cycles"]["max"] < 100_000
