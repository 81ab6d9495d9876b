"""A torch module that is trained already, distilled into a sketch and that into C.

python examples/torch_module.py [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from rs2c import distill
from rs2c.emit import emit_library
from rs2c.model import reference
from rs2c.model.cost import model_cost
from rs2c.train.fit_options import FitOptions
from rs2c.verify.verdicts import verify

CLASSES = ["rest", "wave", "knock"]


def readings(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of an accelerometer as four features: mean, spread, largest jump, crossings of the mean."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, len(CLASSES), rows)
    time = np.arange(32)
    swing = np.sin(time * rng.uniform(0.3, 0.7, (rows, 1))) * rng.uniform(0.4, 1.2, (rows, 1))
    knock = np.exp(-np.abs(time - rng.uniform(4, 28, (rows, 1)))) * rng.uniform(1.0, 2.5, (rows, 1))
    signal = rng.normal(0, 0.15, (rows, 32)) + np.where(y == 1, 1.0, 0.0)[:, None] * swing
    signal += np.where(y == 2, 1.0, 0.0)[:, None] * knock
    above = signal > signal.mean(axis=1, keepdims=True)
    crossings = (above[:, 1:] != above[:, :-1]).sum(axis=1)
    jump = np.abs(np.diff(signal)).max(axis=1)
    return np.stack([signal.mean(axis=1), signal.std(axis=1), jump, crossings], axis=1).astype(np.float32), y


def trained_network(X: np.ndarray, y: np.ndarray) -> torch.nn.Module:
    """The model that exists: three layers of floats."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(4, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 3)
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    inputs, labels = torch.from_numpy(X), torch.from_numpy(y)
    for _ in range(300):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(inputs), labels).backward()
        optimizer.step()
    return network.eval()


def main(folder: Path) -> None:
    """Network, sketch, C library, verdict."""
    torch.set_num_threads(1)
    X, y = readings(2000, seed=0)
    X_test, y_test = readings(600, seed=1)
    network = trained_network(X, y)
    with torch.no_grad():
        theirs = network(torch.from_numpy(X_test)).argmax(dim=1).numpy()
    floats = sum(parameter.numel() for parameter in network.parameters())
    print(f"network, accuracy on {len(y_test)} held-out rows: {np.mean(theirs == y_test):.3f}, {4 * floats} bytes")

    names = ["mean", "spread", "jump", "crossings"]
    options = FitOptions(method="learned", rows=6, arrays=1, learned_steps=400)
    fitted = distill(network, X, classes=CLASSES, feature_names=names, options=options)
    ours, cost = reference.predict(fitted.model, X_test), model_cost(fitted.model)
    print(f"sketch, accuracy on the same rows: {np.mean(ours == y_test):.3f}, {cost.bytes} bytes")

    library = folder / "lib" / "gesture"
    emit_library(fitted.content, "gesture", library)
    verdicts = verify(fitted.model, ["host"], vectors=2000, data=X_test)
    for verdict in verdicts:
        print(f"{verdict.target}, {verdict.compiler}: {verdict.vectors} vectors, {verdict.mismatches} mismatches")
    if not all(verdict.passed for verdict in verdicts):
        sys.exit("MISMATCH: the C does not compute the reference")
    print("every score equals the reference")
    print(f"the library is {library}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="rs2c-example-")))
