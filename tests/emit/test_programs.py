"""Libraries inside programs: two at once, files that do not belong together, and what the self-test notices."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from rs2c.emit.golden import golden_vectors
from rs2c.model import reference
from rs2c.model.integer_model import IntegerModel
from rs2c.model.storage import is_packed
from tests.emit.build import C99, build, emit_all, includes, program, run, sources
from tests.emit.models import GOLDENS
from tests.support.sketches import changed, rows_of
from tests.support.tools import need_program

PAIRS = [("net", "net_two"), ("a", "a_n"), ("a", "a_scores"), ("a", "a_n_scores"), ("a", "a_raw"), ("net", "net_model")]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("same", [False, True])
def test_two_models_in_one_program(one: str, other: str, same: bool, tmp_path: Path) -> None:
    models = {one: GOLDENS["gesture"], other: GOLDENS["gesture" if same else "level"]}
    headers = "".join(f'#include "{name}.h"\n#include "{name}_selftest.h"\n' for name in (one, other, one))
    main = f"{headers}int main(void) {{ return {one}_selftest() + {other}_selftest() == 0u ? 0 : 1; }}\n"
    assert program(emit_all(models, tmp_path), main, tmp_path).returncode == 0


def test_two_models_in_one_cpp_program(tmp_path: Path) -> None:
    folders = emit_all({"one": GOLDENS["knock"], "other": GOLDENS["level"]}, tmp_path)
    headers = "".join(f'#include "{name}_selftest.h"\n#include "{name}.h"\n' for name in ("one", "other"))
    (tmp_path / "main.cpp").write_text(f"{headers}int main() {{ return one_selftest() + other_selftest() ? 1 : 0; }}\n")
    build(["gcc", *C99, *includes(folders), "-c", *sources(folders)], tmp_path)
    objects = [path.name for path in tmp_path.glob("*.o")]
    build(
        ["g++", "-std=c++11", "-Wall", "-Werror", *includes(folders), "main.cpp", *objects, "-o", "program"], tmp_path
    )
    assert run(["./program"], tmp_path).returncode == 0


@pytest.mark.parametrize("file", ["net.c", "net_selftest.c"])
def test_a_header_with_the_source_of_another_model_is_refused(file: str, tmp_path: Path) -> None:
    (first,) = emit_all({"net": GOLDENS["gesture"]}, tmp_path / "first")
    (second,) = emit_all({"net": GOLDENS["knock"]}, tmp_path / "second")
    command = ["gcc", "-std=c99", f"-I{first / 'include'}", "-c", str(first / "src" / file)]
    build(command, tmp_path)
    shutil.copy(second / "src" / file, first / "src" / file)
    mixed = run(command, tmp_path)
    assert mixed.returncode != 0
    assert (
        f'#error "net.h and {file} come from different models; compile both files of one run of rs2c"' in mixed.stderr
    )


def test_another_abi_is_refused(tmp_path: Path) -> None:
    (folder,) = emit_all({"net": GOLDENS["gesture"]}, tmp_path)
    header = folder / "include" / "net.h"
    header.write_text(header.read_text().replace("#define NET_ABI 1", "#define NET_ABI 2"))
    assert (
        "come from different models"
        in run(["gcc", f"-I{folder / 'include'}", "-c", *sources([folder])], tmp_path).stderr
    )


def _with_count(model: IntegerModel, at: int) -> tuple[IntegerModel, int]:
    """The model with one count changed, and how many golden vectors it then gives other scores."""
    counts = rows_of(model).counts.copy()
    counts.flat[at] ^= 1
    edited, raw = changed(model, counts=counts), golden_vectors(model)
    before, after = (reference.scores(m, reference.quantize(m, raw)) for m in (model, edited))
    return edited, int((before != after).any(axis=1).sum())


@pytest.mark.parametrize("name", GOLDENS)
def test_the_self_test_counts_what_an_edited_count_changes(name: str, tmp_path: Path) -> None:
    model = GOLDENS[name].model
    (folder,) = emit_all({name: GOLDENS[name]}, tmp_path)
    source = folder / "src" / f"{name}.c"
    text = source.read_text()
    table = re.search(rf"{name}_count\[\] {name.upper()}_FLASH = {{(.*?)}};", text, flags=re.S)
    assert table
    numbers = [*re.finditer(r"-?\d+", table.group(1))]
    packed = is_packed(rows_of(model).counts)
    changes = {at: _with_count(model, at * (1 + packed)) for at in range(len(numbers))}
    noticed = [at for at, (_, vectors) in changes.items() if vectors]
    noticed = noticed[:: len(noticed) // 3][:3]
    unread = [at for at, (_, vectors) in changes.items() if not vectors][:1]
    assert len(noticed) == 3
    main = f'#include "{name}_selftest.h"\nint main(void) {{ return (int){name}_selftest(); }}\n'
    for at in noticed + unread:
        edited, vectors = changes[at]
        counts = rows_of(edited).counts
        start, end = (table.start(1) + place for place in numbers[at].span())
        entry = counts.flat[at]
        if packed:
            entry = (int(counts.flat[2 * at]) & 15) | (int(counts.flat[2 * at + 1]) & 15) << 4
        source.write_text(text[:start] + str(entry) + text[end:])
        assert program([folder], main, tmp_path).returncode == vectors


@pytest.mark.parametrize("name", GOLDENS)
def test_the_example_runs(name: str, tmp_path: Path) -> None:
    folders = emit_all({name: GOLDENS[name]}, tmp_path)
    answer = program(folders, (folders[0] / "examples/answer/answer.c").read_text(), tmp_path).returncode
    assert 0 <= answer < max(2, len(GOLDENS[name].model.class_names))


def test_the_library_builds_with_cmake(tmp_path: Path) -> None:
    need_program("cmake")
    emit_all({"net": GOLDENS["gesture"], "net_two": GOLDENS["level"]}, tmp_path)
    (tmp_path / "main.c").write_text(
        '#include "net_selftest.h"\n#include "net_two_selftest.h"\n'
        "int main(void) { return (int)(net_selftest() + net_two_selftest()); }\n"
    )
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.13)\nproject(user LANGUAGES C)\n"
        "add_subdirectory(net)\nadd_subdirectory(net_two)\n"
        "add_executable(user main.c)\ntarget_link_libraries(user PRIVATE net net_two)\n"
    )
    build(["cmake", "-S", ".", "-B", "made"], tmp_path)
    build(["cmake", "--build", "made"], tmp_path)
    assert run(["made/user"], tmp_path).returncode == 0
    build(["cmake", "-S", "net", "-B", "alone"], tmp_path)
    build(["cmake", "--build", "alone"], tmp_path)
    assert (tmp_path / "alone" / "libnet.a").is_file()
