"""All methods of the comparison by name. A method takes a problem and proposes candidates, one training after another.

A method ends when it has had its trainings, or is ended when it has had its time. The runner judges the candidates on
validation rows, and reads the test rows once, for the one it picked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from benchmarks.accuracy import learned_method, mlp_methods, sketch_methods
from benchmarks.accuracy.candidates import Candidate
from benchmarks.accuracy.problem import Problem

Method = Callable[[Problem], Iterable[Candidate]]


# `teacher` is no entry: the runner measures it from its scores.
METHODS: dict[str, Method] = {
    "kernel": sketch_methods.kernel,
    "representer": sketch_methods.representer,
    "refit": sketch_methods.refitted,
    "learned": learned_method.by_bytes,
    "learned-operations": learned_method.by_operations,
    "mlp": mlp_methods.dense,
    "mlp-sparse": mlp_methods.sparse,
    "mlp-sparse-output": mlp_methods.sparse_output,
}
LEARNED, LEARNED_OPERATIONS = "learned", "learned-operations"
NETWORKS = ("mlp", "mlp-sparse", "mlp-sparse-output")  # the opponents, of which the better by validation counts
DEFAULT_METHODS = ("teacher", *METHODS)
