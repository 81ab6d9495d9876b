"""Emission: an integer model to the files of a C library. Layout is in templates/, logic here."""

from rs2c.emit.library import emit_library, library_files
from rs2c.emit.options import EmitOptions

__all__ = ["EmitOptions", "emit_library", "library_files"]
