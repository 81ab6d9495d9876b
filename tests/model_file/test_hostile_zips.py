"""Zips that rs2c does not write: the same content packed otherwise, and directories that lie. See `hostile`."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
import zipfile

import pytest

from tests.model_file.forge import overlapping, pack, unpack
from tests.model_file.hostile import GOOD, each_file, loads_nothing_else


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
