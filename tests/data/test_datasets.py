import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rs2c.base.errors import MissingToolError, OptionError
from rs2c.read.datasets import from_arrays, load_features, load_split
from rs2c.read.files import open_table
from tests.support.tables import csv_file, grid, write
from tests.support.tools import data_folder, need_modules

REPOSITORY = Path(__file__).parents[2]


def test_csv_values_codes_and_rows(tmp_path: Path) -> None:
    split = load_split(csv_file(tmp_path), "grade", categorical=["colour"], seed=3)
    assert split.train.feature_names == ("colour", "size", "weight")
    assert split.train.categories == (("blue", "green", "red"), (), ())
    assert split.train.class_names == ("a", "b")  # squares mod 3 are 0 or 1
    assert split.test_rows is not None
    for part, rows in ((split.train, split.train_rows), (split.test, split.test_rows)):
        expected = np.stack([2.0 - rows % 3, rows - 5.0, rows / 4], axis=1)
        assert part.X.dtype == np.float32
        np.testing.assert_array_equal(part.X, expected)
        np.testing.assert_array_equal(part.y, (rows**2 % 3).astype(np.int64))
    assert sorted([*split.train_rows, *split.test_rows]) == list(range(40))


def test_quotes_semicolons_blank_lines_and_byte_order_mark(tmp_path: Path) -> None:
    rows = "".join(f'"{i},5 ""x""";{i};{i % 2}\n\n' for i in range(12))
    path = tmp_path / "d.csv"
    path.write_text("\n\ufeffa b; n ;y\n".lstrip("\n") + rows, encoding="utf-8")
    split = load_split(path, "y", categorical=["a b"], seed=0)
    assert split.train.feature_names == ("a b", "n")
    assert '10,5 "x"' in split.train.categories[0]


@pytest.mark.parametrize(
    ("header", "row", "names"),
    [
        ("Zeit, s;Temp, C;y", "{};{};a", ("Zeit, s", "Temp, C", "y")),
        ("a;b;c\ty", "{}\t{}", ("a;b;c", "y")),
        ("a, b, c;y", "{};{}", ("a, b, c", "y")),
        ("a;b,y", '"{};1",{}', ("a;b", "y")),
    ],
)
def test_the_delimiter_is_what_splits_header_and_rows_alike(
    tmp_path: Path, header: str, row: str, names: tuple[str, ...]
) -> None:
    path = write(tmp_path / "d.csv", "\n".join([header, *(row.format(i, i % 2) for i in range(20))]) + "\n")
    assert open_table(path).names == names


def test_parquet_equals_csv(tmp_path: Path) -> None:
    need_modules("pandas", "pyarrow")
    import pandas

    frame = pandas.DataFrame(
        {
            "kind": pandas.Categorical([("x", "y")[i % 2] for i in range(30)]),
            "code": [float(i % 4) for i in range(30)],
            "on": [i % 5 == 0 for i in range(30)],
            "v": np.arange(30, dtype=np.int16) * 7,
            "y": [i % 3 == 1 for i in range(30)],
        }
    )
    frame.to_csv(tmp_path / "d.csv", index=False)
    frame.to_parquet(tmp_path / "d.parquet")
    ours = [load_split(tmp_path / f"d.{e}", "y", categorical=["kind", "code"], seed=1) for e in ("csv", "parquet")]
    assert ours[0].train.fingerprint == ours[1].train.fingerprint
    assert ours[0].train.categories == (("x", "y"), ("0", "1", "2", "3"), (), ())
    assert ours[0].train.class_names == ("False", "True")
    assert ours[0].train.X.dtype == np.uint8


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    path = write(tmp_path / "d.parquet", "PAR1")
    with pytest.raises(MissingToolError, match=r"pip install 'rs2c\[parquet\]'"):
        load_split(path, "y", seed=0)


def test_archive_with_its_own_test_part_and_names(tmp_path: Path) -> None:
    X, y = grid()
    names = np.array(["p", "q"])
    path = tmp_path / "d.npz"
    classes = np.array(["nought", "one", "two"])
    np.savez(path, X_train=X, y_train=y, X_test=X[:4] + 100, y_test=y[:4], feature_names=names, class_names=classes)
    split = load_split(path, None, drop=["p"], seed=0)
    assert split.test_rows is None
    assert list(split.train_rows) == list(range(30))
    assert split.train.feature_names == ("q",)
    assert split.train.class_names == ("nought", "one", "two")
    np.testing.assert_array_equal(split.test.X, X[:4, 1:] + 100)
    assert split.test.X.dtype == np.uint8


