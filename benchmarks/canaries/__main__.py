"""Compare the canaries with those that are kept; the exit status is 1 where one moved that must not, or none is kept.

A canary is a tiny seeded fit of a method, whose integer scores are kept: they move where the method does. Revisions are
those of `benchmarks.revisions`.

python -m benchmarks.canaries              compare
python -m benchmarks.canaries --renew      keep those of raised revisions, and those of an unknown environment
"""

from __future__ import annotations

import argparse

from benchmarks.canaries.record import Canaries, kept_for, read, stale, undeclared, unknown, write
from benchmarks.canaries.run import in_own_process


def main() -> int:
    """Compare or renew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renew", action="store_true")
    options = parser.parse_args()
    found = in_own_process()
    sentences = renew(found) if options.renew else compare(found)
    print("\n".join(sentences) if sentences else f"{len(found.methods)} canaries are those that are kept")
    return 1 if sentences else 0


def compare(found: Canaries) -> list[str]:
    """What is wrong, one sentence each."""
    kept = kept_for(found.environment, read())
    return [unknown(found.environment)] if kept is None else undeclared(found, kept) + stale(found, kept)


def renew(found: Canaries) -> list[str]:
    """Keep these canaries, or none where one moved though its revision was not raised; the sentences say which."""
    everything = read()
    kept = kept_for(found.environment, everything)
    wrong = [] if kept is None else undeclared(found, kept)
    if not wrong:
        write([*(each for each in everything if each is not kept), found])
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
