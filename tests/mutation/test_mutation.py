"""Change one constant or one operator of an emitted source, and verification must fail.

Here every change of the code and a seeded sample of those of the tables; `python -m benchmarks.mutation` runs all.
"""

from __future__ import annotations

import random

import pytest

from tests.mutation.equivalent import equivalent
from tests.mutation.models import MODELS
from tests.mutation.mutants import mutants
from tests.mutation.run import make_subject, try_out
from tests.support.tools import need_program

TABLE_SAMPLE = 80
VECTORS = 3000


@pytest.mark.parametrize("name", MODELS)
def test_a_change_is_noticed(name: str) -> None:
    need_program("gcc")
    subject = make_subject(MODELS[name], name, VECTORS, seed=1)
    everything = subject.mutants
    of_tables = [mutant for mutant in everything if mutant.kind == "table"]
    chosen = [mutant for mutant in everything if mutant.kind != "table"]
    chosen += random.Random(7).sample(of_tables, TABLE_SAMPLE)
    outcome = try_out(subject, chosen)
    noticed = outcome.by_value + outcome.by_sanitizer
    missed = [mutant.describe(subject.source) for mutant in outcome.alive if equivalent(subject, mutant) is None]
    assert len(noticed) >= 0.99 * (len(noticed) + len(missed)), "\n".join(missed)
    # A rule that excuses what some vector notices would have a wrong proof.
    assert not [mutant.describe(subject.source) for mutant in noticed if equivalent(subject, mutant) is not None]
    assert len(noticed) > 150
    # The rest writes beyond an array, such as the sums of a group that is not there: only sanitizers see that.
    assert len(outcome.by_value) >= 0.97 * len(noticed)


def test_mutants_of_a_small_source() -> None:
    source = (
        "#if N_ABI != 3\n#error 7\n#endif\n#define N_ROWS 4u /* 9 rows */\n"
        "static const int8_t n_count[] = {\n    -5, 0,\n};\n"
        "static int32_t n_read(const int32_t *raw, int32_t c)\n{\n"
        "    const int32_t *const at = &raw[c];\n    return (c < 0x10) ? *at * 2 : -at[0];\n}\n"
    )
    found = [(m.kind, m.where, m.index, m.before(source), m.text) for m in mutants(source, "n")]
    assert found == [
        ("macro", "ROWS", 0, "4u", "5u"),
        ("macro", "ROWS", 0, "4u", "3u"),
        ("table", "count", 0, "5", "6"),
        ("table", "count", 0, "5", "4"),
        ("table", "count", 1, "0", "1"),
        ("table", "count", 1, "0", "(0 - 1)"),
        ("operator", "read", 0, "<", "<="),
        ("operator", "read", 0, "<", ">"),
        ("literal", "read", 0, "0x10", "17"),
        ("literal", "read", 0, "0x10", "15"),
        ("operator", "read", 0, "?", "== 0 ?"),
        ("operator", "read", 0, "*", "+"),
        ("literal", "read", 0, "2", "3"),
        ("literal", "read", 0, "2", "1"),
        ("operator", "read", 0, "-", "+"),
        ("literal", "read", 0, "0", "1"),
        ("literal", "read", 0, "0", "(0 - 1)"),
    ]
    assert all(m.apply(source) != source for m in mutants(source, "n"))
