"""Parquet, ARFF and TSV: what is text, what is a number, and what is refused by its name and type."""

import base64
import contextlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs2c.base.errors import DataError
from rs2c.read.datasets import load_features, load_split
from tests.data.test_dataset_errors import fails
from tests.support.tables import write
from tests.support.tools import need_modules

with contextlib.suppress(ImportError):
    import pyarrow
    import pyarrow.parquet as parquet


@pytest.fixture(autouse=True)
def _arrow(request: pytest.FixtureRequest) -> None:
    if "parquet" in request.node.name:
        need_modules("pyarrow")


def parquet_file(path: Path, **columns: Any) -> Path:
    """Forty rows of the columns given, of a number `a` and of a label `y`."""
    arrays = {"a": pyarrow.array(range(40)), **columns, "y": pyarrow.array([0, 1] * 20)}
    parquet.write_table(pyarrow.table(arrays), path)
    return path


def test_binary_of_parquet_that_is_text_is_read_as_in_csv(tmp_path: Path) -> None:
    """Spark, Impala and Hive write strings without saying that they are."""
    rows = [(f"{i / 8}", ("hall", "kitchen")[i // 2 % 2], ("rest", "wave")[i % 2]) for i in range(40)]
    csv = write(tmp_path / "same.csv", "acc,room,state\n" + "".join(",".join(row) + "\n" for row in rows))
    for kind in (pyarrow.binary(), pyarrow.large_binary(), pyarrow.dictionary(pyarrow.int32(), pyarrow.binary())):
        acc, room, state = zip(*rows, strict=True)
        cells = {"acc": pyarrow.array(map(float, acc)), "room": pyarrow.array([c.encode() for c in room], kind)}
        spark = tmp_path / "spark.parquet"
        parquet.write_table(pyarrow.table({**cells, "state": pyarrow.array([c.encode() for c in state], kind)}), spark)
        ours = [load_split(file, "state", categorical=["room"], seed=0).train for file in (csv, spark)]
        assert ours[1].class_names == ("rest", "wave")
        assert ours[1].categories == ((), ("hall", "kitchen"))
        assert ours[0].fingerprint == ours[1].fingerprint
        model = {"feature_names": ("acc", "room"), "categories": ours[0].categories, "raw_type": "float32"}
        read = load_features(spark, missing="mean", **model)  # type: ignore[arg-type]
        np.testing.assert_array_equal(read[:4, 1], [0, 0, 1, 1])
        assert load_split(csv, "state", test=spark, categorical=["room"], seed=0).test.y.tolist() == [0, 1] * 20


@pytest.mark.parametrize(
    ("cells", "kind", "words"),
    [
        ([b"\xff\xfe"] * 40, "binary", ["binary", "row 0"]),
        ([None, *[b"caf\xe9"] * 39], "binary", ["binary", "row 1"]),
        ([b"\x01\x00\x00\x00"] * 40, "binary", ["binary", "row 0"]),
        ([bytes(16)] * 40, "fixed", ["fixed_size_binary[16]", "row 0"]),
        ([[1, 2]] * 40, "list", ["list<element: int64>", "[1, 2]"]),
        ([{"q": 1}] * 40, "struct", ["struct<q: int64>"]),
        ([[("k", 1)]] * 40, "map", ["map<string, int64"]),
        ([1_700_000_000_000_000_001] * 40, "timestamp", ["timestamp[ns]"]),
        ([19_000 + i for i in range(40)], "date", ["date32[day]", "2022-01-08 in row 0"]),
        ([None] * 40, "time", ["time64[us]"]),
        ([5] * 40, "duration", ["duration[s]"]),
    ],
)
def test_other_types_of_parquet_are_refused_where_they_are_used(
    cells: list[Any], kind: str, words: list[str], tmp_path: Path
) -> None:
    types = {
        "binary": pyarrow.binary(), "fixed": pyarrow.binary(16), "list": pyarrow.list_(pyarrow.int64()),
        "struct": pyarrow.struct({"q": pyarrow.int64()}), "map": pyarrow.map_(pyarrow.string(), pyarrow.int64()),
        "timestamp": pyarrow.timestamp("ns"), "date": pyarrow.date32(), "time": pyarrow.time64("us"),
        "duration": pyarrow.duration("s"),
    }  # fmt: skip
    path = parquet_file(tmp_path / "d.parquet", odd=pyarrow.array(cells, types[kind]))
    named = ["column 'odd' of d.parquet", *words]
    fails([*named, "leave it out with --drop odd"], lambda: load_split(path, "y", seed=0))
    fails([*named, "--drop odd"], lambda: load_split(path, "y", categorical=["odd"], seed=0))
    fails([*named, "save it as numbers or text"], lambda: load_split(path, "odd", seed=0))
    assert load_split(path, "y", drop=["odd"], seed=0).train.feature_names == ("a",)
    read = load_features(path, feature_names=["a"], categories=((),), raw_type="uint8")
    np.testing.assert_array_equal(read[:, 0], np.arange(40))


def test_a_type_of_parquet_that_arrow_does_not_know_spoils_no_other_column(tmp_path: Path) -> None:
    """Polars 2.1 names a column of Int128 in Arrow's copy of the schema, which pyarrow 26 refuses as a whole."""
    path = parquet_file(tmp_path / "d.parquet", kind=pyarrow.array(["u", "v"] * 20))
    raw = path.read_bytes()
    stored = re.search(rb"ARROW:schema[^/]*(/[A-Za-z0-9+/=]*)", raw)
    assert stored is not None
    schema = base64.b64decode(stored[1])
    assert b"\x40\0\0\0" in schema  # the bits of an integer
    wide = base64.b64encode(schema.replace(b"\x40\0\0\0", b"\x80\0\0\0"))
    path.write_bytes(raw.replace(stored[1], wide))
    with pytest.raises(NotImplementedError, match="64 bits"):
        parquet.ParquetFile(path)
    data = load_split(path, "y", categorical=["kind"], seed=0).train
    assert (data.feature_names, data.categories) == (("a", "kind"), ((), ("u", "v")))


@pytest.mark.parametrize("cells", [["0110", "1011"], ["00000010", "00000001"], ["01", "10"]])
def test_bits_of_parquet_are_text(cells: list[str], tmp_path: Path) -> None:
    path = parquet_file(tmp_path / "d.parquet", mask=pyarrow.array(cells * 20))
    fails(["column 'mask'", repr(cells[0]), "row 0", "--categorical mask"], lambda: load_split(path, "y", seed=0))
    data = load_split(path, "y", categorical=["mask"], seed=0).train
    assert data.categories[1] == tuple(sorted(set(cells)))
    assert set(load_split(path, "mask", seed=0).train.class_names) == set(cells)


def test_numbers_in_text_of_parquet_are_numbers(tmp_path: Path) -> None:
    for cells in (["10", "20"], ["1", "0"], ["001", "200"], ["1.5", "?", "2", "?"]):
        path = parquet_file(tmp_path / "d.parquet", v=pyarrow.array((cells * 20)[:40]))
        split = load_split(path, "y", missing="mean", seed=0)
        wanted = [float(cell.replace("?", "nan")) for cell in cells]
        np.testing.assert_array_equal(split.train.X[:, 1], np.take(wanted, split.train_rows % len(cells)))


def test_dictionaries_of_parquet_are_categories(tmp_path: Path) -> None:
    need_modules("pandas")
    import pandas

    words = pyarrow.array(["low", "high", None, "mid"] * 15).dictionary_encode()
    columns = {"a": range(60), "words": words.to_pandas(), "codes": [30, 4, 100, 4] * 15, "y": [0, 1] * 30}
    frame = pandas.DataFrame(columns).astype({"codes": "category"})
    path = tmp_path / "d.parquet"
    frame.to_parquet(path)  # Parquet itself keeps dictionaries of text alone
    split = load_split(path, "y", missing="mean", seed=0)
    assert split.train.categories == ((), ("high", "low", "mid"), ("4", "30", "100"))
    wanted = np.array([[1, 1], [0, 0], [np.nan, 2], [2, 0]])
    np.testing.assert_array_equal(split.train.X[:, 1:], wanted[split.train_rows % 4])
    assert load_split(path, "y", drop=["words"], seed=0).train.categories == ((), ("4", "30", "100"))
    frame.assign(k=pandas.Categorical([i % 25 for i in range(60)])).to_parquet(path)
    classes = load_split(path, "k", missing="mean", seed=0).train.class_names
    assert classes == tuple(map(str, range(25)))  # as many numbers would be targets


ARFF = """% made by hand
@RELATION 'a b'

@attribute temp numeric
@Attribute 'out look' {sunny, 'over cast', "it's", '50 %'}
@attribute\tcount integer
@attribute note string
@attribute day date "yyyy-MM-dd"
@attribute class {yes,no,maybe}
@DATA
"""
ROWS = """{t},'over cast',{c},'a \\'b\\', c',"2024-01-01",yes
{t}, sunny ,?,?,?,no
 % a comment

{t},'it\\'s',{c},x,?,no
"""


def arff_file(path: Path, rows: str | None = None, head: str = ARFF) -> Path:
    return write(path, head + (rows if rows is not None else "".join(ROWS.format(t=i / 4, c=i % 3) for i in range(12))))


def test_arff_is_read_as_the_same_table_in_csv(tmp_path: Path) -> None:
    arff = arff_file(tmp_path / "d.arff")
    lines = "".join(f"{i / 4};over cast;{i % 3};yes\n{i / 4};sunny;;no\n{i / 4};it's;{i % 3};no\n" for i in range(12))
    csv = write(tmp_path / "d.csv", "temp;out look;count;class\n" + lines)
    ours = load_split(arff, "class", drop=["note", "day"], missing="mean", seed=0).train
    theirs = load_split(csv, "class", categorical=["out look"], missing="mean", seed=0).train
    assert ours.categories == ((), ("it's", "over cast", "sunny"), ())
    assert ours.class_names == ("no", "yes")  # of those in the data
    assert ours.fingerprint == theirs.fingerprint
    model = {"feature_names": theirs.feature_names, "categories": theirs.categories, "raw_type": "float32"}
    pair = [load_features(file, missing="mean", **model) for file in (arff, csv)]  # type: ignore[arg-type]
    np.testing.assert_array_equal(*pair)
    notes = load_split(arff, "class", drop=["day"], categorical=["note"], missing="mean", seed=0).train
    assert notes.categories[3] == ("a 'b', c", "x")


def test_labels_of_arff_are_classes_where_they_are_nominal(tmp_path: Path) -> None:
    nominal = "{" + ",".join(map(str, range(25))) + "}"
    head = f"@relation r\n@attribute a real\n@attribute k {nominal}\n@data\n"
    rows = "".join(f"{i}.5,{i % 25}\n" for i in range(60))
    assert load_split(arff_file(tmp_path / "d.arff", rows, head), "k", seed=0).train.class_names[24] == "24"
    number = head.replace(nominal, "numeric")
    assert load_split(arff_file(tmp_path / "d.arff", rows, number), "k", seed=0).train.task == "regress"


@pytest.mark.parametrize(
    ("rows", "head", "words"),
    [
        ("{0 1, 5 yes}\n", ARFF, ["line 11 of d.arff", "sparse", "SparseToNonSparse"]),
        ("1,rainy,2,x,?,yes\n", ARFF, ["column 'out look'", "'rainy'", "line 11", "@attribute"]),
        ("1,sunny,2,x,?\n", ARFF, ["line 11", "5 cells", "has 6"]),
        ("1,sunny,2,'x,?,yes\n", ARFF, ["line 11", "quote"]),
        ("warm,sunny,2,x,?,yes\n", ARFF, ["column 'temp'", "'warm'", "line 11", "--drop temp"]),
        ("1,sunny,2,x,?,?\n2,'50 %',3,x,?,no\n3,sunny,1,x,?,yes\n" * 4, ARFF, ["label 'class'", "missing", "line 11"]),
        ("", "@relation r\n@attribute a real\n", ["d.arff", "no @data"]),
        ("", "@relation r\n@attribute a\n@data\n", ["line 2 of d.arff", "'@attribute a'", "type"]),
        ("", "a,b,class\n1,2,3\n", ["line 1 of d.arff", "'a,b,class'", "@attribute"]),
        ("", ARFF.replace("note", "temp"), ["two columns", "'temp'"]),
        ("", ARFF.replace("string", "relational"), ["column 'note'", "relational", "--drop note"]),
    ],
)
def test_mistakes_in_arff(rows: str, head: str, words: list[str], tmp_path: Path) -> None:
    path = arff_file(tmp_path / "d.arff", rows, head)
    options: dict[str, Any] = {"drop": ["day"]} if "relational" in head else {"drop": ["note", "day"]}
    fails(words, lambda: load_split(path, "class", seed=0, **options))


def test_dates_of_arff_are_refused_where_they_are_used(tmp_path: Path) -> None:
    path = arff_file(tmp_path / "d.arff")
    fails(["column 'day'", "date", "--drop day"], lambda: load_split(path, "class", drop=["note"], seed=0))
    path.write_bytes(ARFF.replace("by hand", "b\xe4 hand").encode("latin-1"))
    fails(["d.arff", "UTF-8"], lambda: load_split(path, "class", seed=0))


def test_tsv_has_tabs_whatever_else_stands_in_it(tmp_path: Path) -> None:
    rows = "".join(f"{i}\ta;b,c{i % 2}\t{i % 2}\n" for i in range(20))
    split = load_split(write(tmp_path / "d.tsv", "n\tt;u,v\ty\n" + rows), "y", categorical=["t;u,v"], seed=0)
    assert split.train.feature_names == ("n", "t;u,v")
    assert split.train.categories[1] == ("a;b,c0", "a;b,c1")
    with pytest.raises(DataError, match="has no column 'n' as named by --label"):
        load_split(write(tmp_path / "one.tsv", "n,y\n1,2\n"), "n", seed=0)
