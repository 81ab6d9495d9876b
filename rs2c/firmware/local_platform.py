"""What the local PlatformIO platform (boards/platform) builds with: compiler, flags and startup code of a core.

Everything comes from the core's file and from where compilers are looked for; the SCons script only hands it on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from rs2c.base.resources import resource_path
from rs2c.boards.boards import Board, Core, Emulator, Memory, load_core
from rs2c.boards.toolchain import Compiler, avr_region_options, bare_link_options, find_compiler, flags_of
from rs2c.simulate.bare_metal import linker_script

AVR_CLOCK_HZ = 16_000_000  # of a core without a board: its serial port needs one, an emulator does not care


@dataclass(frozen=True)
class LocalBuild:
    """How one core is built: commands, flags, and the sources beside the user's own."""

    compiler: Compiler
    linker: tuple[str, ...]
    archiver: tuple[str, ...]
    ranlib: tuple[str, ...]
    compile_flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    libraries: tuple[str, ...]
    sources: tuple[Path, ...]
    suffix: str


def local_build(core_name: str, folder: Path) -> LocalBuild:
    """How a core is built on this computer; its linker script is written to `folder`.

    Raises OptionError for an unknown core, MissingToolError without a compiler.
    """
    core = load_core(core_name)
    compiler = find_compiler(core)
    harness = resource_path("firmware") / "harness"
    build = LocalBuild(
        compiler=compiler,
        linker=compiler.command if compiler.linker is None else (compiler.linker,),
        archiver=_companion(compiler, "ar"),
        ranlib=_companion(compiler, "ranlib"),
        compile_flags=(*flags_of(compiler, core), f"-I{harness}"),
        link_flags=flags_of(compiler, core),
        libraries=(),
        sources=(),
        suffix=program_suffix(core),
    )
    if core.architecture == "host":
        return replace(build, link_flags=())
    if core.architecture == "avr":
        return _avr(build, core)
    names = ("startup.c", f"startup_{core.architecture}.c", f"semihost_{core.architecture}.c")
    script = folder / "link.ld"
    folder.mkdir(parents=True, exist_ok=True)
    script.write_text(linker_script(_memories(core)), encoding="utf-8")
    return replace(_bare(build, script), sources=tuple(harness / name for name in names))


def program_suffix(core: Core) -> str:
    """What the name of a linked program ends in."""
    return "" if core.architecture == "host" else ".elf"


def output_emulator(core: Core) -> Emulator | None:
    """The emulator in which a program of this core can print and end: QEMU or simavr; None where there is neither."""
    return next((emulator for emulator in core.emulators if emulator.kind in ("qemu", "simavr")), None)


def memories_of(board: Board) -> tuple[Memory | None, Memory | None]:
    """Flash and RAM of a board, or of the emulator that programs of a core run in; None where they are not known."""
    if not board.core.emulators:
        return None, None
    emulated = _memories(board.core)
    return (board.flash, board.ram) if board.platformio else (emulated.flash, emulated.ram)


def board_manifest(core: Core) -> dict[str, object]:
    """PlatformIO's board manifest of an emulated core, or of this computer, whose memories it shows as 0 bytes."""
    sizes = (_memories(core).flash.size, _memories(core).ram.size) if core.emulators else (0, 0)
    return {
        "name": core.description,
        "vendor": "rs2c",
        "url": "https://arxiv.org/abs/2106.11426",
        "platforms": ["rs2c"],
        "build": {"mcu": core.name},
        "upload": {"maximum_size": sizes[0], "maximum_ram_size": sizes[1]},
    }


def _avr(build: LocalBuild, core: Core) -> LocalBuild:
    """avr-libc has the startup code and the linker script, which is only told the memories."""
    memories = _memories(core)
    regions = avr_region_options(memories.flash, memories.ram)
    clock = f"-DF_CPU={AVR_CLOCK_HZ}UL"
    return replace(
        build,
        compile_flags=(*build.compile_flags, clock),
        link_flags=(*build.link_flags, "-Wl,--gc-sections", *regions),
    )


def _bare(build: LocalBuild, script: Path) -> LocalBuild:
    """No operating system and no C library: as `rs2c.boards.toolchain.link_bare` links."""
    options, libraries = bare_link_options(build.compiler, script)
    own = build.link_flags if build.compiler.linker is None else ()
    return replace(build, link_flags=(*own, *options), libraries=libraries)


def _memories(core: Core) -> Emulator:
    return output_emulator(core) or core.emulators[0]


def _companion(compiler: Compiler, tool: str) -> tuple[str, ...]:
    """The archiver or its indexer that belongs to a compiler."""
    if compiler.name == "zig":
        return (*compiler.command[:-1], tool)
    if compiler.name in ("gcc", "clang"):
        return (tool,)
    path, ending = (compiler.command[0], "-gcc") if compiler.linker is None else (compiler.linker, "-ld")
    return (str(Path(path).with_name(Path(path).name.replace(ending, f"-{tool}"))),)
