"""Models of different shapes on every core: the same scores everywhere.

Ten thousand vectors on the host, a quarter of them on emulated cores, where the edges come first; of two large models
a quarter of that, for the ATmega328P takes a second for 40 of the one, and the search for edges of the other as long.
"""

from __future__ import annotations

import pytest

from rs2c.cli.demo_run import load_digits
from rs2c.model.cost import model_cost
from rs2c.model.integer_model import IntegerModel
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.verify.verdicts import every_target, verify_targets
from tests.emit.shapes import shapes
from tests.support.tools import not_here

VECTORS, FEWER = 10_000, 2_500
MODELS = (
    "gesture", "runs", "level", "meter", "motor", "shared_probe", "factored", "sparse_signs", "lists_in_steps",
    "uniform_lists",
)  # fmt: skip
CORES = {
    "host-gcc", "host-clang", "cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7", "cortex-m33",
    "cortex-m55", "rv32imc", "lx106", "lx6", "atmega328p",
}  # fmt: skip


def check(model: IntegerModel, vectors: int = VECTORS, leave_out: frozenset[str] = frozenset()) -> None:
    targets, missing = every_target()
    if missing:
        not_here(", ".join(core.target for core in missing))
    chosen = [target for target in targets if target.name not in leave_out]
    verdicts = verify_targets(model, chosen, vectors=vectors, emulated_vectors=vectors // 4)
    assert {verdict.target for verdict in verdicts} == CORES - leave_out
    assert [(v.target, v.mismatches) for v in verdicts if not v.passed] == []
    host = [verdict for verdict in verdicts if "host" in verdict.target]
    emulated = [verdict for verdict in verdicts if "host" not in verdict.target]
    assert min(verdict.vectors for verdict in host) >= vectors
    assert {verdict.vectors for verdict in emulated} == {vectors // 4}
    assert [len({verdict.crc for verdict in alike}) for alike in (host, emulated)] == [1, 1]
    assert all(verdict.instructions or verdict.cycles for verdict in emulated)


@pytest.mark.parametrize("name", MODELS)
def test_every_core_gives_the_same_scores(name: str) -> None:
    model = shapes()[name].model
    assert model_cost(model).operations <= 2000
    check(model, FEWER if name == "runs" else VECTORS)


def test_every_core_but_the_smallest_gives_the_scores_of_the_demo() -> None:
    """The demo's model, trained for a first look; its 13 kB and 3,354 operations are much for an ATmega328P."""
    split = load_digits(0)
    check(fit(split.train, FitOptions(method="refit").quick()).model, FEWER, frozenset({"atmega328p"}))
