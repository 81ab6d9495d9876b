"""scikit-learn's own checks of the estimator contract. No failure is expected."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from rs2c import RepresenterSketchClassifier, RepresenterSketchRegressor

SMALL = {
    "rows": 24, "columns": 8, "anchors": 32, "hidden": (32,), "teacher_epochs": 60, "student_steps": 50,
    "refit_steps": 60, "learned_steps": 50, "method": "refit", "random_state": 0,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [
        kind(**{**SMALL, "method": method})
        for kind in (RepresenterSketchClassifier, RepresenterSketchRegressor)
        for method in ("refit", "learned")
    ]
)
def test_contract(estimator, check):
    check(estimator)
