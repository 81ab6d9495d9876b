"""Fixtures shared with the tests of the simulator."""

from tests.simulate.conftest import simulator

__all__ = ["simulator"]
