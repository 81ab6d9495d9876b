"""Every mistake in the data is one sentence that names the thing and the way out."""

import contextlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs2c.base.errors import DataError, OptionError
from rs2c.read.datasets import from_arrays, load_features, load_split
from tests.support.tools import need_modules

NUMBERS = [[str(i), str(2 * i + 1), str(i % 2)] for i in range(20)]


def csv_file(path: Path, cells: dict[tuple[int, int], str] | None = None, header: str = "a,b,y") -> Path:
    """Twenty rows of a, b and the label y; `cells` replaces cells at (row, column)."""
    rows = [list(row) for row in NUMBERS]
    for (row, column), cell in (cells or {}).items():
        rows[row][column] = cell
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def no_letters(count: int, code: int) -> np.ndarray[Any, Any]:
    """Texts, as an archive may hold them: a number for each letter, the last text's given."""
    letters = np.arange(97, 97 + count, dtype=np.uint32)
    letters[-1] = code
    return letters.view("<U1")


def fails(words: list[str], call: Callable[[], Any], kind: type[Exception] = DataError) -> None:
    """The call must fail with a one-line message that has all of `words`."""
    with pytest.raises(kind) as caught:
        call()
    message = str(caught.value)
    for word in words:
        assert word in message, f"{word!r} is not in {message!r}"
    assert "\n" not in message
    assert not message.endswith(".")


CELLS: list[tuple[str, dict[tuple[int, int], str], dict[str, Any], list[str]]] = [
    ("text", {(3, 0): "M"}, {}, ["column 'a'", "'M'", "line 5", "--categorical a", "--drop a"]),
    ("underscore", {(3, 0): "1_0"}, {}, ["column 'a'", "'1_0'", "line 5"]),
    ("missing", {(4, 1): "", (6, 1): "NA"}, {}, ["column 'b'", "2 missing", "line 6", "--missing mean", "--drop b"]),
    ("nan", {(4, 1): "nan"}, {}, ["column 'b'", "line 6", "--missing mean"]),
    ("infinite", {(4, 1): "-inf"}, {"missing": "mean"}, ["column 'b'", "infinite", "line 6"]),
    ("overflow", {(4, 1): "1e39"}, {}, ["column 'b'", "1e+39", "line 6", "float32", "correct"]),
    ("empty category", {(4, 1): ""}, {"categorical": ["b"]}, ["column 'b'", "line 6", "--missing mean", "--drop b"]),
    ("empty label", {(4, 2): ""}, {}, ["label 'y'", "line 6"]),
    ("empty text label", {(4, 2): "", (5, 2): "word"}, {}, ["label 'y'", "line 6"]),
    ("too small", {(4, 1): "-1"}, {"raw_type": "uint8"}, ["column 'b'", "-1", "line 6", "uint8", "--raw-type int8"]),
    ("fraction", {(4, 1): "0.5"}, {"raw_type": "uint8"}, ["column 'b'", "0.5", "--raw-type float32"]),
    ("text target", {(0, 2): "high"}, {"task": "regress"}, ["label 'y'", "'high'", "--task classify"]),
    ("infinite target", {(2, 2): "inf"}, {"task": "regress"}, ["label 'y'", "inf", "line 4"]),
    (
        "too fine",
        {(i, 0): str(1_700_000_000 + i) for i in range(20)},
        {},
        ["column 'a'", "float32", "subtract", "1700000000", "--drop a"],
    ),
    ("unclosed quote", {(2, 1): '"3'}, {}, ["d.csv", "quotes"]),
    ("ragged", {(2, 1): "3,4"}, {}, ["line 4", "4 cells", "has 3"]),
    ("constant", {(i, 0): "7" for i in range(20)}, {}, ["column 'a'", "constant", "--drop a"]),
    ("both constant", {(i, j): "7" for i in range(20) for j in (0, 1)}, {}, ["'a', 'b'", "--drop a --drop b"]),
    ("no value", {(i, 0): "" for i in range(20)}, {"missing": "mean"}, ["column 'a'", "no value", "--drop a"]),
    ("one class", {(i, 2): "7" for i in range(20)}, {}, ["label 'y'", "one class only", "'7'", "two"]),
    ("one target", {(i, 2): "0.5" for i in range(20)}, {}, ["label 'y'", "always 0.5"]),
    (
        "text among targets",
        {(i, 2): f"{i}.5" if i != 3 else "3 kg" for i in range(20)},
        {},
        ["label 'y'", "20 different", "'3 kg'", "line 5", "correct that value", "--task classify"],
    ),
    ("decimal comma", {(3, 0): '"1,5"'}, {}, ["column 'a'", "'1,5'", "line 5", "1234.5, or name it", "--drop a"]),
]