def test_a_feature_of_an_archive_may_be_called_y(tmp_path: Path) -> None:
    X, y = grid()
    np.savez(tmp_path / "d.npz", X=X, y=y, feature_names=np.array(["x", "y"]))
    assert load_split(tmp_path / "d.npz", "y", seed=0).train.feature_names == ("x", "y")


def test_columns_of_an_archive_can_be_categorical(tmp_path: Path) -> None:
    X, y = grid()
    X = X.astype(np.float32)
    X[:, 1] = np.resize([10, 2.5, 2, np.nan, 2], 30)
    np.savez(tmp_path / "d.npz", X=X, y=y)
    split = load_split(tmp_path / "d.npz", None, categorical=["x1"], missing="mean", seed=0)
    assert split.train.categories == ((), ("2", "2.5", "10"))
    np.testing.assert_array_equal(split.train.X[:, 1], np.resize([2, 1, 0, np.nan, 0], 30)[split.train_rows])


# The first column's name, its cells for rows 0 to 29, and whether it is a row index.
SHUFFLED = [(7 * i) % 30 for i in range(30)]
ROW_INDEXES = [
    ("Unnamed: 0", range(30), True),
    ("Unnamed: 0", SHUFFLED, True),
    ("Unnamed: 0", range(0, 90, 3), True),
    ("Unnamed: 0", [f"car {i}" for i in range(30)], True),
    ("Unnamed: 0.1", range(30), True),
    ("Unnamed: 0.1.1", SHUFFLED, True),
    ("__index_level_0__", SHUFFLED, True),
    ("__index_level_1__", range(30), True),
    ("index", range(30), True),
    ("index", range(1, 31), True),
    ("Index", range(800, 830), True),
    ("level_0", [float(i) for i in range(30)], True),
    ("rownames", range(1, 31), True),
    ("", range(30), True),
    ("", range(1, 31), True),
    ("index", SHUFFLED, False),
    ("index", [i // 2 for i in range(30)], False),
    ("index", [i / 4 for i in range(30)], False),
    ("index", range(30, 0, -1), False),
    ("index", range(0, 90, 3), False),
    ("Unnamed: 3", SHUFFLED, False),
    ("Unnamed: 0 (copy)", SHUFFLED, False),
    ("index_of_heat", range(30), False),
    ("a__index_level_0__", range(30), False),
]


@pytest.mark.parametrize(("name", "cells", "is_index"), ROW_INDEXES)
def test_row_indexes_are_known_in_every_spelling(
    name: str, cells: Sequence[object], is_index: bool, tmp_path: Path
) -> None:
    lines = [f"{cell},{i % 7},{i // 15}\n" for i, cell in enumerate(cells)]
    path = write(tmp_path / "d.csv", f"{name},a,y\n" + "".join(lines))
    split = load_split(path, "y", seed=0)
    assert split.train.feature_names == (("a",) if is_index else (name, "a"))
    rises = name == "index" and list(cells) == list(range(0, 90, 3))  # it may be one, which is said
    assert ["row index" in note and repr(name)[1:-1] in note for note in split.notes] == [True] * (is_index or rises)
    # a file that is scored needs no index, has another, or the same
    for header, cell in (("", ""), (f"{name},", "5,"), (",", "x,"), ("Unnamed: 0,", "2,")):
        if is_index:
            test = write(tmp_path / "t.csv", f"{header}a,y\n{cell}3,1\n{cell}4,0\n")
            assert load_split(path, "y", test=test, seed=0).test.X.tolist() == [[3], [4]]
            read = load_features(test, feature_names=["a"], categories=((),), raw_type="uint8")
            assert read.tolist() == [[3], [4]]


def test_a_row_index_may_be_dropped_or_used_by_name(tmp_path: Path) -> None:
    lines = [f"{i},{i % 3},{i},{i % 7},{i // 15}\n" for i in range(30)]
    path = write(tmp_path / "d.csv", ",Unnamed: 0,index,a,y\n" + "".join(lines))
    split = load_split(path, "y", drop=["index"], categorical=["Unnamed: 0"], seed=0)
    assert (split.train.feature_names, len(split.notes)) == (("Unnamed: 0", "a"), 1)
    assert load_split(path, "index", task="regress", seed=0).train.feature_names == ("a", "y")
    np.savez(
        tmp_path / "d.npz", X=np.stack([np.arange(30), np.arange(30) % 7], 1), y=np.arange(30) // 15,
        feature_names=np.array(["index", "a"]),
    )  # fmt: skip
    assert load_split(tmp_path / "d.npz", None, seed=0).train.feature_names == ("a",)


def test_the_row_index_that_pandas_stores_is_no_feature(tmp_path: Path) -> None:
    need_modules("pandas", "pyarrow")
    import pandas

    frame = pandas.DataFrame({"a": np.arange(40) % 7, "y": np.arange(40) // 20})
    frame[frame.index != 3].to_parquet(tmp_path / "d.parquet")
    for drop in ((), ("__index_level_0__",)):
        split = load_split(tmp_path / "d.parquet", "y", drop=drop, seed=0)
        assert split.train.feature_names == ("a",)
        assert ["__index_level_0__" in note for note in split.notes] == [True] * (not drop)
    older = load_features(
        tmp_path / "d.parquet", feature_names=["__index_level_0__"], categories=((),), raw_type="uint8"
    )
    assert older[:4, 0].tolist() == [0, 1, 2, 4]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 255], "uint8"),
        ([-1, 127], "int8"),
        ([-1, 128], "int16"),
        ([0, 256], "uint16"),
        ([-1, 65535], "float32"),
        ([0, 65536], "float32"),
    ],
)
def test_automatic_raw_type(values: list[int], expected: str, tmp_path: Path) -> None:
    column = np.resize(values, 20)
    labels = np.arange(20) // 2 % 2
    assert from_arrays(column[:, None], labels).X.dtype == expected
    lines = "".join(f"{v},{label}\n" for v, label in zip(column, labels, strict=True))
    assert load_split(write(tmp_path / "d.csv", "v,y\n" + lines), "y", seed=0).train.X.dtype == expected


