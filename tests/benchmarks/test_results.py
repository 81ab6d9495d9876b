"""Kept results: packed, read back, void where a revision was raised, and never taken for those of other settings."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import revisions
from benchmarks.accuracy.cells import Cell, Effort, Grid, load_grid, order_of_work
from benchmarks.accuracy.figures import draw_all
from benchmarks.accuracy.methods import DEFAULT_METHODS, METHODS
from benchmarks.accuracy.packed_rows import pack_rows, unpack_rows
from benchmarks.accuracy.report import report_of, won_by_size, write_report
from benchmarks.accuracy.runner import cache_of, run, run_cell
from benchmarks.accuracy.store import CELLS, RESULTS, Store
from benchmarks.record_file import read_records, write_records
from rs2c.base.raw_types import Task
from tests.benchmarks.test_accuracy import EFFORT, SOURCE, problem_of

GRID = Grid((256,), (replace(SOURCE, seeds=2),))
TOY = GRID.sources[0]


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """A function that raises the revision of a method."""
    stored = json.loads(revisions.METHODS_FILE.read_text(encoding="utf-8"))
    today = revisions.revisions

    def raise_revision(method: str) -> None:
        stored["methods"][method]["revision"] += 1
        path = tmp_path / f"methods_{method}.json"
        path.write_text(json.dumps(stored), encoding="utf-8")
        known = today(path)
        for module in ("benchmarks.revisions", "benchmarks.accuracy.store", "benchmarks.accuracy.runner"):
            monkeypatch.setattr(f"{module}.revisions", lambda: known)

    return raise_revision


@pytest.fixture
def filled(tmp_path: Path) -> Store:
    """Results of a teacher and a network at two seeds."""
    _, setting = problem_of(2, "uint8", 256)
    store = Store(tmp_path / "cells", replace(EFFORT, runs=1, steps=40))
    for cell in order_of_work(GRID, ("teacher", "mlp")):
        store.put(run_cell(cell, store.effort, setting), TOY)
    return store


@pytest.mark.parametrize("rows", [1, 8, 1001])
def test_rows_are_kept(rows: int) -> None:
    right = np.random.default_rng(0).random(rows) < 0.9
    assert np.array_equal(unpack_rows(pack_rows(right, "classify"), "classify", rows), right)
    errors = np.random.default_rng(0).exponential(1.5, rows)
    assert np.allclose(unpack_rows(pack_rows(errors, "regress"), "regress", rows), errors, rtol=1e-3)


PACKED = pack_rows(np.ones(100), "classify")


@pytest.mark.parametrize("task", ["classify", "regress"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        PACKED[:-4],
        PACKED[:8] + "é" + PACKED[9:],
        PACKED[:8] + "\n" + PACKED[8:],
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(bytes(12))).decode(),
        base64.b64encode(zlib.compress(bytes(14))).decode(),
        base64.b64encode(zlib.compress(bytes(1 << 22))).decode(),
        base64.b64encode(zlib.compress(bytes(13)) + b"more").decode(),
    ],
)
def test_what_holds_other_rows_is_refused(text: str, task: Task) -> None:
    with pytest.raises(ValueError, match="run the cell again"):
        unpack_rows(text, task, 100 if task == "classify" else 13)


def test_lines_come_back_and_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    records = [{"a": 1, "b": [0.25, None]}, {"a": 2}]
    write_records(path, {"data": "toy"}, records)
    assert read_records(path) == ({"data": "toy"}, records)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3
    for text in ("", "[]", "{", '{"schema": 1}', '{"schema": 2}\n3', "\x00", '{"schema":2}\n{"a":'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"some\.jsonl is no file of results"):
            read_records(path)


def test_a_result_comes_back_and_is_replaced(filled: Store) -> None:
    first, *others = filled.results(TOY)
    assert filled.faults(GRID) == []
    before = filled.path_of(TOY).read_text(encoding="utf-8").splitlines()
    filled.put(replace(first, seconds=1e6), TOY)
    after = filled.path_of(TOY).read_text(encoding="utf-8").splitlines()
    assert [a == b for a, b in zip(after, before, strict=True)].count(False) == 1
    assert filled.results(TOY) == [replace(first, seconds=1e6), *others]


def test_results_of_other_data_or_effort_count_for_nothing(filled: Store) -> None:
    others = Store(filled.folder, replace(filled.effort, steps=41))
    assert len(filled.results(TOY)) == 4
    assert others.results(TOY) == filled.results(replace(TOY, test_fingerprint="other")) == []
    assert "made with other data or another effort" in others.faults(GRID)[0]
    others.put(filled.results(TOY)[0], TOY)
    assert (len(others.results(TOY)), filled.results(TOY)) == (1, [])


def test_a_setting_that_came_later_had_its_default(tmp_path: Path, filled: Store) -> None:
    store = Store(filled.folder, Effort())
    store.put(filled.results(TOY)[0], TOY)
    head, records = read_records(store.path_of(TOY))
    del head["effort"]["steps"]
    write_records(store.path_of(TOY), head, records)
    assert len(store.results(TOY)) == 1
    write_records(store.path_of(TOY), head | {"effort": head["effort"] | {"no_such": 1}}, records)
    assert store.results(TOY) == []


@pytest.mark.parametrize(
    ("method", "left"), [("mlp", ["teacher"] * 2), ("teacher", []), ("kernel", ["mlp", "teacher"] * 2)]
)
def test_results_of_an_older_revision_are_void_and_made_anew(
    method: str, left: list[str], filled: Store, raised: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = cache_of(TOY, 0, EFFORT)
    raised(method)
    assert sorted(result.method for result in filled.today(TOY)) == sorted(left)
    assert len(filled.results(TOY)) == 4
    assert (cache_of(TOY, 0, EFFORT) != cache) == (method == "teacher")
    void = [sentence for sentence in filled.missing(GRID) if "older revision" in sentence]
    assert len(void) == (4 - len(left)) // 2
    ran: list[Cell] = []

    def again(cell: Cell, effort: Effort):  # type: ignore[no-untyped-def]
        ran.append(cell)
        old = next(r for r in filled.results(TOY) if (r.method, r.seed) == (cell.method, cell.seed))
        return replace(old, revisions=revisions.revisions_of(cell.method, "teacher"))

    monkeypatch.setattr("benchmarks.accuracy.runner.result_of", again)
    assert run(order_of_work(GRID, ("teacher", "mlp")), filled, 1.0, lambda _: None)
    assert len(ran) == 4 - len(left)
    assert len(filled.today(TOY)) == 4
    assert len(filled.results(TOY)) == 4


def test_faults_are_told(filled: Store, raised: Callable[[str], None]) -> None:
    network, teacher = (next(r for r in filled.results(TOY) if r.method == m) for m in ("mlp", "teacher"))
    chosen = network.chosen
    assert chosen is not None
    for wrong, sentence in [
        (replace(network, size=257), "belongs to no cell"),
        (replace(network, chosen=replace(chosen, test=0.0)), "do not give its metric"),
        (replace(network, chosen=replace(chosen, rows=pack_rows(np.ones(9), "classify"))), "are not 300"),
        (replace(network, chosen=replace(chosen, bytes_of={"all": 300})), "300 bytes"),
        (replace(teacher, revisions={"teacher": 99}), "does not know yet"),
        (replace(network, revisions={"mlp": 1}), "does not name the revisions"),
    ]:
        store = Store(filled.folder / "one", filled.effort)
        store.path_of(TOY).unlink(missing_ok=True)
        store.put(wrong, TOY)
        assert [sentence in fault for fault in store.faults(GRID)] == [True]
    head, records = read_records(filled.path_of(TOY))
    write_records(filled.path_of(TOY), head, [*records, records[0], {}])
    (filled.folder / "old.json").touch()
    assert ["of no data set" in f or "no result of a cell" in f for f in filled.faults(GRID) if "one" not in f] == [
        True
    ] * 2
    write_records(filled.path_of(TOY), head, [*records, records[0]])
    assert any("is there 2 times" in fault for fault in filled.faults(GRID))


def test_a_report_of_results(tmp_path: Path, filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _, setting = problem_of(2, "uint8", 256)
    monkeypatch.setitem(METHODS, "learned", METHODS["mlp"])
    for cell in order_of_work(GRID, ("learned",)):
        result = run_cell(cell, filled.effort, setting)
        assert len(result.tried) <= filled.effort.runs_of(cell.method)
        filled.put(result, TOY)
    report = report_of(filled, GRID)
    point = report.book.point("toy", "learned", 256)
    assert point is not None
    assert (point.seeds, point.bytes <= 256) == (2, True)
    write_report(report, filled.effort, tmp_path)
    text = (tmp_path / "accuracy.md").read_text(encoding="utf-8")
    assert "at least as good in 1 of 1 cells (100%), and loses 0" in text
    assert "| equal bytes | 1 of 1 | 1 of 1 | 0 |" in won_by_size(report)
    draw_all(report.book, tmp_path / "figures")
    picture = (tmp_path / "figures" / "toy.svg").read_bytes()
    draw_all(report.book, tmp_path / "figures")
    assert (tmp_path / "figures" / "toy.svg").read_bytes() == picture
    # A network of a seed without a sketch is in no mean.
    head, records = read_records(filled.path_of(TOY))
    fewer = [record for record in records if (record["method"], record["seed"]) != ("learned", 1)]
    write_records(filled.path_of(TOY), head, fewer)
    points = [report_of(filled, GRID).book.point("toy", method, 256) for method in ("learned", "mlp")]
    assert [point.seeds for point in points if point is not None] == [1, 1]


def test_committed_results_are_whole() -> None:
    store, grid = Store(CELLS, Effort()), load_grid()
    assert store.faults(grid) == []
    assert all(store.path_of(source).exists() for source in grid.sources)
    assert set(DEFAULT_METHODS) <= set(revisions.revisions())


@pytest.mark.parametrize("name", ["all_datasets", "fitting"])
def test_committed_fits_are_of_todays_revisions(name: str) -> None:
    stored = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    assert stored["revisions"]
    assert revisions.is_today(stored["revisions"]), f"run `python -m benchmarks.{name}`"
