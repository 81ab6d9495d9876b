"""SCons as a package of PlatformIO, made of the SCons that pip installed: its own comes from its registry."""

from __future__ import annotations

import importlib.metadata
import json
import re
from pathlib import Path

from rs2c.base.errors import MissingToolError

_REQUIREMENT = re.compile(r'"tool-scons": "~(\d+\.\d+)\.\d+"')
_EXTRA = "pip install 'rs2c[firmware]'"


def write_scons_package(core_folder: Path) -> None:
    """Write the package into a core folder of PlatformIO.

    Raises MissingToolError where SCons or PlatformIO is not installed, or where PlatformIO asks for another version: it
    would fetch that.
    """
    version, platformio = _installed("scons"), _installed("platformio")
    major, minor, patch = (int(part) for part in version.split(".")[:3])
    number = f"4.{major}{minor:02}{patch:02}"
    if number != _required():
        raise MissingToolError(f"PlatformIO {platformio} does not work with SCons {version}: {_EXTRA}")
    package = {"name": "tool-scons", "version": f"{number}.0", "description": f"SCons {version}"}
    spec = {"owner": "platformio", "id": None, "name": "tool-scons", "requirements": None, "uri": None}
    folder = core_folder / "packages" / "tool-scons"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    (folder / ".piopm").write_text(
        json.dumps({"type": "tool", "name": "tool-scons", "version": package["version"], "spec": spec}),
        encoding="utf-8",
    )
    (folder / ".piokeep").touch()  # PlatformIO removes packages of itself that it thinks nobody needs
    (folder / "scons.py").write_text("from SCons.Script import main\n\nmain()\n", encoding="utf-8")


def _installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        raise MissingToolError(f"building firmware needs {package}: {_EXTRA}") from None


def _required() -> str | None:
    """The version of the package that PlatformIO asks for, without its last part; read, since it is never imported."""
    file = importlib.metadata.distribution("platformio").locate_file("platformio/dependencies.py")
    match = _REQUIREMENT.search(Path(str(file)).read_text(encoding="utf-8"))
    return match.group(1) if match else None
