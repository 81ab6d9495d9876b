"""Templates: one folder of `templates/`, ready to be rendered."""

from __future__ import annotations

from functools import lru_cache

import jinja2

from rs2c.base.resources import resource_path


@lru_cache  # compiling the templates takes three quarters of an emission
def template_environment(folder: str) -> jinja2.Environment:
    """The templates of a folder; a name that a template is not given is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource_path("templates") / folder),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
