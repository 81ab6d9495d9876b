"""A sketch as plain values and arrays, for a file: what cannot be drawn again from the seed, and nothing else."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.errors import DataError, ModelFileError, OptionError, Rs2cError
from rs2c.hash_family import HashFamily, draw_hashes
from rs2c.sketch import MAX_STEP_BITS, RepresenterSketch

_MAX_DIRECTION_VALUES = 1 << 24  # they are drawn, not stored: a small file must not take all memory


def to_state(sketch: RepresenterSketch) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Values that JSON can hold, and arrays; hash directions are left out.

    Arrays: `counts` int64 or float32 (L, R, C); `bias` (C,) and, if there is one, `projection` (n_inputs, p) as int64,
    the bits of their float64 values; `weight_sum` int64 (C,) as built. `from_state` gives back an equal sketch.
    """
    values = {
        "family": sketch.hashes.family.effective_options(),
        "seed": sketch.hashes.seed,
        "rows": sketch.hashes.rows,
        "step_bits": sketch.step_bits,
        "groups": sketch.groups,
        "probe": sketch.probe,
    }
    arrays: dict[str, NDArray[Any]] = {"counts": sketch.counts, "bias": _bits(sketch.bias)}
    if sketch.projection is not None:
        arrays["projection"] = _bits(sketch.projection)
    if sketch.weight_sum is not None:
        arrays["weight_sum"] = sketch.weight_sum
    return values, arrays


def from_state(values: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> RepresenterSketch:
    """The sketch that `to_state` described.

    Raises:
        ModelFileError: something is missing, of the wrong kind, or does not fit the rest.
    """
    try:
        family = HashFamily(**values["family"])
        counts, bias = arrays["counts"], _floats(arrays["bias"])
        projection, weight_sum = arrays.get("projection"), arrays.get("weight_sum")
        rows, step_bits = values["rows"], values["step_bits"]
        if bias.ndim != 1 or counts.shape != (rows, family.columns, len(bias)):  # before directions are drawn
            raise DataError(f"counts of shape {counts.shape} do not fit the family")
        if counts.dtype == np.float32 and not np.isfinite(counts).all():
            raise DataError("a count is not finite")
        if weight_sum is not None and weight_sum.dtype != np.int64:
            raise DataError("weight_sum must be int64")
        if step_bits is not None and (type(step_bits) is not int or not 0 <= step_bits <= MAX_STEP_BITS):
            raise OptionError(f"step_bits={step_bits!r} is out of range")
        if rows * family.hashes * family.dimensions > _MAX_DIRECTION_VALUES:
            raise OptionError(f"{rows} rows of {family.hashes} hashes in {family.dimensions} dimensions are too many")
        return RepresenterSketch(
            hashes=draw_hashes(family, rows, values["seed"]),
            projection=None if projection is None else _floats(projection),
            counts=counts,
            step_bits=step_bits,
            weight_sum=weight_sum,
            bias=bias,
            groups=values["groups"],
            probe=values["probe"],
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, Rs2cError) as error:
        raise ModelFileError(f"the sketch in the file is damaged ({error!s:.200}); write the file again") from None


def _bits(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.ascontiguousarray(values, np.float64).view(np.int64)


def _floats(bits: NDArray[Any]) -> NDArray[np.float64]:
    if bits.dtype != np.int64:
        raise DataError(f"an array of {bits.dtype.name} must be int64, the bits of float64 values")
    floats = np.ascontiguousarray(bits).view(np.float64)
    if not np.isfinite(floats).all():
        raise DataError("a value is not finite")
    return floats
