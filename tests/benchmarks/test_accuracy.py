"""The yardstick: opponents answer in integers and cost what they say, methods end, and the grid is fixed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from benchmarks.accuracy.candidates import best_of
from benchmarks.accuracy.cells import SIZELESS, Effort, Source, load_grid, order_of_work
from benchmarks.accuracy.methods import DEFAULT_METHODS, METHODS
from benchmarks.accuracy.mlp_methods import dense, sparse
from benchmarks.accuracy.mlp_model import IntegerMlp, front_end_cost, layer_cost, mlp_cost, without_dead_parts
from benchmarks.accuracy.mlp_size import Shape, dense_plan, sparse_plan
from benchmarks.accuracy.mlp_train import DeviceInputs, Network, Recipe
from benchmarks.accuracy.problem import Problem, Rows, make_problem, split_rows
from benchmarks.accuracy.runner import Setting, _collect
from benchmarks.accuracy.statistics import bootstrap
from benchmarks.accuracy.teachers import TeacherScores
from rs2c.model.cost import model_cost
from rs2c.quantize.input_map import fit_inputs
from rs2c.quantize.inputs import quantize_inputs
from rs2c.quantize.model import Labels, quantize
from rs2c.read.datasets import Dataset, from_arrays
from rs2c.sketch.hash_family import HashFamily, draw_hashes
from rs2c.sketch.sketch import build
from rs2c.train.distillation import ScoreScale
from rs2c.train.torch_setup import load_torch

SOURCE = Source("toy", 5, True, False, "", "")
EFFORT = Effort(runs=2, steps=120, sketch_steps=60)


def toy(rows: int, classes: int, dtype: str, seed: int) -> Dataset:
    """Points around class centres; classes = 0 gives a regression."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, max(classes, 2), rows)
    centres = np.random.default_rng(9).normal(0, 2, (max(classes, 2), 6))
    x = centres[y] + rng.normal(0, 1, (rows, 6))
    raw = np.clip(40 + 10 * x, 0, 255).astype(dtype)
    if classes:
        data = from_arrays(raw, y, task="classify", raw_type=dtype)
        return replace(data, class_names=tuple(str(c) for c in range(classes)))
    return from_arrays(raw, (x[:, 0] * 3 + 1980).astype(np.float32), task="regress", raw_type=dtype)


def problem_of(classes: int, dtype: str, size: int) -> tuple[Problem, Setting]:
    """A problem with a perfect teacher."""
    learn, valid, test = (toy(rows, classes, dtype, seed) for rows, seed in ((600, 1), (200, 2), (300, 3)))
    rows = Rows(learn, valid, test, fit_inputs(learn.X, learn.categories))

    def scores(data: Dataset) -> np.ndarray:
        if classes == 0:
            return data.y[:, None].astype(np.float64)
        return 4.0 * np.eye(classes)[data.y] if classes > 2 else 4.0 * (2.0 * data.y[:, None] - 1)

    parts = {"learn": scores(learn), "valid": scores(valid), "test": scores(test)}
    teacher = TeacherScores("mlp", parts, {"mlp": 1.0}, 400, 100)
    problem = make_problem(SOURCE, 0, size, EFFORT, rows, parts["learn"], parts["valid"])
    return problem, Setting(rows, teacher)


@pytest.mark.parametrize(("classes", "dtype"), [(3, "uint8"), (2, "float32"), (0, "float32")])
@pytest.mark.parametrize("method", [dense, sparse])
def test_networks_learn_and_fit(classes: int, dtype: str, method) -> None:  # type: ignore[no-untyped-def]
    problem, _ = problem_of(classes, dtype, 200)
    candidates = [candidate for _, candidate in zip(range(2), method(problem), strict=False)]
    best = best_of(problem, candidates)
    assert best is not None
    assert best.cost.bytes <= 200
    spread = float(np.abs(problem.valid.y - np.median(problem.valid.y)).mean())
    assert best.valid > 0.8 if classes else best.valid < 0.5 * spread


def by_hand(model: IntegerMlp, raw: np.ndarray) -> list[int]:
    units = []
    for weights, bias in zip(model.hidden.tolist(), model.hidden_bias.tolist(), strict=True):
        total = bias + sum(w * int(x) for w, x in zip(weights, raw, strict=True))
        units.append(min(max(total, 0) >> model.shift, 255))
    return [
        int(bias) + sum(w * u for w, u in zip(weights, units, strict=True))
        for weights, bias in zip(model.output.tolist(), model.output_bias, strict=True)
    ]


def random_network(seed: int) -> IntegerMlp:
    rng = np.random.default_rng(seed)
    hidden = rng.integers(-127, 128, (5, 4)).astype(np.int8)
    output = rng.integers(-127, 128, (3, 5)).astype(np.int8)
    hidden[1], output[:, 2] = 0, 0  # a constant unit, and one that nobody reads
    bias = rng.integers(-3000, 9000, 5).astype(np.int32)
    return IntegerMlp("classify", "uint8", 4, None, hidden, bias, 6, output, np.arange(3, dtype=np.int32), 0, True)


@pytest.mark.parametrize("seed", range(4))
def test_network_answers_as_the_loops_say(seed: int) -> None:
    model, raw = random_network(seed), np.random.default_rng(seed).integers(0, 256, (50, 4)).astype(np.uint8)
    scores = model.scores(raw)
    assert [row.tolist() for row in scores] == [by_hand(model, row) for row in raw]
    smaller = without_dead_parts(model)
    assert len(smaller.hidden) == 3
    assert np.array_equal(smaller.scores(raw), scores)


