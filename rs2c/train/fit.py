"""From a data set to an integer model: teacher, sketch by one of the methods, quantization, each stage measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rs2c.base.choices import Method
from rs2c.base.errors import DataError, OptionError
from rs2c.base.precision import Precision
from rs2c.base.progress import Progress, silent
from rs2c.model.card import Stage
from rs2c.model.file import ModelFile, Section
from rs2c.model.integer_model import IntegerModel
from rs2c.model.metric import integer_scores
from rs2c.model.missing import missing_section
from rs2c.model.rules import MAX_FEATURES, MAX_SCORES
from rs2c.model.scoring import check_metric
from rs2c.quantize.input_map import InputMap, fit_inputs, too_fine
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import quantize
from rs2c.read.datasets import Dataset
from rs2c.sketch.sketch import RepresenterSketch, query
from rs2c.sketch.state import to_state
from rs2c.train.auto import learned
from rs2c.train.description import described
from rs2c.train.exam import Grade
from rs2c.train.fit_options import FitOptions
from rs2c.train.hashed import anchors_of, hashed
from rs2c.train.measured import Judged, card_section, judge_model
from rs2c.train.run import Run
from rs2c.train.search import Tried
from rs2c.train.target_range import check_targets, without_far
from rs2c.train.teach import GivenScores, teacher_name
from rs2c.train.torch_setup import one_thread
from rs2c.train.validation import Parts

__all__ = ["FitOptions", "Fitted", "GivenScores", "Stage", "fit"]


@dataclass(frozen=True)
class Fitted:
    """Everything a fit made. `teacher_bytes` and `teacher_operations` are those of the float32 network, None where none
    was trained.

    `precision` is what the sketch was quantized with; method auto chooses it with the shape. `search` has the lines of
    method auto, in the order in which they were tried, judged on rows held back. `teacher` says who taught, for
    people, and `teachers` what each that was trained reached on those rows. `grade` is that on them, of methods auto
    and learned. `parts` are row numbers of the training data. `notes` are sentences on how a teacher was read. `print`
    shows a fit in about ten lines.
    """

    model: IntegerModel
    sketch: RepresenterSketch
    inputs: InputMap
    precision: Precision
    stages: tuple[Stage, ...]
    teacher_bytes: int | None
    teacher_operations: int | None
    content: ModelFile
    method: Method
    teacher: str
    parts: Parts
    judged: Judged
    search: tuple[Tried, ...] = ()
    teachers: tuple[tuple[str, float], ...] = ()
    grade: Grade | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return described(self)


@one_thread()
def fit(
    train: Dataset,
    options: FitOptions | None = None,
    *,
    test: Dataset | None = None,
    teacher: Any = None,
    progress: Progress = silent,
) -> Fitted:
    """Fit a data set.

    `teacher` is None for the one that `options.teacher` names, a GivenScores, or anything that `rs2c.train.ask.ask` can
    ask: a model of a library that it knows, the Path of an `.onnx` or `.tflite` file, or a callable on raw features.
    Stages are measured on `test`. Targets, and values of a teacher, that are far from all others are taken as the
    nearest of these (`rs2c.read.far_targets`), but for those of `test`.
    """
    options = options or FitOptions()
    inputs = fit_inputs(train.X, train.categories, binary_steps=options.is_learned, missing=train.missing == "mean")
    _check_inputs(train, inputs)
    integer = quantize_inputs(inputs, options.precision.input_bits)
    if train.task == "regress":
        train = replace(train, y=without_far(train.y))
        check_targets(train.y)
    elif (options.tolerance or 0) >= 1:
        raise OptionError(f"the tolerance is {options.tolerance}; use a share of all rows below 1, such as 0.005")
    if teacher is not None and not isinstance(teacher, GivenScores):
        progress("asking the teacher")
        teacher = GivenScores.of_data(teacher, train, test)
    if teacher is not None and train.task == "regress":
        teacher = replace(teacher, train=without_far(np.asarray(teacher.train)))
    run = Run.start(train, test, options, check_metric(options.metric, train.task), integer, teacher, progress)
    taught, parts = run.taught, run.parts
    run.record("teacher", lambda data: taught.test_scores if data is test else taught.scores[parts.valid])
    precision, search, grade = options.precision, tuple[Tried, ...](), None
    if options.is_learned:
        candidate, search = learned(run)
        sketch, model, precision = candidate.sketch, candidate.model, candidate.shape.precision
        run.record("refined", lambda data: query(sketch, integer.values(data.X)))
        grade = candidate.grade
    else:
        sketch = hashed(run)
        progress("quantizing")
        model = quantize(sketch, integer, run.labels, precision)
    run.record("integer", lambda data: integer_scores(model, data.X))
    judged = judge_model(model, run.valid, test)
    sections = {"sketch": Section(*to_state(sketch)), "card": _card(run, judged)}
    if inputs.missing:
        sections["missing"] = missing_section(train.missing_values)
    return Fitted(
        model,
        sketch,
        inputs,
        precision,
        tuple(run.stages),
        taught.bytes,
        taught.operations,
        ModelFile(model, sections),
        options.method,
        teacher_name(taught.name) if run.given is None else run.given.name,
        parts,
        judged,
        search,
        taught.tried,
        grade,
        taught.notes,
    )


def _check_inputs(train: Dataset, inputs: InputMap) -> None:
    """Raise DataError on features, or classes, that no model can hold."""
    if len(inputs.source) > MAX_FEATURES or len(train.class_names) > MAX_SCORES:
        raise DataError(
            f"the data have {len(inputs.source)} inputs and {len(train.class_names)} classes; a model holds up to "
            f"{MAX_FEATURES} inputs, a category each, and {MAX_SCORES} classes"
        )
    if (fine := too_fine(inputs, train.feature_names)) is not None:
        raise DataError(fine)


def _card(run: Run, judged: Judged) -> Section:
    """Provenance for the model card: names, sizes and figures, no row of the data."""
    train, options = run.train, run.options
    facts = {
        "data": train.name,
        "data hash (training rows)": train.fingerprint[:16],
        "training rows": len(train.y),
        "method": options.method,
        "seed": options.seed,
    }
    if run.given is None:
        facts["teacher"] = run.taught.name
    if not options.is_learned:
        facts["anchors"] = anchors_of(run)
    if run.inputs.map.missing:
        declared = "".join(f", and {value}" for value in train.missing_values)
        facts["missing values"] = f"the training mean stands for not-a-number{declared}"
    if train.class_names:
        facts["classes"] = len(train.class_names)
    return card_section(facts, run.stages, judged, train.class_names)
