"""Models as files, and the command line run where every attempt at a connection is written down and refused."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rs2c.model.file import save
from tests.emit.models import GOLDENS
from tests.support.tools import need_modules

# Every Python process loads it: rs2c, PlatformIO, SCons.
_WATCH = """
import os, socket

def refuse(name):
    def call(*arguments, **named):
        with open(os.environ["RS2C_CONNECTIONS"], "a") as file:
            file.write(f"{name} {arguments[-1:]}\\n")
        raise OSError("no network in this test")
    return call

socket.getaddrinfo = refuse("getaddrinfo")
socket.create_connection = refuse("create_connection")
socket.socket.connect = refuse("connect")
socket.socket.connect_ex = refuse("connect_ex")
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str
    seconds: float
    connections: str


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of model files, named as tests/emit/models.py does; its own name has a space."""
    folder = tmp_path_factory.mktemp("firmware") / "my models"
    folder.mkdir()
    for name, content in GOLDENS.items():
        save(folder / f"{name}.rs2c", content)
    return folder


@pytest.fixture
def offline(tmp_path: Path) -> Callable[..., Result]:
    """Runs rs2c with a home folder of its own and no network."""
    need_modules("platformio", "SCons")
    watch, connections = tmp_path / "watch", tmp_path / "connections"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(_WATCH)
    connections.touch()

    def run(*arguments: object, **environment: str) -> Result:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PLATFORMIO_")}
        cache = os.environ.get("ZIG_GLOBAL_CACHE_DIR") or str(Path.home() / ".cache" / "zig")
        own = {
            "HOME": str(tmp_path),
            "ZIG_GLOBAL_CACHE_DIR": cache,
            "PYTHONPATH": str(watch),
            "RS2C_CONNECTIONS": str(connections),
            **environment,
        }
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "rs2c", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**inherited, **own, "RS2C_CONNECTIONS": str(connections), **environment},
            timeout=120,
        )
        seconds = time.monotonic() - started
        return Result(done.returncode, done.stdout, done.stderr, seconds, connections.read_text())

    return run
