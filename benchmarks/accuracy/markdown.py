"""The report in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.accuracy.cells import Effort
from benchmarks.accuracy.statistics import Tally
from benchmarks.accuracy.summary import Book, Point

METHODS = ("representer", "refit", "learned", "learned-operations", "mlp", "mlp-sparse", "mlp-sparse-output")


def markdown(book: Book, bytes_tally: Tally, operations_tally: Tally, effort: Effort) -> str:
    """All tables."""
    parts = [
        _head(effort),
        "## Test metric at a size\n\nMean ± standard deviation over seeds, (bytes / operations) of the models chosen. "
        "Accuracy, or mean absolute error where the data set is marked MAE.\n\n" + _sizes(book),
        "## Against the int8 network at equal bytes\n\n" + _tally(bytes_tally),
        "## Against the int8 network at equal operations\n\n" + _tally(operations_tally),
    ]
    return "\n\n".join(parts) + "\n"


def _head(effort: Effort) -> str:
    return (
        "# Accuracy against bytes\n\n"
        "Made by `python -m benchmarks.accuracy`; do not edit. Every figure is the test answer of an integer model, "
        "but for teacher and kernel student, which are float32. Bytes and operations are canonical (docs/SPEC.md, "
        f"section 9). At most {effort.training_rows:,} training rows; up to {effort.runs} trainings a cell, "
        f"{effort.learned_runs} of a learned sketch, chosen on validation rows; test rows are read once a cell. "
        "susy_1k is shown, not counted."
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _sizes(book: Book) -> str:
    rows = []
    for data, task in book.tasks().items():
        teacher, kernel = (book.point(data, method, 0) for method in ("teacher", "kernel"))
        taught = sorted({r.teacher["name"] for key, r in book.results.items() if key[0] == data})
        name = data if task == "classify" else f"{data} (MAE)"
        head = [name, _figure(teacher), ", ".join(taught), _figure(kernel)]
        for size in book.grid.sizes:
            points = [book.point(data, method, size) for method in METHODS]
            if any(points):
                rows.append([*head, str(size), *map(_cell, points)])
                head = [""] * 4
    return table(["data", "teacher", "who teaches", "kernel", "size", *METHODS], rows)


def _figure(point: Point | None) -> str:
    return "" if point is None else f"{point.test:.4f}"


def _cell(point: Point | None) -> str:
    if point is None:
        return ""
    spread = f" ± {point.sd:.4f}" if point.seeds > 1 else ""
    return f"{point.test:.4f}{spread} ({point.bytes:.0f} / {point.operations:.0f})"


def _tally(tally: Tally) -> str:
    if not tally.cells:
        return "No results yet."
    share = f"The learned sketch is at least as good in {tally.won} of {len(tally.cells)} cells ({tally.share:.0%}), "
    lines = [f"{share}and loses {tally.lost} beyond doubt (95 % interval below -0.5 points, or -0.5 % of the MAE)."]
    if tally.unopposed:
        lines.append(f"No network trained is as small, so these count for neither: {', '.join(tally.unopposed)}.")
    if tally.absent:
        lines.append(f"No learned sketch fits, though a network does: {', '.join(tally.absent)}.")
    rows = [
        [
            cell.data,
            str(cell.size),
            f"{cell.learned:.4f} ({cell.learned_bytes:.0f} / {cell.learned_operations:.0f})",
            f"{cell.network:.4f} ({cell.network_bytes:.0f} / {cell.network_operations:.0f})",
            f"{cell.difference:+.4f}",
            f"{cell.low:+.4f} … {cell.high:+.4f}",
            "lost" if cell.lost else "won" if cell.won else "",
        ]
        for cell in tally.cells
    ]
    head = ["data", "size", "learned", "network", "gain", "95 % interval", ""]
    return "\n\n".join([" ".join(lines), table(head, rows)])
