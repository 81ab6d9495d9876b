"""Each stage of a fit, on small data: every family learns, refit helps, quantization costs little."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from rs2c.base.errors import DataError, OptionError
from rs2c.base.precision import Precision
from rs2c.model import reference
from rs2c.model.file import from_bytes, to_bytes
from rs2c.model.metric import integer_scores
from rs2c.read.datasets import from_arrays
from rs2c.sketch.sketch import query
from rs2c.train.adam import Adam, Group
from rs2c.train.fit import fit
from rs2c.train.fit_options import FitOptions
from rs2c.train.teach import GivenScores
from rs2c.train.torch_setup import import_torch
from tests.support.host import assert_c_equals_reference

QUICK = FitOptions(
    method="refit", teacher="network", hidden=(64, 64), teacher_epochs=40, student_steps=200, refit_steps=150,
    anchors=48, rows=32,
)  # fmt: skip


def rings(rows: int, seed: int, dtype: str = "float32"):
    """Three classes: a disc, a ring around it, and outside; two useful columns among five."""
    rng = np.random.Generator(np.random.PCG64(seed))
    X = rng.normal(0, 1, (rows, 5))
    radius = np.hypot(X[:, 0], X[:, 1])
    y = np.digitize(radius, [0.8, 1.5])
    if dtype == "uint8":
        X = np.clip(X * 30 + 128, 0, 255)
    return from_arrays(X.astype(dtype), y)


def sectors(rows: int, seed: int, dtype: str = "float32"):
    """Three classes by angle: what signs of random projections can tell apart."""
    rng = np.random.Generator(np.random.PCG64(seed))
    X = rng.normal(0, 1, (rows, 3))
    y = np.digitize(np.arctan2(X[:, 1], X[:, 0]), [-1.0, 1.0])
    if dtype == "uint8":
        X = np.clip(X * 30 + 128, 0, 255)
    return from_arrays(X.astype(dtype), y)


def waves(rows: int, seed: int):
    rng = np.random.Generator(np.random.PCG64(seed))
    X = rng.uniform(-2, 2, (rows, 3)).astype(np.float32)
    return from_arrays(X, (1e4 + 50 * np.sin(2 * X[:, 0]) + 20 * X[:, 1]).astype(np.float32))


FAMILIES = {
    "representer l2": replace(QUICK, method="representer", rows=128),
    "representer l2 K2": replace(QUICK, method="representer", rows=128, hashes=2),
    "representer srp": replace(QUICK, method="representer", family="srp", rows=128),
    "representer ternary": replace(QUICK, method="representer", directions="ternary", rows=128),
    "representer ternary srp": replace(QUICK, method="representer", family="srp", directions="ternary", rows=128),
    "representer median": replace(QUICK, method="representer", rows=125, groups=5),
    "refit l2": QUICK,
    "refit l2 K2": replace(QUICK, hashes=2),
    "refit srp": replace(QUICK, family="srp", rows=64),
    "refit ternary": replace(QUICK, directions="ternary"),
    "refit 16 bits": replace(QUICK, precision=Precision(16, count_bits=16)),
}


ON_BYTES = (("representer l2", "uint8"), ("refit ternary", "uint8"), ("refit srp", "uint8"))


@pytest.mark.parametrize(("name", "dtype"), [*((name, "float32") for name in FAMILIES), *ON_BYTES])
def test_every_family_learns_and_its_c_is_equal(name, dtype):
    make = sectors if FAMILIES[name].family == "srp" else rings
    train, test = make(800, 1, dtype), make(400, 2, dtype)
    fitted = fit(train, FAMILIES[name], test=test)
    value = {stage.stage: stage.value for stage in fitted.stages}
    majority = np.bincount(test.y).max() / len(test.y)
    assert value["teacher"] > 0.8
    assert value["kernel"] > majority + 0.2, value
    assert value["sketch"] > majority + 0.1, value
    float_stage = value.get("refined", value["sketch"])
    assert value["integer"] > float_stage - 0.03, value
    if "refined" in value:
        assert value["refined"] > 0.75, value
    assert_c_equals_reference(fitted.model, test.X)


@pytest.mark.parametrize(("fused", "decay"), [(False, 0.0), (False, 0.1), (True, 0.0)])
def test_the_optimizer_is_that_of_torch_to_the_bit(fused, decay):
    torch = import_torch()
    start = torch.randn(3, 50, generator=torch.Generator().manual_seed(1))
    ours, theirs = ([start[i].clone().requires_grad_() for i in range(3)] for _ in range(2))
    optimizer = Adam(torch, [Group(ours[:1], 0.02), Group(ours[1:], 0.3, decay)], (0.9, 0.99), fused=fused)
    kind = torch.optim.AdamW if decay else torch.optim.Adam
    groups = [{"params": theirs[:1], "lr": 0.02, "weight_decay": 0.0}, {"params": theirs[1:], "weight_decay": decay}]
    judge = kind(groups, lr=0.3, betas=(0.9, 0.99), fused=fused)
    schedule = torch.optim.lr_scheduler.LambdaLR(judge, lambda step: 1 / (1 + step))

    def loss_of(values, step):  # the last one has no gradient at first
        return sum((value.sin() * (step + 1)).square().sum() for value in values[: 2 + step // 3])

    for step in range(8):
        optimizer.step(loss_of(ours, step), 1 / (1 + step))
        judge.zero_grad()
        loss_of(theirs, step).backward()
        judge.step()
        schedule.step()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True)), step
    assert not any(torch.equal(a, b) for a, b in zip(ours, start, strict=True))


def test_a_fit_does_not_load_the_compiler_of_torch():
    """It would take more than half of the time of a small fit."""
    program = (
        "import sys, numpy as np\n"
        "from rs2c.read.datasets import from_arrays\n"
        "from rs2c.train.fit import FitOptions, fit\n"
        "X = np.arange(80, dtype=np.float32).reshape(40, 2) % 7\n"
        "for method in ('learned', 'refit'):\n"
        "    fit(from_arrays(X, (X[:, 0] > 3).astype(int)), FitOptions(method=method, rows=4).quick())\n"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_regression_far_from_zero():
    train, test = waves(800, 1), waves(500, 2)
    fitted = fit(train, QUICK, test=test)
    value = {stage.stage: stage.value for stage in fitted.stages}
    spread = np.mean(np.abs(test.y - np.median(test.y)))
    assert value["refined"] < 0.6 * spread
    assert abs(value["integer"] - value["refined"]) < 0.02 * spread
    assert fitted.model.output.value_frac_bits > 0


def test_integer_scores_follow_the_float_sketch():
    train, test = rings(800, 1), rings(400, 2)
    fitted = fit(train, QUICK, test=test)
    float_scores = query(fitted.sketch, fitted.inputs.transform(test.X))
    integer = integer_scores(fitted.model, test.X).astype(float)
    for c in range(float_scores.shape[1]):
        slope, offset = np.polyfit(float_scores[:, c], integer[:, c], 1)
        left = integer[:, c] - slope * float_scores[:, c] - offset
        assert slope > 0
        assert left.std() < 0.05 * integer[:, c].std()


def test_multiclass_scores_share_one_scale_and_one_seed_gives_one_file():
    train = rings(600, 1)
    first, again = (to_bytes(fit(train, QUICK).content) for _ in range(2))
    assert first == again
    assert first != to_bytes(fit(train, replace(QUICK, seed=4)).content)
    content = from_bytes(first)
    assert content.sections["card"].values["facts"]["method"] == "refit"
    stages = content.sections["card"].values["stages"]
    assert [stage["value"] for stage in stages] == [None] * 5  # no test data
    assert all(0.3 < stage["validation"] <= 1 for stage in stages)


def test_a_fit_has_one_thread_and_threads_and_chance_are_the_callers_again(monkeypatch):
    """And it tells how far each of its long steps is."""
    monkeypatch.setattr("rs2c.base.progress._SECONDS_BETWEEN_SHARES", 0.0)
    torch = import_torch()
    threads_within, shares = set(), {}

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info()} | {torch.get_num_threads()}

    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    with threadpool_limits(2):
        torch.set_num_threads(2)

        def progress(text: str, share: float | None = None) -> None:
            shares.setdefault(text, []).append(share)
            if share in (None, 0.0, 1.0):
                threads_within.update(threads())

        fit(rings(200, 0), QUICK, progress=progress)
        assert threads() == {2}
    torch.set_num_threads(1)
    assert threads_within == {1}
    assert torch.equal(torch.rand(3), wanted)
    for step in ("training the teacher", "training the kernel student", "refitting the counts"):
        told = shares.pop(step)
        assert told[0] == 0
        assert told == sorted(told)
        assert len(set(told)) > 50
        assert told[-1] == 1 or step == "training the teacher"  # which may stop early
    assert shares == {"quantizing": [None]}


def test_a_teacher_of_ones_own():
    from sklearn.ensemble import HistGradientBoostingClassifier

    train, test = rings(800, 1), rings(400, 2)
    boosting = HistGradientBoostingClassifier(random_state=0).fit(train.X, train.y)
    asked = fit(train, QUICK, test=test, teacher=boosting)
    given = GivenScores(boosting.predict_proba(train.X), boosting.predict_proba(test.X))
    told = fit(train, QUICK, test=test, teacher=given)
    assert asked.stages[0].value == boosting.score(test.X, test.y)
    assert asked.stages[0] == told.stages[0]
    assert to_bytes(asked.content) == to_bytes(told.content)
    assert asked.teacher_bytes is None
    assert asked.stages[-1].value > 0.75


def test_two_classes_have_one_score_and_missing_values_stand_for_the_mean():
    rng = np.random.Generator(np.random.PCG64(0))
    X = rng.normal(5, 2, (800, 4)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] > 10).astype(np.int64)
    X[::9, 3] = np.nan
    fitted = fit(from_arrays(X, y, missing="mean"), QUICK)
    assert fitted.model.n_scores == 1
    row = np.array([[7.0, 6.0, 5.0, np.nan], [7.0, 6.0, 5.0, fitted.inputs.centre[3]]], np.float32)
    x = reference.quantize(fitted.model, row)
    assert x[0, 3] == 0
    assert abs(x[1, 3]) <= 1
    assert np.mean(reference.predict(fitted.model, X) == y) > 0.9


def test_mistakes_are_named():
    train = rings(200, 1)
    with pytest.raises(OptionError, match="unknown method"):
        FitOptions(method="learn")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="groups"):
        FitOptions(method="refit", groups=3)
    for teacher in (GivenScores(np.zeros((199, 3))), lambda X: np.zeros((len(X) - 1, 3))):
        with pytest.raises(DataError, match="199 teacher scores for 200 rows"):
            fit(train, QUICK, teacher=teacher)
    with pytest.raises(DataError, match="every feature is constant"):
        fit(from_arrays(np.ones((50, 2), np.float32), np.arange(50) % 2), QUICK)
    with pytest.raises(OptionError, match="no scores"):
        fit(train, QUICK, teacher="network")
    with pytest.raises(OptionError, match=r"tolerance is 1\.5; use a share"):
        fit(train, FitOptions(tolerance=1.5))
    with pytest.raises(DataError, match=r"in 0\.000 of the rows, which is far worse"):
        fit(train, QUICK, teacher=GivenScores(np.eye(3)[(train.y + 1) % 3]))
