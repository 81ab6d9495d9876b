"""rs2c and its command line load no library of a teacher."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from rs2c.train.teachers.choose import ADAPTERS

LIBRARIES = {*ADAPTERS} - {"sklearn", "torch"}


def loaded(program: str) -> set[str]:
    """Roots of the modules that a program has loaded."""
    run = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print('\\n'.join(sys.modules), file=sys.stderr)"],
        capture_output=True, text=True, check=True, encoding="utf-8",
    )  # fmt: skip
    return {name.partition(".")[0] for name in run.stderr.split()}


def test_no_library_of_a_teacher_is_loaded_before_it_is_asked() -> None:
    help_of = "import sys\nsys.argv = ['rs2c', 'fit', '--help']\nfrom rs2c.__main__ import main"
    shown = f"{help_of}\ntry:\n    main()\nexcept SystemExit:\n    pass"
    for program in ("import rs2c", shown):
        assert loaded(program) & {*ADAPTERS, "numpy"} == set()
    asked = "import rs2c\nrs2c.distill, rs2c.RepresenterSketchClassifier\nimport rs2c.train.ask"
    assert loaded(asked) & LIBRARIES == set()


def test_every_library_has_a_package_in_the_extra() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extra = re.search(r"^teachers = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    assert extra is not None
    packages = {name.replace("-cpu", "").replace("-", "_") for name in re.findall(r'"([\w-]+)[>=]', extra[1])}
    assert packages == {"xgboost", "lightgbm", "catboost", "skorch", "keras", "onnxruntime", "ai_edge_litert"}
    assert packages <= set(ADAPTERS)
