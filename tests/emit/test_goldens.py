"""Every text file of five libraries, word for word. RS2C_UPDATE_GOLDENS=1 writes them anew: read the difference.

The C of the models are files, and of one library its self-test; all else is one text a library.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from rs2c.boards.toolchain import find_host_compilers
from rs2c.emit import library_files
from rs2c.emit.library import describe
from rs2c.simulate.host import HostTarget
from rs2c.verify.verdicts import expected, mismatches, verification_vectors
from tests.emit.build import program
from tests.emit.models import GOLDENS
from tests.support.tools import not_here

STORED = Path(__file__).parent / "golden"
CODE = (("include", ".h"), ("src", ".c"))
SELF_TEST, OF_SELF_TEST = (("include", "_selftest.h"), ("src", "_selftest.c")), "gesture"
UPDATE = os.environ.get("RS2C_UPDATE_GOLDENS") == "1"


def as_stored(name: str) -> dict[str, str]:
    """The C as it stands in a library, and all else in one text, each file under its name."""
    parts = CODE + (SELF_TEST if name == OF_SELF_TEST else ())
    files = {
        path: text.decode() for path, text in library_files(GOLDENS[name], name).items() if not path.endswith(".rs2c")
    }
    code = {f"{folder}/{name}{part}" for folder, part in parts}
    around = "".join(f"==> {path}\n{text}" for path, text in sorted(files.items()) if path not in code)
    return {path: files[path] for path in code} | {"surroundings.txt": around}


@pytest.mark.parametrize("name", GOLDENS)
def test_the_files_are_as_stored(name: str) -> None:
    files = as_stored(name)
    if UPDATE:
        shutil.rmtree(STORED / name, ignore_errors=True)
        for path, text in files.items():
            (STORED / name / path).parent.mkdir(parents=True, exist_ok=True)
            (STORED / name / path).write_text(text, encoding="ascii")
    stored = {str(p.relative_to(STORED / name)): p for p in (STORED / name).rglob("*") if p.is_file()}
    assert sorted(stored) == sorted(files)
    for path, text in files.items():
        assert text == stored[path].read_text(encoding="ascii"), f"{path}: see RS2C_UPDATE_GOLDENS"


@pytest.mark.parametrize("name", GOLDENS)
def test_the_stored_files_compute_what_the_reference_does(name: str, tmp_path: Path) -> None:
    model = GOLDENS[name].model
    library, raw = describe(model, name, STORED / name), verification_vectors(model, 2000, 3)
    for compiler in find_host_compilers() or not_here("a host compiler"):
        assert mismatches(expected(model, raw), HostTarget(compiler).build(library, tmp_path).run(raw)) == 0


def test_the_stored_self_test_passes(tmp_path: Path) -> None:
    name = OF_SELF_TEST
    main = f'#include "{name}_selftest.h"\nint main(void) {{ return (int){name}_selftest(); }}\n'
    assert program([STORED / name], main, tmp_path).returncode == 0


@pytest.mark.parametrize("name", GOLDENS)
def test_texts_are_tidy(name: str) -> None:
    for path, content in library_files(GOLDENS[name], name).items():
        if path.endswith(".rs2c"):
            continue
        text = content.decode("ascii")
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "\n\n\n" not in text, path
        assert "\t" not in text, path
        for number, line in enumerate(text.splitlines(), 1):
            assert line == line.rstrip(), f"{path}:{number}"
            if path.endswith((".c", ".h")):
                assert len(line) <= 120, f"{path}:{number}"
                assert not line.startswith("/* ---") or len(line) == 79, f"{path}:{number}"
