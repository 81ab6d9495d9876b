"""The command line. Each command has a module of its own; heavy imports happen inside commands."""

from rs2c.cli.app import main

__all__ = ["main"]
