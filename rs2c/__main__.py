"""The command line, `rs2c` or `python -m rs2c`: what Ctrl-C and other signals that end a program do to it."""

import os
import signal
import sys
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


def main() -> None:
    """Run the command line. A signal that ends it removes what it was writing, and gives 128 + its number silently.

    Everything is imported in here, because a library that is interrupted while it is imported may answer with any
    exception, or go on.
    """
    stopped: list[int] = []
    running = True

    def stop(number: int, _: FrameType | None) -> None:
        if running:
            stopped.append(number)
            sys.unraisablehook = lambda _: None  # of what was interrupted where nothing can be raised
            raise KeyboardInterrupt

    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, stop)
    try:
        try:
            from rs2c.cli.app import main as run

            run()
        finally:
            running = False
    except BaseException:
        if not stopped:
            raise
    if stopped:
        # not sys.exit: where a text was executed as the signal came, Python would end as if Ctrl-C had been pressed
        os._exit(128 + stopped[0])


if __name__ == "__main__":
    main()
