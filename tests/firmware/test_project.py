"""The project folder: what is kept, what is refused."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rs2c.base.errors import DoesNotFitError, OptionError
from rs2c.boards.boards import load_board, read_board
from rs2c.emit.golden import golden_vectors
from rs2c.emit.library import emit_and_describe
from rs2c.firmware.platformio import _check_built
from rs2c.firmware.project import write_project
from rs2c.model import reference
from rs2c.simulate.targets import targets_of
from tests.emit.models import GOLDENS
from tests.support.tools import need_program


def test_another_model_takes_the_place_of_the_first_and_what_was_built_stays(tmp_path):
    host = load_board("host")
    write_project(GOLDENS["gesture"], "gesture", host, tmp_path / "p", 10)
    built = tmp_path / "p" / ".pio" / "build" / "host" / "program"
    built.parent.mkdir(parents=True)
    built.touch()
    write_project(GOLDENS["meter"], "meter", host, tmp_path / "p", 10)
    assert [path.name for path in (tmp_path / "p" / "lib").iterdir()] == ["meter"]
    assert built.is_file()


def test_a_second_board_leaves_no_port_of_the_first(tmp_path):
    write_project(GOLDENS["gesture"], "gesture", load_board("host"), tmp_path / "p", 10)
    write_project(GOLDENS["gesture"], "gesture", load_board("cortex-m0"), tmp_path / "p", 10)
    assert [path.name for path in (tmp_path / "p" / "src").glob("port_*")] == ["port_semihost.c"]


def test_a_folder_of_someone_else_is_not_touched(tmp_path):
    (tmp_path / "platformio.ini").write_text("[env:mine]\n")
    with pytest.raises(OptionError, match="was not made by rs2c"):
        write_project(GOLDENS["gesture"], "gesture", load_board("host"), tmp_path, 10)
    assert (tmp_path / "platformio.ini").read_text() == "[env:mine]\n"


@pytest.mark.parametrize("file", ["platformio.ini", "selftest.c", "rs2c_model.h"])
def test_a_project_whose_writing_was_stopped_is_written_anew(tmp_path, monkeypatch, file):
    replace, write_bytes = os.replace, Path.write_bytes

    def stopped(path, *given):
        if Path(path).name == file:
            raise KeyboardInterrupt
        return (write_bytes if given and isinstance(given[0], bytes) else replace)(path, *given)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", stopped)
        patched.setattr(Path, "write_bytes", stopped)
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)  # as if it was killed
        with pytest.raises(KeyboardInterrupt):
            write_project(GOLDENS["gesture"], "gesture", load_board("host"), tmp_path / "p", 10)
    assert any((tmp_path / "p").iterdir())
    project = write_project(GOLDENS["gesture"], "gesture", load_board("host"), tmp_path / "p", 10)
    assert (project.folder / "platformio.ini").stat().st_size > 100
    assert not list(project.folder.glob(".rs2c-*"))


def test_a_framework_without_a_port_names_the_board_file(tmp_path):
    uno = load_board("uno")
    other = dataclasses.replace(uno, platformio=dataclasses.replace(uno.platformio, framework="mbed"))
    with pytest.raises(OptionError, match=r"'mbed'.*arduino, zephyr"):
        write_project(GOLDENS["gesture"], "gesture", other, tmp_path / "p", 10)


def test_the_board_that_the_guide_adds_is_one_file(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "boards.md").read_text()
    added = tmp_path / "nucleo_l432kc.json"
    added.write_text(text.split("```json\n")[1].split("```")[0])
    board = read_board(added)
    project = write_project(GOLDENS["gesture"], "gesture", board, tmp_path / "p", 10)
    assert "board = nucleo_l432kc" in (project.folder / "platformio.ini").read_text()


@pytest.mark.parametrize("name", ["model", "port", "harness", "startup", "infer", "semihost", "avr_ports", "main_c"])
def test_a_project_of_any_name_compiles_and_passes(tmp_path, name):
    need_program("gcc")
    project = write_project(GOLDENS["gesture"], name, load_board("host"), tmp_path / "p", 10)
    sources = [*project.folder.glob("src/*.c"), *project.folder.glob("lib/*/src/*.c")]
    include = [project.folder / "include", project.folder / "lib" / name / "include"]
    flags = [f"-I{path}" for path in include]
    subprocess.run(["gcc", "-std=c99", *flags, *sources, "-o", tmp_path / "program"], check=True)
    done = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("self-test passed\n")


@pytest.mark.parametrize("name", ["model", "startup", "infer", "semihost"])
def test_a_library_of_any_name_runs_in_the_harness(tmp_path, name):
    need_program("arm-none-eabi-gcc")
    need_program("qemu-system-arm")
    library = emit_and_describe(GOLDENS["gesture"], name, tmp_path / name)
    (target,) = targets_of("cortex-m0", emulator="qemu")
    raw = golden_vectors(GOLDENS["gesture"].model)
    run = target.build(library, tmp_path / "build").run(raw)
    model = GOLDENS["gesture"].model
    assert np.array_equal(run.scores, reference.scores(model, reference.quantize(model, raw)))


def test_a_bad_name_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(OptionError, match="word of C"):
        write_project(GOLDENS["gesture"], "int", load_board("host"), tmp_path / "p", 10)
    assert not (tmp_path / "p").exists()


def test_what_overflows_is_named(tmp_path):
    project = write_project(GOLDENS["gesture"], "gesture", load_board("uno"), tmp_path / "project", 10)
    data = "Error: The data size (2421 bytes) is greater than maximum allowed (2048 bytes)"
    with pytest.raises(DoesNotFitError, match=r"does not fit into the 2,048 bytes of RAM of uno; .* fewer features"):
        _check_built(project, 1, data)
    with pytest.raises(DoesNotFitError, match=r"does not fit into the 32,256 bytes of flash of uno; .* fewer rows"):
        _check_built(project, 1, data.replace("data", "program"))
