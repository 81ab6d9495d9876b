"""Shapes of models that reach every branch of the templates, the goldens among them."""

from __future__ import annotations

from rs2c.model.file import ModelFile, Section
from tests.emit.models import GOLDENS
from tests.support.random_models import random_model
from tests.support.random_shapes import Shape

# Together with the goldens these take every branch of the templates both ways; a test says so.
_SHAPES = {
    "far_windows": Shape(constants="extreme", outputs=7, rows_a_group=2),
    "wide_inputs": Shape(raw_type="int8", front_bits=16, indicators=1, count_bits=16, rows_a_group=2),
    "raw_signs": Shape(raw_type="uint16", front_bits=0, kind="srp", hashes=3, outputs=2),
    "one_sign": Shape(raw_type="int8", front_bits=0, kind="srp", hashes=1, outputs=3),
    "raw_lists": Shape(raw_type="int16", front_bits=0, layout="ternary", features=17, hashes=2),
    "projected_lists": Shape(projected=9, z_bits=16, layout="ternary", kind="rehash", groups=3),
    "rehash_clamped": Shape(kind="rehash", hashes=3, shifts="least", constants="extreme", task="regress", outputs=1),
    "probe_any": Shape(linear=True, shifts="any", outputs=2, rows_a_group=6),
    "probe_fine": Shape(linear=True, shifts="least", groups=5, rows_a_group=2, task="regress", outputs=3),
    # Long enough for a compiler to prefer memset and memcpy to a loop.
    "many": Shape(raw_type="uint16", front_bits=0, features=300, outputs=40, groups=5, rows_a_group=1, cell_bits=1),
    "many_values": Shape(task="regress", features=300, outputs=40, rows_a_group=2, cell_bits=1),
    "uniform": Shape(raw_type="uint8", constants="uniform", projected=4, shifts="least", task="regress", outputs=2),
    "uniform_probe": Shape(constants="uniform", linear=True, outputs=2),
    "uniform_rehash": Shape(constants="uniform", kind="rehash", hashes=2, raw_type="uint16"),
    "large": Shape(raw_type="uint8", front_bits=0, features=1, outputs=40, rows_a_group=5, cell_bits=8),
    "no_tables": Shape(constants="uniform", raw_type="uint8", front_bits=0, features=1),
    # Learned sketches.
    "shared": Shape(arrays=3, groups=3, rows_a_group=2, outputs=2, bias_shift=5, small=True),
    "shared_probe": Shape(
        arrays=1, linear=True, front_bits=12, factored=True, tail="sparse", offset_shift=3, scaled=True
    ),
    "factored": Shape(raw_type="uint8", front_bits=0, factored=True, tail="dense", layout="sparse", outputs=7),
    "sparse_rehash": Shape(layout="sparse", kind="rehash", hashes=2, tail="sparse", offset_shift=3, groups=3),
    "sparse_signs": Shape(layout="sparse", kind="srp", hashes=3, small=True, task="regress", tail="sparse"),
    "sparse_probe": Shape(layout="sparse", linear=True, shifts="least", projected=9, factored=True, outputs=2),
    "lists_in_steps": Shape(layout="ternary", offset_shift=3, tail="dense", runs=True, features=17, scaled=True),
    "runs": Shape(runs=True, features=300, small=True, outputs=40, rows_a_group=2, cell_bits=1, task="regress"),
    "uniform_lists": Shape(constants="uniform", layout="sparse", tail="sparse", factored=True, arrays=2),
    "ties": Shape(constants="ties", raw_type="uint8", front_bits=0, features=1, layout="ternary", rows_a_group=1),
}


def shapes() -> dict[str, ModelFile]:
    """Models of all shapes by name, the goldens among them."""
    empty_card = {"card": Section()}
    return {**GOLDENS, **{name: ModelFile(random_model(shape, 5), empty_card) for name, shape in _SHAPES.items()}}
