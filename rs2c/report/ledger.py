"""The ledger of one model: what each stage scores, what the model costs, and what every target computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.emit.library import emit_and_describe
from rs2c.model.card import Stage
from rs2c.model.cost import model_cost
from rs2c.model.file import ModelFile
from rs2c.model.integer_model import IntegerModel
from rs2c.model.metric import measure
from rs2c.model.quality import judge_classes
from rs2c.model.scoring import DEFAULT_METRIC
from rs2c.read.datasets import Dataset
from rs2c.simulate.targets import targets_of
from rs2c.train.description import times_smaller
from rs2c.train.fit import Fitted
from rs2c.verify.verdicts import Verdict

SCHEMA = 1


def answers_in_c(model: IntegerModel, raw: npt.NDArray[Any], workdir: Path) -> npt.NDArray[np.int32]:
    """Answers (m, n_answers) that the emitted C gives on this machine, by the first host compiler found."""
    name = "ledger_model"
    library = emit_and_describe(ModelFile(model), name, workdir / name)
    return targets_of("host")[0].build(library, workdir).run(raw).answers


def c_metric(model: IntegerModel, answers: npt.NDArray[np.int32], y: npt.NDArray[Any]) -> float:
    """Accuracy or mean absolute error of answers computed in C."""
    if model.task == "classify":
        return float(np.mean(answers[:, 0] == y))
    return measure(np.ldexp(answers.astype(np.float64), -model.output.value_frac_bits), y, "regress")


def target_entry(verdict: Verdict) -> dict[str, Any]:
    """One target of the ledger, as JSON values."""
    footprint = verdict.footprint
    return {
        "target": verdict.target,
        "compiler": verdict.compiler,
        "flags": verdict.flags,
        "vectors": verdict.vectors,
        "mismatches": verdict.mismatches,
        "bins_covered": round(verdict.coverage.share, 6),
        "bins_reached": verdict.coverage.reached,
        "bins_reachable": verdict.coverage.reachable,
        "flash_bytes": footprint.flash_bytes if footprint else None,
        "ram_bytes": footprint.ram_bytes if footprint else None,
        "stack_bytes": footprint.stack_bytes if footprint else None,
        "instructions": _span(verdict.instructions),
        "cycles": _span(verdict.cycles),
        "cycles_from": verdict.cycles_from,
        "crc32_of_scores": f"{verdict.crc:08x}",
    }


def _span(least_and_most: tuple[int, int] | None) -> dict[str, int] | None:
    return None if least_and_most is None else dict(zip(("min", "max"), least_and_most, strict=True))


def make_ledger(
    train: Dataset, test: Dataset, fitted: Fitted, answers: npt.NDArray[np.int32], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    """The ledger as JSON values (docs/ledger.md). `answers` are those of the emitted C on the test rows."""
    model, cost = fitted.model, model_cost(fitted.model)
    smaller = times_smaller(fitted)
    in_c = Stage("c", DEFAULT_METRIC[model.task], c_metric(model, answers, test.y))
    ledger: dict[str, Any] = {
        "schema": SCHEMA,
        "dataset": {
            "name": train.name,
            "fingerprint": train.fingerprint,
            "features": model.n_features,
            "classes": len(model.class_names),
            "train_rows": len(train.y),
            "test_rows": len(test.y),
        },
        "stages": [asdict(stage) for stage in (*fitted.stages, in_c)],
        "model": {
            "bytes": cost.bytes,
            "operations": cost.operations,
            "bytes_of": cost.bytes_of,
            "operations_of": cost.operations_of,
            "teacher_bytes": fitted.teacher_bytes,
            "teacher_operations": fitted.teacher_operations,
            "times_smaller": None if smaller is None else asdict(smaller),
        },
        "targets": [target_entry(verdict) for verdict in verdicts],
    }
    if model.task == "classify":
        table = judge_classes(answers[:, 0].astype(np.int64), test.y, len(model.class_names))
        ledger["confusion"] = table.confusion.astype(int).tolist()
        ledger["recall"] = {
            name: round(float(share), 6) for name, share in zip(model.class_names, table.recall, strict=True)
        }
    return ledger
