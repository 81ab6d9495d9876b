"""What Ctrl-C, a signal or a kill leaves: one whole output, old or new, and nothing that stays."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from rs2c.base import atomic
from rs2c.base.atomic import write_file, write_folder
from rs2c.base.errors import OptionError
from tests.cli.interrupts import check, content_of, interrupt_compile, started_only

OLD = {"mark": b"old", "src/a.c": b"old a", "src/b.c": b"old b"}
NEW = {"mark": b"new", "src/a.c": b"new a", "include/c.h": b"new c"}
_TRACED = (atomic.__file__, shutil.__file__)


def _write_folder(place: Path, content: dict[str, bytes]) -> None:
    write_folder(place, content, marker="mark")


def _write_file(place: Path, content: dict[str, bytes]) -> None:
    write_file(place, content["mark"])


@pytest.fixture(autouse=True, scope="module")
def as_in_a_terminal() -> Iterator[None]:
    """SIGINT and SIGHUP as a terminal leaves them: what runs in the background, or by nohup, has them ignored."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


KINDS: list[tuple[Callable[[Path, dict[str, bytes]], None], list[dict[str, bytes]]]] = [
    (_write_folder, [OLD, NEW]),
    (_write_file, [{"": b"old"}, {"": b"new"}]),
]


def at_each_line(work: Callable[[], None], then: Callable[[int], None]) -> None:
    """Run `work`, and call `then` with a running number before each line of the writing and the removing."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if (
            frame.f_code.co_filename not in _TRACED or frame.f_code.co_name == "_alone_in"
        ):  # its lock ends with a process
            return None
        if event == "line":
            count += 1
            then(count)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)


@pytest.mark.parametrize(("write", "whole"), KINDS)
def test_a_kill_at_any_line_loses_nothing(write, whole, tmp_path):
    """What lies there before each line is what a kill would leave, for the system frees the lock by itself."""
    place, states = tmp_path / "work" / "out", {}
    place.parent.mkdir()
    write(place, OLD)

    def keep(count: int) -> None:
        before = sys.gettrace()
        sys.settrace(None)
        state = repr([(path, content_of(path)) for path in sorted(place.parent.rglob("*"))])
        if state not in states:
            states[state] = tmp_path / f"state {count}"
            shutil.copytree(place.parent, states[state])
        sys.settrace(before)

    at_each_line(lambda: write(place, NEW), keep)
    assert len(states) >= 5
    seen = set()
    for folder in states.values():
        absent = not (folder / "out").exists()
        shutil.copytree(folder, folder.with_name("again"))
        check(folder / "out", whole, set())
        seen.add((absent, whole.index(content_of(folder / "out"))))
        again = folder.with_name("again")
        write(again / "out", NEW)
        assert (content_of(again / "out"), os.listdir(again)) == (whole[1], ["out"])
        shutil.rmtree(again)
    assert {(False, 0), (False, 1)} <= seen
    if write is _write_folder:
        assert (True, 1) in seen  # stopped between the renames


@pytest.mark.parametrize(("write", "whole"), KINDS)
def test_ctrl_c_at_any_line_loses_nothing(write, whole, tmp_path):
    place, lines, found = tmp_path / "out", [], set()
    write(place, OLD)
    at_each_line(lambda: write(place, NEW), lines.append)
    for number in range(1, len(lines) + 1, 1 if write is _write_file else 7):
        write(place, OLD)

        def stop(count: int, number: int = number) -> None:
            if count == number:
                raise KeyboardInterrupt

        try:
            at_each_line(lambda: write(place, NEW), stop)
        except (KeyboardInterrupt, OptionError):  # shutil closes a descriptor twice where it is stopped in between
            found.add("stopped")
        check(place, whole, set())
        found.add(whole.index(content_of(place)))
    assert found == {"stopped", 0, 1}


def test_runs_that_write_side_by_side_do_not_clear_each_others(tmp_path):
    """Both write into one folder, again and again; neither may fail, and each output is whole."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom rs2c.base.atomic import write_folder\n"
        "for i in range(40):\n"
        "    files = {f'{n}.c': bytes([i]) * 9 for n in range(20)} | {'mark': b''}\n"
        "    write_folder(Path(sys.argv[1]), files, marker='mark')\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path / name)]) for name in ("out", "out", "b")]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    for name in ("out", "b"):
        assert content_of(tmp_path / name) == {f"{n}.c": bytes([39]) * 9 for n in range(20)} | {"mark": b""}
    assert sorted(os.listdir(tmp_path)) == ["b", "out"]


def test_without_locks_only_what_is_old_is_cleared(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.sys, "platform", "win32")
    for name in (".rs2c-12345678.writing", ".rs2c-87654321.writing"):
        (tmp_path / name / "new").mkdir(parents=True)
    long_ago = time.time() - 2 * 3600
    os.utime(tmp_path / ".rs2c-12345678.writing", (long_ago, long_ago))
    write_file(tmp_path / "a", b"")
    assert sorted(os.listdir(tmp_path)) == [".rs2c-87654321.writing", "a"]


def test_a_folder_of_the_users_own_is_left_alone(tmp_path):
    kept = [".rs2c-notes", ".rs2c-12345678.writing/thesis", "out.writing"]
    for name in kept:
        (tmp_path / name).mkdir(parents=True)
    write_file(tmp_path / "a", b"")
    assert all((tmp_path / name).is_dir() for name in kept)


def test_signals_at_random_moments(tmp_path):
    found = interrupt_compile(tmp_path, 6, random.Random(1))
    assert sum(found.values()) == 6
    assert sum(count for what, count in found.items() if what.endswith("stopped it")) >= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("text", ["time.sleep(30)", "exec('time.sleep(30)')"])
def test_a_signal_while_rs2c_is_imported_is_silent(number, text, tmp_path):
    """The import is made to last: the signal comes in the middle of it, and the library answers with another error."""
    (tmp_path / "typer.py").write_text(
        "import time\nprint('importing', flush=True)\n"
        f"try:\n    {text}\nexcept KeyboardInterrupt:\n    raise ImportError('cannot load') from None\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()])}
    process = subprocess.Popen(
        [sys.executable, "-m", "rs2c", "boards"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "importing\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (128 + number, "")
    assert not started_only(said)
