"""Which rows are held out: those of a group or of the end together, others by class; weights; what a split hides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs2c.base.errors import DataError, OptionError
from rs2c.read.datasets import Dataset, Split, from_arrays, load_split
from rs2c.read.held_out import draw_test_rows
from rs2c.read.reading import Reading
from rs2c.train.validation import MOST_TURNS, turns_for, validation_parts
from tests.support.tables import write

ROWS = 120
RNG = np.random.Generator(np.random.PCG64(3))
A, Y = RNG.normal(0, 1, ROWS).round(3), RNG.integers(0, 2, ROWS)
WHO = np.array(["ann", "bo", "cy", "di", "ed", "fay", "gus", "hal"])[RNG.integers(0, 8, ROWS)]
# A minute apart, across midnight and a year's end, and in no order.
WHEN = np.datetime64("2023-12-31T23:00:00") + RNG.permutation(ROWS).astype("timedelta64[m]")
WEIGHT = RNG.integers(1, 9, ROWS) / 4
LATEST = np.sort(np.argsort(WHEN)[-24:])
NAMES = {"group_column": "who", "time": "when", "sample_weight": "w"}


def csv(path: Path, when: list[str] | None = None, weight: list[object] | None = None) -> Path:
    times = when or [str(each) for each in WHEN]
    lines = zip(WHO, times, weight or WEIGHT.tolist(), A, Y, strict=True)
    return write(path, "who,when,w,a,y\n" + "".join(f"{','.join(map(str, line))}\n" for line in lines))


def load(path: Path, *wanted: str, **options: object) -> Split:
    """The split by some of the three columns; the others are left out."""
    named = {option: NAMES[option] for option in wanted}
    label, drop = (None, []) if path.suffix == ".npz" else ("y", [n for o, n in NAMES.items() if o not in wanted])
    return load_split(path, label, drop=drop, seed=0, **named, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same table in each format."""
    import pyarrow as arrow
    from pyarrow.parquet import write_table

    folder = tmp_path_factory.mktemp("held")
    table = {"who": WHO, "when": WHEN, "w": WEIGHT, "a": A, "y": Y}
    write_table(arrow.table(table), folder / "d.parquet")
    head = "@relation d\n@attribute who string\n@attribute when date\n"
    head += "".join(f"@attribute {name} numeric\n" for name in "way") + "@data\n"
    text = csv(folder / "d.csv")
    write(folder / "d.arff", head + text.read_text().split("\n", 1)[1])
    np.savez(folder / "d.npz", X=A[:, None].astype(np.float32), y=Y, who=WHO, when=WHEN, w=WEIGHT)
    return {ending: folder / f"d.{ending}" for ending in ("csv", "parquet", "arff", "npz")}


@pytest.mark.parametrize("ending", ["csv", "parquet", "arff", "npz"])
def test_every_format_holds_out_groups_and_the_last_and_weighs_rows(files: dict[str, Path], ending: str) -> None:
    split = load(files[ending], "group_column", "sample_weight")
    assert split.by == "groups"
    assert split.train.feature_names in (("a",), ("x0",))
    assert split.test_rows is not None
    assert not {*WHO[split.train_rows]} & {*WHO[split.test_rows]}
    assert 12 <= len(split.test_rows) <= 36  # of 24 that were wanted
    assert len({*WHO[split.test_rows]}) == len({*split.test.groups.tolist()})  # type: ignore[union-attr]
    np.testing.assert_array_equal(split.train.weight, WEIGHT[split.train_rows])
    np.testing.assert_array_equal(split.test.weight, WEIGHT[split.test_rows])
    np.testing.assert_array_equal(split.test.y, Y[split.test_rows])
    assert any("of 8 groups" in note for note in split.notes)
    later = load(files[ending], "time")
    assert later.by == "time"
    assert later.train.feature_names in (("a",), ("x0",))
    np.testing.assert_array_equal(later.test_rows, LATEST)
    assert later.train.weight is None is later.train.groups
    parts = validation_parts(later.train, 0)
    assert later.train.order is not None
    assert later.train.order[parts.learn].max() < later.train.order[parts.valid].min()


