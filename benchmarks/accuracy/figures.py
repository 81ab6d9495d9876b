"""Accuracy against bytes, one picture a data set, as PNG and SVG; the same results give the same files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.accuracy.summary import Book, Point

STYLES = {
    "representer": ("#999999", "s"),
    "refit": ("#7a5195", "D"),
    "learned": ("#d62728", "o"),
    "mlp": ("#1f77b4", "^"),
    "mlp-sparse": ("#2ca02c", "v"),
    "mlp-sparse-output": ("#17becf", "<"),
}
LINES = {"teacher": ("#000000", "-"), "kernel": ("#000000", ":")}
FAR_OFF = ("representer", "refit", "kernel")  # at small sizes: they may leave the picture
LEAST_METHODS = 2


def draw_all(book: Book, folder: Path) -> list[Path]:
    """A picture of every data set where at least two methods have results; the files written."""
    written: list[Path] = []
    for data, task in book.tasks().items():
        curves = {method: _curve(book, data, method) for method in STYLES}
        curves = {method: points for method, points in curves.items() if points}
        if len(curves) >= LEAST_METHODS:
            levels = {name: book.point(data, name, 0) for name in LINES}
            written += _draw(data, task, curves, levels, folder)
    return written


def _curve(book: Book, data: str, method: str) -> list[Point]:
    points = (book.point(data, method, size) for size in book.grid.sizes)
    return sorted((point for point in points if point is not None), key=lambda point: point.bytes)


def _draw(
    data: str, task: str, curves: dict[str, list[Point]], levels: dict[str, Point | None], folder: Path
) -> list[Path]:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "rs2c", "svg.fonttype": "none", "font.size": 9})
    figure, axes = plt.subplots(figsize=(6.6, 3.6), dpi=100, layout="constrained")
    for name, level in levels.items():
        if level is not None:
            colour, line = LINES[name]
            axes.axhline(level.test, color=colour, linestyle=line, linewidth=1, label=f"{name} (float)")
    for method, points in curves.items():
        colour, marker = STYLES[method]
        axes.errorbar(
            [point.bytes for point in points],
            [point.test for point in points],
            [point.sd for point in points],
            color=colour,
            marker=marker,
            markersize=4,
            linewidth=1.2,
            capsize=2,
            label=method,
        )
    _frame(axes, data, task, curves, levels)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{data}.png", folder / f"{data}.svg"]
    figure.savefig(paths[0], metadata={"Software": None})
    figure.savefig(paths[1], metadata={"Date": None})
    plt.close(figure)
    return paths


def _frame(axes: Any, data: str, task: str, curves: dict[str, list[Point]], levels: dict[str, Point | None]) -> None:
    """Axes, drawn for the differences among methods that are near."""
    from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

    axes.set_xscale("log", base=2)
    axes.set_xlim(400, 9500)
    axes.xaxis.set_major_locator(FixedLocator([256, 512, 1024, 2048, 4096, 8192]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(ScalarFormatter())
    shown = [p.test for method, points in curves.items() if method not in FAR_OFF for p in points]
    shown += [level.test for name, level in levels.items() if level is not None and name not in FAR_OFF]
    if shown:
        room = 0.08 * (max(shown) - min(shown)) or 0.01
        axes.set_ylim(min(shown) - room, max(shown) + room)
    if task == "regress":
        axes.invert_yaxis()
    axes.set_title(data)
    axes.set_xlabel("canonical bytes of the integer model")
    axes.set_ylabel("test accuracy" if task == "classify" else "test mean absolute error")
    axes.grid(alpha=0.3)
    axes.figure.legend(fontsize=7, loc="outside right upper")
