"""Manifests for Arduino, PlatformIO, ESP-IDF and Zephyr obey what each tool publishes, and hold no name from data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
import yaml

from rs2c.emit import emit_library, library_files
from tests.emit.models import GOLDENS
from tests.emit.test_source_rules import hostile_names
from tests.support.tools import need_modules

MANIFESTS = (
    "library.json library.properties CMakeLists.txt idf_component.yml zephyr/module.yml zephyr/CMakeLists.txt".split()
)
# Plain words that YAML 1.1 reads as a truth value or as nothing.
YAML_WORDS = ["no", "on", "y", "off", "null"]
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def _text(name: str, path: str, model: str = "gesture") -> str:
    return library_files(GOLDENS[model], name)[path].decode("ascii")


def _properties(text: str) -> dict[str, str]:
    pairs = [line.partition("=") for line in text.splitlines()]
    assert len({key for key, _, _ in pairs}) == len(pairs)
    return {key: value for key, _, value in pairs}


@pytest.mark.parametrize("model", GOLDENS)
def test_library_properties(model: str) -> None:
    """Arduino library specification, 1.5 format rev. 2.2, and the patterns and lengths of arduino-lint's schema
    (arduino-library-properties-definitions-schema.json, "specification" and "strict")."""
    fields = _properties(_text(model, "library.properties", model))
    required = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"}
    assert required <= set(fields) <= required | {"depends", "dot_a_linkage", "includes", "precompiled", "ldflags"}
    assert all(fields.values())
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9 _.-]*", fields["name"])
    assert len(fields["name"]) <= 63
    assert SEMVER.fullmatch(fields["version"])
    assert not fields["maintainer"].lower().startswith("arduino")
    assert fields["category"] in (
        "Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing", "Data Storage",
        "Data Processing", "Other",
    )  # fmt: skip
    assert urlparse(fields["url"]).scheme == "https"
    assert fields["architectures"] == "*"
    # "Only the src folder is added to the include search path."
    assert {f"src/{header}" for header in fields["includes"].split(",")} <= set(library_files(GOLDENS[model], model))


def test_the_examples_are_sketches_of_their_folders_name() -> None:
    """Arduino sketch specification: the primary file is named after its folder. A folder without one is no sketch, and
    no other file of a sketch's folder is compiled with it."""
    paths = [Path(path) for path in library_files(GOLDENS["gesture"], "gesture")]
    sketches = [path for path in paths if path.suffix == ".ino"]
    assert [path.parts[0] for path in sketches] == ["examples"]
    for sketch in sketches:
        assert sketch.stem == sketch.parent.name
        assert [path for path in paths if path.parent == sketch.parent] == [sketch]


@pytest.mark.parametrize("name", ["gesture", *YAML_WORDS])
def test_library_json(name: str) -> None:
    """The fields of PlatformIO's documentation of library.json; `pio pkg pack` checks their forms."""
    fields = json.loads(_text(name, "library.json"))
    files = library_files(GOLDENS["gesture"], name)
    assert fields["name"] == name
    assert SEMVER.fullmatch(fields["version"])
    assert fields["build"] == {"includeDir": "include", "srcDir": "src"}
    assert {f"include/{header}" for header in fields["headers"]} <= set(files)
    listed = [f"{example['base']}/{file}" for example in fields["examples"] for file in example["files"]]
    assert sorted(listed) == sorted(path for path in files if path.startswith("examples/"))
    # All but the model goes into a package.
    assert set(fields["export"]["include"]) == {path.split("/")[0] for path in files} - {f"{name}.rs2c"}


@pytest.mark.parametrize("name", ["gesture", *YAML_WORDS])
def test_idf_component_yml(name: str, tmp_path: Path) -> None:
    """Espressif's own component manager reads the manifest, with the checks of an upload to its registry."""
    need_modules("idf_component_tools")
    from idf_component_tools.manager import ManifestManager, UploadMode

    emit_library(GOLDENS["gesture"], name, tmp_path / name)
    manifest = ManifestManager(tmp_path / name, name, upload_mode=UploadMode.component).load()
    assert manifest.version.is_semver
    assert manifest.license == "0BSD"
    assert manifest.description == json.loads(_text(name, "library.json"))["description"]


@pytest.mark.parametrize("name", ["gesture", *YAML_WORDS])
def test_zephyr_module_yml(name: str) -> None:
    """METADATA_SCHEMA and process_cmake of Zephyr's scripts/zephyr_module.py: the keys that exist and their types;
    build.cmake names a folder which holds a CMakeLists.txt."""
    files = library_files(GOLDENS["gesture"], name)
    types: dict[str, type] = {"name": str, "build": dict, "tests": list, "samples": list, "boards": list, "blobs": list}
    build: dict[str, type] = {"depends": list, "settings": dict}
    for key in ("cmake", "kconfig", "sysbuild-cmake", "sysbuild-kconfig"):
        build |= {key: str, f"{key}-ext": bool}
    module: dict[str, Any] = yaml.safe_load(files["zephyr/module.yml"])
    for fields, known in ((module, types), (module["build"], build)):
        assert all(isinstance(value, known[key]) for key, value in fields.items())
    assert module["name"] == name
    assert f"{module['build']['cmake']}/CMakeLists.txt" in files


@pytest.mark.parametrize("model", GOLDENS)
def test_no_name_from_data_reaches_a_manifest(model: str) -> None:
    plain, hostile = GOLDENS[model], hostile_names(GOLDENS[model])
    usual, theirs = library_files(plain, "net"), library_files(hostile, "net")
    assert usual["include/net.h"] != theirs["include/net.h"]
    assert {path: theirs[path] for path in MANIFESTS} == {path: usual[path] for path in MANIFESTS}