@pytest.mark.parametrize(("cells", "options", "words"), [c[1:] for c in CELLS], ids=[c[0] for c in CELLS])
def test_cells(cells: dict[tuple[int, int], str], options: dict[str, Any], words: list[str], tmp_path: Path) -> None:
    fails(words, lambda: load_split(csv_file(tmp_path / "d.csv", cells), "y", seed=0, **options))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"label": None}, ["--label", "'a', 'b', 'y'"]),
        ({"label": "Y"}, ["'Y'", "--label", "'y'"]),
        ({"label": "target"}, ["'target'", "--label", "'a', 'b', 'y'"]),
        ({"drop": ["A"]}, ["'A'", "--drop", "'a'"]),
        ({"categorical": ["zz"]}, ["'zz'", "--categorical", "'a', 'b', 'y'"]),
        ({"drop": ["y"]}, ["'y'", "label", "--drop"]),
        ({"categorical": ["y"]}, ["'y'", "label", "--categorical"]),
        ({"drop": ["a"], "categorical": ["a"]}, ["'a'", "--drop", "--categorical"]),
        ({"drop": ["a", "b"]}, ["no feature", "keep"]),
    ],
)
def test_column_options(options: dict[str, Any], words: list[str], tmp_path: Path) -> None:
    path = csv_file(tmp_path / "d.csv")
    fails(words, lambda: load_split(path, options.pop("label", "y"), seed=0, **options))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("a,a,y", ["two columns", "'a'", "rename"]),
        ("a,,y", ["column 2", "no name", "give it one"]),
        ("1,2.5,-3", ["first line", "header"]),
    ],
)
def test_headers(header: str, words: list[str], tmp_path: Path) -> None:
    fails(words, lambda: load_split(csv_file(tmp_path / "d.csv", header=header), "y", seed=0))


def test_a_first_column_without_a_name_that_does_not_count_the_rows(tmp_path: Path) -> None:
    for cells in ({(3, 0): "30"}, {(3, 0): "3.5"}, {(3, 0): "d"}, {(3, 0): ""}):
        path = csv_file(tmp_path / "d.csv", cells, ",b,y")
        fails(["column 1 of d.csv", "no name", "give it one", "--drop ''"], lambda: load_split(path, "y", seed=0))  # noqa: B023
        assert load_split(path, "y", drop=[""], seed=0).train.feature_names == ("b",)


def test_a_way_out_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "d.csv", {(0, 0): "M"}, "my col; rm,b,y")
    fails(["--drop 'my col; rm'"], lambda: load_split(path, "y", seed=0))


