"""PlatformIO takes an emitted library: `pio pkg pack` accepts it, and projects build it as their dependency."""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

import pytest

from rs2c.base.resources import resource_path
from rs2c.boards.boards import load_board
from rs2c.emit import library_files
from rs2c.firmware.local_platform import board_manifest
from rs2c.firmware.scons_package import write_scons_package
from tests.emit.build import emit_all, run
from tests.emit.models import GOLDENS
from tests.support.tools import need_modules, need_program

MODELS = {name: GOLDENS[name] for name in ("gesture", "level")}
PACK = """
import sys
from platformio.package.manifest.schema import ManifestSchema
ManifestSchema.load_spdx_licenses = staticmethod(lambda: {"licenses": [{"licenseId": "0BSD"}]})
from platformio.__main__ import main
sys.exit(main(["pio", "pkg", "pack", *sys.argv[1:]]))
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PlatformIO with a folder of its own, and no connection."""
    need_modules("platformio", "SCons")
    monkeypatch.setenv("PLATFORMIO_CORE_DIR", str(tmp_path / "core"))
    monkeypatch.setenv("PLATFORMIO_DISABLE_UPGRADE_CHECK", "true")
    monkeypatch.setenv("PLATFORMIO_SETTING_ENABLE_TELEMETRY", "no")
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")


def _pack(name: str, cwd: Path) -> Path:
    """A package of the library in the folder `name`. PlatformIO would fetch the list of SPDX licences: here is one."""
    result = run([sys.executable, "-c", PACK, name, "-o", f"{name}.tar.gz"], cwd)
    assert result.returncode == 0, result.stdout + result.stderr
    return cwd / f"{name}.tar.gz"


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", MODELS)
def test_pio_pkg_pack_takes_the_library(name: str, tmp_path: Path) -> None:
    """It checks library.json against PlatformIO's schema. All but the model goes into the package."""
    emit_all({name: MODELS[name]}, tmp_path)
    with tarfile.open(_pack(name, tmp_path)) as archive:
        packed = {member.name for member in archive.getmembers() if member.isfile()}
    assert packed == set(library_files(MODELS[name], name)) - {f"{name}.rs2c"}


@pytest.mark.usefixtures("environment")
def test_a_manifest_that_breaks_the_schema_is_refused(tmp_path: Path) -> None:
    (folder,) = emit_all({"gesture": MODELS["gesture"]}, tmp_path)
    manifest = folder / "library.json"
    manifest.write_text(manifest.read_text().replace('"0BSD"', '"public"'))
    result = run([sys.executable, "-c", PACK, "gesture", "-o", "packed.tar.gz"], tmp_path)
    assert result.returncode != 0
    assert "Invalid SPDX license identifier" in result.stderr


@pytest.mark.usefixtures("environment")
def test_a_project_builds_two_libraries_as_dependencies(tmp_path: Path) -> None:
    """One from its package and one from its folder, on this computer, with the flags of a strict project."""
    need_program("gcc")
    emit_all(MODELS, tmp_path)
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "main.c").write_text(
        "#include <gesture.h>\n#include <gesture_selftest.h>\n#include <level_selftest.h>\n"
        "int main(void) { return (int)(gesture_selftest() + level_selftest()); }\n"
    )
    (project / "boards").mkdir()
    (project / "boards" / "host.json").write_text(json.dumps(board_manifest(load_board("host").core)))
    (project / "platformio.ini").write_text(
        f"[env:host]\nplatform = symlink://{resource_path('boards') / 'platform'}\nboard = host\n"
        f"lib_deps =\n    file://{_pack('gesture', tmp_path)}\n    symlink://{tmp_path / 'level'}\n"
        "build_flags = -std=c99 -Wall -Wextra -Werror\n"
    )
    write_scons_package(tmp_path / "core")
    result = run([sys.executable, "-m", "platformio", "run"], project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert run([".pio/build/host/program"], project).returncode == 0
