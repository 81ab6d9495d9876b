"""A small table of mixed columns, a model fitted to it, and the command line as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from rs2c.cli.app import main
from rs2c.cli.fit import fit


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str
    cpu_seconds: float


def run(*arguments: object, cwd: Path | None = None) -> Result:
    """This Python with some arguments."""
    before = os.times()
    done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Result(done.returncode, done.stdout, done.stderr, used)


def run_rs2c(*arguments: object, cwd: Path | None = None) -> Result:
    return run("-m", "rs2c", *arguments, cwd=cwd)


@pytest.fixture(scope="session")
def rs2c() -> Callable[..., Result]:
    return run_rs2c


@pytest.fixture
def rs2c_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """The command line in this process, which has loaded already what each new one loads for a second."""

    def run_here(*arguments: object, cwd: Path | None = None) -> Result:
        if cwd is not None:
            monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["rs2c", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Result(int(ended.value.code or 0), told.out, told.err, 0.0)

    return run_here


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 rows: two numbers, one with gaps, a category, a label of three classes that depends on all of them."""
    rng = np.random.Generator(np.random.PCG64(5))
    a, b = rng.normal(0, 1, 400), rng.normal(1000, 50, 400)
    kind = rng.choice(["oak", "elm", "ash"], 400)
    score = a + (b - 1000) / 50 + (kind == "oak")
    label = np.where(score > 1.0, "high", np.where(score < -0.5, "low", "middle"))
    lines = ["a,b,kind,label"]
    for i in range(400):
        first = "" if i % 40 == 7 else f"{a[i]:.4f}"
        lines.append(f"{first},{b[i]:.2f},{kind[i]},{label[i]}")
    path = tmp_path_factory.mktemp("cli") / "trees.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def fit_options() -> tuple[str, ...]:
    return (
        "--label",
        "label",
        "--categorical",
        "kind",
        "--missing",
        "mean",
        "--quick",
        "--method",
        "refit",
        "--rows",
        "8",
        "--columns",
        "8",
    )


@pytest.fixture(scope="session")
def model(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `fit_options` give."""
    path = tmp_path_factory.mktemp("model") / "trees.rs2c"
    named = {"label": "label", "categorical": ["kind"], "missing": "mean", "quick": True}
    fit(table, path, **named, method="refit", rows=8, columns=8, quiet=True)
    return path