def test_files(tmp_path: Path) -> None:
    def load(name: str, content: bytes | None = None) -> Callable[[], Any]:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        return lambda: load_split(tmp_path / name, None if name.endswith("z") else "y", seed=0)

    fails(["absent.csv", "does not exist"], load("absent.csv"))
    fails(["absent.npz", "does not exist"], load("absent.npz"))
    fails(["is a folder", ".parquet"], lambda: load_split(tmp_path, "y", seed=0))
    fails(["d.xlsx", "ending", ".csv, .parquet, .npz"], load("d.xlsx", b"x"))
    fails(["d.csv", "empty", "header"], load("d.csv", b"\n\n"))
    fails(["d.csv", "no rows"], load("d.csv", b"a,b,y\n"))
    fails(["d.csv", "3 rows", "at least 10"], load("d.csv", b"a,y\n1,1\n2,0\n3,1\n"))
    fails(["d.csv", "UTF-8"], load("d.csv", "a,y\ngrün,1\n".encode("latin-1")))
    fails(["d.npz", "damaged"], load("d.npz", b"random"))
    fails(["d.npz", "damaged"], load("d.npz", b"PK\x03\x04" + bytes(60)))


def test_text_among_the_targets_of_a_test_file(tmp_path: Path) -> None:
    train = csv_file(tmp_path / "d.csv", {(i, 2): f"{i}.5" for i in range(20)})
    test = csv_file(tmp_path / "t.csv", {(2, 2): "oops"})
    fails(["label 'y'", "'oops'", "line 4 of t.csv"], lambda: load_split(train, "y", test=test, seed=0))


def test_more_classes_than_half_the_rows() -> None:
    X = np.arange(30)[:, None]
    fails(["20 different", "30 rows", "task='regress'"], lambda: from_arrays(X, np.arange(30) % 20))
    few = np.array([f"word {i}" for i in range(12)])
    assert from_arrays(X[:12], few).task == "classify"


def test_a_category_that_is_not_a_number_is_missing(tmp_path: Path) -> None:
    need_modules("pyarrow")
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"k": np.resize([0.0, 1.0, np.nan], 30), "y": np.arange(30) % 2})
    pyarrow.parquet.write_table(table, tmp_path / "d.parquet")  # from pandas they would be nulls
    fails(
        ["column 'k'", "empty in row 2", "--missing mean"],
        lambda: load_split(tmp_path / "d.parquet", "y", categorical=["k"], seed=0),
    )


def test_damaged_parquet(tmp_path: Path) -> None:
    need_modules("pyarrow")
    (tmp_path / "d.parquet").write_bytes(b"PAR1 no more PAR1")
    fails(["d.parquet", "Parquet"], lambda: load_split(tmp_path / "d.parquet", "y", seed=0))


def test_parquet_columns(tmp_path: Path) -> None:
    need_modules("pandas", "pyarrow")
    import pandas

    frame = pandas.DataFrame({"v": range(20), "day": pandas.date_range("2024-01-01", periods=20), "y": [0, 1] * 10})
    frame.to_parquet(tmp_path / "d.parquet")
    fails(
        ["column 'day'", "2024-01-01", "row 0", "--drop day"], lambda: load_split(tmp_path / "d.parquet", "y", seed=0)
    )
    gaps = frame.drop(columns="day").assign(w=pandas.array([None, *range(19)], dtype="Int64"))
    gaps.to_parquet(tmp_path / "d.parquet")
    fails(["column 'w'", "1 missing", "row 0"], lambda: load_split(tmp_path / "d.parquet", "y", seed=0))


