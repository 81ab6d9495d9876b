"""Models of which a linear term is the only block: rules, scores, bounds and cost by hand, file and verification."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rs2c.base.errors import BoundError, ModelError
from rs2c.model import reference
from rs2c.model.bounds import prove
from rs2c.model.canonical import arrays, manifest, model_hash
from rs2c.model.cost import model_cost
from rs2c.model.file import ModelFile, from_bytes, to_bytes
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.integer_model import IntegerModel, Output
from rs2c.model.summary import summary
from rs2c.model.vectors import random_vectors
from rs2c.verify.coverage import coverage
from rs2c.verify.edge_search import edge_and_column_vectors
from rs2c.verify.verdicts import verification_vectors
from tests.support.small_models import front_end, projection, tail

WEIGHTS, SHIFTS = [[2, -3], [0, 5]], [0, 3]


def line(weights: Any = WEIGHTS, shifts: Any = SHIFTS, layout: Any = "dense", **changes: Any) -> IntegerModel:
    """int8 features read by a linear term alone, with the bias 7 << 2 and -1 << 2 unless given."""
    given: dict[str, Any] = {
        "task": "regress",
        "raw_type": "int8",
        "feature_names": ("a", "b"),
        "categories": ((), ()),
        "class_names": (),
        "front_end": None,
        "projection": None,
        "blocks": (tail(weights, shifts, layout),),
        "output": Output(np.array([7, -1], np.int32), bias_shift=2),
    }
    return IntegerModel(**given | changes)


def two_classes(weights: Any, bias: int) -> IntegerModel:
    output = Output(np.array([bias], np.int32))
    return line([weights], 1, task="classify", class_names=("no", "yes"), output=output)


def scores_of(subject: IntegerModel, raw: Any) -> Any:
    return reference.scores(subject, reference.quantize(subject, np.array(raw, subject.raw_type))).tolist()


@pytest.mark.parametrize(
    ("sentence", "changes"),
    [
        ("weights of a block do not match what it reads", {"weights": [[1], [1]]}),
        ("weights of a block do not match what it reads", {"projection": projection([[1, 1]])}),
        ("scores of a block do not match the bias", {"weights": [[1, 1]], "shifts": 0}),
        ("tail shift is above 24", {"shifts": 25}),
        ("unknown layout", {"layout": "ternary"}),
        ("float features need a front end", {"raw_type": "float32"}),
    ],
)
def test_its_rules_are_those_of_every_model(sentence: str, changes: Any) -> None:
    with pytest.raises(ModelError, match=f"^invalid integer model: .*{sentence}"):
        line(**changes)


def test_a_classifier_has_equal_shifts() -> None:
    three = {"task": "classify", "class_names": ("a", "b", "c"), "output": Output(np.zeros(3, np.int32))}
    line([[1, 1]] * 3, 2, **three)
    with pytest.raises(ModelError, match="classifier have different shifts"):
        line([[1, 1]] * 3, [2, 2, 1], **three)


@pytest.mark.parametrize("layout", ["dense", "sparse"])
def test_scores_by_hand(layout: str) -> None:
    subject = line(layout=layout)
    # (10, 4): 20 - 12 + 28, and (20 << 3) - 4; (-128, 127): -256 - 381 + 28, and (635 << 3) - 4
    assert scores_of(subject, [[10, 4], [-128, 127], [0, 0]]) == [[36, 156], [-609, 5076], [28, -4]]
    values = reference.predict(
        replace(subject, output=replace(subject.output, value_frac_bits=3)), np.array([[10, 4]], np.int8)
    )
    assert values.tolist() == [[4.5, 19.5]]


def test_it_reads_what_a_projection_gives() -> None:
    """z = round((a + 2 b) / 2): (3, 1) gives 2.5, which goes up."""
    subject = line([[1], [-2]], 0, projection=projection([[1, 2]], shift=1))
    assert scores_of(subject, [[3, 1], [-3, -1]]) == [[31, -10], [26, 0]]


def test_two_classes_tie_to_the_first() -> None:
    subject = two_classes([1, -1], -2)  # (a - b) * 2 - 2
    assert scores_of(subject, [[1, 0], [2, 0], [0, 0]]) == [[0], [2], [-2]]
    assert reference.predict(subject, np.array([[1, 0], [2, 0], [0, 0]], np.int8)).tolist() == [0, 1, 0]


def test_bounds_by_hand() -> None:
    found = [(bound.name, bound.largest, bound.limit) for bound in prove(line())]
    # |2| 128 + |-3| 128 and |5| 128; the larger score is the second: (640 << 3) + 4
    assert found == [("tail", 640, 1 << 31), ("score", (640 << 3) + 4, 1 << 30)]
    front = front_end(8, centre=[0, 0])
    assert [bound.name for bound in prove(line(front_end=front))] == ["front end", "tail", "score"]


def test_the_score_at_its_limit() -> None:
    room = (1 << 30) - 1 - (2 * 128 << 1)
    assert prove(two_classes([1, -1], -room))[-1].largest == (1 << 30) - 1
    with pytest.raises(BoundError, match="the score can reach 1073741824"):
        prove(two_classes([1, -1], room + 1))


def test_cost_by_hand() -> None:
    dense, sparse = model_cost(line()), model_cost(line(layout="sparse"))
    # four weights two to a byte and two shifts; two biases and their shift
    assert (dense.bytes_of, dense.operations_of) == ({"tail": 2 + 2, "output": 2 + 1}, {"tail": 4 + 2, "output": 2})
    # three weights, their indices, how many each score has, and two shifts
    assert (sparse.bytes_of["tail"], sparse.operations_of["tail"]) == (2 + 3 + 2 + 2, 3 + 2)


def test_it_is_written_and_read_back() -> None:
    subject = line(layout="sparse")
    raw = to_bytes(ModelFile(subject))
    again = from_bytes(raw).model
    assert manifest(again)["values"]["blocks"] == [{"kind": "linear_term", "layout": "sparse"}]
    assert {name: array.tolist() for name, array in arrays(again).items()} == {
        "blocks.0.weights": WEIGHTS,
        "blocks.0.output_shifts": SHIFTS,
        "output.bias": [7, -1],
    }
    assert model_hash(again) == model_hash(subject)
    assert to_bytes(ModelFile(again)) == raw
    assert again.block(HashedRows) is None
    assert summary(again) == "Linear model, 2 features to 2 values"


def test_no_column_is_left_to_cover() -> None:
    subject = line()
    raw = random_vectors(subject, np.random.default_rng(1), 5)
    found = coverage(subject, raw)
    assert (found.reached, found.reachable, found.share) == (0, 0, 1.0)
    assert len(edge_and_column_vectors(subject, np.random.default_rng(1), raw)) == 0
    assert len(verification_vectors(subject, 100, 1)) == 100


def test_vectors_on_both_sides_of_a_decision_are_found() -> None:
    subject = two_classes([1, -1], 1)  # odd scores: 1 is met, and 0 never
    rng = np.random.default_rng(2)
    found = edge_and_column_vectors(subject, rng, random_vectors(subject, rng, 50))
    assert len(found) >= 16
    assert {score for (score,) in scores_of(subject, found)} == {1}