def test_raw_type_of_arrays_and_by_wish() -> None:
    X, y = grid()
    for dtype in (np.uint8, np.int8, np.uint16, np.int16, np.float32):
        assert from_arrays(X.astype(dtype), y).X.dtype == dtype
    assert from_arrays(X.astype(np.float64), y).X.dtype == np.float32
    assert from_arrays(X > 3, y).X.dtype == np.uint8
    assert from_arrays(X.astype(np.float64), y, raw_type="int16").X.dtype == np.int16
    assert from_arrays(X, y, missing="mean").X.dtype == np.float32


@pytest.mark.parametrize(
    ("dtype", "raw_type"), [(">i2", "int16"), (">u2", "uint16"), ("?", "uint8"), (">f4", "float32")]
)
def test_arrays_of_another_byte_order_keep_their_type(dtype: str, raw_type: str, tmp_path: Path) -> None:
    y = np.arange(40) % 2
    X = (np.arange(80).reshape(40, 2) % 7).astype(dtype)
    assert from_arrays(X, y).X.dtype == np.dtype(raw_type)
    np.savez(tmp_path / "d.npz", X=X, y=y)
    train = load_split(tmp_path / "d.npz", None, seed=0)
    assert train.train.X.dtype == np.dtype(raw_type)
    np.testing.assert_array_equal(train.train.X, X[train.train_rows].astype(raw_type))
    np.save(tmp_path / "x.npy", X)
    again = load_features(tmp_path / "x.npy", feature_names=("x0", "x1"), categories=((), ()), raw_type=raw_type)
    np.testing.assert_array_equal(again, X.astype(raw_type))


def test_real_numbers_written_as_such_stay_float(tmp_path: Path) -> None:
    lines = "".join(f"{i}.0,{i},{i % 2}\n" for i in range(12))
    assert load_split(write(tmp_path / "d.csv", "v,w,y\n" + lines), "y", seed=0).train.X.dtype == np.float32


def test_missing_values_stay_nan_and_categories_too(tmp_path: Path) -> None:
    lines = "".join(f"{'' if i == 4 else 'uv'[i % 2]},{'?' if i == 2 else i},{i % 2}\n" for i in range(20))
    path = write(tmp_path / "d.csv", "c,v,y\n" + lines)
    split = load_split(path, "y", categorical=["c"], missing="mean", seed=0)
    X = np.full((20, 2), -1.0)
    assert split.test_rows is not None
    X[split.train_rows], X[split.test_rows] = split.train.X, split.test.X
    assert split.train.categories[0] == ("u", "v")
    assert [tuple(rc) for rc in np.argwhere(np.isnan(X))] == [(2, 1), (4, 0)]
    unseen = write(tmp_path / "t.csv", "v,c\n3,w\nNA,u\n")
    again = load_features(
        unseen, feature_names=("c", "v"), categories=split.train.categories, raw_type="float32", missing="mean"
    )
    np.testing.assert_array_equal(again, np.array([[np.nan, 3], [0, np.nan]], dtype=np.float32))