X = np.arange(40.0).reshape(20, 2)
y = np.arange(20) % 2
ARCHIVES: list[tuple[dict[str, Any], list[str]]] = [
    ({"X": X}, ["d.npz", "no labels", "add the array y"]),
    ({"data": X, "y": y}, ["d.npz", "X_train, X"]),
    ({"X": X, "y": y[:9]}, ["20 rows", "y has 9"]),
    ({"X": X[:, 0], "y": y}, ["X of d.npz", "1 dimensions", "rows × features"]),
    ({"X": X, "y": X}, ["y of d.npz", "2 dimensions", "one label per row"]),
    ({"X": X.astype(complex), "y": y}, ["X of d.npz", "complex128"]),
    ({"X": X, "y": y.astype("S1")}, ["y of d.npz", "type |S1"]),
    ({"X": X, "y": no_letters(len(y), 0xFFFFFFFF)}, ["y of d.npz", "not Unicode"]),
    ({"X": X, "y": no_letters(len(y), 0xD800)}, ["y of d.npz", "not Unicode"]),
    ({"X": X, "y": y, "feature_names": no_letters(X.shape[1], 0x110000)}, ["feature_names of d.npz", "not Unicode"]),
    ({"X": X.astype(object), "y": y}, ["d.npz", "pickled objects", "never loaded"]),
    ({"X": X, "y": y, "feature_names": np.array(["a"])}, ["2 columns", "feature_names has 1"]),
    ({"X": X, "y": y, "feature_names": np.array(["a", "a"])}, ["feature_names", "twice", "rename"]),
    ({"X": X, "y": y, "feature_names": np.array([1, 2])}, ["feature_names", "not a list of text"]),
    ({"X": X, "y": y, "class_names": np.array(["a", "a"])}, ["class_names", "twice", "rename"]),
    ({"X": X, "y": y, "class_names": np.array(["a"])}, ["class_names has 1", "label is 1"]),
    ({"X": X, "y": y - 1, "class_names": np.array(["a", "b"])}, ["class_names has 2", "label is -1"]),
    ({"X": X, "y": y * 0.5, "class_names": np.array(["a", "b"])}, ["class_names has 2", "label is 0.5"]),
    ({"X_train": X, "y_train": y, "X_test": X[:, :1], "y_test": y}, ["X_test", "1 columns", "X_train has 2"]),
    ({"X_train": X, "y_train": y, "X_test": X}, ["d.npz", "no labels"]),
    ({"X_train": X, "y_train": y, "X_test": X, "y_test": y + 1}, ["class '2'", "row 1", "not in the training data"]),
    ({"X": np.where(X == 6, np.nan, X), "y": y}, ["column 'x0'", "row 3", "--missing mean", "--drop x0"]),
    ({"X": np.where(X == 6, np.inf, X), "y": y}, ["column 'x0'", "row 3", "infinite"]),
    ({"X": X, "y": np.where(y, np.nan, 1.5)}, ["label 'y'", "row 1", "missing"]),
]


