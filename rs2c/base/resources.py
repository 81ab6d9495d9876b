"""Where templates, boards and firmware lie, in the wheel and in the source tree."""

from pathlib import Path

from rs2c.base.errors import MissingToolError


def resource_path(name: str) -> Path:
    """Folder of a shipped resource: `templates`, `boards` or `firmware`."""
    package = Path(__file__).parent.parent
    for candidate in (package / "_resources" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise MissingToolError(f"the folder {name!r} is missing from this installation of rs2c; install it again")
