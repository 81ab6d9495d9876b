"""No instruction that a core lacks: its DSP extension, which QEMU lets a Cortex-M3 run, is looked for in the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs2c.boards.boards import load_core
from rs2c.boards.toolchain import Optimize, compile_object, flags_of
from rs2c.emit import emit_library
from rs2c.measure.footprint import SHF_EXECINSTR, read_elf
from tests.emit.shapes import shapes
from tests.simulate.conftest import compiler_for
from tests.support.tools import need_modules


def dsp_instructions(folder: Path, name: str, core_name: str, kind: str, optimize: Optimize) -> list[str]:
    """Mnemonics of Armv7E-M's DSP extension in an emitted library."""
    import capstone
    from capstone.arm_const import ARM_GRP_THUMB2DSP

    core, compiler = load_core(core_name), compiler_for(core_name, kind)
    emit_library(shapes()[name], name, folder / name)
    flags = [*flags_of(compiler, core, optimize), f"-I{folder / name / 'include'}"]
    compile_object(compiler, folder / name / "src" / f"{name}.c", folder / "library.o", flags)
    decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    decoder.detail = decoder.skipdata = True
    with (folder / "library.o").open("rb") as file:
        code = [s.data() for s in read_elf(file).iter_sections() if s["sh_flags"] & SHF_EXECINSTR]
    found = (instruction for section in code for instruction in decoder.disasm(section, 0))
    return [i.mnemonic for i in found if i.id and i.group(ARM_GRP_THUMB2DSP)]


@pytest.mark.parametrize("kind", ["gcc", "zig"])
@pytest.mark.parametrize("name", ["gesture", "motor", "factored", "shared_probe", "lists_in_steps", "sparse_signs"])
def test_a_cortex_m3_is_given_no_dsp_instruction(tmp_path: Path, name: str, kind: str) -> None:
    need_modules("capstone", "elftools")
    for optimize in ("size", "speed"):
        assert dsp_instructions(tmp_path, name, "cortex-m3", kind, optimize) == []


def test_a_cortex_m4_is_given_some(tmp_path: Path) -> None:
    need_modules("capstone", "elftools")
    assert dsp_instructions(tmp_path, "gesture", "cortex-m4f", "gcc", "size") != []
