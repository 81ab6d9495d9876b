"""The results that are kept: one file a data set, its first line the data and the settings that all were made with."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.cells import SIZELESS, Cell, Effort, Grid, Source, order_of_work
from benchmarks.accuracy.methods import DEFAULT_METHODS
from benchmarks.accuracy.packed_rows import unpack_rows
from benchmarks.accuracy.results import Result
from benchmarks.record_file import read_records, write_records
from benchmarks.revisions import is_today, revisions

RESULTS = Path(__file__).parents[1] / "results"
CELLS = RESULTS / "accuracy"


@dataclass(frozen=True)
class Store:
    """Results of one effort in one folder.

    Those made with other data or another effort are as good as none, and the first result with today's replaces them.
    Two runs at a time must not work on the same data set.
    """

    folder: Path
    effort: Effort

    def path_of(self, source: Source) -> Path:
        """The file of a data set."""
        return self.folder / f"{source.name}.jsonl"

    def results(self, source: Source) -> list[Result]:
        """What the file of a data set holds, void results too; raises ValueError where it holds anything else."""
        path = self.path_of(source)
        if not path.exists():
            return []
        head, records = read_records(path)
        if not self._is_of(head, source):
            return []
        return [Result.of(record, source.name) for record in records]

    def _is_of(self, head: dict[str, Any], source: Source) -> bool:
        """A setting that came later than the file had its default."""
        try:
            return head | {"effort": asdict(Effort(**head["effort"]))} == _head(source, self.effort)
        except (KeyError, TypeError):
            return False

    def today(self, source: Source) -> list[Result]:
        """The results of a data set that count."""
        return [result for result in self.results(source) if is_today(result.revisions)]

    def put(self, result: Result, source: Source) -> None:
        """Write the file of a data set anew, with this result in the place of an earlier one of its cell."""
        kept = {_place(each): each for each in self.results(source)} | {_place(result): result}
        lines = [kept[place].to_record() for place in sorted(kept)]
        write_records(self.path_of(source), _head(source, self.effort), lines)

    def of_grid(self, grid: Grid) -> list[Result]:
        """Every result of the grid that counts, in the order of work."""
        found = {(source.name, *_place(r)): r for source in grid.sources for r in self.today(source)}
        places = ((cell.source.name, *place_of(cell)) for cell in order_of_work(grid, DEFAULT_METHODS))
        return [found[place] for place in places if place in found]

    def missing(self, grid: Grid) -> list[str]:
        """One sentence for each method that lacks results, with how many an older revision made."""
        there = {(source.name, *_place(r)): r for source in grid.sources for r in self.results(source)}
        lacking, void = Counter[str](), Counter[str]()
        for cell in order_of_work(grid, DEFAULT_METHODS):
            result = there.get((cell.source.name, *place_of(cell)))
            if result is None or not is_today(result.revisions):
                lacking[cell.method] += 1
                void[cell.method] += result is not None
        return [
            f"{method}: {count} cells have no result; run `python -m benchmarks.accuracy`"
            + (f" ({void[method]} results of an older revision are void)" if void[method] else "")
            for method, count in lacking.items()
        ]

    def faults(self, grid: Grid) -> list[str]:
        """What is wrong with the results there are, one sentence each: files, cells, rows and sizes."""
        paths = {self.path_of(source): source for source in grid.sources}
        wrong = [
            f"{path} is of no data set of cells.json" for path in sorted(self.folder.iterdir()) if path not in paths
        ]
        for path, source in paths.items():
            if not path.exists():
                continue
            try:
                if not self._is_of(read_records(path)[0], source):
                    wrong.append(f"{path} was made with other data or another effort; run the benchmark again")
                wrong += [f"{path}: {sentence}" for sentence in _faults(self.results(source), source, grid)]
            except ValueError as error:
                wrong.append(f"{path}: {error}")
        return wrong


def place_of(cell: Cell) -> tuple[str, int, int]:
    """What tells the cells of a data set apart."""
    return cell.method, cell.size, cell.seed


def _place(result: Result) -> tuple[str, int, int]:
    return result.method, result.size, result.seed


def _head(source: Source, effort: Effort) -> dict[str, Any]:
    """The data and the settings that decide results, beside the revisions of methods."""
    names = ("name", "image", "train_fingerprint", "test_fingerprint")
    return {**{name: getattr(source, name) for name in names}, "effort": asdict(effort)}


def _faults(results: list[Result], source: Source, grid: Grid) -> list[str]:
    cells = {place_of(cell): cell for cell in order_of_work(grid.only([source.name], None), DEFAULT_METHODS)}
    faults = [f"{place} is there {n} times" for place, n in Counter(map(_place, results)).items() if n > 1]
    for result in results:
        cell = cells.get(_place(result))
        if cell is None:
            faults.append(f"{_place(result)} belongs to no cell")
        else:
            faults += [f"{cell.label}: {sentence}" for sentence in _faults_of(result, cell)]
    return faults


def _faults_of(result: Result, cell: Cell) -> list[str]:
    faults = []
    if set(result.revisions) != {cell.method, "teacher"}:
        faults.append("it does not name the revisions of its method and its teacher")
    if any(revision > revisions().get(name, 0) for name, revision in result.revisions.items()):
        faults.append("it is of a revision that methods.json does not know yet")
    chosen = result.chosen
    if chosen is None:
        return faults
    try:
        rows = unpack_rows(chosen.rows, result.task, result.n_test)
        if abs(rows.mean() - chosen.test) > 1e-3 * max(1.0, abs(chosen.test)):
            faults.append("its test rows do not give its metric")
    except ValueError as error:
        faults.append(str(error))
    if cell.method not in SIZELESS and getattr(chosen, cell.budget) > cell.size:
        faults.append(f"its model has {chosen.bytes} bytes")
    return faults
