"""The programs of examples/ run, each into a folder of its own, and what they made holds what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rs2c.boards.toolchain import find_host_compilers
from rs2c.emit import library_files
from rs2c.model.file import load
from tests.support.tools import need_modules, not_here

EXAMPLES = Path(__file__).parents[2] / "examples"
# Library, classes, accuracy of the integer model at least.
MADE = {
    "sensor_csv": ("pump", ("blocked", "dry", "off", "running"), 0.97),
    "sklearn_pipeline": ("tumour", ("benign", "malignant"), 0.92),
    "torch_module": ("gesture", ("rest", "wave", "knock"), 0.93),
}


def test_every_example_is_run() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(MADE)


@pytest.mark.parametrize("example", MADE)
def test_an_example_makes_a_library_that_computes_the_reference(example: str, tmp_path: Path) -> None:
    need_modules("torch", "sklearn")
    compilers = find_host_compilers() or not_here("a host compiler")
    name, classes, least = MADE[example]
    command = [sys.executable, str(EXAMPLES / f"{example}.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.stdout.count("every score equals the reference") == 1
    for compiler in compilers:
        assert re.search(rf"host-{compiler.name}\b", done.stdout)
    accuracies = re.findall(
        r"^integer +[.\d]+ +([.\d]+) *$|accuracy on the same rows: ([.\d]+)", done.stdout, re.MULTILINE
    )
    assert len(accuracies) == 1
    assert least <= float("".join(accuracies[0])) <= 1

    library = tmp_path / "lib" / name
    content = load(library / f"{name}.rs2c")
    assert content.model.class_names == classes
    for path, text in library_files(content, name).items():
        assert (library / path).read_bytes() == text, path
