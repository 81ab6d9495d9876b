"""Render the templates of a library and write them as a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from rs2c.base.atomic import write_folder
from rs2c.base.raw_types import RAW_TYPES, Task
from rs2c.base.templates import template_environment
from rs2c.emit.context import library_context
from rs2c.emit.names import check_all
from rs2c.emit.options import EmitOptions, options_of, with_options
from rs2c.emit.plan import plan_of
from rs2c.emit.render import source_context
from rs2c.model.file import ModelFile, to_bytes
from rs2c.model.integer_model import IntegerModel

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
MODEL_NAME = "model"  # of a library that nobody keeps


@dataclass(frozen=True)
class Library:
    """An emitted library in `folder` (include/<name>.h, src/<name>.c) and the sizes that its header states.

    `n_answers` is 1 for a classifier and the number of outputs for a regressor.
    """

    folder: Path
    name: str
    raw_dtype: np.dtype[Any]
    n_features: int
    n_inputs: int
    n_scores: int
    n_answers: int
    task: Task

    @property
    def source(self) -> Path:
        """The model's C file."""
        return self.folder / "src" / f"{self.name}.c"

    @property
    def entry_points(self) -> tuple[str, str]:
        """The functions that one inference calls: quantize, and predict or values."""
        return f"{self.name}_quantize", f"{self.name}_{'predict' if self.task == 'classify' else 'values'}"

    @property
    def record_length(self) -> int:
        """int32 numbers that one vector gives: x, scores, answers."""
        return self.n_inputs + self.n_scores + self.n_answers


def library_files(content: ModelFile, name: str, options: EmitOptions | None = None) -> dict[str, bytes]:
    """Every file of the library by its relative path.

    `options` are those that the content keeps, unless given; the library keeps them. Raises OptionError on the name,
    BoundError on the model.
    """
    check_all(name)
    options = options_of(content) if options is None else options
    content = with_options(content, options)
    plan, environment = plan_of(content.model, options, name), template_environment("library")
    context = library_context(content, plan) | source_context(plan, environment)
    files = {}
    for pattern, template in _FILES.items():
        path = pattern.format(name=name)
        rendered = environment.get_template(template).render(context, file=PurePosixPath(path).name)
        files[path] = rendered.encode("ascii")
    files[f"{name}.rs2c"] = to_bytes(content)
    return files


def emit_library(content: ModelFile, name: str, folder: Path, options: EmitOptions | None = None) -> list[Path]:
    """Write the library to `folder`, whole or not at all; returns the paths written. Options as `library_files`."""
    files = library_files(content, name, options)
    write_folder(folder, files, marker=f"src/{name}_selftest.c")
    return [folder / path for path in files]


def describe(model: IntegerModel, name: str, folder: Path) -> Library:
    """The library of a model emitted to `folder`, as a target needs to know it."""
    return Library(
        folder=folder,
        name=name,
        raw_dtype=RAW_TYPES[model.raw_type],
        n_features=model.n_features,
        n_inputs=model.n_inputs,
        n_scores=model.n_scores,
        n_answers=model.n_answers,
        task=model.task,
    )


def emit_and_describe(content: ModelFile, name: str, folder: Path, options: EmitOptions | None = None) -> Library:
    """Emit a model to `folder`, and what a target needs to know of that library. Options as `library_files`."""
    emit_library(content, name, folder, options)
    return describe(content.model, name, folder)
