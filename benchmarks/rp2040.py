"""Instructions and cycles of a Cortex-M0+ in rp2040js, an emulator of the RP2040 that shares nothing with unicorn.

`python -m benchmarks.rp2040` needs node and npm (rp2040js 1.4.1 is installed into build/rp2040). For models of several
shapes each inference must take the same number of instructions, and give the same record, as in unicorn; and its cycles
(rp2040.mjs says what is added to rp2040js' own) must be those of the table in the core's file. Writes
benchmarks/results/rp2040.json; exits with 1 where anything differs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.revisions import ROOT
from rs2c.boards.boards import Emulator, Memory, load_board, load_core
from rs2c.boards.toolchain import find_compiler
from rs2c.emit.library import emit_and_describe
from rs2c.model.file import ModelFile
from rs2c.simulate.bare_metal import BareMetal
from rs2c.simulate.emulator import load_program
from rs2c.simulate.unicorn_target import RAW_OFFSET, UnicornTarget, buffer_symbols
from rs2c.verify.verdicts import verification_vectors
from tests.emit.shapes import shapes

MODELS = ("gesture", "level", "motor", "factored", "sparse_signs", "lists_in_steps", "uniform_lists")
VECTORS = 100
PACKAGE = "rp2040js@1.4.1"
RESULTS = Path(__file__).parent / "results" / "rp2040.json"


def run_one(name: str, content: ModelFile, scratch: Path, node_folder: Path) -> dict[str, Any]:
    """One model in both emulators."""
    board, core = load_board("rpipico"), load_core("cortex-m0plus")
    assert board.flash is not None
    assert board.ram is not None
    library = emit_and_describe(content, name, scratch / name)
    raw = verification_vectors(content.model, VECTORS, 1)[:VECTORS]
    compiler = find_compiler(core)
    # program and stack in the first half of the RAM, vectors and records in the second
    half = board.ram.size // 2 & ~0xFFF
    inputs = board.ram.origin + half
    records = inputs + RAW_OFFSET + (raw.nbytes + 15 & ~15)
    size = 4 * library.record_length * len(raw)
    assert records + size <= board.ram.origin + board.ram.size
    emulator = Emulator("unicorn", "RP2040", board.flash, Memory(board.ram.origin, half))
    parts = BareMetal(
        library, core, emulator, compiler, "size", scratch / f"{name}-rp2040", buffer_symbols(inputs, records)
    )
    program = load_program(parts.program("emulated_main.c"))
    origin, image = program.flash()
    assert origin == board.flash.origin
    job = {
        "flash": image.hex(),
        "input": (len(raw).to_bytes(RAW_OFFSET, "little") + raw.tobytes()).hex(),
        "inputAddress": inputs,
        "recordsAddress": records,
        "recordsBytes": size,
        "stackTop": board.ram.origin + half,
        "symbols": {key: program.symbols[key] for key in ("rs2c_reset", "rs2c_done", "rs2c_infer", "rs2c_returned")},
    }
    (scratch / "job.json").write_text(json.dumps(job))
    script = Path(__file__).with_suffix(".mjs")
    printed = subprocess.run(
        ["node", str(script), str(scratch / "job.json")], cwd=node_folder, capture_output=True, text=True, check=True
    ).stdout
    found = json.loads(printed)
    built = UnicornTarget("cortex-m0plus", core, compiler).build(library, scratch)
    # one by one, so that each inference has a count of its own
    expected = [built.run(raw[i : i + 1]) for i in range(len(raw))]
    same = [
        (*count, record) == ((run.instructions or (0, 0))[0], (run.cycles or (0, 0))[0], _record(run))
        for count, record, run in zip(found["counts"], _split(found["records"], len(raw)), expected, strict=True)
    ]
    cycles = [count[1] for count in found["counts"]]
    instructions = [count[0] for count in found["counts"]]
    return {
        "model": name,
        "inferences": len(same),
        "differ": same.count(False),
        "instructions": [min(instructions), max(instructions)],
        "cycles": [min(cycles), max(cycles)],
    }


def _record(run: Any) -> str:
    return b"".join(part.astype("<i4").tobytes() for part in (run.x, run.scores, run.answers)).hex()


def _split(records: str, count: int) -> list[str]:
    step = len(records) // count
    return [records[i * step : (i + 1) * step] for i in range(count)]


def main() -> None:
    """Install rp2040js where it is missing, run, print, write."""
    node_folder = ROOT / "build" / "rp2040"
    node_folder.mkdir(parents=True, exist_ok=True)
    if not (node_folder / "node_modules" / "rp2040js").is_dir():
        subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", str(node_folder), PACKAGE], check=True)
    rows = []
    with tempfile.TemporaryDirectory(prefix="rs2c-") as scratch:
        for name in MODELS:
            rows.append(run_one(name, shapes()[name], Path(scratch), node_folder))
            print(rows[-1], flush=True)
    RESULTS.write_text(json.dumps({"schema": 1, "emulator": PACKAGE, "models": rows}, indent=1) + "\n")
    sys.exit(0 if all(row["differ"] == 0 for row in rows) else 1)


if __name__ == "__main__":
    main()
