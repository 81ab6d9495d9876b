#!/usr/bin/env bash
# zig 0.17.1 (ziglang, clang 22): PROGMEM of AVR is ignored with a warning, so that a table is not where it is read from.
#
# avr-libc marks a table for flash by the attribute progmem, and pgm_read_byte reads flash at its address. GCC puts such
# a table into .progmem.data. clang does not know the attribute, says so in a warning that is easily lost among others,
# and puts the table into .rodata, which is copied to RAM: its address is one in RAM, and what is read from flash there
# is some other byte. Model generators that emit PROGMEM tables then answer wrongly. To be expected was an error, or
# the section. A way round: __flash, which clang knows as GCC does. Needs python3 (3.10 or later) and its venv.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet ziglang==0.17.1 pyelftools==0.33
cd "$folder"
cat >table.c <<'C'
const unsigned char table[4] __attribute__((__progmem__)) = {1, 2, 3, 4};
const __flash unsigned char known[4] = {1, 2, 3, 4};
C
cat >seen.py <<'PYTHON'
import subprocess
import sys

from elftools.elf.elffile import ELFFile

command = [sys.executable, "-m", "ziglang", "cc", "-target", "avr-freestanding-none", "-mcpu=atmega328p", "-O2", "-c"]
done = subprocess.run([*command, "table.c", "-o", "table.o"], capture_output=True, text=True)
said = [line.split("warning: ")[1] for line in done.stderr.splitlines() if "warning: " in line]
print("exit status", done.returncode, said)
with open("table.o", "rb") as file:
    elf = ELFFile(file)
    for symbol in elf.get_section_by_name(".symtab").iter_symbols():
        if symbol.name in ("table", "known"):
            print(symbol.name, "stands in", elf.get_section(symbol["st_shndx"]).name)
PYTHON
"$folder/venv/bin/python" seen.py | tee seen.txt
diff seen.txt - <<'SEEN' || { echo "what zig does has changed: this finding no longer stands" >&2; exit 1; }
exit status 0 ['no target microcontroller specified, please pass -mmcu=<mcu name> [-Wavr-rtlib-linking-quirks]', "unknown attribute '__progmem__' ignored [-Wunknown-attributes]"]
table stands in .rodata
known stands in .progmem.data
SEEN
echo "as found"
