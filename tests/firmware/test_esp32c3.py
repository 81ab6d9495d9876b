"""The same C as an image of the ESP32-C3, checked by Espressif's own tool. It was never started on a chip."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from rs2c.base.errors import MissingToolError
from rs2c.boards.boards import Memory, load_core
from rs2c.boards.toolchain import find_compiler
from rs2c.emit.library import emit_and_describe
from rs2c.simulate.bare_metal import BareMetal
from tests.emit.models import GOLDENS
from tests.support.tools import need_modules, not_here

IRAM = Memory(0x40380000, 0x20000)
DRAM = Memory(0x3FCA0000, 0x20000)


def test_elf2image_makes_a_valid_image(tmp_path):
    need_modules("esptool")
    core = load_core("rv32imc")
    try:
        compiler = find_compiler(core)
    except MissingToolError as error:
        not_here(str(error))
    content = GOLDENS["gesture"]
    library = emit_and_describe(content, "gesture", tmp_path / "gesture")
    emulator = replace(core.emulators[0], flash=IRAM, ram=DRAM)
    buffers = "rs2c_raw = 0x3FCB0000;\nrs2c_x = 0x3FCB1000;\nrs2c_records = 0x3FCB2000;\nrs2c_vectors = 0x3FCB3000;\n"
    metal = BareMetal(library, core, emulator, compiler, "size", tmp_path / "build", buffers)
    program, image = metal.program("emulated_main.c"), tmp_path / "image.bin"
    esptool = [sys.executable, "-m", "esptool", "--chip", "esp32c3"]
    subprocess.run([*esptool, "elf2image", "-o", image, program], check=True, capture_output=True)
    shown = subprocess.run([*esptool, "image-info", image], capture_output=True, text=True, check=True).stdout
    assert "ESP32-C3" in shown
    assert shown.count("(valid)") == 2  # checksum and hash
    assert "0x4038" in shown
    damaged = bytearray(image.read_bytes())
    damaged[40] ^= 1
    image.write_bytes(damaged)
    shown = subprocess.run([*esptool, "image-info", image], capture_output=True, text=True).stdout
    assert shown.count("(valid)") < 2
