"""A firmware engineer's table of readings, by the command line alone: CSV to verified C.

python examples/sensor_csv.py [FOLDER]
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

COLUMNS = ("current_ma", "vibration", "flow_ml_s", "temperature_dc", "state")
# Mean and spread of each reading in each state of a pump, as an ADC and a few drivers give them: whole numbers.
STATES = {
    "off": ((12, 4), (20, 8), (0, 2), (215, 12)),
    "running": ((840, 60), (310, 40), (505, 35), (402, 25)),
    "dry": ((455, 50), (520, 60), (30, 20), (430, 30)),
    "blocked": ((1310, 90), (160, 40), (45, 30), (455, 30)),
}
ROWS_A_STATE = 200


def write_readings(path: Path) -> None:
    """800 rows in a random order."""
    rng = np.random.default_rng(7)
    rows = []
    for state, sensors in STATES.items():
        readings = np.rint([rng.normal(mean, spread, ROWS_A_STATE) for mean, spread in sensors]).astype(int).clip(0)
        rows += [[*reading, state] for reading in readings.T.tolist()]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows[i] for i in rng.permutation(len(rows)))


def rs2c(*arguments: object) -> None:
    """Show a command and run it; a negative verdict ends the program."""
    print("$ rs2c", *arguments, flush=True)
    done = subprocess.run([sys.executable, "-m", "rs2c", *map(str, arguments)])
    if done.returncode != 0:
        sys.exit(done.returncode)


def main(folder: Path) -> None:
    """Readings, model, C library, verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    table, model, library = folder / "pump.csv", folder / "pump.rs2c", folder / "lib" / "pump"
    write_readings(table)
    print(f"{table}: {len(STATES) * ROWS_A_STATE} rows of {', '.join(COLUMNS)}")
    rs2c("fit", table, "--label", "state", "--quick", "-o", model)
    rs2c("compile", model, "-o", library, "--name", "pump")
    rs2c("verify", model, "--board", "host", "--data", table, "--vectors", 2000)
    print(f'the library is {library}: #include "pump.h", pump_quantize(raw, x), pump_predict(x)')


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="rs2c-example-")))
