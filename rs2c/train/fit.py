"""From a data set to an integer model: teacher, sketch by one of the methods, quantization, each stage measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rs2c.base.errors import DataError, OptionError
from rs2c.base.precision import Precision
from rs2c.model.file import ModelFile, Section
from rs2c.model.integer_model import IntegerModel
from rs2c.model.metric import integer_scores, measure, metric_name
from rs2c.model.missing import missing_section
from rs2c.model.rules import MAX_FEATURES, MAX_SCORES
from rs2c.quantize.input_map import InputMap, fit_inputs
from rs2c.quantize.inputs import IntegerInputs, quantize_inputs
from rs2c.quantize.model import Labels, quantize
from rs2c.read.datasets import Dataset
from rs2c.sketch.hash_family import draw_hashes
from rs2c.sketch.sketch import MAX_STEP_BITS, RepresenterSketch, build, query
from rs2c.sketch.state import to_state
from rs2c.train.distillation import Lesson
from rs2c.train.fit_options import FitOptions
from rs2c.train.learn import learn
from rs2c.train.learn_options import LearnOptions
from rs2c.train.refit import refit
from rs2c.train.search import Candidate, Tried, least_acceptable, smallest_learned
from rs2c.train.shapes import offset_bits_for
from rs2c.train.student import train_student
from rs2c.train.target_range import binary_digits, check_targets
from rs2c.train.teach import GivenScores, Parts, Taught, teach, validation_split
from rs2c.train.torch_setup import one_thread

__all__ = ["FitOptions", "Fitted", "GivenScores", "Stage", "fit"]

_LEAST_DEVIATION = 1e-30  # of a feature; the integer steps of smaller ones are too coarse


@dataclass(frozen=True)
class Stage:
    """Metric of one stage on test data: teacher, kernel, sketch, refined or integer."""

    stage: str
    metric: str
    value: float


@dataclass(frozen=True)
class Fitted:
    """Everything a fit made. `teacher_bytes` and `teacher_operations` are None where only scores are known.

    `precision` is what the sketch was quantized with; method auto chooses it with the shape. `search` has the lines of
    method auto, in the order in which they were tried, judged on validation rows.
    """

    model: IntegerModel
    sketch: RepresenterSketch
    inputs: InputMap
    precision: Precision
    stages: tuple[Stage, ...]
    teacher_bytes: int | None
    teacher_operations: int | None
    content: ModelFile
    search: tuple[Tried, ...] = ()


@dataclass
class _Fit:
    """One run of `fit`: what all its steps read, and the stages measured so far."""

    train: Dataset
    test: Dataset | None
    options: FitOptions
    inputs: IntegerInputs
    parts: Parts
    taught: Taught
    progress: Callable[[str], None]
    stages: list[Stage] = field(default_factory=list)

    def record(self, stage: str, scores_of_test: Callable[[Dataset], npt.NDArray[Any]]) -> None:
        """Measure a stage on the test data, where there are any."""
        if self.test is not None:
            value = measure(scores_of_test(self.test), self.test.y, self.train.task)
            self.stages.append(Stage(stage, metric_name(self.train.task), value))

    @property
    def labels(self) -> Labels:
        return Labels(self.train.task, self.train.feature_names, self.train.categories, self.train.class_names)

    @property
    def lesson_rows(self) -> npt.NDArray[np.int64]:
        """Rows that sketches learn from."""
        rng = np.random.Generator(np.random.PCG64(self.options.seed))
        return np.sort(rng.permutation(self.parts.learn)[: self.options.training_rows])

    @property
    def anchors(self) -> int:
        """Anchors of the kernel student, which start as rows."""
        return min(self.options.anchors, self.options.training_rows, len(self.parts.learn))

    def lesson(self, x: npt.NDArray[np.float32]) -> Lesson:
        """All training rows with inputs x."""
        return Lesson(self.train.task, x, self.taught.scores, self.train.y)


@one_thread()
def fit(
    train: Dataset,
    options: FitOptions | None = None,
    *,
    test: Dataset | None = None,
    teacher: Any = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Fitted:
    """Fit a data set.

    `teacher` is None for the built-in network, a GivenScores, or any model that `rs2c.train.ask.scores_of` can ask: a
    fitted scikit-learn estimator, a torch module or a callable on raw features. Stages are measured on `test`.
    """
    options = options or FitOptions()
    inputs = fit_inputs(train.X, train.categories, binary_steps=options.is_learned, missing=train.missing == "mean")
    _check_inputs(train, inputs)
    integer = quantize_inputs(inputs, options.precision.input_bits)
    if train.task == "regress":
        check_targets(train.y)
    elif (options.tolerance or 0) >= 1:
        raise OptionError(f"the tolerance is {options.tolerance}; use a share of all rows below 1, such as 0.005")
    parts = validation_split(train, options.seed)
    progress("training the teacher" if teacher is None else "asking the teacher")
    taught = teach(
        train, test, inputs, parts, teacher, seed=options.seed, hidden=options.hidden, epochs=options.teacher_epochs
    )
    run = _Fit(train, test, options, integer, parts, taught, progress)
    if taught.test_scores is not None:
        given = taught.test_scores
        run.record("teacher", lambda _: given)
    precision, search = options.precision, tuple[Tried, ...]()
    if options.is_learned:
        candidate, search = _learned(run)
        sketch, model, precision = candidate.sketch, candidate.model, candidate.shape.precision
        run.record("refined", lambda data: query(sketch, integer.values(data.X)))
    else:
        sketch = _hashed(run)
        progress("quantizing")
        model = quantize(sketch, integer, run.labels, precision)
    run.record("integer", lambda data: integer_scores(model, data.X))
    sections = {"sketch": Section(*to_state(sketch)), "card": _card(run)}
    if inputs.missing:
        sections["missing"] = missing_section(train.missing_values)
    content = ModelFile(model, sections)
    cost = taught.bytes, taught.operations
    return Fitted(model, sketch, inputs, precision, tuple(run.stages), *cost, content, search)


def _check_inputs(train: Dataset, inputs: InputMap) -> None:
    """Raise DataError on features, or classes, that no model can hold."""
    if len(inputs.source) > MAX_FEATURES or len(train.class_names) > MAX_SCORES:
        raise DataError(
            f"the data have {len(inputs.source)} inputs and {len(train.class_names)} classes; a model holds up to "
            f"{MAX_FEATURES} inputs, a category each, and {MAX_SCORES} classes"
        )
    fine = ~inputs.inert & (inputs.scale < _LEAST_DEVIATION)
    if fine.any():
        j = int(np.flatnonzero(fine)[0])
        raise DataError(
            f"feature {train.feature_names[inputs.source[j]]!r} deviates by {inputs.scale[j]:.3g}; give it in units in "
            f"which that is at least {_LEAST_DEVIATION:g}"
        )


def _hashed(run: _Fit) -> RepresenterSketch:
    """Kernel student, sketch of it, and refit where the method says so: hashes are drawn."""
    options, inputs = run.options, run.inputs.map
    lesson = run.lesson(inputs.transform(run.train.X))
    taught = lesson.take(run.lesson_rows)
    family = options.hash_family(lesson.x.shape[1])
    refits = options.method == "refit"
    run.progress("training the kernel student")
    student = train_student(
        taught,
        family,
        anchors=run.anchors,
        seed=options.seed,
        spread=family.columns ** (1 / family.hashes) / 6 if refits else 1.0,
        steps=options.student_steps,
    )
    run.record("kernel", lambda data: student.scores(inputs.transform(data.X)))
    linear = refits and family.kind == "l2" and family.hashes == 1
    built = build(
        draw_hashes(family, options.sketch_rows, options.seed),
        student.anchors,
        student.weights,
        projection=student.projection,
        bias=student.bias,
        step_bits=_step_bits(run.train),
        groups=options.groups,
        probe="linear" if linear else "nearest",
    )
    run.record("sketch", lambda data: query(built, inputs.transform(data.X)))
    if not refits:
        return built
    run.progress("refitting the counts")
    sketch = refit(built, taught, lesson.take(run.parts.valid), seed=options.seed, steps=options.refit_steps)
    run.record("refined", lambda data: query(sketch, inputs.transform(data.X)))
    return sketch


def _step_bits(train: Dataset) -> int:
    """Binary digits of a weight after the point: 20 in units of the deviation of the targets.

    Of several outputs that of the smallest counts, as long as sums of the largest stay below 2^53.
    """
    digits = binary_digits(train.y) if train.task == "regress" else np.zeros(1, np.int64)
    least, most = int(digits.min()), int(digits.max())
    if not 20 - MAX_STEP_BITS <= least <= most <= MAX_STEP_BITS:
        raise DataError(
            "methods representer and refit take targets that deviate by 1e-6 to 1e12 from their mean; give them in "
            "other units, or use method learned"
        )
    return max(min(20 - least, MAX_STEP_BITS - most), 0)


def _learned(run: _Fit) -> tuple[Candidate, tuple[Tried, ...]]:
    """A sketch whose directions are trained, of the given shape or of the smallest that does."""
    options, train, inputs = run.options, run.train, run.inputs
    lesson = run.lesson(inputs.values(train.X))
    taught, valid = lesson.take(run.lesson_rows), lesson.take(run.parts.valid)
    raw_valid = train.X[run.parts.valid]

    def train_shape(shape: LearnOptions) -> Candidate:
        sketch = learn(taught, inputs, shape, seed=options.seed)
        model = quantize(sketch, inputs, run.labels, shape.precision)
        return Candidate(shape, sketch, model, valid.standing(integer_scores(model, raw_valid)))

    base = options.learn_options()
    if options.method == "learned":
        run.progress("training the sketch")
        return train_shape(base), ()
    base = replace(base, precision=replace(base.precision, offset_bits=offset_bits_for(inputs.constant)))
    needed = least_acceptable(valid.standing(valid.scores), train.task, options.tolerance, valid.deviation)
    n, scores = int(inputs.used.sum()), lesson.scores.shape[1]
    return smallest_learned(train_shape, base, needed, train.task, n, scores, run.progress)


def _card(run: _Fit) -> Section:
    """Provenance for the model card: names, sizes and figures, no row of the data."""
    train, options = run.train, run.options
    facts = {
        "data": train.name,
        "data hash (training rows)": train.fingerprint[:16],
        "training rows": len(train.y),
        "method": options.method,
        "seed": options.seed,
    }
    if not options.is_learned:
        facts["anchors"] = run.anchors
    if run.inputs.map.missing:
        declared = "".join(f", and {value}" for value in train.missing_values)
        facts["missing values"] = f"the training mean stands for not-a-number{declared}"
    if train.class_names:
        facts["classes"] = len(train.class_names)
    return Section({"facts": facts, "stages": [asdict(stage) for stage in run.stages]}, {})
