"""The file of a model: the same bytes for the same content, all of it read back, and versions."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rs2c.base.errors import ModelFileError
from rs2c.model.canonical import arrays, manifest, model_hash
from rs2c.model.file import ARRAY_TYPES, ModelFile, Section, from_bytes, load, save, to_bytes
from rs2c.model.integer_model import IntegerModel
from rs2c.sketch.state import from_state, to_state
from tests.model_file.forge import Bodies, Manifest, content, pack, sketch_section, unpack
from tests.support.random_models import random_model
from tests.support.random_shapes import OPTIONS, shape_of
from tests.support.small_models import front_end, hashes, model, projection, tail

CASES = [(option, value) for option, values in OPTIONS.items() for value in values]
# The file of `tiny` and the hash of its integers: they may change only with the format's version.
TINY_FILE = "b2aec1d35645b8c0200c5e6ea7034760897f741aaeb461dd57f5cf63da2094c9"
TINY_MODEL = "a107585de5e86667966277f585c352abe952d9e1eaaf821f82e3269669853743"


def tiny() -> ModelFile:
    """A file with every part of the format in it."""
    integers = model(
        task="classify",
        raw_type="float32",
        features=2,
        class_names=("no", "yes, é"),
        categories=((), ("a", "b")),
        front_end=front_end(8, source=[0, 1], exponent=[3, 0], centre=[-5, 1], multiplier=[7, 100], indicator=[0, 1]),
        projection=projection([[3, -4]], [10], shift=1, bits=16),
        hashes=hashes(
            [[[2], [-1]], [[0], [3]]],
            "rehash",
            cell_bits=16,
            column_bits=1,
            shifts=4,
            multipliers=[[3, 1 << 31], [5, 6]],
            addends=[7, 8],
            offset_shift=2,
            layout="sparse",
        ),
        counts=np.array([[[-300], [5]]], np.int16),
        factors=np.array([[-2], [3]], np.int8),
        tail=tail([[-9]], 4),
        output_shifts=np.array([1], np.uint8),
        bias=np.array([1], np.int32),
        bias_shift=3,
    )
    values = {"text": 'quote " and \\', "list": [1, 2.5, None, True, {"a": -1e-7}]}
    kept = {name: np.arange(2).astype(code) for name, code in ARRAY_TYPES.items()} | {"none": np.zeros((0, 3), np.int8)}
    return ModelFile(integers, {"notes": Section(values, kept)})


def equal_models(a: IntegerModel, b: IntegerModel) -> bool:
    mine, other = arrays(a), arrays(b)
    return manifest(a) == manifest(b) and all((mine[name] == other[name]).all() for name in mine)


def equal_sections(a: Section, b: Section) -> bool:
    return (
        a.values == b.values
        and a.arrays.keys() == b.arrays.keys()
        and all(a.arrays[n].dtype == b.arrays[n].dtype for n in a.arrays)
        and all(np.array_equal(a.arrays[n], b.arrays[n]) for n in a.arrays)
    )


@pytest.mark.parametrize(("option", "value"), CASES, ids=[f"{o}={v}" for o, v in CASES])
def test_a_model_is_read_back_equal_and_written_alike(option: str, value: Any) -> None:
    seed = CASES.index((option, value))
    subject = random_model(shape_of({option: value}, seed), seed)
    raw = to_bytes(ModelFile(subject))
    again = from_bytes(raw)
    assert equal_models(again.model, subject)
    assert to_bytes(again) == raw
    assert raw == to_bytes(ModelFile(random_model(shape_of({option: value}, seed), seed)))


def test_the_format_has_not_moved() -> None:
    raw = to_bytes(tiny())
    assert model_hash(tiny().model) == TINY_MODEL
    assert hashlib.sha256(raw).hexdigest() == TINY_FILE
    assert equal_models(from_bytes(raw).model, tiny().model)


def test_sections_are_kept_in_any_order() -> None:
    subject = content("floats")
    raw = to_bytes(subject)
    again = from_bytes(raw)
    assert again.sections.keys() == {"sketch", "card", "wavelets"}
    assert all(equal_sections(again.sections[name], section) for name, section in subject.sections.items())
    backward = ModelFile(subject.model, dict(reversed(list(subject.sections.items()))))
    assert to_bytes(backward) == raw == to_bytes(again)


def test_sections_do_not_enter_the_model_hash() -> None:
    subject = content("rehash")
    assert model_hash(from_bytes(to_bytes(subject)).model) == model_hash(subject.model)
    assert unpack(to_bytes(subject))[0]["model_hash"] == unpack(to_bytes(ModelFile(subject.model)))[0]["model_hash"]


@pytest.mark.parametrize("name", ["signs", "learned"])
def test_the_sketch_is_read_back_equal(name: str) -> None:
    section = from_bytes(to_bytes(content(name))).sections["sketch"]
    again = Section(*to_state(from_state(section.values, section.arrays)))
    assert equal_sections(again, sketch_section(name))


def test_fields_that_are_null_are_told_from_those_that_are_not() -> None:
    whole, bare = (unpack(to_bytes(content(name)))[0]["sections"]["integer"] for name in ("learned", "floats"))
    optional = {"blocks.0.factors", "blocks.0.hashes.scales", "blocks.1.weights", "blocks.1.output_shifts"}
    assert optional <= set(whole["arrays"])
    rows, tail_of_whole = whole["values"]["blocks"]
    assert not {"factors", "scales"} & (rows.keys() | rows["hashes"].keys())
    assert tail_of_whole == {"kind": "linear_term", "layout": "dense"}
    assert not optional & set(bare["arrays"])
    (rows,) = bare["values"]["blocks"]
    assert [rows["factors"], *(rows["hashes"][name] for name in ("scales", "multipliers", "addends"))] == [None] * 4


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("code", [">i8", ">f4", ">u2", "<i4", "|i1"])
def test_an_array_of_any_byte_order_is_stored_little_endian(code: str, order: Any) -> None:
    array = np.arange(6, dtype=code).reshape(2, 3).copy(order)
    again = from_bytes(to_bytes(ModelFile(model(), {"notes": Section({}, {"a": array})}))).sections["notes"].arrays["a"]
    assert again.tolist() == array.tolist()
    assert again.dtype == np.dtype(code).newbyteorder("<")


def test_arrays_of_all_types_and_of_no_entries_are_read_back() -> None:
    again = from_bytes(to_bytes(tiny()))
    assert equal_sections(again.sections["notes"], tiny().sections["notes"])


def with_version(version: Any) -> bytes:
    head, bodies = unpack(to_bytes(content("linear")))
    return pack(head | {"version": version}, bodies)


@pytest.mark.parametrize("version", [[3, 0], [0, 9], [-1, 0], [10**30, 1]])
def test_another_major_version_is_refused_with_what_to_do(version: list[int]) -> None:
    with pytest.raises(ModelFileError, match=r"^file format .* is not 1.x or 2.x; install a matching version of rs2c$"):
        from_bytes(with_version(version))


@pytest.mark.parametrize("minor", [0, 1, 999])
def test_a_newer_minor_version_is_read(minor: int) -> None:
    head, bodies = unpack(with_version([2, minor]))
    later: Manifest = head | {"written_by": "rs2c 9"}
    later["sections"]["orbit"] = {"values": {}, "arrays": {}, "units": "m"}
    assert from_bytes(pack(later, bodies)).sections.keys() >= {"sketch", "wavelets", "orbit"}


@pytest.mark.parametrize("version", [[2], [2, 0, 0], "2.0", 2, None, [True, 0], [2.0, 0], [2, "0"], {"2": 0}])
def test_a_version_of_another_kind_is_refused(version: Any) -> None:
    with pytest.raises(ModelFileError):
        from_bytes(with_version(version))


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "a.rs2c"
    save(path, tiny())
    assert path.read_bytes() == to_bytes(tiny())
    assert equal_models(load(path).model, tiny().model)
    assert [p.name for p in path.parent.iterdir()] == ["a.rs2c"]


def test_a_file_error_names_the_path(tmp_path: Path) -> None:
    broken = tmp_path / "b.rs2c"
    broken.write_bytes(to_bytes(tiny())[:-1])
    with pytest.raises(ModelFileError, match=f"^{broken}: "):
        load(broken)
    for path in (tmp_path / "none.rs2c", tmp_path):
        with pytest.raises(ModelFileError, match=f"^cannot read {path} "):
            load(path)


def test_a_changed_integer_is_noticed_by_the_hash() -> None:
    raw = to_bytes(content("floats"))
    head, bodies = unpack(raw)
    for name in [n for n in bodies if n.startswith("integer/") and len(bodies[n]) % 64]:
        changed: Bodies = bodies | {name: bodies[name][:-1] + bytes([bodies[name][-1] ^ 1])}
        with pytest.raises(ModelFileError, match=r"hash|invalid|can reach"):
            from_bytes(pack(head, changed))
    head["sections"]["integer"]["values"]["class_names"][0] = "another"
    with pytest.raises(ModelFileError, match="does not match its hash"):
        from_bytes(pack(head, bodies))
