"""Sketches whose hashes are drawn: kernel student, the published sketch of it, and its refit."""

from __future__ import annotations

import numpy as np

from rs2c.base.errors import DataError
from rs2c.base.progress import telling
from rs2c.read.datasets import Dataset
from rs2c.sketch.hash_family import draw_hashes
from rs2c.sketch.sketch import MAX_STEP_BITS, RepresenterSketch, build, query
from rs2c.train.refit import refit
from rs2c.train.run import Run
from rs2c.train.student import train_student
from rs2c.train.target_range import binary_digits


def anchors_of(run: Run) -> int:
    """Anchors of the kernel student, which start as rows."""
    return min(run.options.anchors, run.options.training_rows, len(run.parts.learn))


def hashed(run: Run) -> RepresenterSketch:
    """Kernel student, sketch of it, and refit where the method says so."""
    options, inputs = run.options, run.inputs.map
    lesson = run.lesson(inputs.transform(run.train.X))
    taught = lesson.take(run.rows)
    family = options.hash_family(lesson.x.shape[1])
    refits = options.method == "refit"
    student = train_student(
        taught,
        family,
        anchors=anchors_of(run),
        seed=options.seed,
        spread=family.columns ** (1 / family.hashes) / 6 if refits else 1.0,
        steps=options.student_steps,
        tell=telling(run.progress, "training the kernel student"),
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
    tell, valid = telling(run.progress, "refitting the counts"), lesson.take(run.parts.valid)
    sketch = refit(built, taught, valid, seed=options.seed, steps=options.refit_steps, tell=tell)
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
