"""Emission: an integer model to the files of a C library. Layout is in templates/, logic here."""

from rs2c.emit.library import emit_library, library_files

__all__ = ["emit_library", "library_files"]