@pytest.mark.parametrize(("arrays", "words"), ARCHIVES)
def test_archives(arrays: dict[str, Any], words: list[str], tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", **arrays)
    task = "classify" if "class_names" in arrays else "auto"
    fails(words, lambda: load_split(tmp_path / "d.npz", None, task=task, seed=0))


def test_archive_has_but_one_label(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", X=X, y=y)
    fails(["'target'", "--label"], lambda: load_split(tmp_path / "d.npz", "target", seed=0))
    fails(["'x9'", "--drop", "'x0', 'x1'"], lambda: load_split(tmp_path / "d.npz", None, drop=["x9"], seed=0))


def test_damaged_member_of_an_archive(tmp_path: Path) -> None:
    for content in (b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x10\x00{'descr': '<f8',", b"no array"):
        with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
            archive.writestr("X.npy", content)
        fails(["d.npz"], lambda: load_split(tmp_path / "d.npz", None, seed=0))


def test_cut_and_edited_archives_never_escape(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "good.npz", X=X, y=y)
    good = (tmp_path / "good.npz").read_bytes()
    random = np.random.default_rng(0)
    path = tmp_path / "bad.npz"
    for _ in range(300):
        bad = bytearray(good[: random.integers(1, len(good))] if random.random() < 0.3 else good)
        for index in random.integers(0, len(bad), 3):
            bad[index] = random.integers(256)
        path.write_bytes(bad)
        with contextlib.suppress(DataError):
            load_split(path, None, seed=0)


def test_test_files(tmp_path: Path) -> None:
    train = csv_file(tmp_path / "d.csv")

    def with_test(text: str, **options: Any) -> Callable[[], Any]:
        (tmp_path / "t.csv").write_text(text, encoding="utf-8")
        return lambda: load_split(train, "y", test=tmp_path / "t.csv", seed=0, **options)

    fails(["t.csv", "lacks", "'b'"], with_test("a,y\n1,0\n"))
    fails(["t.csv", "lacks", "'y'"], with_test("a,b\n1,0\n"))
    fails(["t.csv", "no rows"], with_test("a,b,y\n"))
    fails(["class '2'", "label 'y'", "line 3 of t.csv"], with_test("a,b,y\n1,1,0\n1,1,2\n"))
    fails(["column 'a'", "'x'", "line 2 of t.csv"], with_test("a,b,y\nx,1,0\n"))
    fails(["label 'y'", "missing in line 3 of t.csv"], with_test("a,b,y\n1,1,0\n1,1,\n"))
    unseen = with_test("a,b,y\n1,2,0\n", categorical=["b"])
    fails(["column 'b'", "'2'", "line 2 of t.csv", "--missing mean"], unseen)
    np.save(tmp_path / "t.npy", X)
    fails(["t.npy", "no labels"], lambda: load_split(train, "y", test=tmp_path / "t.npy", seed=0))


def test_features_of_a_model(tmp_path: Path) -> None:
    def read(text: str, raw_type: str = "uint8", categories: Any = ((), ("u", "v"))) -> Callable[[], Any]:
        (tmp_path / "x.csv").write_text(text, encoding="utf-8")
        return lambda: load_features(
            tmp_path / "x.csv", feature_names=("a", "c"), categories=categories, raw_type=raw_type
        )

    fails(["x.csv", "lacks", "'c'"], read("a\n1\n"))
    fails(["column 'a'", "256", "line 3 of x.csv", "uint8", "--raw-type uint16"], read("a,c\n1,u\n256,v\n"))
    fails(["column 'a'", "0.5", "line 2"], read("a,c\n0.5,u\n"))
    fails(["column 'a'", "'u'", "line 2", "number"], read("a,c\nu,u\n"))
    fails(["column 'c'", "'w'", "line 2"], read("a,c\n1,w\n"))
    fails(["column 'a'", "line 2", "--missing mean or fill it in"], read("a,c\n,u\n", "float32"))
    fails(["column 'a'", "line 2 of x.csv; fill it in"], read("a,c\n,u\n", "uint8"))
    fails(["column 'c'", "'w'", "lacks; correct it"], read("a,c\n1,w\n", "uint8"))
    fails(["'int32'", "float32"], read("a,c\n1,u\n", "int32"), OptionError)
    np.save(tmp_path / "x.npy", np.zeros((3, 5)))
    np.savez(tmp_path / "x.npz", X=np.zeros((3, 2)), feature_names=np.array(["a", "b"]))
    for name, words in (("x.npy", ["x.npy", "5 columns", "2"]), ("x.npz", ["x.npz", "lacks", "'c'"])):
        fails(
            words,
            lambda name=name: load_features(  # type: ignore[misc]
                tmp_path / name, feature_names=("a", "c"), categories=((), ()), raw_type="uint8"
            ),
        )


def test_arrays_without_names_are_not_cut_to_fit(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 5)))
    read = {"feature_names": ("x0", "x1"), "categories": ((), ()), "raw_type": "uint8"}
    fails(["x.npy", "5 columns", "2"], lambda: load_features(tmp_path / "x.npy", **read))  # type: ignore[arg-type]


def test_missing_values_need_float(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "d.csv")
    fails(["uint8", "float32"], lambda: load_split(path, "y", missing="mean", raw_type="uint8", seed=0), OptionError)


def test_arrays_are_told_in_python_words() -> None:
    fails(["column 'x0'", "row 3", "missing='mean'"], lambda: from_arrays(np.where(X == 6, np.nan, X), y))
    fails(["column 'x0'", "130", "row 13", "raw_type='uint8'"], lambda: from_arrays(X * 5, y, raw_type="int8"))
    fails(["one class only"], lambda: from_arrays(X, np.zeros(20, dtype=int)))
    fails(["no rows"], lambda: from_arrays(X[:0], y[:0]))
