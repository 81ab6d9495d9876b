"""Decimal commas, separators, and values that stand for missing ones: by option, and noticed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_iris

from rs2c.base.errors import ModelFileError, OptionError
from rs2c.base.missing_value import MissingValue
from rs2c.model.file import ModelFile, Section, from_bytes, to_bytes
from rs2c.model.missing import missing_section, read_missing
from rs2c.read.datasets import Split, load_features, load_split
from rs2c.read.reading import Reading, missing_value
from rs2c.read.sentinels import sentinel_notes, target_notes
from rs2c.read.table import Table
from tests.data.test_dataset_errors import fails
from tests.support.small_models import model
from tests.support.tables import write

ROWS = range(40)


def lines(separator: str, cells: Any) -> str:
    return "".join(separator.join(map(str, cells(i))) + "\n" for i in ROWS)


@pytest.mark.parametrize(
    ("name", "separator", "number", "reading"),
    [
        ("d.csv", ";", "{},25", Reading(decimal=",")),
        ("d.csv", ",", '"{},25"', Reading(decimal=",")),
        ("d.tsv", "\t", "{},25", Reading(decimal=",")),
        ("d.csv", "|", "{},25", Reading("|", ",")),
        ("d.csv", "|", "{}.25", Reading("|")),
        ("d.csv", " ", "{}.25", Reading(" ")),
        ("d.csv", ":", " {},25e0", Reading(":", ",")),
    ],
)
def test_decimal_commas_and_separators(
    name: str, separator: str, number: str, reading: Reading, tmp_path: Path
) -> None:
    text = separator.join(("v", "n", "y")) + "\n" + lines(separator, lambda i: (number.format(i), -i, i % 2))
    path = write(tmp_path / name, text)
    split = load_split(path, "y", reading=reading, seed=0)
    wanted = np.stack([split.train_rows + 0.25, -split.train_rows], axis=1)
    np.testing.assert_array_equal(split.train.X, wanted)
    np.testing.assert_array_equal(split.train.y, split.train_rows % 2)
    read_by = {"feature_names": ("n", "v"), "categories": ((), ()), "raw_type": "float32"}
    read = load_features(path, reading=reading, **read_by)  # type: ignore[arg-type]
    np.testing.assert_array_equal(read, np.stack([-np.arange(40), np.arange(40) + 0.25], axis=1))
    targets = load_split(path, "v", reading=reading, seed=0)
    np.testing.assert_array_equal(targets.train.y, targets.train_rows + 0.25)


def test_points_between_thousands_are_no_decimal_points(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "v;y\n" + lines(";", lambda i: (f"1.0{i:02}", i % 2)))
    words = ["column 'v'", "'1.000'", "line 2", "leave out --decimal ,", "1234,5"]
    fails(words, lambda: load_split(path, "y", reading=Reading(decimal=","), seed=0))
    comma = write(tmp_path / "e.csv", "v;y\n" + lines(";", lambda i: (f"1,0{i:02}", i % 2)))
    fails(["'1,000'", "--decimal ,", "1234.5"], lambda: load_split(comma, "y", seed=0))


@pytest.mark.parametrize(("separator", "decimal"), [("", "."), (";;", "."), ('"', "."), ("\n", "."), (None, ";")])
def test_what_cannot_separate_cells(separator: str | None, decimal: str) -> None:
    with pytest.raises(OptionError, match=r"separate cells|decimal point"):
        Reading(separator, decimal)


def stand_ins(path: Path, cells: Any = lambda i: -999) -> Path:
    """A file of two temperatures and a word; of the first temperature every tenth is a stand-in, and a word too."""
    rows = lines(
        ",", lambda i: (cells(i) if i % 10 == 3 else 20 + i / 8, i / 4, "n/a" if i == 7 else "uv"[i % 2], i % 2)
    )
    return write(path, "temp,other,word,y\n" + rows)


@pytest.mark.parametrize(
    ("cells", "declared"),
    [
        (lambda i: -999, ["-999"]),
        (lambda i: "-999.0", ["temp=-999"]),
        (lambda i: ("--", -999)[i // 10 % 2], ["--", "temp=-999"]),
        (lambda i: "1e20", ["1E20"]),
    ],
)
def test_declared_values_are_missing_in_every_file(cells: Any, declared: list[str], tmp_path: Path) -> None:
    path = stand_ins(tmp_path / "d.csv", cells)
    reading = Reading(missing_values=tuple(map(missing_value, [*declared, "word=n/a"])))
    split = load_split(path, "y", categorical=["word"], reading=reading, seed=0)
    assert (split.train.missing, split.train.categories[2], split.notes) == ("mean", ("u", "v"), ())
    for data, rows in ((split.train, split.train_rows), (split.test, split.test_rows)):
        assert rows is not None
        assert (np.isnan(data.X[:, 0]) == (rows % 10 == 3)).all()
        assert (np.isnan(data.X[:, 2]) == (rows == 7)).all()
        assert not np.isnan(data.X[:, 1]).any()
    read_by = {"feature_names": ("temp", "word"), "categories": ((), ("u", "v")), "raw_type": "float32"}
    read = load_features(path, missing="mean", reading=reading, **read_by)  # type: ignore[arg-type]
    assert np.flatnonzero(np.isnan(read[:, 0])).tolist() == [3, 13, 23, 33]
    assert np.flatnonzero(np.isnan(read[:, 1])).tolist() == [7]
    held = load_split(path, "y", test=path, categorical=["word"], reading=reading, seed=0).test
    assert np.isnan(held.X).sum() == 5
    options = {"missing": "error", "categorical": ["word"], "reading": reading, "seed": 0}
    fails(["column 'word'", "line 9"], lambda: load_split(path, "y", **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", ["int16", "float32", "float64", ">i2"])
def test_declared_values_are_missing_in_arrays(dtype: str, tmp_path: Path) -> None:
    value = "-999" if "i" in dtype else "-999.9"
    X = np.stack([np.arange(40.0), 40.0 - np.arange(40)], axis=1)
    X[5, 0] = X[6, 1] = float(value)
    np.savez(tmp_path / "d.npz", X=X.astype(dtype), y=np.arange(40) % 2)
    np.save(tmp_path / "x.npy", X.astype(dtype))
    read_by = {"feature_names": ("x0", "x1"), "categories": ((), ()), "raw_type": "float32", "missing": "mean"}
    for name in ("d.npz", "x.npy"):
        for declared, gone in (([value], [[5, 0], [6, 1]]), ([f"x1={value}"], [[6, 1]])):
            reading = Reading(missing_values=tuple(map(missing_value, declared)))
            read = load_features(tmp_path / name, reading=reading, **read_by)  # type: ignore[arg-type]
            assert np.argwhere(np.isnan(read)).tolist() == gone
    assert load_split(tmp_path / "d.npz", None, reading=reading, seed=0).train.X.dtype == np.float32


def test_wrong_declarations_are_named(tmp_path: Path) -> None:
    path = stand_ins(tmp_path / "d.csv")

    def load(text: str) -> Split:
        return load_split(path, "y", drop=["word"], reading=Reading(missing_values=(missing_value(text),)), seed=0)

    fails(["'tmp'", "--missing-value", "did you mean 'temp'"], lambda: load("tmp=-999"))
    fails(["'y'", "the label", "--missing-value"], lambda: load("y=1"))
    fails(["'temp='", "no value", "-999"], lambda: load("temp="), OptionError)
    assert missing_value("a=b=-1") == MissingValue("-1", "a=b")


def table(column: Any, *others: Any) -> Table:
    columns = np.stack([np.asarray(column, np.float64), *others], axis=1)
    return Table("d.csv", tuple("abcdefgh"[: columns.shape[1]]), columns, False)


def with_value(column: Any, value: float, rows: int) -> np.ndarray[Any, Any]:
    column = np.array(column, np.float64)
    column[:: max(1, len(column) // rows)][:rows] = value
    return column


N = 400
NOISE = np.random.Generator(np.random.PCG64(2))
NORMAL, WAVE = NOISE.normal(20, 5, N).round(1), 300 * np.sin(np.arange(N))
SKEWED = NOISE.lognormal(0, 2, N)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (with_value(NORMAL, -999, 20), "-999"),
        (with_value(NORMAL, -9999, 1), "-9999"),
        (with_value(NORMAL * 100, 65535, 8), "65535"),
        (with_value(NORMAL, -200, 30), "-200"),  # of the air quality in Italy, UCI 360
        (with_value(WAVE, 9999, 8), "9999"),
        (with_value(with_value(NORMAL, 1000, 30), np.nan, 50), "1000"),
        (with_value(NORMAL, 1e20, 30), "1e+20"),
        (with_value(NOISE.integers(1, 6, N), -99, 3), "-99"),
        (with_value(NORMAL, np.float32(-999.9), 9), "-999.9"),
        (with_value(NORMAL, -99.5, 6), "-99.5"),
    ],
)
def test_stand_ins_are_noticed(column: Any, value: str) -> None:
    (note,) = sentinel_notes(table(WAVE, column))
    rows = int(np.sum(np.isclose(column, float(value))))
    assert f"{value} in 'b' ({rows} of 400 rows)" in note
    assert f"--missing-value b={value}" in note
    reading = Reading(missing_values=(missing_value(f"b={value}"),))
    gone = reading.without_missing(table(WAVE, column))
    assert np.isnan(gone.values[:, 1]).sum() == rows + np.isnan(column).sum()
    assert sentinel_notes(gone) == ()


def test_stand_ins_of_several_columns_are_one_line_each() -> None:
    both = with_value(with_value(NORMAL, 65535, 7), -999, 9)
    notes = sentinel_notes(table(both, *[with_value(NORMAL + i, -999, 9) for i in range(4)]))
    assert len(notes) == 2
    assert "-999 in 'a' (9 of 400 rows), 'b' (9 of 400 rows), 'c' (9 of 400 rows) and 2 more columns" in notes[0]
    assert notes[0].endswith("--missing-value -999")
    assert notes[1].endswith("--missing-value a=65535")
    assert target_notes("y", with_value(NORMAL, -999, 1))[0].startswith("-999 in the label 'y' (1 of 400 rows)")
    assert target_notes("y", NORMAL) == ()


@pytest.mark.parametrize(
    "column",
    [
        NOISE.random(N) < 0.02,  # one-hot
        (NOISE.random(N) < 0.02) * 7.0 - 0.14,  # and scaled
        np.where(NOISE.random(N) < 0.03, 5.0, NOISE.integers(0, 2, N)),  # few codes
        np.where(NOISE.random(N) < 0.9, 0, NOISE.integers(100, 200, N)),  # seldom anything but zero
        np.where(NOISE.random(N) < 0.9, 7, NOISE.integers(100, 120, N)),  # or but seven
        with_value(NOISE.integers(100, 120, N), 0, 20),  # the end of a converter
        with_value(NOISE.integers(0, 100, N), 4095, 20),
        with_value(NOISE.integers(0, 50, N), 1023, 20),
        with_value(NOISE.integers(-9, 9, N), -2048, 20),
        np.clip(NOISE.normal(0, 30000, N), -32768, 32767).round(),
        np.minimum(NOISE.normal(60000, 9000, N), 65535).round(),
        np.clip(NORMAL * 6, 0, 100),  # humidity
        SKEWED,
        np.minimum(SKEWED, np.quantile(SKEWED, 0.95)),
        with_value(NORMAL, 80, 20),  # not that far
        with_value(NORMAL, 1000, 2),  # one in 200 rows is an outlier
        NOISE.integers(-99, 100, N),
        np.full(N, -999.0),
        np.full(N, np.nan),
        np.arange(N),
    ],
)
def test_no_false_alarm(column: Any) -> None:
    assert sentinel_notes(table(column)) == ()


def test_no_false_alarm_on_known_data() -> None:
    for bundle in (load_digits(), load_iris(), load_diabetes()):
        assert sentinel_notes(Table("d.csv", tuple(map(str, bundle.feature_names)), bundle.data, False)) == ()
    edges = np.where(NOISE.random((N, 9)) < 0.03, 255, NOISE.integers(0, 12, (N, 9)))  # of pixels
    for dtype in ("uint8", "uint16", "float64"):
        assert sentinel_notes(Table("d.npz", tuple("abcdefghi"), edges.astype(dtype), True)) == ()


def test_a_fit_names_stand_ins_before_they_spoil_a_column(tmp_path: Path) -> None:
    (note,) = load_split(stand_ins(tmp_path / "d.csv"), "y", drop=["word"], seed=0).notes
    assert "-999 in 'temp' (4 of 40 rows)" in note
    path = write(tmp_path / "t.csv", "a,y\n" + lines(",", lambda i: (i, -999 if i == 3 else i / 8)))
    (note,) = [line for line in load_split(path, "y", seed=0).notes if "remove those rows" in line]
    assert "-999" in note
    assert "the label 'y' (1 of 40 rows)" in note


def test_the_section_missing_is_read_as_it_is_written() -> None:
    content = ModelFile(model(), {})
    assert read_missing(content) == ("error", ())
    values = (MissingValue("-999"), MissingValue("n/a", "b=c"))
    kept = from_bytes(to_bytes(ModelFile(model(), {"missing": missing_section(values)})))
    assert read_missing(kept) == ("mean", values)
    for wrong in (
        {}, {"treatment": "mean"}, {"treatment": "mean", "values": [["a"]]},
        {"treatment": "mean", "values": [[1, "a"]]},
        {"treatment": "mean", "values": [[None, 1]]}, {"treatment": "median", "values": []},
        {"treatment": "mean", "values": 3},
    ):  # fmt: skip
        with pytest.raises(ModelFileError, match="section missing"):
            read_missing(ModelFile(model(), {"missing": Section(wrong)}))
