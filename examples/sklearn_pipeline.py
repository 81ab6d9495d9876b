"""A scikit-learn Pipeline of a scaler and a sketch, folded into integers: the C reads the unscaled features.

python examples/sklearn_pipeline.py [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from rs2c import RepresenterSketchClassifier, compile_pipeline
from rs2c.model.cost import model_cost
from rs2c.verify.verdicts import verify


def main(folder: Path) -> None:
    """Fit, fold, C library, verdict."""
    bundle = load_breast_cancer()
    names = bundle.target_names[bundle.target]
    X, X_test, y, y_test = train_test_split(bundle.data, names, test_size=0.3, stratify=names, random_state=0)
    sketch = RepresenterSketchClassifier(
        method="learned", rows=6, arrays=1, hidden=(32,), learned_steps=300, random_state=0
    )
    pipeline = make_pipeline(StandardScaler(), sketch).fit(X, y)
    print(f"pipeline, accuracy on {len(y_test)} held-out rows: {pipeline.score(X_test, y_test):.3f}")

    library = folder / "lib" / "tumour"
    folded = compile_pipeline(pipeline, library, "tumour")
    cost = model_cost(folded.model)
    print(f"folded, accuracy on the same rows: {folded.score(X_test, y_test):.3f}")
    print(f"{cost.bytes} bytes, {cost.operations} operations an inference")

    verdicts = verify(folded.model, ["host"], vectors=2000, data=folded.raw(X_test))
    for verdict in verdicts:
        print(f"{verdict.target}, {verdict.compiler}: {verdict.vectors} vectors, {verdict.mismatches} mismatches")
    if not all(verdict.passed for verdict in verdicts):
        sys.exit("MISMATCH: the C does not compute the reference")
    print("every score equals the reference")
    print(f"the library is {library}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="rs2c-example-")))
