"""Firmware for emulated cores and for this computer: built and run through PlatformIO, with no connection tried."""

from __future__ import annotations

import itertools
import json
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rs2c.base.errors import MissingToolError, OptionError, Rs2cError
from rs2c.boards.boards import load_board, load_core
from rs2c.boards.toolchain import find_compiler
from rs2c.emit.plan import plan_of
from rs2c.firmware.local_platform import local_build
from rs2c.firmware.platformio import build_program, run_selftest
from rs2c.firmware.project import write_project
from rs2c.firmware.run_program import emulator_command, run_program
from rs2c.measure.size_estimate import firmware_ram
from rs2c.model import reference
from rs2c.model.file import ModelFile, save
from rs2c.model.integer_model import IntegerModel
from tests.emit.models import GOLDENS
from tests.support.random_models import random_model
from tests.support.random_shapes import shape_of
from tests.support.small_models import front_end, hashes, model
from tests.support.tools import need_modules, not_here


def need_core(name: str) -> None:
    """The compiler and the emulator of a core."""
    try:
        core = load_core(name)
        find_compiler(core)
        if core.emulators:
            emulator_command(core, None)
    except MissingToolError as error:
        not_here(str(error))


def answer_to_zeros() -> str:
    """What the program of the model `gesture` prints."""
    gesture = GOLDENS["gesture"].model
    answer = reference.predict(gesture, np.zeros((1, gesture.n_features), np.float32))[0]
    return f"self-test passed\nclass {answer}\n"


@pytest.mark.parametrize(
    ("board", "name"),
    [(core, "gesture") for core in ("host", "cortex-m0", "cortex-m4f", "cortex-m55", "lx106", "lx6")]
    + [("cortex-m0plus", "motor"), ("atmega328p", "level"), ("rv32imc", "meter"), ("cortex-m33", "level")],
)
def test_the_self_test_gives_the_crc_of_the_reference(offline, models, tmp_path, board, name):
    need_core(board)
    done = offline("test", models / f"{name}.rs2c", "--board", board, "-o", tmp_path / "a project", "--json")
    assert done.code == 0, done.err
    assert done.connections == ""
    report = json.loads(done.out)
    assert report["passed"] is True
    assert report["crc"] == report["reference_crc"]
    assert (report["golden"], report["mismatches"], report["vectors"]) == (16, 0, 1000)
    cases = list(ET.parse(report["junit"]).iter("testcase"))
    assert [(case.get("name"), case.get("status")) for case in cases] == [
        ("golden_vectors", "PASSED"),
        ("random_vectors", "PASSED"),
    ]
    assert all(case.get("file").endswith("selftest.c") and int(case.get("line")) > 0 for case in cases)


@pytest.mark.parametrize("board", ["host", "cortex-m0", "atmega328p", "rv32imc"])
def test_a_cold_build_is_quick_and_needs_no_connection(offline, models, tmp_path, board):
    try:
        find_compiler(load_core(board))
    except MissingToolError as error:
        not_here(str(error))
    done = offline("build", models / "gesture.rs2c", "--board", board, "-o", tmp_path / "project", "--json")
    assert done.code == 0, done.err
    assert done.connections == ""
    assert done.seconds < 10
    report = json.loads(done.out)
    assert (report["flash"] is None) == (board == "host")
    assert report["flash"] is None or 1000 < report["flash"] < 10_000
    if board == "host":
        printed = subprocess.run([report["program"]], capture_output=True, text=True, check=True).stdout
        assert printed == answer_to_zeros()
    else:
        need_core(board)
        printed = run_program(load_core(board), Path(report["program"]))
        assert answer_to_zeros() in printed


def test_a_model_may_have_the_name_of_a_macro_of_platformio(offline, models, tmp_path):
    need_core("host")
    for command, name in (("test", "unit_test"), ("build", "platformio")):
        done = offline(command, models / "gesture.rs2c", "--name", name, "--board", "host", "-o", tmp_path / name)
        assert done.code == 0, done.err


@pytest.mark.parametrize("core", ["cortex-m4f", "rv32imc"])
def test_zig_builds_too(offline, models, tmp_path, core):
    need_modules("ziglang")
    need_core(core)
    given = ("test", models / "motor.rs2c", "--board", core, "-o", tmp_path / "project", "--vectors", 200)
    done = offline(*given, RS2C_COMPILER="zig")
    assert done.code == 0, done.err
    assert "200 random vectors" in done.out


