"""The house: which room may import which, how large a module may be, and what the package shows."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

import rs2c
from rs2c.base.resources import resource_path
from rs2c.train.teachers.choose import ADAPTERS

PACKAGE = Path(rs2c.__file__).parent
REPOSITORY = PACKAGE.parent
# Whom each room may import beside itself and base; docs/DESIGN.md says what a room holds. cli, and the modules that
# stand in rs2c itself, are the faces: they may import every room.
ALLOWED = {
    "base": set(),
    "read": set(),
    "model": set(),
    "sketch": set(),
    "boards": set(),
    "quantize": {"sketch", "model"},
    "fold": {"quantize", "sketch", "model", "read"},
    "train": {"quantize", "sketch", "model", "read"},
    "emit": {"model", "boards"},
    "measure": {"emit", "model", "boards"},
    "simulate": {"measure", "emit", "model", "boards"},
    "verify": {"simulate", "measure", "emit", "model", "boards"},
    "firmware": {"simulate", "measure", "emit", "model", "boards"},
    "report": {"train", "quantize", "sketch", "read", "verify", "simulate", "measure", "emit", "model", "boards"},
}
LIBRARIES = {*ADAPTERS} - {"sklearn", "torch"}  # of teachers, which nothing loads before they are asked
FACES = {"cli", "estimators", "from_model", "pipelines"}
LONGEST_MODULE, MOST_CONDITIONALS, MOST_AT_THE_TOP = 300, 6, 12


def room_of(module: str) -> str:
    """The room of a dotted name such as rs2c.train.fit; "" of rs2c itself."""
    return module.split(".")[1] if "." in module else ""


def imported(source: str) -> Iterator[str]:
    """Dotted names of rs2c, or of the benchmarks, that a module imports anywhere in its text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in ("rs2c", "benchmarks", "tests"))


def wrong_imports(room: str, source: str) -> list[str]:
    """Imports of a module in `room` that go up the house, or out of it."""
    allowed = ALLOWED[room] | {room, "base"}
    if room == "base":
        allowed = {"base"}
    return [name for name in imported(source) if name.split(".")[0] != "rs2c" or room_of(name) not in allowed]


def modules() -> list[Path]:
    found = sorted(PACKAGE.rglob("*.py"))
    assert len(found) > 80
    return found


@pytest.mark.parametrize("room", ALLOWED)
def test_imports_go_down_the_house(room: str) -> None:
    paths = sorted((PACKAGE / room).rglob("*.py"))
    assert len(paths) > 1
    for path in paths:
        assert wrong_imports(room, path.read_text(encoding="utf-8")) == [], path.relative_to(REPOSITORY)


def test_every_room_has_its_directions() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == set(ALLOWED) | {"cli"}
    assert {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"} == FACES - {"cli"}


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("model", "from rs2c.train.fit import fit"),
        ("base", "import rs2c.model.cost"),
        ("train", "def f():\n    from rs2c.emit import emit_library"),
        ("quantize", "if TYPE_CHECKING:\n    from rs2c.train import student"),
        ("emit", "from rs2c import distill"),
        ("read", "from benchmarks.accuracy import runner"),
        ("report", "from rs2c.cli.output import print_json"),
    ],
)
def test_an_import_that_goes_up_is_seen(room: str, source: str) -> None:
    assert len(wrong_imports(room, source)) == 1
    assert wrong_imports(room, "from rs2c.base.errors import DataError\nimport numpy") == []


def test_modules_stay_small() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path.name: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_AT_THE_TOP


def test_templates_hold_layout_and_little_else() -> None:
    templates = sorted(resource_path("templates").rglob("*.j2"))
    assert len(templates) > 40
    for path in templates:
        tree = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
        conditionals = [*tree.find_all(nodes.If), *tree.find_all(nodes.CondExpr)]
        assert len(conditionals) <= MOST_CONDITIONALS, path.relative_to(REPOSITORY)


def test_the_package_shows_its_public_names_and_no_other() -> None:
    assert dir(rs2c) == sorted(rs2c.__all__)
    for name in rs2c.__all__:
        assert getattr(importlib.import_module("rs2c"), name) is not None


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
