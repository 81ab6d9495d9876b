"""The compilers and the simulator of this machine; a missing one skips, or fails where RS2C_REQUIRE_ALL is 1."""

import pytest

from rs2c.boards import load_core
from rs2c.errors import MissingToolError
from rs2c.toolchain import Compiler, find_compiler, find_host_compilers
from tests.support.tools import need_modules, not_here


@pytest.fixture
def simulator() -> None:
    need_modules("unicorn", "elftools")


def arm_compiler(kind: str) -> Compiler:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RS2C_COMPILER", kind)
        try:
            return find_compiler(load_core("cortex-m3"))
        except MissingToolError:
            not_here("ziglang" if kind == "zig" else "arm-none-eabi-gcc")


@pytest.fixture
def arm_gcc(simulator: None) -> Compiler:
    return arm_compiler("gcc")


@pytest.fixture
def zig(simulator: None) -> Compiler:
    return arm_compiler("zig")


@pytest.fixture(params=["gcc", "clang"])
def host_compiler(request: pytest.FixtureRequest) -> Compiler:
    found = {compiler.name: compiler for compiler in find_host_compilers()}
    if request.param not in found:
        not_here(request.param)
    return found[request.param]
