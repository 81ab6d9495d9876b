"""`rs2c boards` and `rs2c doctor`."""

from __future__ import annotations

from rs2c.cli.output import JsonOption, QuietOption, print_json, print_table


def boards(as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """List the boards and cores that verify can run.

    Example: rs2c boards --json
    """
    from rs2c.boards import list_boards, load_board

    found = [load_board(name) for name in list_boards()]
    if as_json:
        listing = [{"name": b.name, "core": b.core, "description": b.description} for b in found]
        print_json({"schema": 1, "boards": listing})
    elif not quiet:
        print_table("Boards", ("name", "core", "description"), [(b.name, b.core, b.description) for b in found])


def doctor(as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Show what is installed, what is missing, and how to get it.

    Example: rs2c doctor
    """
    from rs2c.doctor import examine

    findings = examine()
    if as_json:
        listing = [{"name": f.name, "for": f.purpose, "version": f.version, "install": f.install} for f in findings]
        print_json({"schema": 1, "findings": listing})
    elif not quiet:
        rows = [(f.name, f.version or "missing", f.purpose, "" if f.version else f.install) for f in findings]
        print_table("Environment", ("what", "version", "for", "how to get it"), rows)