@pytest.mark.parametrize(("classes", "dtype"), [(3, "uint8"), (0, "float32")])
def test_training_sees_the_integer_network(classes: int, dtype: str) -> None:
    problem, _ = problem_of(classes, dtype, 400)
    torch, inputs, scale = load_torch(3), DeviceInputs.of(problem), ScoreScale.of(problem.lesson)
    network = Network(torch, inputs, Recipe(hidden=9, rate=1e-2, steps=10, seed=3), problem.lesson, scale)
    x = torch.as_tensor(inputs.x)
    with torch.no_grad():
        network(x, quantized=False)
        seen = network(x, quantized=True).numpy() * scale.scale + scale.mean
    scores = network.export(problem).scores(problem.learn.X).astype(np.float64)
    if classes:  # scores of a classifier have a step of their own
        scores, seen = (each - each.mean() for each in (scores, seen))
        scores *= (seen * scores).sum() / (scores * scores).sum()
    assert np.abs(scores - seen).max() < 0.01 * np.abs(seen - seen.mean()).max()


def test_inputs_are_those_of_the_device() -> None:
    problem, _ = problem_of(3, "uint8", 400)
    inputs = DeviceInputs.of(problem)
    values = inputs.unit * (problem.learn.X.astype(np.float64) + inputs.centre)
    assert np.allclose(values, inputs.x, atol=1e-5)


def test_front_end_is_charged_as_for_sketches() -> None:
    data = toy(300, 2, "float32", 1)
    inputs = quantize_inputs(fit_inputs(data.X, data.categories), 8)
    hashes = draw_hashes(HashFamily("l2", 6, 1, 8, range="grid"), 4, 0)
    labels = Labels("classify", data.feature_names, data.categories, data.class_names)
    model = quantize(build(hashes, np.zeros((2, 6)), np.ones((2, 1))), inputs, labels)
    front_bytes, front_operations = front_end_cost(inputs.front_end, "float32", 6)
    cost = model_cost(model)
    assert (front_bytes, front_operations) == (cost.bytes_of["front end"], cost.operations_of["front end"])


def test_layers_cost_weights_indices_and_lengths() -> None:
    weights = np.zeros((4, 300), np.int8)
    weights[:, :7] = 1
    assert layer_cost(weights, sparse=False) == (1200, 1200)
    assert layer_cost(weights, sparse=True) == (28 * 3 + 1, 28)  # indices past 256 take two bytes; equal lengths one
    weights[0, 10] = 1
    assert layer_cost(weights, sparse=True) == (29 * 3 + 4, 29)
    weights[:3, 10] = 1
    assert layer_cost(weights, sparse=True) == (31 * 3 + 4, 31)
    assert layer_cost(np.tile(weights[::-1], (9, 1)), sparse=True) == (36 * 8 * 3 + 1, 36 * 8)  # filled up
    cost = mlp_cost(replace(random_network(0), sparse=False))
    assert cost.bytes == 20 + 5 * 2 + 15 + 3 + 1
    assert cost.operations == 20 + 15 + 3


def test_plans_are_the_largest_that_fit() -> None:
    shape = Shape(16, 26, 0, 0.0, 2)
    plan = dense_plan(shape, 1109)
    assert plan is not None
    assert plan.hidden == 24
    assert dense_plan(Shape(256, 10, 1793, 7.0, 2), 512) is None
    wide = sparse_plan(Shape(256, 10, 1793, 7.0, 2), 512, 6, 1.0)
    assert wide is not None
    assert wide.inputs == 25


def test_grid_is_fixed() -> None:
    grid = load_grid()
    assert grid.sizes == (512, 1024, 2048, 4096, 8192)
    assert len(grid.sources) == 21
    assert {source.name for source in grid.sources if not source.counted} == {"susy_1k"}
    assert {source.seeds for source in grid.sources} == {3, 5}


def test_order_of_work_is_balanced() -> None:
    grid = load_grid()
    work = list(order_of_work(grid, DEFAULT_METHODS))
    assert len(set(work)) == len(work)
    first = [cell for cell in work if cell.seed == 0]
    assert work[: len(first)] == first
    per_source = len(SIZELESS) + len(grid.sizes) * (len(DEFAULT_METHODS) - len(SIZELESS))
    assert set(Counter(cell.source.name for cell in first).values()) == {per_source}


def test_a_method_ends_after_its_trainings_or_its_time() -> None:
    problem, _ = problem_of(10, "uint8", 1024)
    for name, method in METHODS.items():
        effort = replace(EFFORT, learned_runs=3, steps=20)
        runs = [candidate.run for candidate in islice(method(replace(problem, effort=effort)), 20)]
        assert max(runs) < effort.runs_of(name), name
        tired = replace(effort, seconds=0.0)
        found, note = _collect(method(replace(problem, effort=tired)), tired, tired.runs_of(name), 0.0)
        assert [candidate.run for candidate in found] == [0]
        assert note == ("time ran out" if tired.runs_of(name) > 1 else "")
    found, note = _collect(METHODS["mlp"](replace(problem, effort=replace(tired, runs=1))), tired, 1, 0.0)
    assert (len(found), note) == (1, "")


def test_split_keeps_every_class() -> None:
    data = toy(200, 3, "uint8", 0)
    data = replace(data, y=np.where(np.arange(200) == 7, 2, data.y % 2))
    for seed in range(8):
        learn, valid = split_rows(data, seed, 100)
        assert not set(learn) & set(valid)
        assert (len(learn), len(valid)) == (100, 30)
        assert 7 in learn


def test_bootstrap_covers_the_mean() -> None:
    gains = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], p=[0.05, 0.93, 0.02], size=(5, 4000))
    low, high = bootstrap(gains)
    assert low < gains.mean() < high < -0.02
    assert high - low < 0.02
    assert bootstrap(np.zeros((3, 50))) == (0.0, 0.0)
