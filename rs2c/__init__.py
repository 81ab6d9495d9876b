"""rs2c: trained models and tables of data to Representer Sketches, and those to C for microcontrollers."""

from rs2c.version import __version__

__all__ = ["__version__"]
