"""What a label is taken for: classes and their names and order, or targets."""

from pathlib import Path

import numpy as np
import pytest

from rs2c.base.errors import DataError
from rs2c.read.datasets import Split, from_arrays, load_labels, load_split
from tests.support.tables import grid, write
from tests.support.tools import need_modules


def test_class_names_keep_their_order_and_absent_classes_leave(tmp_path: Path) -> None:
    X, y = grid()
    np.savez(tmp_path / "d.npz", X=X, y=y * 2, class_names=np.array(["z", "unused", "a", "unused too", "m"]))
    split = load_split(tmp_path / "d.npz", "y", seed=0)
    assert split.train.class_names == ("z", "a", "m")
    np.testing.assert_array_equal(split.train.y, y[split.train_rows])


def test_class_names_of_the_training_archive_hold_for_the_test_archive(tmp_path: Path) -> None:
    X, y = grid()
    for name, classes in (("plain", {}), ("named", {"class_names": np.array(["u", "v", "w"])})):
        np.savez(tmp_path / f"{name}.npz", X=X, y=y, **classes)
    for train, test in (("plain", "named"), ("named", "plain")):
        split = load_split(tmp_path / f"{train}.npz", None, test=tmp_path / f"{test}.npz", seed=0)
        assert split.train.class_names == split.test.class_names
        np.testing.assert_array_equal(split.test.y, y)


def test_a_test_archive_is_read_with_its_own_class_names(tmp_path: Path) -> None:
    X, y = grid()
    np.savez(tmp_path / "a.npz", X=X, y=y, class_names=np.array(["u", "v", "w"]))
    np.savez(tmp_path / "b.npz", X=X, y=2 - y, class_names=np.array(["w", "v", "u"]))
    split = load_split(tmp_path / "a.npz", None, test=tmp_path / "b.npz", seed=0)
    np.testing.assert_array_equal(split.test.y, y)
    text = write(
        tmp_path / "a.csv", "x0,x1,y\n" + "".join(f"{a},{b},{'uvw'[c]}\n" for (a, b), c in zip(X, y, strict=True))
    )
    np.testing.assert_array_equal(load_split(text, "y", test=tmp_path / "b.npz", seed=0).test.y, y)


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (["no", "yes"], "classify"),
        (["0", "1"], "classify"),
        (["0.0", "1.0"], "classify"),
        (["true", "false"], "classify"),
        (["none", "circle"], "classify"),
        (["0.5", "1"], "regress"),
        ([str(i) for i in range(20)], "classify"),
        ([str(i) for i in range(21)], "regress"),
    ],
)
def test_task_of_a_table(labels: list[str], task: str, tmp_path: Path) -> None:
    lines = "".join(f"{i},{labels[i % len(labels)]}\n" for i in range(42))
    split = load_split(write(tmp_path / "d.csv", "v,y\n" + lines), "y", seed=0)
    assert split.train.task == task
    assert split.train.y.dtype == (np.int64 if task == "classify" else np.float32)


