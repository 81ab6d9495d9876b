"""The worked example and the test vectors printed in docs/SPEC.md are what the package and the generator give."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from pathlib import Path

import numpy as np

from rs2c.model import file as model_file
from rs2c.model import reference
from rs2c.model.bounds import prove
from rs2c.model.cost import model_cost
from rs2c.model.hashed_rows import HashedRows
from rs2c.model.hashes import Hashes
from rs2c.model.integer_model import IntegerModel, Output
from tests.spec import independent_generator as generator

SPEC = (Path(__file__).parents[2] / "docs" / "SPEC.md").read_text(encoding="utf-8")


def example() -> IntegerModel:
    hashes = Hashes(
        kind="grid",
        cell_bits=1,
        column_bits=1,
        weights=np.array([[[3, -1]]], np.int8),
        offsets=np.array([[4]], np.int32),
        shifts=np.array([[3]], np.uint8),
    )
    return IntegerModel(
        task="classify",
        raw_type="int8",
        feature_names=("a", "b"),
        categories=((), ()),
        class_names=("no", "yes"),
        front_end=None,
        projection=None,
        blocks=(HashedRows(hashes, np.array([[[-5], [7]]], np.int8), np.zeros(1, np.uint8)),),
        output=Output(np.array([1], np.int32)),
    )


def test_the_example_file() -> None:
    raw = model_file.to_bytes(model_file.ModelFile(example()))
    text = re.search(r"```json\n(.*?)\n```", SPEC, re.S)
    dump = re.search(r"```hexdump\n(.*?)```", SPEC, re.S)
    assert text is not None
    assert dump is not None
    assert text[1].encode() in raw
    assert json.loads(text[1])["model_hash"] in raw.decode("latin-1")
    length, digest = re.findall(r"has (\d+) bytes and the SHA-256 `(\w+)`", SPEC)[0]
    assert (len(raw), hashlib.sha256(raw).hexdigest()) == (int(length), digest)
    lines = [line for line in dump[1].splitlines() if line]
    assert len(lines) == 22
    for line in lines:
        offset, data = int(line[:4], 16), bytes.fromhex(line[6:53])
        assert raw[offset : offset + len(data)] == data
        assert line[55:].rstrip() == "".join(chr(b) if 32 <= b < 127 else "." for b in data).rstrip()


def test_the_example_inference() -> None:
    model = example()
    scores = reference.scores(model, reference.quantize(model, np.array([[5, -6], [-1, 0]], np.int8)))
    assert scores.tolist() == [[8], [-4]]
    assert "score 7 + 1 = 8, class 1" in " ".join(SPEC.split())
    assert "score −5 + 1 = −4, class 0" in " ".join(SPEC.split())
    assert [bound.largest for bound in prove(model)] == [516, 7, 8]
    assert (model_cost(model).bytes, model_cost(model).operations) == (5, 4)
    assert "= 516, sum of counts 7, score 8. Cost (section 9): 5 bytes, 4 operations." in " ".join(SPEC.split())


def test_the_gaussian_table() -> None:
    table = generator.gaussian_table()
    digest = hashlib.sha256(struct.pack("<2048I", *table)).hexdigest()
    assert f"little-endian uint32 the table has the SHA-256 `{digest}`" in " ".join(SPEC.split())
    ends = "The first are {}, {}, {}, the last {}, {}.".format(*table[:3], *table[-2:])
    assert ends in " ".join(SPEC.split())


def test_the_test_vectors() -> None:
    key = r"\| \((\d+), (\d+), (\d+), (\d+), (\d+)\) \| (\d+) \|"
    words = [tuple(map(int, found)) for found in re.findall(key, SPEC)]
    assert len(words) == 5
    assert all(generator.word(*found[:5]) == found[5] for found in words)
    drawn = {
        "Gaussian": generator.gaussian(7, 2, 2, 3),
        "ternary": generator.ternary(7, 3, 2, 4, 1 / 3),
        "offsets": generator.offsets(7, 2, 2),
        "multipliers": generator.multipliers(7, 2, 2),
        "addends": generator.addends(7, 2),
    }
    for name, values in drawn.items():
        found = re.search(rf"\| {name}, L = [^|]*\| (\[[^|]*\]) \|", SPEC)
        assert found is not None, name
        assert json.loads(found[1].replace("−", "-")) == values
    stream = re.search(r"draw\(0, 0\) = (\d+); draw\(1234567, 0 … 2\) = (\d+), (\d+), (\d+)\.", SPEC)
    assert stream is not None
    assert [generator.draw(0, 0), *(generator.draw(1234567, i) for i in range(3))] == list(map(int, stream.groups()))