def test_test_file_by_name_and_its_range_counts(tmp_path: Path) -> None:
    train = write(tmp_path / "a.csv", "u,v,y\n" + "".join(f"{i},{2 * i},{i % 2}\n" for i in range(20)))
    test = write(tmp_path / "b.csv", "y,extra,v,u\n1,text,300,7\n0,text,4,8\n")
    split = load_split(train, "y", test=test, seed=0)
    assert split.test_rows is None
    assert split.test.X.dtype == np.uint16
    np.testing.assert_array_equal(split.test.X, [[7, 300], [8, 4]])
    np.testing.assert_array_equal(split.test.y, [1, 0])


def test_take_and_fingerprint() -> None:
    X, y = grid()
    data = from_arrays(X, y)
    part = data.take(np.array([4, 2]))
    np.testing.assert_array_equal(part.X, X[[4, 2]])
    np.testing.assert_array_equal(part.y, y[[4, 2]])
    assert len(data.fingerprint) == 64
    assert data.fingerprint == from_arrays(X.copy(order="F"), y.copy(), name="another").fingerprint
    X_before = X.copy()
    X[29, 1] += 1
    changed = [from_arrays(X, y), from_arrays(X - 1, y), from_arrays(X, y, feature_names=["a", "b"]), part]
    changed.append(from_arrays(X_before, 2 - y))
    assert len({data.fingerprint, *(d.fingerprint for d in changed)}) == 6


def test_features_of_every_kind_of_file(tmp_path: Path) -> None:
    X = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int64)
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "x.npz", X_train=X + 9, X_test=X)
    np.savez(tmp_path / "named.npz", X=X[:, ::-1], feature_names=np.array(["c", "b", "a"]))
    write(tmp_path / "x.csv", "c,y,a,b\n3,word,1,2\n6,,4,5\n")
    for name in ("x.npy", "x.npz", "named.npz", "x.csv"):
        read = load_features(tmp_path / name, feature_names=("a", "b", "c"), categories=((), (), ()), raw_type="int8")
        assert read.dtype == np.int8
        np.testing.assert_array_equal(read, X)
    one = load_features(tmp_path / "x.npz", feature_names=("x2", "x0"), categories=((), ()), raw_type="uint16")
    np.testing.assert_array_equal(one, X[:, [2, 0]])
    coded = load_features(tmp_path / "x.csv", feature_names=("c",), categories=(("3", "6"),), raw_type="uint8")
    np.testing.assert_array_equal(coded, [[0], [1]])


def test_prediction_needs_neither_pandas_nor_pyarrow(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "a,b\n1,2\n")
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['pandas', 'pyarrow', 'torch', 'sklearn', 'scipy']))\n"
        "from pathlib import Path; from rs2c.read.datasets import load_features\n"
        f"print(load_features(Path({str(path)!r}), feature_names=['b'], categories=((),), raw_type='uint8'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "[[2]]\n"


@pytest.mark.parametrize(
    "options",
    [{"test_size": 0.0}, {"test_size": 1.0}, {"missing": "median"}, {"task": "rank"}, {"raw_type": "int32"}],
)
def test_bad_options(options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=str(*options.values())):
        load_split(csv_file(tmp_path), "grade", drop=["colour"], seed=0, **options)  # type: ignore[arg-type]


def test_shared_tables() -> None:
    shared = data_folder()
    abalone = load_split(shared / "abalone.csv", "rings", categorical=["sex"], seed=0)
    assert (abalone.train.task, abalone.train.X.dtype) == ("regress", np.float32)
    assert abalone.train.categories[0] == ("1", "2", "3")
    start = time.process_time()
    occupancy = load_split(shared / "occupancy_train.csv", "Occupancy", test=shared / "occupancy_test.csv", seed=0)
    assert time.process_time() - start < 0.8
    archive = load_split(shared / "occupancy.npz", None, seed=0)
    assert occupancy.train.class_names == ("0", "1")
    for table, array in ((occupancy.train, archive.train), (occupancy.test, archive.test)):
        np.testing.assert_array_equal(table.X, array.X)
        np.testing.assert_array_equal(table.y, array.y)


def test_shared_archives() -> None:
    archives = sorted(data_folder().glob("*.npz"))
    assert archives
    for path in archives:
        split = load_split(path, None, seed=0)
        with np.load(path) as archive:
            np.testing.assert_array_equal(split.train.X, archive["X_train"])
            np.testing.assert_array_equal(split.test.X, archive["X_test"])
            np.testing.assert_array_equal(split.test.y, archive["y_test"])
        assert split.train.X.dtype in (np.uint8, np.float32)
        assert split.train.task == ("classify" if split.train.class_names else "regress")
