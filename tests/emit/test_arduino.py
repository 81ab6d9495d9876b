"""The Arduino sketch of a library: on the host with a small stand-in of the core, and on a simulated Uno, built by
Arduino's own builder with Arduino's own core."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rs2c.emit.context import library_context
from rs2c.emit.features import features
from rs2c.emit.names import c_string
from rs2c.emit.plan import plan_of
from rs2c.model import reference
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from tests.emit.build import C99, CPP11, build, emit_all, run
from tests.emit.models import GOLDENS
from tests.emit.shapes import shapes
from tests.emit.test_source_rules import HOSTILE, hostile_names
from tests.support.sketches import changed
from tests.support.tools import need_program, not_here

CORE = Path(__file__).parent / "arduino"
HARDWARE = Path("/usr/share/arduino/hardware")  # where Debian's package arduino-core-avr puts it
LISTED = 32  # features that a sketch names one by one
CTAGS = 'arduino-ctags -u --language-force=c++ -f - --c++-kinds=svpf --fields=KSTtzns --line-directives "{source_file}"'


def _sketch(folder: Path) -> Path:
    return folder / "examples" / "print_answers" / "print_answers.ino"


def _compile(folders: Sequence[Path], cwd: Path, *more: str) -> None:
    """Compile sketches as C++, with src/ alone on the search path, as Arduino does."""
    for compiler, flags, found in (("gcc", C99, "src/*.c"), ("g++", CPP11, "examples/print_answers/*.ino")):
        files = [str(path) for folder in folders for path in folder.glob(found)]
        sources = [f"-I{folder / 'src'}" for folder in folders]
        stand_in = ["-isystem", str(CORE), "-include", "Arduino.h"] if compiler == "g++" else []
        build([need_program(compiler), *flags, *stand_in, *sources, *more, "-c", *files], cwd)


def _run(name: str, content: ModelFile, cwd: Path) -> list[str]:
    """What the sketch of a model prints in one round."""
    _compile(emit_all({name: content}, cwd), cwd)
    build(["g++", "print_answers.o", f"{name}.o", f"{name}_selftest.o", "-o", "sketch"], cwd)
    result = run(["./sketch"], cwd)
    assert result.returncode == 0
    return result.stdout.splitlines()


def _start(model: IntegerModel) -> np.ndarray:
    """The raw vector that the constants of a sketch give, (1, d)."""
    start = [float(feature.start.rstrip("f")) if model.n_features <= LISTED else 0 for feature in features(model)]
    return np.array([start], np.float32 if model.raw_type == "float32" else model.raw_type)


def _expected(model: IntegerModel) -> list[str]:
    """What a sketch prints, from the reference."""
    answers = np.atleast_1d(reference.predict(model, _start(model))[0])
    if model.task == "classify":
        return [model.class_names[int(answers[0])]]
    decimals = 13 if model.output.value_frac_bits == 41 else 4
    return [f"{value:.{decimals}f}" for value in answers]


@pytest.mark.parametrize("name", ["gesture", "knock", "level", "motor", "meter", "many", "many_values"])
def test_the_sketch_prints_the_answer_of_the_reference(name: str, tmp_path: Path) -> None:
    content = shapes()[name]
    assert _run(name, content, tmp_path) == _expected(content.model)


def test_small_values_are_printed_with_their_digits(tmp_path: Path) -> None:
    faint = changed(shapes()["meter"].model, value_frac_bits=41)
    printed = _run("faint", ModelFile(faint), tmp_path)
    assert printed == _expected(faint)
    assert all(float(line) for line in printed)


def test_large_values_are_printed_as_powers_of_ten(tmp_path: Path) -> None:
    huge = changed(shapes()["meter"].model, value_frac_bits=-40)
    printed = _run("huge", ModelFile(huge), tmp_path)
    expected = np.atleast_1d(reference.predict(huge, _start(huge))[0])
    tens = library_context(ModelFile(huge), plan_of(huge, name="huge"))["tens"]
    assert printed == [f"{value / 10**tens:.4f}e{tens}" for value in expected.tolist()]
    assert all(len(line.lstrip("-0.").split("e")[0]) >= 4 for line in printed)  # digits enough to be of use


def test_sketches_of_all_shapes_compile(tmp_path: Path) -> None:
    for name, content in shapes().items():
        (folder,) = emit_all({name: content}, tmp_path)
        _compile([folder], tmp_path, "-fsyntax-only")


@pytest.mark.parametrize("name", ["gesture", "far_windows", "raw_lists"])
def test_hostile_names_stay_data(name: str, tmp_path: Path) -> None:
    content = hostile_names(shapes()[name])
    usual, hostile = (
        _sketch(f).read_text("ascii") for f in emit_all({"usual": shapes()[name], name: content}, tmp_path)
    )
    assert _statements(hostile) == _statements(usual.replace("usual", name).replace("USUAL", name.upper()))
    assert _run(name, content, tmp_path) == [_printed(line) for line in _expected(content.model)]


def _statements(text: str) -> str:
    """A sketch without comments and the content of its strings; categories have lines of their own."""
    text = re.sub(r'"(\\.|[^"\\])*"', '""', text)
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", " ", text, flags=re.S))


def _printed(text: str) -> str:
    """A class name as a device prints it."""
    cut = text if len(text) <= 60 else f"{text[:28]}...{text[-29:]}"
    return "".join(letter if letter.isprintable() else "_" for letter in cut)


def test_a_string_from_data_is_that_string(tmp_path: Path) -> None:
    texts = [*HOSTILE, "a\"b\\n'c", "1\u00e91", "\u65e5\u672c", "\U0001f600?", "\ud800", "%d%s"]
    (tmp_path / "main.c").write_text(
        "#include <stdio.h>\nint main(void)\n{\n" + "".join(f"puts({c_string(text)});\n" for text in texts) + "}\n"
    )
    build(["gcc", *C99, "-trigraphs", "main.c", "-o", "program"], tmp_path)
    assert run(["./program"], tmp_path).stdout.splitlines() == [_printed(text) for text in texts]


def test_constants_lie_in_their_windows() -> None:
    for content in GOLDENS.values():
        for feature in features(content.model):
            if " to " in feature.window:
                low, high = map(float, feature.window.split(" to "))
                assert low < float(feature.start.rstrip("f")) < high


@pytest.mark.parametrize("name", ["gesture", "level"])
def test_an_uno_prints_the_answer_of_the_reference(name: str, tmp_path: Path) -> None:
    """arduino-builder finds the library by its header, makes prototypes, and builds with Arduino's AVR core."""
    builder, simulator = need_program("arduino-builder"), need_program("simavr")
    if not HARDWARE.is_dir():
        not_here("arduino-core-avr")
    libraries, made = tmp_path / "libraries", tmp_path / "made"
    (folder,) = emit_all({name: GOLDENS[name]}, libraries)
    made.mkdir()
    options = ["-hardware", str(HARDWARE), "-tools", "/usr/bin", "-libraries", str(libraries), "-build-path", str(made)]
    # The core asks for a newer C++ library than Debian's avr-gcc has.
    wishes = [f"tools.ctags.pattern={CTAGS}", "compiler.cpp.extra_flags=-DDECIMAL_DIG=__DECIMAL_DIG__"]
    preferences = [part for wish in wishes for part in ("-prefs", wish)]
    command = [builder, "-compile", "-fqbn", "arduino:avr:uno", "-warnings", "all", *options, *preferences]
    result = run([*command, str(_sketch(folder))], tmp_path)
    assert result.returncode == 0, result.stderr
    warned = [line for line in result.stderr.splitlines() if "warning:" in line and not line.startswith(str(HARDWARE))]
    assert not warned
    expected = _expected(GOLDENS[name].model)
    assert _serial_lines(simulator, made / "print_answers.ino.elf", len(expected)) == expected


def _serial_lines(simulator: str, program: Path, count: int) -> list[str]:
    """The first lines that an Uno prints; simavr colours them, and shows the end of a line as two dots."""
    command = ["timeout", "60", simulator, "-m", "atmega328p", "-f", "16000000", str(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(count)]
        process.terminate()
    return [re.sub(r"\x1b\[\d*m", "", line).strip().removesuffix("..") for line in lines]
