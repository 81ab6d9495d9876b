"""Canaries: they are as they were kept, they see a changed rate, and what moved without a raised revision is told."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.canaries import __main__ as command
from benchmarks.canaries import record
from benchmarks.canaries.fits import FITS
from benchmarks.canaries.mutations import MUTATIONS, copy_of_code, noticed, place_of
from benchmarks.canaries.record import Canaries, Canary
from benchmarks.canaries.run import in_own_process
from benchmarks.revisions import revisions
from tests.support.tools import NOT_RUN, need_modules

HERE = {"versions": {"torch": "1", "numpy": "2"}, "processor": "abacus"}


def canary(revision: int = 1, *, first: int = 0, last: int = 8) -> Canary:
    return Canary.of(revision, [np.array([first, 1, 2]), np.array([7, last])])


def canaries(**methods: Canary) -> Canaries:
    return Canaries(HERE, methods)


def not_known(sentence: str) -> None:
    """Fail in CI, else skip."""
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(f"{NOT_RUN}{sentence}")


def test_canaries_move_only_with_the_revision_of_their_method() -> None:
    need_modules("torch", "sklearn")
    found = in_own_process()
    if record.kept_for(found.environment, record.read()) is None:
        not_known(record.unknown(found.environment))
    assert command.compare(found) == []


def test_a_changed_rate_is_noticed() -> None:
    need_modules("torch", "sklearn")
    rate = replace(next(m for m in MUTATIONS if m.what == "network: first rate"), methods=("mlp-sparse-output",))
    with copy_of_code() as root:
        kept = in_own_process(rate.methods, root)
        said = noticed(rate, root, kept)
        assert said is not None
        assert said.startswith("mlp-sparse-output: fit 0 begins with")


def test_every_method_has_a_canary() -> None:
    assert set(FITS) == set(revisions())
    assert all(set(kept.methods) == set(FITS) for kept in record.read())


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_what_mutations_change_is_there(mutation) -> None:  # type: ignore[no-untyped-def]
    assert place_of(mutation).suffix == ".py"
    assert mutation.new != mutation.text
    assert set(mutation.methods) <= set(FITS)


@pytest.mark.parametrize("text", ["no such text at all", "from __future__ import annotations", "betas=(0.9, 0.99)"])
def test_a_mutation_of_what_does_not_stand_once_is_refused(text: str) -> None:
    with pytest.raises(LookupError, match="does not stand once"):
        place_of(replace(MUTATIONS[0], text=text))


def test_canaries_come_back(tmp_path: Path) -> None:
    path = tmp_path / "canaries.json"
    assert record.read(path) == []
    both = [canaries(b=canary(), a=canary(2)), Canaries({"versions": {}, "processor": "other"}, {"a": canary()})]
    record.write(both, path)
    assert record.read(path) == both
    assert record.kept_for(HERE, both) == both[0]
    assert record.kept_for({**HERE, "processor": "unknown"}, both) is None


@pytest.mark.parametrize(
    ("found", "moved", "of_another"),
    [
        (canary(), None, False),
        (canary(2), None, True),
        (canary(first=1), "fit 0 begins with 1, 0 was kept", False),
        (canary(last=9), "later scores differ", False),
        (Canary.of(1, [np.array([0])]), "1 fits, 2 were kept", False),
        (canary(2, first=1), None, True),
    ],
)
def test_what_moves_must_be_declared(found: Canary, moved: str | None, of_another: bool) -> None:
    kept = canaries(one=canary(), same=canary())
    wrong = record.undeclared(canaries(one=found, same=canary()), kept)
    assert len(wrong) == (moved is not None)
    assert all(f"the canary of one moved ({moved}): raise the revision" in sentence for sentence in wrong)
    renew = record.stale(canaries(one=found, same=canary()), kept)
    assert ["--renew" in sentence for sentence in renew] == [True] * of_another


def test_a_lower_revision_declares_nothing() -> None:
    assert len(record.undeclared(canaries(one=canary(1, first=1)), canaries(one=canary(2)))) == 1


def test_methods_that_come_or_go_are_told() -> None:
    assert len(record.stale(canaries(new=canary()), canaries(old=canary()))) == 2


def test_renewal_keeps_what_was_declared_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "canaries.json"
    monkeypatch.setattr(command, "read", lambda: record.read(path))
    monkeypatch.setattr(command, "write", lambda kept: record.write(kept, path))
    start = canaries(one=canary(), two=canary())
    assert "no canaries are kept for torch 1, numpy 2 on abacus" in command.compare(start)[0]
    assert command.renew(start) == []
    assert command.compare(start) == []
    before = path.read_bytes()
    assert len(command.renew(canaries(one=canary(2, first=1), two=canary(last=9)))) == 1
    assert path.read_bytes() == before
    raised = canaries(one=canary(2, first=1), two=canary())
    assert command.compare(raised) != []
    assert command.renew(raised) == []
    assert command.compare(raised) == []
    elsewhere = Canaries({**HERE, "processor": "other"}, {"one": canary(2)})
    assert command.renew(elsewhere) == []
    assert record.read(path) == [raised, elsewhere]
    monkeypatch.setattr(command, "in_own_process", lambda: canaries(one=canary(2), two=canary()))
    monkeypatch.setattr("sys.argv", ["canaries", "--renew"])
    assert command.main() == 1
    assert record.read(path) == [raised, elsewhere]
