"""Interrupts of `rs2c compile` and `rs2c fit` at random moments: one whole output is left, old or new, and no more.

    .venv/bin/python -m tests.cli.interrupts --times 300 --fits 5

Each run is ended by INT, TERM or KILL. What stands in the output's place is then whole, if it is there; after the next
writing beside it, it is there, whole, and alone.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rs2c.base.atomic import write_file
from rs2c.emit import library_files
from rs2c.emit.options import EmitOptions
from rs2c.model.file import save
from tests.emit.models import GOLDENS

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
Content = dict[str, bytes]


def content_of(place: Path) -> Content | None:
    """All files of a folder, or a file's bytes under the name ""; None where there is nothing."""
    if place.is_dir():
        return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    return {"": place.read_bytes()} if place.exists() else None


def check(place: Path, whole: Sequence[Content], beside: set[str]) -> None:
    """The rule: whole or absent at once; whole and alone after the next writing beside it."""
    assert content_of(place) in (None, *whole), f"{place.name} is in pieces"
    write_file(place.with_name("next"), b"")
    place.with_name("next").unlink()
    assert content_of(place) in whole, f"{place.name} is lost"
    assert {path.name for path in place.parent.iterdir()} == {place.name, *beside}


def interrupt(
    command: Sequence[object], number: signal.Signals, seconds: float, writing: Path | None
) -> tuple[bool, str]:
    """Run rs2c and send it a signal; whether it came before the end, and what stood on stderr.

    The signal is sent that long after the start, or after a first sign of writing in the folder `writing`.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "rs2c", *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while writing is not None and process.poll() is None and not any(writing.glob(".rs2c-*")):
        time.sleep(0.0005)
    time.sleep(seconds)
    process.send_signal(number)
    _, said = process.communicate()
    allowed = {0, -number, 128 + number}
    assert process.returncode in allowed or started_only(said), (process.returncode, said)
    return process.returncode != 0, said


def started_only(said: str) -> bool:
    """Whether a traceback is Python's own, from before rs2c had a say."""
    return "Traceback" in said and "rs2c/cli" not in said and "main()" not in said


def interrupted_runs(
    commands: Sequence[Sequence[object]], place: Path, times: int, draw: random.Random, after: Callable[[], None]
) -> Iterator[str]:
    """Run the commands in turn, interrupted from the start to a little after the end; each second one as it writes."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "rs2c", *map(str, commands[0])], check=True, stdout=subprocess.DEVNULL)
    longest = 1.1 * (time.monotonic() - began)
    for turn in range(times):
        number = SIGNALS[turn % len(SIGNALS)]
        wait, writing = (draw.uniform(0, longest), None) if turn % 2 else (draw.uniform(0, 0.01), place.parent)
        stopped, said = interrupt(commands[draw.randrange(len(commands))], number, wait, writing)
        assert "Traceback" not in said or started_only(said), said
        after()
        yield f"{number.name} {'stopped it' if stopped else 'came late'}"


def interrupt_compile(folder: Path, times: int, draw: random.Random) -> Counter[str]:
    """Two libraries of one name, written over each other."""
    model, place = folder / "knock.rs2c", folder / "lib" / "knock"
    save(model, GOLDENS["knock"])
    strategies = ("loops", "unpacked")
    whole = [library_files(GOLDENS["knock"], "knock", EmitOptions(strategy)) for strategy in strategies]
    commands = [("compile", model, "-o", place, "--strategy", strategy) for strategy in strategies]
    return Counter(interrupted_runs(commands, place, times, draw, lambda: check(place, whole, set())))


def interrupt_fit(folder: Path, times: int, draw: random.Random) -> Counter[str]:
    """Two models of one table, written over each other."""
    table, place = folder / "fit" / "table.csv", folder / "fit" / "m.rs2c"
    rows = "".join(f"{draw.gauss(i % 2, 1)},{draw.gauss(0, 1)},{i % 2}\n" for i in range(200))
    write_file(table, f"a,b,y\n{rows}".encode())
    options = ("--label", "y", "--quick", "--method", "refit", "--rows", 8, "-q")
    commands = [("fit", table, *options, "--seed", seed, "-o", place) for seed in (0, 1)]
    whole = []
    for command in commands:
        subprocess.run([sys.executable, "-m", "rs2c", *map(str, command)], check=True)
        whole.append({"": place.read_bytes()})
    return Counter(interrupted_runs(commands, place, times, draw, lambda: check(place, whole, {"table.csv"})))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--fits", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background would inherit as ignored
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        print("compile:", dict(interrupt_compile(Path(folder), options.times, draw)))
        print("fit:", dict(interrupt_fit(Path(folder), options.fits, draw)))


if __name__ == "__main__":
    main()
