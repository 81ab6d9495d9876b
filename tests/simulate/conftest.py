"""The compilers and the simulator of this machine; a missing one skips, or fails where RS2C_REQUIRE_ALL is 1."""

import shutil
from pathlib import Path

import pytest

from rs2c.base.errors import MissingToolError
from rs2c.base.resources import resource_path
from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import Compiler, Optimize, find_compiler, find_host_compilers
from rs2c.emit.library import Library
from rs2c.simulate.qemu import QemuTarget
from rs2c.simulate.simavr import SimavrBuild, SimavrTarget
from tests.support.tools import need_modules, not_here


@pytest.fixture
def own_boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of board files, which is read in its place."""
    shutil.copytree(resource_path("boards"), tmp_path / "boards")
    monkeypatch.setattr("rs2c.boards.boards.resource_path", lambda name: tmp_path / name)
    return tmp_path / "boards"


def compiler_for(core: str, kind: str) -> Compiler:
    """The compiler of a core that is of a kind: gcc or zig."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RS2C_COMPILER", kind)
        try:
            return find_compiler(load_core(core))
        except MissingToolError:
            not_here("ziglang" if kind == "zig" else next(iter(load_core(core).compilers)))


def need_qemu(core: str) -> None:
    try:
        QemuTarget.require(load_core(core))
    except MissingToolError as error:
        not_here(str(error))


@pytest.fixture
def arm_gcc(simulator: None) -> Compiler:
    return compiler_for("cortex-m3", "gcc")


@pytest.fixture
def zig(simulator: None) -> Compiler:
    return compiler_for("cortex-m3", "zig")


@pytest.fixture(params=["gcc", "clang"])
def host_compiler(request: pytest.FixtureRequest) -> Compiler:
    found = {compiler.name: compiler for compiler in find_host_compilers()}
    if request.param not in found:
        not_here(request.param)
    return found[request.param]


@pytest.fixture
def avr() -> Compiler:
    need_modules("elftools")
    try:
        SimavrTarget.require(load_core("atmega328p"))
        return find_compiler(load_core("atmega328p"))
    except MissingToolError:
        not_here("avr-gcc with simavr")


def avr_build(library: Library, folder: Path, compiler: Compiler, optimize: Optimize = "size") -> SimavrBuild:
    return SimavrTarget("atmega328p", load_core("atmega328p"), compiler, optimize).build(library, folder)
