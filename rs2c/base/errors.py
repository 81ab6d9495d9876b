"""Typed errors. Each message is one sentence that names the thing and the way out.

The command line exits 2 on any of them, 1 where a program does not fit its board.
"""

import re

_LONGEST_QUOTED, _LONGEST_WORD = 200, 400
# What stands in quotes as repr writes it, and any other run without a space, such as a path.
_QUOTED = re.compile(r"""(?<!\w)(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)")""")
_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


def shortened(message: str) -> str:
    """A message in which a name of hundreds of letters is shown by its beginning and its end, and how long it is."""
    if len(message) <= _LONGEST_QUOTED:
        return message
    message = _QUOTED.sub(lambda found: brief(found.group(), _LONGEST_QUOTED), message)
    return _WORD.sub(lambda found: brief(found.group(), _LONGEST_WORD), message)


def brief(text: str, longest: int) -> str:
    """A text by its beginning and end where it is longer."""
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-20:]} ({len(text)} letters)"


class Rs2cError(Exception):
    """Base of every mistake a user can mend; what it quotes is shortened."""

    def __init__(self, message: str = "") -> None:
        super().__init__(shortened(message))


class DataError(Rs2cError, ValueError):
    """The data cannot be used as it stands (a column, a value, a file)."""


class OptionError(Rs2cError, ValueError):
    """An option or argument has a value that cannot work."""


class SketchError(Rs2cError):
    """An operation that this sketch does not allow, such as merging unlike hashes."""


class ModelError(Rs2cError):
    """An integer model breaks a rule of the schema."""


class BoundError(ModelError):
    """An accumulator of an integer model cannot be proved to fit; the model must not be emitted."""


class ModelFileError(Rs2cError):
    """A `.rs2c` file is damaged, truncated, hostile or of an unknown version."""


class MissingToolError(Rs2cError):
    """An extra, compiler or simulator is not installed."""


class DoesNotFitError(Rs2cError):
    """A program is larger than the memories of its board."""
