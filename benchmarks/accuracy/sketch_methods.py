"""The sketch as published, the same with fitted counts, and the kernel student that both are sketches of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from benchmarks.accuracy.candidates import Candidate
from benchmarks.accuracy.problem import Problem
from rs2c.model.cost import Cost, model_cost
from rs2c.model.integer_model import IntegerModel
from rs2c.model.metric import integer_scores
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import Labels, quantize
from rs2c.sketch.hash_family import HashFamily, draw_hashes
from rs2c.sketch.sketch import RepresenterSketch, build
from rs2c.train.refit import refit
from rs2c.train.student import KernelStudent, train_student

ANCHORS = 256  # M
MOST_PROJECTED = 16  # p
PROJECTION_SHARE = 0.4  # of the bytes, that the projection of wide data may take
LEAST_PROJECTED = 2
MOST_ROWS = 2048
COLUMNS_AS_PUBLISHED = (8, 16, 32, 64)  # of one student: hashes differ, the kernel does not
HASHES_AS_PUBLISHED = (1, 2)
COLUMNS_REFITTED = (16, 8)
_KEPT_STUDENTS = 4


@dataclass(frozen=True)
class _StudentKey:
    name: str
    seed: int
    steps: int
    anchors: int
    spread: float
    family: HashFamily  # with the columns set aside where they do not matter


_students: dict[_StudentKey, KernelStudent] = {}


def model_candidate(problem: Problem, run: int, settings: dict[str, object], model: IntegerModel) -> Candidate:
    """The candidate of a sketch: answered by the integer reference, charged by its canonical cost."""
    return Candidate.of(problem, run, settings, model_cost(model), lambda raw: integer_scores(model, raw))


def kernel(problem: Problem) -> Iterator[Candidate]:
    """The kernel student, in float: what the sketch as published approximates."""
    student = _student(problem, _family(problem, columns=16, hashes=1, refits=False))
    arrays = (student.projection, student.anchors, student.weights, student.bias)
    p, anchors = student.projection.shape[1], len(student.anchors)
    work = student.projection.size + anchors * (p + 1 + problem.n_scores) + problem.n_scores
    cost = Cost({"float32": 4 * sum(array.size for array in arrays)}, {"float32": work})
    settings = {"anchors": anchors, "projected": p}
    inputs = problem.inputs
    yield Candidate.of(problem, 0, settings, cost, lambda raw: student.scores(inputs.transform(raw)), integer=False)


def representer(problem: Problem) -> Iterator[Candidate]:
    """The sketch as published: rehashed L2 hashes, counts as built, the rows that fit."""
    for run, hashes in enumerate(HASHES_AS_PUBLISHED[: problem.effort.runs]):
        for columns in COLUMNS_AS_PUBLISHED:
            family = _family(problem, columns, hashes, refits=False)
            found = _largest(problem, family)
            if found is not None:
                rows, sketch = found
                settings = {"rows": rows, "columns": columns, "hashes": hashes, "projected": family.dimensions}
                yield model_candidate(problem, run, settings, _quantize(problem, sketch))


def refitted(problem: Problem) -> Iterator[Candidate]:
    """Grid hashes read by a linear probe, counts fitted to the teacher and the labels."""
    for run, columns in enumerate(COLUMNS_REFITTED[: problem.effort.runs]):
        family = _family(problem, columns, hashes=1, refits=True)
        found = _largest(problem, family)
        if found is not None:
            rows, sketch = found
            fitted = refit(
                sketch,
                problem.lesson,
                problem.valid_lesson,
                seed=problem.seed,
                steps=problem.effort.sketch_steps,
                label_weight=problem.label_weight,
            )
            settings = {"rows": rows, "columns": columns, "projected": family.dimensions}
            yield model_candidate(problem, run, settings, _quantize(problem, fitted))


def _family(problem: Problem, columns: int, hashes: int, *, refits: bool) -> HashFamily:
    inputs = problem.lesson.x.shape[1]
    projected = min(inputs, MOST_PROJECTED)
    if problem.size:
        projected = min(projected, max(LEAST_PROJECTED, int(PROJECTION_SHARE * problem.size / inputs)))
    return HashFamily("l2", projected, hashes, columns, range="grid" if refits else "rehash")


def _student(problem: Problem, family: HashFamily) -> KernelStudent:
    """The kernel student of a family; a rehash does not change the kernel, so its columns do not matter."""
    refits = family.range == "grid"
    spread = family.columns ** (1 / family.hashes) / 6 if refits else 1.0  # of hash values, in columns
    known = family if refits else replace(family, columns=16)
    anchors, steps = min(ANCHORS, len(problem.lesson.x)), problem.effort.sketch_steps
    key = _StudentKey(problem.source.name, problem.seed, steps, anchors, spread, known)
    if key not in _students:
        while len(_students) >= _KEPT_STUDENTS:
            del _students[next(iter(_students))]
        _students[key] = train_student(
            problem.lesson, known, anchors=anchors, seed=problem.seed, spread=spread, steps=steps
        )
    return _students[key]


def _largest(problem: Problem, family: HashFamily) -> tuple[int, RepresenterSketch] | None:
    """The built sketch with most rows that fits the size, or None where not even one row does."""
    linear = family.range == "grid" and family.hashes == 1
    student = _student(problem, family)

    def with_rows(rows: int) -> RepresenterSketch:
        return build(
            draw_hashes(family, rows, problem.seed),
            student.anchors,
            student.weights,
            projection=student.projection,
            bias=student.bias,
            probe="linear" if linear else "nearest",
        )

    def fits(rows: int) -> bool:
        return model_cost(_quantize(problem, with_rows(rows))).bytes <= problem.size

    rows = _most(fits, MOST_ROWS)
    return None if rows == 0 else (rows, with_rows(rows))


def _most(fits: Callable[[int], bool], limit: int) -> int:
    """The largest number up to `limit` that fits, by bisection; 0 where 1 does not."""
    low, high = 0, limit + 1
    step = 1
    while step <= limit and fits(step):
        low, step = step, 2 * step
    high = min(step, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def labels_of(problem: Problem) -> Labels:
    """Names that the models of a problem carry."""
    learn = problem.learn
    return Labels(learn.task, learn.feature_names, learn.categories, learn.class_names)


def _quantize(problem: Problem, sketch: RepresenterSketch) -> IntegerModel:
    return quantize(sketch, quantize_inputs(problem.inputs, 8), labels_of(problem))