@pytest.mark.parametrize("rows", [490, 600])
def test_a_model_that_does_not_fit_exits_with_1(offline, tmp_path, rows):
    need_core("atmega328p")
    counts = np.random.Generator(np.random.PCG64(0)).integers(-128, 128, (rows, 64, 1)).astype(np.int8)
    large = model(hashes=hashes(np.ones((rows, 1, 1)), cell_bits=6, offsets=np.arange(rows)[:, None]), counts=counts)
    save(tmp_path / "large.rs2c", ModelFile(large))
    done = offline("build", tmp_path / "large.rs2c", "--board", "atmega328p", "-o", tmp_path / "project", "-q")
    assert done.code == 1, done.err
    assert done.err.startswith(
        "error: large with its self-test does not fit into the 32,768 bytes of flash of atmega328p; use a"
    )
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("board", ["atmega328p", "uno"])
def test_vectors_and_scores_that_ram_cannot_hold_are_refused(offline, tmp_path, board):
    counts = np.ones((1, 2, 300), np.int8)
    many = model(task="classify", counts=counts, class_names=tuple(f"c{i}" for i in range(300)))
    save(tmp_path / "many.rs2c", ModelFile(many))
    done = offline("build", tmp_path / "many.rs2c", "--board", board, "-o", tmp_path / "project")
    assert done.code == 1, done.err
    assert done.err.startswith("error: many with its self-test needs about 2,6")
    assert f"2,048 bytes of RAM of {board}" in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize("raw_type", ["float32", "int8", "int16"])
def test_the_widest_model_that_is_not_refused_runs(tmp_path, raw_type):
    need_modules("platformio", "SCons")
    need_core("atmega328p")
    core = load_core("atmega328p")

    def wide(features: int) -> IntegerModel:
        front = front_end(source=range(features)) if raw_type == "float32" else None
        # zeros lie below the border of two classes, vectors that the stack has run over anywhere
        border = hashes(np.ones((1, 1, features)), offsets=-1, cell_bits=1, shifts=20)
        counts = np.array([[[-100], [100]]], np.int8)
        names = {"task": "classify", "class_names": ("low", "high"), "raw_type": raw_type, "features": features}
        return model(hashes=border, counts=counts, front_end=front, **names)

    widest = next(d for d in itertools.count(200, 10) if firmware_ram(plan_of(wide(d + 10)), core) > 2048)
    assert 300 < widest < 1000
    project = write_project(ModelFile(wide(widest)), "wide", load_board("atmega328p"), tmp_path / "project", 10)
    assert run_program(core, build_program(project)).endswith("self-test passed\nclass 0\n\n")


def test_what_the_platform_builds_with_comes_from_the_core_files(tmp_path):
    need_core("cortex-m0")
    core = load_core("cortex-m0")
    build = local_build("cortex-m0", tmp_path)
    assert set(core.compilers[build.compiler.name]) <= set(build.compile_flags)
    qemu = core.emulator("qemu")
    script = (tmp_path / "link.ld").read_text()
    assert f"ORIGIN = {qemu.flash.origin:#010x}, LENGTH = {qemu.flash.size}" in script
    assert f"ORIGIN = {qemu.ram.origin:#010x}, LENGTH = {qemu.ram.size}" in script


@pytest.mark.parametrize("board", ["host", "cortex-m0"])
def test_a_library_that_computes_something_else_fails(tmp_path, board):
    need_modules("platformio", "SCons")
    need_core(board)
    project = write_project(GOLDENS["gesture"], "gesture", load_board(board), tmp_path / "project", 100)
    source = project.folder / "lib" / "gesture" / "src" / "gesture.c"
    text = source.read_text()
    # the last vector's first score only: what neither a count of vectors nor one bit of luck would show
    body = text.replace("void gesture_scores(", "static void right(", 1)
    assert body != text
    source.write_text(
        body
        + "void gesture_scores(const gesture_feature_t x[], int32_t scores[])\n{\n    static uint32_t calls = 0u;\n"
        + "    right(x, scores);\n    scores[0] += (++calls == 116u) ? 1 : 0;\n}\n"
    )
    result = run_selftest(project, tmp_path / "junit.xml")
    assert (result.golden, result.mismatches, result.random) == (16, 0, 100)
    assert result.crc != project.crc
    statuses = [case.get("status") for case in ET.parse(tmp_path / "junit.xml").iter("testcase")]
    assert statuses == ["PASSED", "FAILED"]


