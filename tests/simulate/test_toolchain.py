"""Finding a compiler, and what is said where there is none or where it refuses."""

import importlib.util
import os
from pathlib import Path

import pytest

from rs2c.base.errors import MissingToolError, OptionError
from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import CompileError, Compiler, compile_object, find_compiler, flags_of, link_bare
from rs2c.simulate.targets import targets_of
from tests.support.tools import not_here


def fake_gcc(folder: Path, name: str = "arm-none-eabi-gcc") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{name} (Fake) 9.8.7'\n")
    program.chmod(0o755)
    return program


def test_path_then_platformio_then_zig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RS2C_COMPILER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("PLATFORMIO_CORE_DIR", str(tmp_path / "core"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingToolError, match=r"apt install gcc-arm-none-eabi.* or zig .*pip install 'rs2c\[zig\]'"):
        find_compiler(load_core("cortex-m3"))

    packaged = fake_gcc(tmp_path / "core" / "packages" / "toolchain-gccarmnoneeabi" / "bin")
    assert find_compiler(load_core("cortex-m3")).command == (str(packaged),)

    on_path = fake_gcc(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/bin{os.pathsep}/usr/bin")
    assert find_compiler(load_core("cortex-m3")) == Compiler("arm-none-eabi-gcc", (str(on_path),), "9.8.7")


def test_the_environment_can_force_one(monkeypatch: pytest.MonkeyPatch, zig: Compiler, arm_gcc: Compiler) -> None:
    monkeypatch.setenv("RS2C_COMPILER", "zig")
    assert find_compiler(load_core("cortex-m3")) == zig
    monkeypatch.setenv("RS2C_COMPILER", "gcc")
    assert find_compiler(load_core("cortex-m3")) == arm_gcc
    monkeypatch.setenv("RS2C_COMPILER", "tcc")
    with pytest.raises(OptionError, match="RS2C_COMPILER is 'tcc'"):
        find_compiler(load_core("cortex-m3"))


def test_a_compiler_without_its_linker_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RS2C_COMPILER", raising=False)
    folder = tmp_path / "bin"
    clang = fake_gcc(folder, "clang-22")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(MissingToolError, match=r"lx6 needs llvm-xtensa .*apt install clang-22 binutils-xtensa-lx106"):
        find_compiler(load_core("lx6"))
    linker = fake_gcc(folder, "xtensa-lx106-elf-ld")
    found = find_compiler(load_core("lx6"))
    assert (found.name, found.command, found.linker) == ("llvm-xtensa", (str(clang),), str(linker))


def test_the_linkers_message_is_kept(tmp_path: Path) -> None:
    try:
        compiler = find_compiler(load_core("lx6"))
    except MissingToolError:
        not_here("clang-22")
    flags = flags_of(compiler, load_core("lx6"))
    (tmp_path / "f.c").write_text("int far(void); int rs2c_reset(void); int rs2c_reset(void) { return far() + 1; }\n")
    (tmp_path / "link.ld").write_text("SECTIONS { .text : { *(.literal*) *(.text*) } }\n")
    compile_object(compiler, tmp_path / "f.c", tmp_path / "f.o", flags)
    with pytest.raises(CompileError, match=r"llvm-xtensa .* failed: .*undefined reference to `far'"):
        link_bare(compiler, [tmp_path / "f.o"], tmp_path / "link.ld", tmp_path / "f.elf", flags)


def test_no_host_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="install gcc or clang"):
        targets_of("host")


def test_a_refusal_holds_the_compilers_message(tmp_path: Path, host_compiler: Compiler) -> None:
    (tmp_path / "bad.c").write_text("int f(void) { return missing_name; }\n")
    with pytest.raises(CompileError, match="missing_name"):
        compile_object(host_compiler, tmp_path / "bad.c", tmp_path / "bad.o", [])


def test_zig_writes_stack_usage_again_from_its_cache(tmp_path: Path, zig: Compiler) -> None:
    core = load_core("cortex-m3")
    (tmp_path / "f.c").write_text("int f(void) { return 1; }\n")
    for _ in range(2):
        compile_object(zig, tmp_path / "f.c", tmp_path / "f.o", flags_of(zig, core), stack_usage=True)
        assert ":f\t" in (tmp_path / "f.su").read_text()
        (tmp_path / "f.su").unlink()
