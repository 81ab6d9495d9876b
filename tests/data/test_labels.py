"""What a label is taken for: classes and their names and order, or targets."""

from pathlib import Path

import numpy as np
import pytest

from rs2c.read.datasets import from_arrays, load_split
from tests.support.tables import grid, write


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


def test_labels_that_differ_in_leading_zeros_are_codes(tmp_path: Path) -> None:
    def labelled(labels: list[str]) -> Path:
        return write(tmp_path / "d.csv", "a,y\n" + "".join(f"{i},{label}\n" for i, label in enumerate(labels)))

    path = labelled(["00", "01", "1"] * 10)
    assert load_split(path, "y", seed=0).train.class_names == ("00", "01", "1")
    assert set(load_split(path, "y", task="regress", seed=0).train.y.tolist()) == {0.0, 1.0}
    assert load_split(labelled(["01", "02"] * 10), "y", seed=0).train.class_names == ("1", "2")
    padded = [f"{i % 300:03}" for i in range(1000)]
    assert load_split(labelled([*padded, "0"]), "y", seed=0).train.task == "regress"


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


def test_classes_in_numeric_order() -> None:
    X, y = grid()
    data = from_arrays(X, 9 + y)
    assert data.class_names == ("9", "10", "11")
    np.testing.assert_array_equal(data.y, y)
