"""Emitted C compiles without a warning, as C99 and as C++11, and calls no library."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import flags_of
from rs2c.measure.footprint import foreign_symbols
from tests.emit.build import C99, CPP11, build, emit_all, includes, sources
from tests.emit.shapes import shapes
from tests.simulate.conftest import compiler_for
from tests.support.tools import need_program

HOST = {"gcc": C99, "clang": C99, "g++": CPP11, "clang++": CPP11}
HOST_RUNS = [(compiler, level) for compiler in ("gcc", "clang") for level in ("-O0", "-Os", "-O3")]
HOST_RUNS += [("gcc", "-O2"), ("g++", "-O2"), ("clang++", "-Os")]
ARM_RUNS = [("gcc", board, level) for board in ("cortex-m0", "cortex-m4f") for level in ("-Os", "-O3")]
ARM_RUNS += [("zig", "cortex-m4f", "-O2")]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return emit_all(shapes(), tmp_path_factory.mktemp("libraries"))


def _examples(folders: list[Path], cwd: Path) -> list[str]:
    """Each example under a name of its own, for object files are named after sources."""
    for folder in folders:
        shutil.copy(folder / "examples" / "answer" / "answer.c", cwd / f"answer_{folder.name}.c")
    return [f"answer_{folder.name}.c" for folder in folders]


def _objects(folders: list[Path], cwd: Path) -> list[Path]:
    """Object files of the libraries: model and self-test of each."""
    objects = [path for path in sorted(cwd.glob("*.o")) if not path.name.startswith("answer_")]
    assert len(objects) == 2 * len(folders)
    return objects


def _entry_points(folders: list[Path]) -> set[str]:
    """What a self-test takes from its model."""
    return {f"{folder.name}_{call}" for folder in folders for call in ("quantize", "scores", "predict", "values")}


@pytest.mark.parametrize(("compiler", "level"), HOST_RUNS)
def test_no_warning_and_no_library_call_on_the_host(
    compiler: str, level: str, folders: list[Path], tmp_path: Path
) -> None:
    need_program(compiler)
    files = [*sources(folders), *_examples(folders, tmp_path)]
    build([compiler, *HOST[compiler], level, *includes(folders), "-c", *files], tmp_path)
    objects = _objects(folders, tmp_path)
    missing = subprocess.run(["nm", "-u", *objects], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    needed = {line.split()[-1] for line in missing.splitlines() if " U " in line}
    assert needed <= _entry_points(folders)


@pytest.mark.parametrize(("kind", "board", "level"), ARM_RUNS)
def test_no_warning_and_no_library_call_on_cortex_m(
    kind: str, board: str, level: str, simulator: None, folders: list[Path], tmp_path: Path
) -> None:
    compiler, core = compiler_for(board, kind), load_core(board)
    flags = [flag for flag in flags_of(compiler, core) if not flag.startswith("-O")]
    batches = [[*sources(folders), *_examples(folders, tmp_path)]]
    if kind == "zig":  # makes one object file a run
        batches = [[file] for file in sources(folders)]
    for files in batches:
        build([*compiler.command, *flags, *C99, level, *includes(folders), "-c", *files], tmp_path)
    assert not {name for path in _objects(folders, tmp_path) for name in foreign_symbols(path)} - _entry_points(folders)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_library_call_where_the_compiler_sees_the_caller(compiler: str, folders: list[Path], tmp_path: Path) -> None:
    """With link-time optimization a compiler knows that raw and x are apart, and a loop could become memcpy."""
    need_program(compiler)
    (tmp_path / "unit.c").write_text(
        '#include "../src/many.c"\n'
        "static many_raw_t raw[MANY_N_FEATURES];\nstatic many_feature_t x[MANY_N_INPUTS];\n"
        "const many_feature_t *go(unsigned i)\n{\n    raw[i] = 7;\n    many_quantize(raw, x);\n    return x;\n}\n"
    )
    (folder,) = (folder for folder in folders if folder.name == "many")
    for level in ("-Os", "-O2", "-O3"):
        build([compiler, "-std=c99", level, f"-I{folder / 'include'}", "-c", "unit.c", "-o", "unit.o"], tmp_path)
        assert subprocess.check_output(["nm", "-u", "unit.o"], cwd=tmp_path, text=True) == ""
