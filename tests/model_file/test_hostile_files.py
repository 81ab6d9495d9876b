"""A damaged, truncated or hostile file gives one ModelFileError, or content that is whole: never anything else.

Whatever is loaded must compute without an assertion and survive being written again; the sketch inside must be read
or refused with a ModelFileError; and no small file may take much memory.
"""

from __future__ import annotations

import io
import json
import re
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
import pytest

from rs2c import reference
from rs2c.canonical import model_hash
from rs2c.errors import ModelFileError
from rs2c.integer_model import MAX_ROWS, MAX_SCORES
from rs2c.model_file import ModelFile, from_bytes, to_bytes
from rs2c.sketch_state import from_state
from rs2c.vectors import corner_vectors
from tests.model_file.forge import SHAPES, Bodies, Manifest, content, forged, npy, overlapping, pack, unpack
from tests.support.small_models import hashes, model

GOOD = {name: to_bytes(content(name)) for name in SHAPES}
HASHES = {name: unpack(raw)[0]["model_hash"] for name, raw in GOOD.items()}
MOST_MEMORY = 64 << 20
T = TypeVar("T")
each_file = pytest.mark.parametrize("name", GOOD)

HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1, 2, 3, 7, 16, 17, 255, 256, 4096, 1 << 16, 1 << 31, -(1 << 31), 1 << 62, 1 << 63,
    10**30, -(10**400), 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "grid", "srp", "\u0000", "../../x", "\ud800",
    "dense", "sparse", "ternary", "learned",
    "x" * 3000, [], [[]], {}, [None], [1, 2], ["a", "b"], {"a": 1}, {"bits": 8}, {"": {}}, ["int8", [2]],
    ["int8", [-1]], ["int8", [1 << 40, 1 << 40]], ["object", [1]], ["float64", [1]], ["int64", []],
]  # fmt: skip


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """Fails a test that takes more than MOST_MEMORY after its last `tracemalloc.reset_peak`."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY


read: Counter[str] = Counter()


def outcome(raw: bytes) -> ModelFile | None:
    """What a file loads as; None where it is refused in one short sentence."""
    read["files"] += 1
    found = short_error(from_bytes, raw)
    if found is None:
        return None
    model = found.model
    vectors = corner_vectors(model, np.random.default_rng(1), 4)
    reference.answers(model, reference.scores(model, reference.quantize(model, vectors)))
    assert model_hash(from_bytes(to_bytes(found)).model) == model_hash(model)
    if "sketch" in found.sections:
        short_error(from_state, found.sections["sketch"].values, found.sections["sketch"].arrays)
    return found


def short_error(function: Callable[..., T], *arguments: Any) -> T | None:
    """What the function returns; None where it raises a ModelFileError of one line."""
    try:
        return function(*arguments)
    except ModelFileError as error:
        sentence = str(error)
    assert re.fullmatch(r"[^\r\n]{10,400}", sentence), sentence[:500]
    return None


def loads_nothing_else(name: str, raw: bytes) -> bool:
    """Whether the file loads; then its integers are those of the file, or files, it was made from."""
    found = outcome(raw)
    assert found is None or model_hash(found.model) in [HASHES[source] for source in name.split()]
    return found is not None


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
    """A copy of a JSON document with one value replaced."""
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = replaced(document[path[0]], path[1:], value)
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


def zip_tricks(raw: bytes) -> dict[str, bytes]:
    """The same content in zips that rs2c does not write."""
    manifest, bodies = unpack(raw)
    first, second = list(bodies)[:2]
    without = {name: body for name, body in bodies.items() if name != first}
    tricks = {
        "deflated": pack(manifest, bodies, zipfile.ZIP_DEFLATED),
        "bzip2": pack(manifest, bodies, zipfile.ZIP_BZIP2),
        "lzma": pack(manifest, bodies, zipfile.ZIP_LZMA),
        "entry missing": pack(manifest, without),
        "entry renamed": pack(manifest, without | {first + "x": bodies[first]}),
        "entry in another folder": pack(manifest, without | {f"../{first}": bodies[first]}),
        "entry more": pack(manifest, bodies | {"integer/more.npy": bodies[first]}),
        "folder more": pack(manifest, bodies | {"integer/": b""}),
        "entries swapped": pack(manifest, bodies | {first: bodies[second], second: bodies[first]}),
        "manifest last": moved(raw),
        "nothing but a manifest": pack(manifest, {}),
        "no entries": pack(b"", {})[-22:],
        "encrypted": raw.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
        "patched data": raw.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x20"),
        "unknown method": raw.replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63"
        ),
        "later zip": raw.replace(b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\xff"),
        "overlapping": overlapping(1000),
    }
    for name in ("duplicate manifest", "duplicate entry"):
        tricks[name] = appended(raw, "manifest.json" if "manifest" in name else first)
    return tricks


def appended(raw: bytes, name: str) -> bytes:
    buffer = io.BytesIO(raw)
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, archive.read(name))
    return buffer.getvalue()


def moved(raw: bytes) -> bytes:
    manifest, bodies = unpack(raw)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in (bodies | {"manifest.json": json.dumps(manifest).encode()}).items():
            archive.writestr(name, body)
    return buffer.getvalue()


@pytest.mark.usefixtures("bounded_memory")
@each_file
def test_zip_tricks(name: str) -> None:
    tricks = zip_tricks(GOOD[name])
    tracemalloc.reset_peak()
    assert [trick for trick, raw in tricks.items() if loads_nothing_else(name, raw)] == []


@each_file
def test_harmless_zips_load_the_same(name: str) -> None:
    """The manifest in another order and layout, a comment, bytes before the zip."""
    manifest, bodies = unpack(GOOD[name])
    spaced = json.dumps(dict(reversed(manifest.items())), indent=3).encode()
    for raw in (pack(spaced, dict(reversed(bodies.items()))), b"#!/bin/sh\n" + GOOD[name], commented(GOOD[name])):
        assert loads_nothing_else(name, raw)


def commented(raw: bytes) -> bytes:
    buffer = io.BytesIO(raw)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"no comment"
    return buffer.getvalue()


@pytest.mark.usefixtures("bounded_memory")
def test_many_rows_and_scores_behind_few_counts() -> None:
    """A file of some hundred kB may stand for 2^23 reads: they are proved array by array."""
    subject = model(
        hashes=hashes(np.ones((MAX_ROWS, 1, 1), np.int8)), counts=np.ones((1, 2, MAX_SCORES), np.int8),
    )  # fmt: skip
    raw = to_bytes(ModelFile(subject))
    assert len(raw) < 200_000
    tracemalloc.reset_peak()
    assert from_bytes(raw).model.counts.shape == (1, 2, MAX_SCORES)
    assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY // 8


@pytest.mark.usefixtures("bounded_memory")
def test_sizes_that_the_directory_claims() -> None:
    raw = GOOD["floats"]
    start = raw.index(b"PK\x01\x02")
    for entry in re.finditer(rb"PK\x01\x02", raw[start:]):
        for size in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
            for at in (20, 24, 42):
                changed = bytearray(raw)
                offset = start + entry.start() + at
                changed[offset : offset + 4] = size.to_bytes(4, "little")
                loads_nothing_else("floats", bytes(changed))
                if at == 20:
                    changed[offset + 4 : offset + 8] = size.to_bytes(4, "little")
                    loads_nothing_else("floats", bytes(changed))


@pytest.mark.usefixtures("bounded_memory")
def test_manifests_that_are_hard_to_parse() -> None:
    _, bodies = unpack(GOOD["signs"])
    sections = json.dumps(unpack(GOOD["signs"])[0])[:-1]
    for text in (
        b"", b"null", b"[]", b"1", b"{}", b"{", b'"rs2c"', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"NaN", b"\0" * 99,
        b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"1" * 100_000,
        b"[" + b"[]," * 300_000 + b"[]]", b'{"format": "rs2c", "version": [1, 0]}', b'"' + b"x" * (1 << 24) + b'"',
    ):  # fmt: skip
        assert outcome(pack(text, bodies)) is None
    for depth in (60, 70, 500, 900, 950, 990, 2000):
        nested = f'{sections}, "later": {"[" * depth}{"]" * depth}}}'
        assert loads_nothing_else("signs", pack(nested.encode(), bodies)) == (depth < 64)


def test_thousands_of_files_were_read(request: pytest.FixtureRequest) -> None:
    if len([item for item in request.session.items if item.path == request.node.path]) < 40:
        pytest.skip("only a part of this file was run")
    assert read["files"] >= 5_000
