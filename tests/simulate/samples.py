"""Two hand-written libraries with what NumPy says of them, and a maker of tiny ones."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rs2c.emit.library import Library
from rs2c.simulate.targets import Build, Run, Target

SAMPLES = Path(__file__).parent / "sample"
CORES = ("cortex-m0", "cortex-m3", "cortex-m4f", "cortex-m33")


@dataclass(frozen=True)
class Sample:
    library: Library
    expected: Callable[[Any], tuple[Any, Any, Any]]

    def raw(self, n: int) -> Any:
        """Random vectors of the whole raw type, its two ends among them."""
        limits = np.iinfo(self.library.raw_dtype)
        raw = np.random.default_rng(7).integers(limits.min, limits.max + 1, (n, self.library.n_features))
        raw[0], raw[1] = limits.min, limits.max
        return raw.astype(self.library.raw_dtype)


def gesture_expected(raw: Any) -> tuple[Any, Any, Any]:
    u = np.clip(raw.astype(np.int64) * 3 + (128 << 8), 0, (256 << 8) - 1)
    x = (u >> 8) - 128
    row, i = np.arange(16)[:, None], np.arange(5)
    directions = (row * 31 + i * 17 + row * i * 7) % 61 - 30
    counts = [5, -7, 11, 13, -17, 19, -23, 29, -31, 37, -41, 43, -47, 53, -59, 61, -67, 71, -73, 79, -83, 89, -97, 101]
    bins = np.clip(x @ directions.T + (4 << 6), 0, (8 << 6) - 1) >> 6
    scores = (np.reshape(counts, (8, 3))[bins] * np.arange(1, 17)[:, None]).sum(axis=1)
    return x, scores, scores.argmax(axis=1)[:, None]


def level_expected(raw: Any) -> tuple[Any, Any, Any]:
    x = raw[:, [0, 2, 3]].astype(np.int64)
    scores = x @ np.array([[3, -5, 1000], [-70000, 11, 13]]).T
    return x, scores, scores * 4 + 7


GESTURE = Sample(Library(SAMPLES / "gesture", "gesture", np.dtype(np.int16), 5, 5, 3, 1, "classify"), gesture_expected)
LEVEL = Sample(Library(SAMPLES / "level", "level", np.dtype(np.uint8), 4, 3, 2, 2, "regress"), level_expected)


def check(target: Target, sample: Sample, folder: Path, n: int) -> tuple[Build, Run]:
    """Build a sample, run n vectors, and compare all with NumPy."""
    built = target.build(sample.library, folder)
    raw = sample.raw(n)
    run = built.run(raw)
    for found, expected in zip((run.x, run.scores, run.answers), sample.expected(raw), strict=True):
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, expected)
    assert run.target == target.name
    assert str(folder) not in run.flags
    return built, run


def write_tiny(parent: Path, predict: str, before: str = "") -> Library:
    """A classifier of one uint8 feature; the caller gives the body of predict and what stands before it."""
    folder = parent / "tiny_library"
    for name in ("include", "src"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "include" / "tiny.h").write_text(
        "#include <stdint.h>\n#define TINY_N_FEATURES 1\n#define TINY_N_INPUTS 1\n#define TINY_N_SCORES 1\n"
        "#define TINY_N_CLASSES 2\ntypedef uint8_t tiny_raw_t;\ntypedef uint8_t tiny_feature_t;\n"
        "void tiny_quantize(const tiny_raw_t raw[], tiny_feature_t x[]);\n"
        "void tiny_scores(const tiny_feature_t x[], int32_t scores[]);\n"
        "uint16_t tiny_predict(const tiny_feature_t x[]);\n"
    )
    (folder / "src" / "tiny.c").write_text(
        f'#include "tiny.h"\n{before}\n'
        "void tiny_quantize(const tiny_raw_t raw[], tiny_feature_t x[]) { x[0] = raw[0]; }\n"
        "void tiny_scores(const tiny_feature_t x[], int32_t scores[]) { scores[0] = x[0]; }\n"
        f"uint16_t tiny_predict(const tiny_feature_t x[]) {{ {predict} }}\n"
    )
    return Library(folder, "tiny", np.dtype(np.uint8), 1, 1, 1, 1, "classify")
