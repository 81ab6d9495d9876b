"""What stands in emitted files, and what never does."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from rs2c.base.errors import ModelFileError
from rs2c.emit import library_files
from rs2c.model.canonical import model_hash
from rs2c.model.file import ModelFile, Section
from tests.emit.build import emit_all, program
from tests.emit.models import GOLDENS
from tests.emit.shapes import shapes

HOSTILE = [
    "*/ int main(void) { return 66; } /*",
    "*/\n#error injected\n/*",
    "line\nbreak\r\n#error injected",
    "??/",
    "??/\n#error injected",
    "ends with \\",
    "%s%n{{ 7 * 7 }}{% raw %}",
    "größe µ \u202e \x00\x07\x1b[31m",
    '"; #include "x.h"',
    "| cell | `code` | <script>alert(1)</script> | [link](javascript:alert(1)) ![i](x)",
    "//",
    "y" * 300,
    "",
]


def _code(text: str) -> str:
    """C text without comments and string literals."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    assert "//" not in text
    return re.sub(r'"(\\.|[^"\\])*"', '""', text)


@pytest.mark.parametrize("name", shapes())
def test_sources_hold_integers_only(name: str) -> None:
    files = library_files(shapes()[name], name)
    for path, content in files.items():
        if not path.endswith((".c", ".h")):
            continue
        code = _code(content.decode("ascii"))
        included = set(re.findall(r"#include\s*(\S+)", content.decode("ascii")))
        own = (f"{name}.h", f"{name}_selftest.h")
        forwarded = [f'"../include/{file}"' for file in own if path == f"src/{file}"]
        assert included <= {"<stdint.h>", "<avr/pgmspace.h>", *(f'"{file}"' for file in own), *forwarded}, path
        declared = f"typedef float {name}_raw_t;"
        words = set(re.findall(r"[A-Za-z_]\w*", code.replace(declared, "")))
        assert not words & {"float", "double", "malloc", "calloc", "free", "memcpy", "memset", "printf", "goto"}, path
        assert not words & {"int", "long", "short", "size_t", "int64_t", "uint64_t", "static_cast"} - {"int"}, path
        assert "int" not in words or path.startswith("examples/"), path
        assert not re.search(r"\d\.\d|\de[+-]?\d", re.sub(r"0x[0-9A-Fa-f]+", "", code)), path
        mutable = re.findall(r"^static (?!const )[^()]*[=;]", code, flags=re.M)
        assert not mutable, path


@pytest.mark.parametrize("name", GOLDENS)
def test_the_header_documents_features_categories_and_classes(name: str) -> None:
    model = GOLDENS[name].model
    header = library_files(GOLDENS[name], name)[f"include/{name}.h"].decode("ascii")
    for i, (feature, codes) in enumerate(zip(model.feature_names, model.categories, strict=True)):
        assert re.search(rf"^ \* +{i}  {re.escape(feature)}", header, flags=re.M), feature
        for code, category in enumerate(codes):
            assert re.search(rf"^ \* +{code} = {category}$", header, flags=re.M), category
    for i, label in enumerate(model.class_names):
        assert re.search(rf"^ \* +{i}  {label}$", header, flags=re.M), label
    assert f"_N_FEATURES {model.n_features}u" in header
    assert f"_N_INPUTS {model.n_inputs}u" in header
    assert f"_N_SCORES {model.n_scores}u" in header
    assert (f"_N_CLASSES {len(model.class_names)}u" in header) == (model.task == "classify")
    assert (f"_VALUE_FRAC_BITS ({model.output.value_frac_bits})" in header) == (model.task == "regress")


def test_the_window_of_a_feature_is_where_its_input_saturates() -> None:
    header = library_files(GOLDENS["gesture"], "gesture")["include/gesture.h"].decode("ascii")
    low, high = re.search(r"temperature +(\S+) to (\S+)", header).groups()  # type: ignore[union-attr]
    assert (float(low), float(high)) == (-14.412, 57.8612)  # (11123 -+ 128 * 2^22 / 29017) / 2^9
    assert re.search(r"spare +not read$", header, flags=re.M)
    assert re.search(r"colour +by category$", header, flags=re.M)


def hostile_names(content: ModelFile) -> ModelFile:
    model = content.model
    texts = [HOSTILE[i % len(HOSTILE)] + str(i // len(HOSTILE)) * (i >= len(HOSTILE)) for i in range(40)]
    stages = [{"stage": text, "metric": HOSTILE[9], "value": 0.5} for text in HOSTILE]
    return ModelFile(
        dataclasses.replace(
            model,
            feature_names=tuple(texts[: model.n_features]),
            categories=tuple(tuple(texts[:13]) for _ in range(model.n_features)),
            class_names=tuple(texts[: len(model.class_names)]),
        ),
        {"card": Section({"facts": {text: text for text in texts}, "stages": stages})},
    )


@pytest.mark.parametrize("name", ["gesture", "far_windows", "raw_lists"])
def test_hostile_names_stay_data(name: str, tmp_path: Path) -> None:
    plain, content = shapes()[name], hostile_names(shapes()[name])
    usual, hostile = library_files(plain, name), library_files(content, name)
    assert usual.keys() == hostile.keys()
    for path in usual.keys() - {f"{name}.rs2c"}:
        text = hostile[path].decode("ascii")
        assert set(text) <= {chr(c) for c in range(32, 127)} | {"\n"}, path
        assert "??" not in text, path
        assert "\\\n" not in text, path
        assert "y" * 61 not in text, path
        if path.endswith((".c", ".h")):
            theirs, ours = (f"0x{model_hash(file.model)[:8].upper()}UL" for file in (content, plain))
            assert _code(text).replace(theirs, ours) == _code(usual[path].decode("ascii")), path
    card = hostile["MODEL_CARD.md"].decode("ascii")
    made = card[card.index("## How it was made") : card.index("## Rounding")]
    assert not re.search(r"(?<!\\)[\[\]<>]|`", made)
    assert all(line.count("|") == 3 for line in made.splitlines() if line.startswith("|"))
    assert len(made.splitlines()) == 8 + len(content.sections["card"].values["facts"]) + len(HOSTILE)
    main = f'#include "{name}_selftest.h"\nint main(void) {{ return (int){name}_selftest(); }}\n'
    assert program(emit_all({name: content}, tmp_path), main, tmp_path).returncode == 0


@pytest.mark.parametrize(
    "card",
    [
        {"facts": 3},
        {"facts": [1]},
        {"stages": 3},
        {"stages": [3]},
        {"stages": [{}]},
        {"stages": [{"stage": "a", "metric": "b"}]},
        {"stages": [{"stage": "a", "metric": "b", "value": "c"}]},
    ],
)
def test_a_damaged_card_is_one_clear_error(card: dict[str, object]) -> None:
    with pytest.raises(ModelFileError, match="model card"):
        library_files(ModelFile(GOLDENS["knock"].model, {"card": Section(card)}), "knock")
