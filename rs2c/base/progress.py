"""How far long work is: how it is told, and shown: by a bar on a terminal, by a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BETWEEN_SHARES = 0.1

Tell = Callable[[float], None]  # takes the share of a step that is done


class Progress(Protocol):
    """What is told how far long work is."""

    def __call__(self, text: str, share: float | None = None, /) -> None:
        """Take what is being done, and the share of it, from 0 to 1, that is done, where that is known.

        A step begins where no share is given, or a smaller one than before; its text may change on the way.
        """


def silent(text: str, share: float | None = None, /) -> None:
    """The progress of those who do not listen."""


def untold(share: float) -> None:
    """The share of a step of which nobody is told."""


def telling(progress: Progress, text: str) -> Tell:
    """Begin a step; returned is what to call with the share done, as often as one likes: few of them are passed on."""
    progress(text, 0.0)
    if progress is silent:
        return untold
    told = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _SECONDS_BETWEEN_SHARES:
            told = now
            progress(text, share)

    return tell


@contextmanager
def shown(wanted: bool = True) -> Iterator[Progress]:
    """Progress shown on stderr, with the time that a step will take from now on; or not at all."""
    if not wanted:
        yield silent
        return
    from rich.console import Console

    console = Console(stderr=True)
    with _bar(console) if console.is_terminal else _lines() as progress:
        yield progress


@dataclass
class Step:
    """What is being done, how much of it is done, and when it began, in seconds of a clock of one's own."""

    text: str
    share: float | None
    began: float

    def begins_before(self, share: float | None) -> bool:
        """Whether a share, or none, is that of another step."""
        return share is None or self.share is None or share < self.share

    def line(self, now: float) -> str:
        """A line on it at a time: what is left at the pace so far, or the time that has passed."""
        passed = now - self.began
        if not self.share:
            return f"{self.text}, {_duration(passed)} so far"
        return f"{self.text}, {self.share:.0%} done, {_duration(passed / self.share - passed)} left"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def _lines() -> Iterator[Progress]:
    """A line every few seconds, from a thread of its own, so that silent work is seen to go on.

    There is none before a step has begun, so that a mistake found at once is one sentence on a slow machine too.
    """
    step, done = Step("", None, time.monotonic()), threading.Event()

    def progress(text: str, share: float | None = None, /) -> None:
        nonlocal step
        began = time.monotonic() if step.begins_before(share) else step.began
        step = Step(text, share, began)

    def print_lines() -> None:
        while not done.wait(_SECONDS_BETWEEN_LINES):
            if step.text and sys.stderr is not None:
                with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
                    print(step.line(time.monotonic()), file=sys.stderr, flush=True)

    thread = threading.Thread(target=print_lines, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        done.set()
        thread.join()


@contextmanager
def _bar(console: Any) -> Iterator[Progress]:
    """One bar, which is drawn anew for each step and is gone at the end."""
    from rich import progress as rich

    columns = (
        rich.SpinnerColumn(),
        rich.TextColumn("{task.description}", markup=False),  # a line of PlatformIO may look like markup
        rich.BarColumn(),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=console, transient=True) as bars:
        task, step = bars.add_task("starting", total=None), Step("starting", None, 0.0)

        def progress(text: str, share: float | None = None, /) -> None:
            nonlocal task, step
            if step.begins_before(share):
                bars.remove_task(task)
                task = bars.add_task(text, total=None if share is None else 1.0)
            step = Step(text, share, 0.0)
            bars.update(task, description=text, completed=share or 0.0)

        yield progress
