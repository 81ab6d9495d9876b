"""Render the templates of a library and write them as a folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from rs2c.atomic import write_folder
from rs2c.emit.context import library_context
from rs2c.emit.names import check_all
from rs2c.model_file import ModelFile, to_bytes
from rs2c.rendering import template_environment

_FILES = {
    "include/{name}.h": "include/model.h.j2",
    "include/{name}_selftest.h": "include/model_selftest.h.j2",
    "src/{name}.h": "src/forward.h.j2",
    "src/{name}_selftest.h": "src/forward.h.j2",
    "src/{name}.c": "src/model.c.j2",
    "src/{name}_selftest.c": "src/model_selftest.c.j2",
    "examples/answer/answer.c": "examples/answer.c.j2",
    "examples/print_answers/print_answers.ino": "examples/print_answers.ino.j2",
    "MODEL_CARD.md": "MODEL_CARD.md.j2",
    "library.json": "library.json.j2",
    "library.properties": "library.properties.j2",
    "CMakeLists.txt": "CMakeLists.txt.j2",
    "idf_component.yml": "idf_component.yml.j2",
    "zephyr/module.yml": "zephyr/module.yml.j2",
    "zephyr/CMakeLists.txt": "zephyr/CMakeLists.txt.j2",
}


def library_files(content: ModelFile, name: str) -> dict[str, bytes]:
    """Every file of the library by its relative path; raises OptionError on the name and BoundError on the model."""
    check_all(name)
    environment = template_environment("library")
    context = library_context(content, name)
    files = {}
    for pattern, template in _FILES.items():
        path = pattern.format(name=name)
        rendered = environment.get_template(template).render(context, file=PurePosixPath(path).name)
        files[path] = rendered.encode("ascii")
    files[f"{name}.rs2c"] = to_bytes(content)
    return files


def emit_library(content: ModelFile, name: str, folder: Path) -> list[Path]:
    """Write the library to `folder`, whole or not at all; returns the paths written."""
    files = library_files(content, name)
    write_folder(folder, files, marker=f"src/{name}_selftest.c")
    return [folder / path for path in files]
