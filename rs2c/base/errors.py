"""Typed errors. Each message is one sentence that names the thing and the way out.

The command line exits 2 on any of them, 1 where a program does not fit its board.
"""


class Rs2cError(Exception):
    """Base of every mistake a user can mend."""


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
