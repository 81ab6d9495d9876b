"""Damaged, truncated and forged files. See `hostile` for what is asked of each."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rs2c.model.card import read_card
from rs2c.model.file import ModelFile, from_bytes, to_bytes
from rs2c.model.rules import MAX_ROWS, MAX_SCORES
from tests.model_file.forge import Bodies, Manifest, forged, npy, pack, unpack
from tests.model_file.hostile import GOOD, MOST_MEMORY, each_file, loads_nothing_else, outcome, read, short_error
from tests.support.sketches import rows_of
from tests.support.small_models import hashes, model

HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1, 2, 3, 7, 16, 17, 255, 256, 4096, 1 << 16, 1 << 31, -(1 << 31), 1 << 62, 1 << 63,
    10**30, -(10**400), 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "grid", "srp", "\u0000", "../../x", "\ud800",
    "dense", "sparse", "ternary", "learned", "hashed_rows", "linear_term", {"kind": "linear_term", "layout": "dense"},
    "x" * 3000, [], [[]], {}, [None], [1, 2], ["a", "b"], {"a": 1}, {"bits": 8}, {"": {}}, ["int8", [2]],
    ["int8", [-1]], ["int8", [1 << 40, 1 << 40]], ["object", [1]], ["float64", [1]], ["int64", []],
]  # fmt: skip


@each_file
def test_truncated_files(name: str) -> None:
    whole = GOOD[name]
    ends = np.unique(np.linspace(0, len(whole) - 1, 250).astype(int)).tolist()
    assert not any(loads_nothing_else(name, whole[:end]) for end in ends)
    assert not any(loads_nothing_else(name, whole[start:]) for start in range(len(whole) - 22, len(whole)))


@each_file
def test_flipped_bytes(name: str) -> None:
    rng = np.random.default_rng(30)
    loaded = 0
    for _ in range(400):
        raw = bytearray(GOOD[name])
        for at in rng.integers(0, len(raw), int(rng.choice([1, 1, 2, 8]))):
            raw[at] ^= int(rng.integers(1, 256))
        loaded += loads_nothing_else(name, bytes(raw))
    assert loaded < 200


@each_file
def test_cut_moved_and_foreign_bytes(name: str) -> None:
    rng = np.random.default_rng(31)
    foreign = "rehash" if name != "rehash" else "signs"
    for _ in range(100):
        raw = GOOD[name]
        a, b = np.sort(rng.integers(0, len(raw), 2)).tolist()
        at = int(rng.integers(0, len(raw)))
        noise = rng.bytes(int(rng.integers(1, 64)))
        for changed in (
            raw[:a] + raw[b:],
            raw[:a] + noise + raw[a:],
            raw[:a] + noise + raw[a + len(noise) :],
            raw[:a] + raw[at:][: b - a] + raw[b:],
            raw[:a] + GOOD[foreign][a:],
        ):
            loads_nothing_else(f"{name} {foreign}", changed)


def test_random_bytes() -> None:
    rng = np.random.default_rng(32)
    for size in rng.integers(0, 3000, 300).tolist():
        noise = rng.bytes(size)
        for raw in (noise, b"PK\x03\x04" + noise, noise + GOOD["signs"][-22:]):
            assert outcome(raw) is None


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every value of a JSON document stands."""
    yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield from paths(child, (*here, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of a JSON document with one value, which may be new in its object, replaced."""
    copy = document.copy()
    copy[path[0]] = replaced(document[path[0]], path[1:], value) if path[1:] else value
    return copy


@each_file
def test_hostile_manifest_values_with_a_right_hash(name: str) -> None:
    rng = np.random.default_rng(33)
    places = [path for path in paths(unpack(GOOD[name])[0]) if path and path != ("model_hash",)]
    seen: Counter[bool] = Counter()
    for path in places:
        for chosen in rng.permutation(len(HOSTILE))[:3].tolist():

            def edit(manifest: Manifest, _: Bodies, at: Any = path, value: Any = HOSTILE[chosen]) -> None:
                manifest.update(replaced(manifest, at, value))

            seen[outcome(forged(GOOD[name], edit)) is not None] += 1
    assert seen[False] > seen[True] > 0


@each_file
def test_missing_and_unknown_keys(name: str) -> None:
    for path in paths(unpack(GOOD[name])[0]):
        for drop in (True, False):

            def edit(manifest: Manifest, _: Bodies, at: Any = path, drop: bool = drop) -> None:
                value: Any = manifest
                for key in at[:-1] if drop else at:
                    value = value[key]
                if drop and at:
                    del value[at[-1]]
                elif isinstance(value, dict):
                    value["surprise"] = 1

            outcome(forged(GOOD[name], edit))


@pytest.mark.parametrize(
    "field", ["blocks.0.hashes.cell_bits", "blocks.0.hashes.column_bits", "front_end.bits", "blocks.0.groups"]
)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_an_array_in_the_place_of_a_number(field: str, shape: tuple[int, ...]) -> None:
    *parts, key = field.split(".")

    def edit(manifest: Manifest, bodies: Bodies) -> None:
        section = manifest["sections"]["integer"]
        values = section["values"]
        for part in parts:
            values = values[int(part) if part.isdecimal() else part]
        section["arrays"][field] = ["int64", list(shape)]
        bodies[f"integer/{field}.npy"] = npy("<i8", shape, int(values.pop(key)).to_bytes(8, "little"))

    assert outcome(forged(GOOD["floats"], edit)) is None


INTEGER = ("sections", "integer", "values")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("output", "bias"), 3),
        (("blocks", 0, "counts"), "x"),
        (("surprise",), 1),
        (("blocks", 0, "surprise"), 1),
        (("blocks",), {"0": {}}),
        (("class_names",), {"no": 0, "yes": 1, "perhaps": 2}),
        (("class_names",), ["a", "b", "\ud800"]),
    ],
)
def test_values_that_no_writer_makes(path: tuple[Any, ...], value: Any) -> None:
    def edit(manifest: Manifest, _: Bodies) -> None:
        manifest.update(replaced(manifest, (*INTEGER, *path), value))

    assert outcome(forged(GOOD["floats"], edit)) is None


def test_pairs_of_values_with_the_hash_of_the_object() -> None:
    manifest, bodies = unpack(GOOD["floats"])
    integer = manifest["sections"]["integer"]
    listed = integer | {"values": [list(pair) for pair in integer["values"].items()]}
    sections = manifest["sections"] | {"integer": listed}
    assert outcome(pack(manifest | {"sections": sections}, bodies)) is None


@pytest.mark.parametrize("name", ["foo.bar", "blocks.1.weights", "blocks.0.surprise", "tail.weights", "surprise"])
def test_an_array_more_than_there_should_be(name: str) -> None:
    def edit(manifest: Manifest, bodies: Bodies) -> None:
        manifest["sections"]["integer"]["arrays"][name] = ["int8", [1, 1]]
        bodies[f"integer/{name}.npy"] = npy("|i1", (1, 1), b"\1")

    assert outcome(forged(GOOD["floats"], edit)) is None


def test_a_value_less_than_there_should_be() -> None:
    """Also one that is null, or what it would be without."""
    for path in paths(unpack(GOOD["floats"])[0]["sections"]["integer"]["values"]):
        if not path or isinstance(path[-1], int):
            continue

        def edit(manifest: Manifest, _: Bodies, at: Any = path) -> None:
            value: Any = manifest["sections"]["integer"]["values"]
            for key in at[:-1]:
                value = value[key]
            del value[at[-1]]

        assert outcome(forged(GOOD["floats"], edit)) is None, path


@pytest.mark.parametrize("facts", [{"data": "\ud800"}, {"\ud800": 1}])
def test_a_card_that_cannot_be_shown(facts: dict[str, Any]) -> None:
    raw = forged(GOOD["floats"], lambda manifest, _: manifest["sections"]["card"]["values"].update(facts=facts))
    assert short_error(read_card, from_bytes(raw)) is None


@each_file
def test_hostile_array_values_with_a_right_hash(name: str) -> None:
    """Ends of each type in every array of the file: refused by a rule or the proof, or a model that computes."""
    rng = np.random.default_rng(34)
    seen: Counter[bool] = Counter()
    for entry, body in unpack(GOOD[name])[1].items():
        start = 128
        data = np.frombuffer(body, np.uint8, offset=start)
        for _ in range(6 if len(data) else 0):
            changed = data.copy()
            at = int(rng.integers(0, len(data)))
            pattern = int(rng.choice([0x00, 0x01, 0x7F, 0x80, 0xFF]))
            changed[slice(at, at + 4) if rng.random() < 0.7 else slice(None)] = pattern

            def edit(
                _: Manifest, bodies: Bodies, at: str = entry, to: bytes = body[:start] + changed.tobytes()
            ) -> None:
                bodies[at] = to

            seen[outcome(forged(GOOD[name], edit)) is not None] += 1
    assert min(seen.values()) > 5


@pytest.mark.usefixtures("bounded_memory")
@each_file
def test_hostile_arrays_with_a_right_hash(name: str) -> None:
    """Another type, shape, header or length, told alike or not by the manifest and the array itself."""
    kinds = {"int8": "|i1", "uint8": "|u1", "int16": "<i2", "int64": "<i8", "float32": "<f4", "float64": "<f8"}
    shapes: list[tuple[Any, ...]] = [
        (),
        (0,),
        (1,),
        (1, 1),
        (2, 2, 2, 2),
        (1,) * 5,
        (1 << 40,),
        (0, 1 << 62),
        (10**30, 0),
    ]
    entries = unpack(GOOD[name])[1]
    seen: Counter[bool] = Counter()
    for i, entry in enumerate(entries):
        section, _, key = entry.removesuffix(".npy").partition("/")
        for j, shape in enumerate(shapes):
            kind = list(kinds)[(i + j) % len(kinds)]
            size = min(int(np.prod([float(n) for n in shape])) * np.dtype(kinds[kind]).itemsize, 64)

            def edit(
                manifest: Manifest, bodies: Bodies, at: Any = (section, key, entry), told: Any = (kind, shape, size)
            ) -> None:
                manifest["sections"][at[0]]["arrays"][at[1]] = [told[0], list(told[1])]
                bodies[at[2]] = npy(kinds[told[0]], told[1], bytes(told[2]))

            seen[outcome(forged(GOOD[name], edit)) is not None] += 1
            bodies = entries | {entry: npy(kinds[kind], shape, entries[entry][128:])}
            described_only = pack(unpack(GOOD[name])[0], bodies)
            seen[outcome(described_only) is not None] += 1
    assert seen[False] > 50


@pytest.mark.usefixtures("bounded_memory")
def test_many_rows_and_scores_behind_few_counts() -> None:
    """A file of some hundred kB may stand for 2^23 reads: they are proved array by array."""
    subject = model(
        hashes=hashes(np.ones((MAX_ROWS, 1, 1), np.int8)), counts=np.ones((1, 2, MAX_SCORES), np.int8),
    )  # fmt: skip
    raw = to_bytes(ModelFile(subject))
    assert len(raw) < 200_000
    tracemalloc.reset_peak()
    assert rows_of(from_bytes(raw).model).counts.shape == (1, 2, MAX_SCORES)
    assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY // 8


@pytest.mark.usefixtures("bounded_memory")
def test_manifests_that_are_hard_to_parse() -> None:
    _, bodies = unpack(GOOD["signs"])
    sections = json.dumps(unpack(GOOD["signs"])[0])[:-1]
    for text in (
        b"", b"null", b"[]", b"1", b"{}", b"{", b'"rs2c"', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"NaN", b"\0" * 99,
        b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"1" * 100_000,
        b"[" + b"[]," * 300_000 + b"[]]", b'{"format": "rs2c", "version": [2, 0]}', b'"' + b"x" * (1 << 24) + b'"',
    ):  # fmt: skip
        assert outcome(pack(text, bodies)) is None
    for depth in (60, 70, 500, 900, 950, 990, 2000):
        nested = f'{sections}, "later": {"[" * depth}{"]" * depth}}}'
        assert loads_nothing_else("signs", pack(nested.encode(), bodies)) == (depth < 64)


def test_thousands_of_files_were_read(request: pytest.FixtureRequest) -> None:
    if len([item for item in request.session.items if item.path == request.node.path]) < 39:
        pytest.skip("only a part of this file was run")
    assert read["files"] >= 5_000
