"""The key of a result: a hash of its settings and of the source text that decides it.

What decides a result is declared below, method by method: whole modules, or `module:name` for one definition of a
module whose other parts do not matter. A result whose key is not today's is run again.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from benchmarks.accuracy.cells import Cell, Effort

ROOT = Path(__file__).parents[2]
SCHEMA = 1

_COST = ("rs2c.cost:narrowest_width", "rs2c.cost:stored_entries", "rs2c.cost:stored_bytes")
TEACHER = (
    "benchmarks.accuracy.problem",
    "benchmarks.accuracy.teachers",
    "rs2c.inputs",
    "rs2c.scores",
    "rs2c.teacher",
)
_STUDENTS = (*TEACHER, "benchmarks.accuracy.candidates", "rs2c.distillation")
_NETWORK = (
    *_STUDENTS,
    *_COST,
    "benchmarks.accuracy.mlp_methods",
    "benchmarks.accuracy.mlp_model",
    "benchmarks.accuracy.mlp_pruning",
    "benchmarks.accuracy.mlp_size",
    "benchmarks.accuracy.mlp_train",
    "rs2c.pruning",
    "rs2c.quantize_inputs",
    "rs2c.reference:convert",
    "rs2c.reference:_convert",
    "rs2c.reference:_indicate",
    "rs2c.reference:_scale",
    "rs2c.reference:float_to_value",
    "rs2c.reference:narrow",
)
_KERNEL = (*_STUDENTS, "benchmarks.accuracy.sketch_methods", "rs2c.collision", "rs2c.student")
_SKETCH = (
    *_KERNEL,
    "rs2c.cost",
    "rs2c.hash_family",
    "rs2c.quantize",
    "rs2c.quantize_counts",
    "rs2c.quantize_inputs",
    "rs2c.reference",
    "rs2c.sketch",
)
_LEARNED = (
    *_SKETCH,
    "benchmarks.accuracy.learned_method",
    "rs2c.fake_quantization",
    "rs2c.learn",
    "rs2c.learn_options",
    "rs2c.learned_shapes",
    "rs2c.linear_probe",
    "rs2c.precision",
    "rs2c.pruning",
    "rs2c.recipe",
    "rs2c.row_scales",
    "rs2c.trained_rows",
    "rs2c.unroll",
)
SOURCES: dict[str, tuple[str, ...]] = {
    "teacher": TEACHER,
    "kernel": _KERNEL,
    "representer": _SKETCH,
    "refit": (*_SKETCH, "rs2c.refine"),
    "learned": _LEARNED,
    "learned-operations": _LEARNED,
    "mlp": _NETWORK,
    "mlp-sparse": _NETWORK,
    "mlp-sparse-output": _NETWORK,
}


def cell_key(cell: Cell, effort: Effort) -> str:
    """The key of the result of a cell, hex."""
    settings = {"cell": asdict(cell.source), "method": cell.method, "size": cell.size, "seed": cell.seed}
    settings["cell"].pop("seeds")  # more seeds change no result
    settings["cell"].pop("counted")
    return _hash([SCHEMA, settings, asdict(effort), sources_hash(SOURCES[cell.method])])


def teacher_key(cell: Cell, effort: Effort) -> str:
    """The key of the teacher of a cell, hex: settings of its students do not matter."""
    source = asdict(cell.source)
    names = ("name", "train_fingerprint", "test_fingerprint")
    work = [effort.teacher_epochs, effort.training_rows]
    return _hash([SCHEMA, {name: source[name] for name in names}, cell.seed, work, sources_hash(TEACHER)])


@lru_cache
def sources_hash(entries: Sequence[str]) -> str:
    """SHA-256 of the source text of modules and definitions."""
    digest = hashlib.sha256()
    for entry in sorted(set(entries)):
        digest.update(f"{entry}\n{source_text(entry)}\n".encode())
    return digest.hexdigest()


def source_text(entry: str) -> str:
    """The text of `module`, or of one definition at its top, `module:name`; raises LookupError where there is none."""
    module, _, name = entry.partition(":")
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    text = path.read_text(encoding="utf-8")
    if not name:
        return text
    for node in ast.parse(text).body:
        if getattr(node, "name", None) == name:
            return ast.get_source_segment(text, node) or ""
    raise LookupError(f"{module} defines no {name}")


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
