"""What a library will cost on a board, from the compiler alone: nothing is linked, and no emulator is needed.

Flash and static RAM are the sections that quantize and predict (values) lead to, and the helpers of the compiler's
runtime that they call; the stack is that of the deepest call (`rs2c.measure.stack`). Without the compiler they are
estimates.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rs2c.base.choices import Optimize
from rs2c.base.errors import MissingToolError, OptionError
from rs2c.boards.boards import Board, Core, load_board
from rs2c.boards.toolchain import Compiler, compile_object, find_compiler, flags_of, with_runtime
from rs2c.emit.library import MODEL_NAME, Library, emit_and_describe
from rs2c.emit.options import EmitOptions, options_of
from rs2c.emit.plan import Plan, plan_of
from rs2c.measure.footprint import (
    Footprint,
    FootprintError,
    constant_bytes,
    foreign_symbols,
    object_sizes,
    undefined_symbols,
)
from rs2c.measure.size_estimate import estimated_footprint
from rs2c.measure.stack import worst_stack
from rs2c.model.file import ModelFile


@dataclass(frozen=True)
class Size:
    """What a model takes of a board.

    An estimate where `compiler` and `flags` are empty: `remark` says which compiler is missing, or why the core cannot
    hold the library, which it then is `refused`.
    """

    board: Board
    footprint: Footprint
    compiler: str = ""
    flags: str = ""
    remark: str = ""
    refused: bool = False

    @property
    def fits(self) -> bool:
        """Whether the core takes the library and the board, if its memories are known, has that much."""
        flash, ram, need = self.board.flash, self.board.ram, self.footprint
        enough_flash = flash is None or need.flash_bytes <= flash.size
        return not self.refused and enough_flash and (ram is None or need.ram_bytes + need.stack_bytes <= ram.size)


def sizes_of(
    content: ModelFile, boards: Sequence[str], optimize: Optimize = "size", options: EmitOptions | None = None
) -> list[Size]:
    """The sizes on each board, measured once for each core; of C emitted with the options that the content keeps.

    Raises OptionError for an unknown board and for `host`, CompileError and FootprintError as `predicted_footprint`.
    """
    found: dict[str, Size] = {}
    chosen = [load_board(name) for name in boards]
    if any(not board.core.emulators for board in chosen):
        raise OptionError("host is no device: name another board, see rs2c boards")
    with tempfile.TemporaryDirectory(prefix="rs2c-") as scratch:
        options = options_of(content) if options is None else options
        library = emit_and_describe(content, MODEL_NAME, Path(scratch) / MODEL_NAME, options)
        plan = plan_of(content.model, options, MODEL_NAME)
        for board in chosen:
            if board.core.name not in found:
                found[board.core.name] = _size(plan, library, board, optimize, Path(scratch) / board.core.name)
    return [replace(found[board.core.name], board=board) for board in chosen]


def _size(plan: Plan, library: Library, board: Board, optimize: Optimize, workdir: Path) -> Size:
    core = board.core
    problem = plan.avr_problem if core.architecture == "avr" else None
    if problem is not None:
        return Size(board, estimated_footprint(plan, core), remark=problem, refused=True)
    try:
        compiler = find_compiler(core)
        footprint = predicted_footprint(library, core, compiler, optimize, workdir)
    except MissingToolError as error:
        remark = str(error) if optimize == "size" else f"{error}; the estimate is for size"
        return Size(board, estimated_footprint(plan, core), remark=remark)
    return Size(board, footprint, str(compiler), " ".join(flags_of(compiler, core, optimize)))


def predicted_footprint(
    library: Library, core: Core, compiler: Compiler, optimize: Optimize, workdir: Path
) -> Footprint:
    """Bytes that a program grows by at most; compiled into `workdir`.

    Raises CompileError, MissingToolError without pyelftools, FootprintError where stack or flash have no bound.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    obj, flags = workdir / "library.o", flags_of(compiler, core, optimize)
    compile_object(compiler, library.source, obj, [*flags, f"-I{library.folder / 'include'}"], stack_usage=True)
    roots = library.entry_points
    stack = worst_stack(obj, obj.with_suffix(".su"), roots)
    if undefined_symbols(obj):
        foreign = foreign_symbols(obj)
        if foreign:
            raise FootprintError(f"{library.name} needs {foreign[0]}, whose size is not known")
        obj = with_runtime(compiler, obj, workdir / "complete.o", flags)
    flash, ram = object_sizes(obj, roots)
    return Footprint(flash, ram + (constant_bytes(obj, roots) if core.constants_in_ram else 0), stack)