def test_task_of_arrays_and_by_wish() -> None:
    X, y = grid()
    assert from_arrays(X, y).task == "classify"
    assert from_arrays(X, np.arange(30) // 2).task == "classify"
    assert from_arrays(X, y.astype(np.float32)).task == "regress"
    assert from_arrays(X, y.astype(np.float32), task="classify").class_names == ("0", "1", "2")
    assert from_arrays(X, y, task="regress").y.dtype == np.float32
    assert from_arrays(X, np.array(["b", "a"] * 15, dtype=object)).class_names == ("a", "b")
    assert from_arrays(X, y > 0).class_names == ("False", "True")
    for labels in (y.astype(">f8"), y.astype(object), (y + 0.0).astype(object), np.array(["0.0", "1.0", "2.0"])[y]):
        assert from_arrays(X, labels, task="classify").class_names == ("0", "1", "2")
    assert from_arrays(X, (y * 0.007).astype(np.float32), task="classify").class_names == ("0", "0.007", "0.014")
    assert from_arrays(X, (y > 0).astype(object)).class_names == ("False", "True")


def test_classes_in_numeric_order() -> None:
    X, y = grid()
    data = from_arrays(X, 9 + y)
    assert data.class_names == ("9", "10", "11")
    np.testing.assert_array_equal(data.y, y)


def labelled(path: Path, labels: list[str], times: int = 1) -> Path:
    """A file of one column that counts, and a label."""
    return write(path, "a,y\n" + "".join(f"{i},{label}\n" for i, label in enumerate(labels * times)))


# Labels, the task asked for, and what they are: class names in order of code, or () for targets.
TEXTS = [
    (["1", "2", "none"], "auto", ("1", "2", "none")),
    (["down", "none", "up"], "auto", ("down", "none", "up")),
    (["3", "NA", "7", "?"], "classify", ("3", "7", "?", "NA")),
    (["0", "1", "inf"], "classify", ("0", "1", "inf")),
    (["null", "nan"], "classify", ("nan", "null")),
    (["1E1", "10", "2E0"], "auto", ("2E0", "10", "1E1")),
    (["12E12", "12E13", "9"], "auto", ("9", "12E12", "12E13")),
    (["0", "0.007", "0.014", "0.021"], "classify", ("0", "0.007", "0.014", "0.021")),
    (["0", "0.007", "0.014", "0.021"], "auto", ()),
    (["2.5", "-1.25", "10"], "classify", ("-1.25", "2.5", "10")),
    (["0.50", "0.5"], "classify", ("0.5", "0.50")),
    (["00", "01", "1"], "auto", ("00", "01", "1")),
    (["00", "01", "1"], "regress", ()),
    (["01", "02"], "auto", ("01", "02")),
    (["+1", "-1"], "auto", ("-1", "+1")),
    (["0.0", "1.0"], "auto", ("0", "1")),
    (["-1.0", "10.0", "2.00"], "auto", ("-1", "2", "10")),
    (["-0.0", "0.0", "3.0"], "auto", ("0", "3")),
    (["1.0", "1.00"], "auto", ("1.0", "1.00")),
    (["1.0", "2"], "auto", ("1.0", "2")),
    (["True", "False"], "auto", ("False", "True")),
]


@pytest.mark.parametrize(("labels", "task", "classes"), TEXTS)
def test_a_class_is_the_text_that_stands_there(
    labels: list[str], task: str, classes: tuple[str, ...], tmp_path: Path
) -> None:
    train = load_split(labelled(tmp_path / "d.csv", labels, 12), "y", task=task, seed=0).train
    assert train.class_names == classes
    assert train.task == ("classify" if classes else "regress")
    if {*classes} == {*labels}:
        np.testing.assert_array_equal(train.y, [classes.index(labels[int(a) % len(labels)]) for a in train.X[:, 0]])


def test_a_column_of_many_padded_numbers_is_no_column_of_codes(tmp_path: Path) -> None:
    padded = [f"{i % 300:03}" for i in range(1000)]
    assert load_split(labelled(tmp_path / "d.csv", [*padded, "0"]), "y", seed=0).train.task == "regress"


def test_a_word_for_no_value_among_numbers_is_named(tmp_path: Path) -> None:
    def notes(labels: list[str]) -> tuple[str, ...]:
        return load_split(labelled(tmp_path / "d.csv", labels, 10), "y", task="classify", seed=0).notes

    assert ["'none'" in note and "'y'" in note and "10 rows" in note for note in notes(["1", "2", "none"])] == [True]
    assert len(notes(["0.5", "NA", "-inf"])) == 2
    assert not notes(["up", "none"])
    assert not notes(["1", "2"])


@pytest.mark.parametrize(
    ("types", "labels", "classes"),
    [
        ("float32", [0, 0.007, 0.014], ("0.0", "0.007", "0.014")),
        ("float64", [0, 1, 2], ("0", "1", "2")),
        ("int8", [3, -1, 0], ("-1", "0", "3")),
        ("bool", [False, True], ("False", "True")),
        ("str", ["1E1", "none"], ("1E1", "none")),
    ],
)
def test_labels_of_parquet(types: str, labels: list[object], classes: tuple[str, ...], tmp_path: Path) -> None:
    need_modules("pandas", "pyarrow")
    import pandas

    frame = pandas.DataFrame({"a": range(30), "y": pandas.Series(np.resize(labels, 30)).astype(types)})
    frame.to_parquet(tmp_path / "d.parquet")
    split = load_split(tmp_path / "d.parquet", "y", task="classify", seed=0)
    assert split.train.class_names == classes
    frame[::-1].to_csv(tmp_path / "t.csv", index=False)
    other = load_split(tmp_path / "d.parquet", "y", test=tmp_path / "t.csv", task="classify", seed=0)
    np.testing.assert_array_equal(other.test.y, other.train.y[::-1])


# Labels of the training file, of the test file, and which class each of these is: -1 is none, -2 two that it can be.
ELSEWHERE = [
    (["01", "1", "2"], ["01", "1", "2", "01"], [0, 1, 2, 0]),
    (["01", "1", "2"], ["2", "02"], [2, 2]),
    (["1", "001", "2"], ["2", "01"], [2, -2]),
    (["08", "10"], ["08", "10"], [0, 1]),
    (["08", "10"], ["8", "1e1"], [0, 1]),
    (["08", "10"], ["08", "0A", "10"], [0, -1, 1]),
    (["08", "0A", "10"], ["08", "10"], [0, 2]),
    (["08", "0A", "10"], ["8", "0A"], [0, 1]),
    (["1E1", "10", "2E0"], ["10", "1E1", "2"], [1, 2, 0]),
    (["0.0", "1.0"], ["1", "0"], [1, 0]),
    (["0", "1"], ["1.0", "0.0"], [1, 0]),
    (["0", "1"], ["True", "false"], [1, 0]),
    (["False", "True"], ["1", "0.0"], [1, 0]),
    (["1", "2", "none"], ["none", "2"], [2, 1]),
    (["1", "2", "none"], ["1", "None"], [0, -1]),
    (["9007199254740992", "9007199254740993"], ["9007199254740993.0"], [1]),
    (["0", "0.007", "0.014"], ["7e-3", "0.0140"], [1, 2]),
    (["up", "down"], ["up"], [1]),
    (["up", "down"], ["1"], [-1]),
    (["1_0", "20"], ["10"], [-1]),
]


@pytest.mark.parametrize(("training", "test", "codes"), ELSEWHERE)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_test_file_is_read_by_the_coding_of_the_training_file(
    training: list[str], test: list[str], codes: list[int], ending: str, tmp_path: Path
) -> None:
    path = labelled(tmp_path / "t.csv", test)
    if ending == "parquet":
        need_modules("pandas", "pyarrow")
        import pandas

        path = tmp_path / "t.parquet"
        pandas.DataFrame({"a": range(len(test)), "y": test}).to_parquet(path)

    def load() -> Split:
        return load_split(labelled(tmp_path / "d.csv", training, 10), "y", test=path, task="classify", seed=0)

    if min(codes) < 0:
        said = "is not in the training data" if min(codes) == -1 else "could be '001' or '1' of"
        with pytest.raises(DataError, match=f"the class '{test[codes.index(min(codes))]}' of label 'y' in .* {said}"):
            load()
    else:
        assert load().test.y.tolist() == codes


def test_numbers_of_archives_are_read_by_the_coding_of_a_file(tmp_path: Path) -> None:
    X = np.arange(3)[:, None]
    for labels, given, codes in (
        (["01", "02", "none"], np.array([2, 1, 1]), [1, 0, 0]),
        (["0.0", "1.0"], np.array([True, False, True]), [1, 0, 1]),
        (["0", "0.007"], np.array([0, 0.007, 0], np.float32), [0, 1, 0]),
        (["False", "True"], np.array([0.0, 1.0, 1.0]), [0, 1, 1]),
    ):
        np.savez(tmp_path / "t.npz", X=X, y=given, feature_names=np.array(["a"]))
        train = labelled(tmp_path / "d.csv", labels, 10)
        split = load_split(train, "y", test=tmp_path / "t.npz", task="classify", seed=0)
        assert split.test.y.tolist() == codes


def test_class_names_of_an_archive_hold_where_they_are_known(tmp_path: Path) -> None:
    X, y = grid()
    for name, names in (("order", ["2", "1", "0"]), ("words", ["u", "v", "w"])):
        np.savez(tmp_path / f"{name}.npz", X=X, y=y, class_names=np.array(names))
    header = "x0,x1,y\n"
    numbers = write(tmp_path / "n.csv", header + "".join(f"{a},{b},{c}\n" for (a, b), c in zip(X, y, strict=True)))
    assert load_split(numbers, "y", test=tmp_path / "order.npz", seed=0).test.y.tolist() == (2 - y).tolist()
    assert load_split(numbers, "y", test=tmp_path / "words.npz", seed=0).test.y.tolist() == y.tolist()
    assert load_split(tmp_path / "words.npz", None, test=numbers, seed=0).test.y.tolist() == y.tolist()
    assert load_split(tmp_path / "order.npz", None, test=numbers, seed=0).test.y.tolist() == (2 - y).tolist()
    levels = np.array(["1.0", "0.0", "2.0"])
    np.savez(tmp_path / "text.npz", X=X, y=levels[y], class_names=levels)
    assert load_split(tmp_path / "text.npz", None, seed=0).train.class_names == ("1.0", "0.0", "2.0")
    binary = write(numbers, header + "".join(f"{a},{b},{c % 2}\n" for (a, b), c in zip(X, y, strict=True)))
    with pytest.raises(DataError, match=r"'2' of label 'y' in row 2 of words\.npz is not in"):
        load_split(binary, "y", test=tmp_path / "words.npz", seed=0)


@pytest.mark.parametrize(
    ("classes", "lines", "codes"),
    [
        (("01", "1", "2"), ["2", "01", "1", "01"], [2, 0, 1, 0]),  # two classes that are one number
        (("08", "10"), ["8", "0A", "10"], "'0A'"),
        (("10", "1E1"), ["1E1", "10", "1E1"], [1, 0, 1]),
        (("10", "1E1"), ["10.0"], "could be"),
        (("NA", "ok"), ["NA", "ok"], [0, 1]),
        (("0", "1", "2"), ["2.0", "0.0"], [2, 0]),  # as pandas writes them where some were missing
        (("rest", "wave"), ["wave", ""], "missing in line 3"),
        (("rest", "wave"), ["tap"], "'tap'"),
        ((), ["1.5", "-2"], [1.5, -2]),
        ((), ["1.5", "ok"], "no regression target; correct that value$"),
    ],
)
def test_labels_of_other_files_are_coded_as_the_model_was(
    tmp_path: Path, classes: tuple[str, ...], lines: list[str], codes: object
) -> None:
    path = tmp_path / "new.csv"
    path.write_text("\n".join(["x,state", *(f"1,{line}" for line in lines)]) + "\n")
    if isinstance(codes, str):
        with pytest.raises(DataError, match=codes):
            load_labels(path, "state", feature_names=["x"], class_names=classes)
        return
    assert load_labels(path, "state", feature_names=["x"], class_names=classes).tolist() == codes


def test_labels_that_are_none_are_named(tmp_path: Path) -> None:
    path, features, labelled = tmp_path / "new.csv", tmp_path / "x.npz", tmp_path / "xy.npz"
    path.write_text("x,State\n1,2\n")
    np.savez(features, X=np.ones((3, 1)))
    np.savez(labelled, X=np.ones((3, 1)), y=np.array([1, 0, 1]))
    for file, label, words in (
        (path, "state", "no column 'state' as named by --label; did you mean 'State'"),
        (path, "x", "'x' is a feature of the model"),
        (features, "y", "add the array y, or leave --label out"),
        (labelled, "state", "use --label y"),
    ):
        with pytest.raises(DataError, match=words):
            load_labels(file, label, feature_names=["x"], class_names=("0", "1"))
    assert load_labels(labelled, "y", feature_names=["x"], class_names=("0", "1")).tolist() == [1, 0, 1]