def test_a_mismatch_exits_with_1(offline, models, tmp_path):
    need_core("host")
    watch = tmp_path / "watch" / "sitecustomize.py"
    watch_text = watch.read_text()
    watch.write_text(
        watch_text + "\nimport rs2c.firmware.project\nrs2c.firmware.project.selftest_crc = lambda model, vectors: 1\n"
    )
    done = offline("test", models / "gesture.rs2c", "--board", "host", "-o", tmp_path / "project")
    assert done.code == 1, done.err
    assert "MISMATCH" in done.out


def small_program(core: str, body: str, folder: Path) -> Path:
    """A program of one function."""
    need_core(core)
    build = local_build(core, folder)
    (folder / "main.c").write_text(f"int main(void)\n{{\n    {body}\n}}\n")
    program = folder / "program.elf"
    sources = [str(source) for source in build.sources] + [str(folder / "main.c")]
    link = [*build.link_flags, *(f"-l{name}" for name in build.libraries)]
    subprocess.run([*build.linker, *build.compile_flags, *sources, *link, "-o", program], check=True)
    return program


@pytest.mark.parametrize("core", ["cortex-m0", "atmega328p"])
def test_a_program_that_does_not_end_is_stopped(tmp_path, core):
    program = small_program(core, "for (;;) {}", tmp_path)
    with pytest.raises(Rs2cError, match=r"did not end in 0\.5 s"):
        run_program(load_core(core), program, seconds=0.5)


def test_a_stack_that_does_not_fit_is_told(offline, tmp_path):
    need_core("atmega328p")
    watch = tmp_path / "watch" / "sitecustomize.py"  # as where deeper frames, which no check knows, take too much
    blind = "\nimport rs2c.firmware.project\nrs2c.firmware.project._check_ram = lambda *_: None\n"
    watch.write_text(watch.read_text() + blind)
    # a median of 15 groups keeps 15 sums of each of 40 scores
    wide = random_model(shape_of({"raw_type": "int8", "outputs": 40, "groups": 15, "projected": 0}, 3), 3)
    save(tmp_path / "wide.rs2c", ModelFile(wide))
    done = offline("test", tmp_path / "wide.rs2c", "--board", "atmega328p", "-o", tmp_path / "project", "-q")
    assert done.code == 2
    assert done.err.startswith("error: the self-test of wide on atmega328p failed: program.elf for atmega328p came to")
    assert done.err.count("\n") == 1


def test_a_core_without_an_emulator_that_prints_is_refused(tmp_path):
    core = load_core("cortex-m0")
    alone = replace(core, emulators=(core.emulator("unicorn"),))
    with pytest.raises(
        OptionError, match=r"no emulator runs programs for cortex-m0 that print; use rs2c verify for it"
    ):
        emulator_command(alone, tmp_path / "program.elf")


def test_a_board_that_is_emulated_cannot_be_flashed(offline, models, tmp_path):
    done = offline("flash", models / "gesture.rs2c", "--board", "cortex-m0", "-o", tmp_path / "project")
    assert done.code == 2
    assert "run it by rs2c test --board cortex-m0" in done.err


def test_without_platformio_the_extra_is_named(models, tmp_path, monkeypatch):
    project = write_project(GOLDENS["gesture"], "gesture", load_board("host"), tmp_path / "project", 10)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingToolError, match=r"pip install 'rs2c\[firmware\]'"):
        run_selftest(project, tmp_path / "junit.xml")


def test_a_board_that_prints_nothing_is_not_listened_to_for_ever(tmp_path, monkeypatch):
    need_modules("platformio")
    project = write_project(GOLDENS["gesture"], "gesture", load_board("nucleo_f446re"), tmp_path / "project", 10)
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\necho Testing...\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(silent))
    monkeypatch.setattr("rs2c.firmware.platformio._SILENCE_SECONDS", 1)
    with pytest.raises(Rs2cError, match=r"on nucleo_f446re has printed nothing for 1 seconds; check its cable"):
        run_selftest(project, tmp_path / "junit.xml")
