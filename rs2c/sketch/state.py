"""A sketch as plain values and arrays, for a file: what cannot be drawn again from the seed, and nothing else."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs2c.base.errors import DataError, ModelFileError, OptionError, Rs2cError
from rs2c.sketch.hash_family import MAX_DIRECTION_VALUES, HashFamily, RowHashes, draw_hashes, learned_hashes
from rs2c.sketch.sketch import MAX_STEP_BITS, RepresenterSketch


def to_state(sketch: RepresenterSketch) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Values that JSON can hold, and arrays; hash directions that can be drawn again are left out.

    Arrays: `counts` int64 or float32 (T, R, C or 1); `bias` (C,) and, where there are any, `projection` (n_inputs, p),
    `tail` (p, C), learned `directions` (L, p) and `offsets` (L,) as int64, the bits of their float64 values;
    `factors` float32 (L, C); `weight_sum` int64 (C,) as built. `from_state` gives back an equal sketch.
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
    if sketch.tail is not None:
        arrays["tail"] = _bits(sketch.tail)
    if sketch.factors is not None:
        arrays["factors"] = sketch.factors
    if sketch.hashes.family.directions == "learned":
        arrays |= {"directions": _bits(sketch.hashes.directions[:, 0]), "offsets": _bits(sketch.hashes.offsets[:, 0])}
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
        projection, weight_sum, factors = (arrays.get(name) for name in ("projection", "weight_sum", "factors"))
        tail = arrays.get("tail")
        rows, step_bits = values["rows"], values["step_bits"]
        width = len(bias) if factors is None else 1
        arrays_of_rows = range(1, rows + 1) if step_bits is None else (rows,)  # T: shared only after a refit
        if bias.ndim != 1 or len(counts) not in arrays_of_rows or counts.shape[1:] != (family.columns, width):
            raise DataError(f"counts of shape {counts.shape} do not fit the family")  # before directions are drawn
        for values32 in (counts, factors):
            if values32 is not None and values32.dtype == np.float32 and not np.isfinite(values32).all():
                raise DataError("a count or factor is not finite")
        if factors is not None and factors.dtype != np.float32:
            raise DataError("factors must be float32")
        if weight_sum is not None and weight_sum.dtype != np.int64:
            raise DataError("weight_sum must be int64")
        if step_bits is not None and (type(step_bits) is not int or not 0 <= step_bits <= MAX_STEP_BITS):
            raise OptionError(f"step_bits={step_bits!r} is out of range")
        if rows * family.hashes * family.dimensions > MAX_DIRECTION_VALUES:
            raise OptionError(f"{rows} rows of {family.hashes} hashes in {family.dimensions} dimensions are too many")
        return RepresenterSketch(
            hashes=_hashes(family, rows, values["seed"], arrays),
            projection=None if projection is None else _floats(projection),
            counts=counts,
            step_bits=step_bits,
            weight_sum=weight_sum,
            bias=bias,
            groups=values["groups"],
            probe=values["probe"],
            factors=factors,
            tail=None if tail is None else _floats(tail),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, Rs2cError) as error:
        raise ModelFileError(f"the sketch in the file is damaged ({error!s:.200}); write the file again") from None


def _hashes(family: HashFamily, rows: int, seed: int, arrays: Mapping[str, NDArray[Any]]) -> RowHashes:
    """Hashes drawn from the seed, or those stored."""
    if family.directions != "learned":
        return draw_hashes(family, rows, seed)
    directions, offsets = _floats(arrays["directions"]), _floats(arrays["offsets"])
    if directions.shape != (rows, family.dimensions) or offsets.shape != (rows,):
        raise DataError(f"directions of shape {directions.shape} do not fit the family")
    hashes = learned_hashes(directions, offsets, family.columns)
    if hashes.family != family:
        raise DataError("learned directions need a grid of one hash a row and a bin width of 1")
    return hashes


def _bits(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.ascontiguousarray(values, np.float64).view(np.int64)


def _floats(bits: NDArray[Any]) -> NDArray[np.float64]:
    if bits.dtype != np.int64:
        raise DataError(f"an array of {bits.dtype.name} must be int64, the bits of float64 values")
    floats = np.ascontiguousarray(bits).view(np.float64)
    if not np.isfinite(floats).all():
        raise DataError("a value is not finite")
    return floats
