"""What scores are taken for: rounding makes no logits of probabilities, and logits stay logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rs2c.base.errors import DataError, OptionError
from rs2c.read.teacher_scores import as_scores

BITS = {f"{bits} bits": (1 / 2**bits, 1 - 1 / 2**bits) for bits in (8, 10, 16)}  # the greatest is 255/256
WHOLE = {f"{bits} bits to 1": (1 / (2**bits - 1), 1.0) for bits in (8, 10, 16)}
ROUNDINGS = {**BITS, **WHOLE, "2 decimals": (0.01, 1.0), "3 decimals": (0.001, 1.0)}
FLOATS = ("float16", "float32", "float64")


def probabilities(classes: int, sharpness: float, seed: int, rows: int = 60) -> Any:
    """Those of a softmax, float64 (rows, classes)."""
    logits = np.random.Generator(np.random.PCG64(seed)).normal(0, sharpness, (rows, classes))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(2, 26), st.sampled_from(list(ROUNDINGS)), st.floats(0.05, 8), seeds, st.sampled_from(FLOATS))
def test_rounded_probabilities_are_probabilities(classes, rounding, sharpness, seed, dtype) -> None:
    step, most = ROUNDINGS[rounding]
    exact = probabilities(classes, sharpness, seed)
    rounded = np.minimum(np.rint(exact / step) * step, most).astype(dtype)
    read = as_scores(rounded, "classify", classes, "the test")
    assert read.guessed == "probabilities"
    told = as_scores(rounded, "classify", classes, "the test", "probabilities")
    assert np.array_equal(read.table, told.table)
    assert told.guessed is None


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(2, 26), st.floats(0.05, 8), seeds, st.sampled_from(FLOATS), st.floats(-1e-6, 1e-6))
def test_noise_makes_no_logits(classes, sharpness, seed, dtype, off) -> None:
    shares = probabilities(classes, sharpness, seed).astype(dtype) * np.float64(1 + off)  # votes of 1.0000001
    assert as_scores(shares, "classify", classes, "the test").guessed == "probabilities"
    votes = np.eye(classes)[np.arange(60) % classes] * (1 + off)
    assert as_scores(votes, "classify", classes, "the test").guessed == "probabilities"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(2, 26), st.floats(0.05, 8), st.floats(-2, 2), seeds, st.sampled_from([0, 0.01, 1 / 256, 1.0]))
def test_logits_stay_logits(classes, sharpness, centre, seed, step) -> None:
    logits = np.random.Generator(np.random.PCG64(seed)).normal(centre, sharpness, (60, classes))
    logits = logits if step == 0 else np.rint(logits / step) * step
    assume(logits.min() < 0 or logits.max() > 1)  # else they may be told to be sigmoids of several labels
    read = as_scores(logits, "classify", classes, "the test")
    assert read.guessed == "logits"
    assert np.array_equal(read.table, logits if classes > 2 else logits[:, 1:] - logits[:, :1])


def test_one_column_of_shares_and_of_log_odds() -> None:
    shares = np.array([0.0, 0.25, 0.75, 1.0000001])
    read = as_scores(shares, "classify", 2, "the test")
    assert read.guessed == "probabilities"
    assert np.allclose(read.table[1:3, 0], [-np.log(3), np.log(3)])
    assert as_scores(np.array([-0.2, 0.7]), "classify", 2, "the test").guessed == "logits"
    always = np.array([0.6, 0.9])  # which a guess takes for log-odds, of a teacher that always answers class 1
    assert as_scores(always, "classify", 2, "the test").guessed == "logits"
    said = as_scores(always, "classify", 2, "the test", "probabilities").table
    assert np.allclose(said[:, 0], np.log([0.6 / 0.4, 9]))


def test_sigmoids_of_several_labels_are_refused_and_those_of_one_are_not() -> None:
    noise = np.random.Generator(np.random.PCG64(0)).normal(0, 1, (300, 4))
    several = 1 / (1 + np.exp(-2 * noise))
    with pytest.raises(DataError, match="more than one class in many rows, as those of a model of several labels are"):
        as_scores(several, "classify", 4, "the teacher")
    assert np.array_equal(as_scores(several, "classify", 4, "the teacher", "logits").table, several)
    one = 1 / (1 + np.exp(-(6 * np.eye(4)[np.arange(300) % 4] - 3 + noise)))
    assert as_scores(one, "classify", 4, "the teacher").guessed == "logits"


def test_what_is_said_goes_before_what_is_guessed() -> None:
    shares = probabilities(3, 1, 0)
    assert np.array_equal(as_scores(shares, "classify", 3, "the test", "logits").table, shares)
    alone = 0.5 * shares  # shares of classes that need not sum to 1
    assert as_scores(alone, "classify", 3, "the test").guessed == "logits"
    assert np.allclose(as_scores(alone, "classify", 3, "the test", "probabilities").table, np.log(alone))
    with pytest.raises(OptionError, match=r"go from -?\d.* as no probabilities do; say that they are logits"):
        as_scores(3 * shares, "classify", 3, "the test", "probabilities")
    assert as_scores(shares, "classify", 3, "s.npy").note("s.npy") == (
        "the scores from s.npy are taken for probabilities; set scores_are if they are logits",
    )
    assert as_scores(shares, "classify", 3, "s.npy", "logits").note("s.npy") == ()
    assert as_scores(shares, "regress", 0, "s.npy").note("s.npy") == ()