@pytest.mark.parametrize(
    "spelled",
    [
        lambda t: str(t).replace("T", " "),
        lambda t: f"{t}Z",
        lambda t: f"{t}.123456789+01:00",
        lambda t: f"{t}.5",
        lambda t: str((t - np.datetime64("1970-01-01")) / np.timedelta64(1, "s")),
        lambda t: str(t)[:16],
    ],
)
def test_times_are_read_as_tools_write_them(tmp_path: Path, spelled) -> None:  # type: ignore[no-untyped-def]
    split = load(csv(tmp_path / "d.csv", [spelled(each) for each in WHEN]), "time")
    np.testing.assert_array_equal(split.test_rows, LATEST)


def test_rows_of_one_time_stay_together_and_rows_may_be_the_time(tmp_path: Path) -> None:
    days = [str(each)[:10] for each in np.datetime64("2024-02-27") + np.arange(ROWS) // 30]
    assert load(csv(tmp_path / "days.csv", days), "time").test_rows.tolist() == [*range(90, 120)]  # type: ignore[union-attr]
    path = csv(tmp_path / "d.csv")
    split = load_split(path, "y", drop=["who", "when", "w"], time="rows", test_size=0.1, seed=0)
    np.testing.assert_array_equal(split.test_rows, np.arange(108, 120))
    assert split.train.feature_names == ("a",)
    commas = write(tmp_path / "commas.csv", path.read_text().replace(",", ";").replace(".", ","))
    split = load(commas, "sample_weight", reading=Reading(";", ","))
    np.testing.assert_array_equal(split.train.weight, WEIGHT[split.train_rows])


def test_test_data_from_elsewhere_are_weighed_too(tmp_path: Path) -> None:
    train, X = csv(tmp_path / "d.csv"), A[:, None].astype(np.float32)
    split = load(train, "sample_weight", "group_column", test=csv(tmp_path / "t.csv", weight=[*range(1, ROWS + 1)]))
    assert split.by == "given"
    assert split.test.weight is not None
    assert split.test.weight[-1] == ROWS
    assert len({*split.train.groups.tolist()}) == 8  # type: ignore[union-attr]
    plain = write(tmp_path / "p.csv", "a,y\n1,0\n2,1\n")
    assert load(train, "sample_weight", test=plain).test.weight is None
    both = tmp_path / "both.npz"
    np.savez(both, X_train=X, y_train=Y, w=WEIGHT, X_test=X[:3], y_test=Y[:3], w_test=[1, 2, 3])
    split = load(both, "sample_weight")
    np.testing.assert_array_equal(split.train.weight, WEIGHT)
    np.testing.assert_array_equal(split.test.weight, [1, 2, 3])


@pytest.mark.parametrize(
    ("cells", "wanted", "words"),
    [
        ({"weight": ["0", *["1"] * 119]}, "sample_weight", r"'w' is '0' in line 2 of d.csv; give a number above 0"),
        ({"weight": [*["1"] * 119, "-2"]}, "sample_weight", r"'w' is '-2' in line 121"),
        ({"weight": ["1", "", *["1"] * 118]}, "sample_weight", r"'w' is '' in line 3"),
        ({"weight": ["1", "heavy", *["1"] * 118]}, "sample_weight", r"'w' is 'heavy' in line 3"),
        ({"weight": ["inf", *["1"] * 119]}, "sample_weight", r"'w' is 'inf' in line 2"),
        ({"when": ["2024-13-01", *["2024-01-01"] * 119]}, "time", r"'when' is '2024-13-01' in line 2 .* as in 2024"),
        ({"when": ["5", *["2024-01-01"] * 119]}, "time", r"'when' is '5' in line 2 of d.csv; give numbers alone"),
        ({"when": ["", *["7"] * 119]}, "time", r"'when' is '' in line 2"),
        ({"when": ["7"] * 120}, "time", "all rows are of one time, and none is the last; leave --time out"),
    ],
)
def test_cells_that_cannot_be_used_are_named(tmp_path: Path, cells: dict, wanted: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        load(csv(tmp_path / "d.csv", **cells), wanted)


def test_columns_that_cannot_be_used_are_named(tmp_path: Path, files: dict[str, Path]) -> None:
    path = files["csv"]
    for options, words in (
        ({"group_column": "whom"}, "no column 'whom' as named by --group-column; did you mean 'who'"),
        ({"group_column": "y"}, "'y' is the label; name another with --group-column"),
        ({"time": "when", "drop": ["when"]}, "'when' is in both --drop and --time; take it out of one"),
        ({"sample_weight": "w", "time": "w"}, "'w' is in both --sample-weight and --time"),
    ):
        with pytest.raises(DataError, match=words):
            load_split(path, "y", seed=0, **options)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match=r"--group-column holds out whole groups, --time the last rows.*choose one"):
        load_split(path, "y", group_column="who", time="when", seed=0)
    one = write(tmp_path / "one.csv", "who,a,y\n" + "".join(f"ann,{i % 7},{i % 2}\n" for i in range(20)))
    with pytest.raises(DataError, match=r"one group only \('ann'\); leave --group-column out"):
        load_split(one, "y", group_column="who", seed=0)
    gap = write(tmp_path / "gap.csv", one.read_text().replace("ann,3", ",3", 1))
    with pytest.raises(DataError, match=r"the group 'who' is missing in line 5 of gap.csv"):
        load_split(gap, "y", group_column="who", seed=0)
    rows = write(tmp_path / "rows.csv", one.read_text().replace("who", "rows", 1))
    with pytest.raises(DataError, match="has a column 'rows' too; rename that column"):
        load_split(rows, "y", categorical=["rows"], time="rows", seed=0)
    apart = write(tmp_path / "apart.csv", "who,a,y\n" + "".join(f"{i % 2},{i % 7},{i % 2}\n" for i in range(20)))
    with pytest.raises(DataError, match=r"each group has all rows of some class.*leave --group-column out"):
        load_split(apart, "y", group_column="who", seed=0)
    for wrong in (np.ones(3), np.ones((ROWS, 2)), np.ones(ROWS, complex)):
        np.savez(tmp_path / "d.npz", X=A[:, None], y=Y, w=wrong)
        with pytest.raises(DataError, match=r"the array 'w' of d.npz has the shape .* for each of the 120 rows"):
            load_split(tmp_path / "d.npz", None, sample_weight="w", seed=0)


def grouped(sizes: list[int], classes: int = 2) -> Dataset:
    rng = np.random.Generator(np.random.PCG64(len(sizes)))
    groups = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    X = rng.normal(0, 1, (len(groups), 2)).astype(np.float32)
    data = from_arrays(X, rng.integers(0, classes, len(groups)))
    return Dataset(**{**vars(data), "groups": groups})


@pytest.mark.parametrize("sizes", [[20] * 10, [400, 20, 20], [1] * 200, [50, 60, 70], [90, 3, 3, 3, 1]])
def test_groups_are_whole_on_one_side_in_every_turn(sizes: list[int]) -> None:
    data = grouped(sizes)
    assert data.groups is not None
    n, test = len(data.y), draw_test_rows(data, 0.2, 1)
    assert not {*data.groups[test]} & {*np.delete(data.groups, test)}
    assert abs(len(test) - 0.2 * n) <= max(0.2 * n, min(sizes))  # never the group of nine tenths of the rows
    first = validation_parts(data, 1)
    turns = turns_for(data, first, MOST_TURNS, 1)
    assert 1 < turns <= MOST_TURNS
    seen: list[int] = []
    for turn in range(turns):
        parts = validation_parts(data, 1, turn)
        assert len(parts.valid)
        assert not {*data.groups[parts.valid]} & {*data.groups[parts.learn]}
        np.testing.assert_array_equal(np.sort(np.concatenate([parts.valid, parts.learn])), np.arange(n))
        seen += parts.valid.tolist()
    assert len(seen) == len({*seen})


def test_the_only_group_of_a_class_is_learned_from() -> None:
    for seed in range(8):
        data = grouped([12] * 10)
        assert data.groups is not None
        data = Dataset(**{**vars(data), "y": np.where(data.groups == 4, 2, data.y), "class_names": ("0", "1", "2")})
        assert 2 not in data.y[draw_test_rows(data, 0.2, seed)]
        assert all(2 not in data.y[validation_parts(data, seed, turn).valid] for turn in range(MOST_TURNS))
    with pytest.raises(DataError, match="none can be held back to judge by; give more groups"):
        validation_parts(Dataset(**{**vars(data), "groups": data.y}), 0)


@pytest.mark.parametrize("sizes", [[400, 300, 300], [1900, 80, 20], [60, 3, 2, 1], [300]])
def test_parts_have_the_share_of_every_class_and_turns_have_other_rows(sizes: list[int]) -> None:
    y = np.repeat(np.arange(len(sizes)), sizes)
    data = from_arrays(np.arange(len(y), dtype=np.float32)[:, None], y if len(sizes) > 1 else y.astype(np.float32))
    seen = np.zeros(len(y), np.int64)
    for turn in range(MOST_TURNS):
        parts = validation_parts(data, 5, turn)
        np.testing.assert_array_equal(np.sort(np.concatenate([parts.valid, parts.learn])), np.arange(len(y)))
        held = np.bincount(y[parts.valid], minlength=len(sizes))
        assert (np.abs(held - 0.15 * np.array(sizes)) <= 1).all()
        assert not held[np.array(sizes) < 3].any()  # rare classes are learned from
        seen[parts.valid] += 1
    assert seen.max() == 1
    large = from_arrays(np.zeros((60_000, 1), np.float32), np.arange(60_000.0) % 7)
    assert abs(len(validation_parts(large, 0).valid) - 5000) <= 1


def walk(rows: int, columns: int, seed: int) -> np.ndarray:
    """What slow sensors give: each value is near the one before."""
    steps = np.random.Generator(np.random.PCG64(seed)).normal(0, 1, (rows, columns))
    return np.cumsum(steps, axis=0)


def notes_of(tmp_path: Path, X: np.ndarray, y: np.ndarray, **options: object) -> list[str]:
    np.savez(tmp_path / "n.npz", X=X.astype(np.float32), y=y)
    return [*load_split(tmp_path / "n.npz", None, seed=0, **options).notes]  # type: ignore[arg-type]


def test_rows_in_time_are_noticed_and_shuffled_or_sorted_ones_are_not(tmp_path: Path) -> None:
    for seed in range(4):
        rng = np.random.Generator(np.random.PCG64(seed))
        X = walk(400, 4, seed)
        state = (X[:, 0] > np.median(X[:, 0])).astype(np.int64)
        value = (X[:, 1] - X[:, 2]).astype(np.float32)
        for y in (state, value):
            (note,) = notes_of(tmp_path, X, y)
            assert "much more alike" in note
            assert "--time rows" in note
            assert "--group-column" in note
            assert not any("alike" in note for note in notes_of(tmp_path, X, y, time="rows"))
            mixed = rng.permutation(400)
            assert notes_of(tmp_path, X[mixed], y[mixed]) == []
        noise = rng.normal(0, 1, (400, 4))
        for y in (noise[:, 0] > 0, (noise[:, 0] + noise[:, 1]).astype(np.float32)):
            order = np.argsort(y, kind="stable")  # sorted by the label, as many files are
            assert notes_of(tmp_path, noise[order] + 3 * y[order, None], y[order]) == []
        blocks = np.repeat([2, 0, 1, 3], 100)  # classes that were written one after the other
        assert notes_of(tmp_path, noise + 3 * blocks[:, None], blocks) == []


def test_a_column_that_rises_may_be_a_time(tmp_path: Path) -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    text = "the time,b,y\n" + "".join(f"{5 * i + i % 3},{rng.normal():.3f},{i * i % 3}\n" for i in range(80))
    (note,) = load_split(write(tmp_path / "d.csv", text), "y", seed=0).notes
    assert "'the time' never falls" in note
    assert "--time 'the time' holds out the last" in note
    split = load_split(tmp_path / "d.csv", "y", time="the time", seed=0)
    assert split.train.feature_names == ("b",)
    assert split.notes == ("the last 16 of 80 rows are the test rows",)
    lines = text.splitlines()
    mixed = "\n".join([lines[0], *(lines[1 + i] for i in rng.permutation(80))]) + "\n"
    assert load_split(write(tmp_path / "m.csv", mixed), "y", seed=0).notes == ()


def test_test_rows_that_repeat_training_rows_are_counted(tmp_path: Path) -> None:
    rng = np.random.Generator(np.random.PCG64(2))
    X, y = rng.normal(0, 1, (300, 3)), rng.integers(0, 2, 300)
    assert notes_of(tmp_path, X, y) == []
    twice = rng.permutation(np.repeat(np.arange(150), 2))
    (note,) = notes_of(tmp_path, X[twice], y[twice])
    assert "of 60 test rows have the very features of a training row" in note
    assert "--group-column" in note
    assert 40 <= int(note.split()[0]) <= 60
    codes = rng.integers(0, 4, (300, 2))  # sixteen rows that there can be: new ones are no others
    assert notes_of(tmp_path, codes, y) == []
    few = np.concatenate([np.arange(300), [0, 1]])
    assert notes_of(tmp_path, X[few], y[few]) == []


def test_a_fit_keeps_to_groups_and_time_in_all_its_parts() -> None:
    from rs2c.train.fit import fit
    from rs2c.train.fit_options import FitOptions
    from rs2c.train.known_models import out_of_fold
    from rs2c.train.torch_setup import one_thread

    rng = np.random.Generator(np.random.PCG64(4))
    who = rng.permutation(np.repeat(np.arange(30), 8))
    X = np.stack([who * 1.0, rng.normal(0, 1, len(who))], axis=1).astype(np.float32)
    y = np.array([0, 1])[rng.integers(0, 2, 30)[who]]  # each group has one label, which only its number tells
    data = from_arrays(X, y)
    options = FitOptions(method="learned", rows=4, hidden=(16,), teacher_epochs=5, learned_steps=20, teacher="linear")
    for facts in ({"groups": who}, {"order": np.arange(len(who)) * 1.0}):
        parts = fit(Dataset(**{**vars(data), **facts}), options).parts
        apart = not {*who[parts.learn].tolist()} & {*who[parts.valid].tolist()}
        assert apart == ("groups" in facts)
        assert (parts.learn.max() < parts.valid.min()) == ("order" in facts)
    together = Dataset(**{**vars(data), "groups": who})
    with one_thread():
        right = [np.mean((out_of_fold(each, 0, 100, 3)[:, 0] > 0) == y) for each in (data, together)]
    assert right[0] > 0.8  # groups that are learned from are known by heart
    assert right[1] < 0.7


def as_dataset(y: np.ndarray, task: str) -> Dataset:
    X = np.arange(len(y), dtype=np.uint16)[:, None]
    return Dataset("t", X, y, ("x",), (), task, ((),))  # type: ignore[arg-type]


@pytest.mark.parametrize("test_size", [0.01, 0.2, 0.5, 0.95])
@pytest.mark.parametrize("sizes", [[50, 50], [97, 2, 1], [5, 6, 7, 8], [1, 1, 1, 9]])
def test_split_is_stratified(test_size: float, sizes: list[int]) -> None:
    y = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    rows = draw_test_rows(as_dataset(y, "classify"), test_size, 5)
    drawn = np.bincount(y[rows], minlength=len(sizes))
    assert np.array_equal(rows, np.unique(rows))
    assert (drawn < sizes).all()
    capped = np.minimum(np.array(sizes) * test_size, np.array(sizes) - 1)
    assert (np.abs(drawn - capped) <= 1).all()
    assert abs(drawn.sum() - capped.sum()) < 1
    if min(sizes) * (1 - test_size) >= 1:  # no class held back its last row
        assert drawn.sum() == max(1, round(test_size * len(y)))


def test_split_depends_on_the_seed_alone() -> None:
    data = as_dataset(np.linspace(0, 1, 100, dtype=np.float32), "regress")
    first = draw_test_rows(data, 0.2, 0)
    assert len(first) == 20
    np.testing.assert_array_equal(first, draw_test_rows(data, 0.2, 0))
    assert not np.array_equal(first, draw_test_rows(data, 0.2, 1))
    # golden: raw PCG64 words are the same in every NumPy
    np.testing.assert_array_equal(draw_test_rows(as_dataset(np.arange(12) % 2, "classify"), 0.34, 7), [3, 4, 6, 11])
