#!/usr/bin/env bash
# unicorn 2.1.4: its Cortex-M0 divides, and reads unaligned words, which a Cortex-M0 cannot.
#
# A model's C that was built with a wrong -mcpu ends in a HardFault on a Cortex-M0: it has no UDIV, and faults where a
# word is not aligned. A good guess was that an emulator which is told UC_CPU_ARM_CORTEX_M0 stops there too. With
# UC_MODE_MCLASS, which M-profile cores ask for, it does not: the instruction sets of later cores run. Without that mode
# both are refused. So a run in this emulator is no proof that a program is one for the core: look at its
# instructions as well. Needs python3 (3.10 or later) and its venv.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet unicorn==2.1.4
cd "$folder"
cat >seen.py <<'PYTHON'
import unicorn
from unicorn import arm_const as arm

CODE, DATA = 0x10000, 0x20000
PROGRAMS = {"udiv r0, r1, r2": "b1fbf2f0", "ldr r0, [r3] at an odd address": "1868"}

for name, mode in (("with UC_MODE_MCLASS", unicorn.UC_MODE_MCLASS), ("without", 0)):
    for text, code in PROGRAMS.items():
        core = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | mode)
        core.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M0)
        core.mem_map(CODE, 0x1000)
        core.mem_map(DATA, 0x1000)
        core.mem_write(CODE, bytes.fromhex(code))
        core.mem_write(DATA, bytes(range(16)))
        for register, value in ((arm.UC_ARM_REG_R1, 42), (arm.UC_ARM_REG_R2, 5), (arm.UC_ARM_REG_R3, DATA + 1)):
            core.reg_write(register, value)
        try:
            core.emu_start(CODE | 1, CODE + len(code) // 2)
            said = f"gives {core.reg_read(arm.UC_ARM_REG_R0):#x}"
        except unicorn.UcError as error:
            said = f"is refused: {error}"
        print(f"{name}: {text} {said}")
PYTHON
"$folder/venv/bin/python" seen.py | tee seen.txt
diff seen.txt - <<'SEEN' || { echo "what unicorn does has changed: this finding no longer stands" >&2; exit 1; }
with UC_MODE_MCLASS: udiv r0, r1, r2 gives 0x8
with UC_MODE_MCLASS: ldr r0, [r3] at an odd address gives 0x4030201
without: udiv r0, r1, r2 is refused: Invalid instruction (UC_ERR_INSN_INVALID)
without: ldr r0, [r3] at an odd address is refused: Unhandled CPU exception (UC_ERR_EXCEPTION)
SEEN
echo "as found"
