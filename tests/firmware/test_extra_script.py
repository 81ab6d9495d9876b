"""A PlatformIO project of the user's own that names model files: the C is made at build time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rs2c.boards.boards import load_board
from rs2c.firmware.platformio import run_platformio
from rs2c.firmware.project import write_project
from tests.emit.models import GOLDENS
from tests.firmware.test_local_builds import need_core
from tests.support.tools import need_modules

MAIN = """
#include <stdio.h>
#include "gesture.h"
#include "gesture_selftest.h"

int main(void)
{
    printf("%s %u\\n", GESTURE_MODEL_HASH, (unsigned)gesture_selftest());
    return 0;
}
"""


def own_project(folder: Path, models: Path, script: str) -> object:
    """One that builds for this computer, made from ours; its sources are the user's."""
    project = write_project(GOLDENS["level"], "level", load_board("host"), folder, 10)
    for source in (folder / "src").iterdir():
        source.unlink()
    (folder / "src" / "main.c").write_text(MAIN)
    with (folder / "platformio.ini").open("a") as file:
        file.write(f"extra_scripts = pre:{script}\ncustom_rs2c_model = {models / 'gesture.rs2c'}\n")
    return project


def test_a_model_file_is_compiled_at_build_time(models, tmp_path, monkeypatch):
    need_modules("platformio", "SCons")
    need_core("host")
    command = [sys.executable, "-m", "rs2c", "build", "--print-extra-script"]
    script = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(script).is_file()
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    project = own_project(tmp_path / "own", models, script)
    status, output = run_platformio(project, ["run"])
    assert status == 0, output
    printed = subprocess.run([project.build_folder / "program"], capture_output=True, text=True, check=True).stdout
    from rs2c.model.canonical import model_hash

    assert printed.split() == [model_hash(GOLDENS["gesture"].model), "0"]
    (tmp_path / "own" / "platformio.ini").write_text(
        (tmp_path / "own" / "platformio.ini").read_text().replace("gesture.rs2c", "absent.rs2c")
    )
    status, output = run_platformio(project, ["run"])
    assert status != 0
    assert "absent.rs2c" in output


def test_without_the_command_the_script_says_how_to_get_it(models, tmp_path, monkeypatch):
    need_modules("platformio", "SCons")
    from rs2c.base.resources import resource_path

    project = own_project(tmp_path / "own", models, str(resource_path("firmware") / "extra_script.py"))
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    status, output = run_platformio(project, ["run"])
    assert status != 0
    assert "pip install rs2c" in output
