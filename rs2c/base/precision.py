"""How wide the integers of a model are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from rs2c.base.errors import OptionError

LARGEST_BIAS = 1 << 28  # of a regressor's score: its counts take the rest of the range
LARGEST_TAIL = 1 << 29  # what a linear tail may add to a score
NEARLY = 1e-6  # trained values are float32: one that just fills a step must not take the next wider one


@dataclass(frozen=True)
class Precision:
    """Widths in bits of inputs, of directions, of counts, and of factors and a linear tail."""

    input_bits: Literal[8, 16] = 8  # not of learned sketches, whose inputs take what they need
    direction_bits: Literal[4, 8] = 8
    count_bits: Literal[4, 8, 16] = 8
    factor_bits: Literal[4, 8] = 8
    offset_bits: Literal[8, 16] = 16  # of learned sketches

    def __post_init__(self) -> None:
        for name, widths in get_type_hints(Precision).items():
            if getattr(self, name) not in get_args(widths):
                raise OptionError(f"{name} is {getattr(self, name)}; use {' or '.join(map(str, get_args(widths)))}")


def largest_of(bits: int) -> int:
    """Largest magnitude of an integer of so many bits; the most negative value is not used."""
    return (1 << (bits - 1)) - 1
