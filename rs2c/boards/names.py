"""Finding a name that a user wrote, and what to say where it is not found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from rs2c.base.errors import OptionError

_ALL = "all"
_ALIKE, _SHOWN = 0.7, 6


def means_all(names: Sequence[str] | None) -> bool:
    """Whether boards were named by `all`, which stands for every one; raises OptionError where it is not alone."""
    every = [name for name in names or () if _plain(name) == _ALL]
    if every and len(names or ()) > 1:
        raise OptionError("all stands for every board; name it alone, or leave it out")
    return bool(every)


def find_board(name: str, known: Mapping[str, Iterable[str]]) -> str:
    """The known board that `name` means, whatever its case and with or without - and _.

    `known` has for each board other words for it. Raises OptionError that lists what a part of a name or of such a
    word could mean, the names that look like it, or all.
    """
    plain = {_plain(board): board for board in known}
    if name in known or _plain(name) in plain:
        return name if name in known else plain[_plain(name)]
    if _plain(name) == _ALL:
        raise OptionError("all stands for every board where several can be named; name one board here")
    by_name = [board for board in known if _plain(name) and _plain(name) in _plain(board)]
    by_word = [
        board for board, words in known.items() if any(_plain(name) and _plain(name) in _plain(w) for w in words)
    ]
    if could_be := list(dict.fromkeys((*by_name, *by_word))):
        raise OptionError(f"there is no board {name!r}; it could be {_listed(could_be)}: name one of them")
    alike = {b: SequenceMatcher(None, _plain(name), _plain(b)).ratio() for b in known}
    best = sorted((b for b in alike if alike[b] >= _ALIKE), key=lambda b: (-alike[b], b))[:_SHOWN]
    meant = f"did you mean {_listed(best)}? The" if best else "the"
    raise OptionError(f"there is no board {name!r}; {meant} known boards are {', '.join(known)}")


def _plain(name: str) -> str:
    return re.sub("[-_ ]+", "", name).lower()


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
