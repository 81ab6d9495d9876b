"""The words that options take. Imports nothing but typing, for the command line lists them without loading NumPy."""

from typing import Literal

Task = Literal["classify", "regress"]
RawType = Literal["int8", "uint8", "int16", "uint16", "float32"]
ClassMetric = Literal["accuracy", "balanced", "macro-f1", "log-loss"]
ValueMetric = Literal["mae", "rmse", "r2"]
Metric = Literal[ClassMetric, ValueMetric]  # what a fit is judged by
TeacherKind = Literal["auto", "network", "boosting", "linear"]  # who teaches, where no teacher is given
ScoresAre = Literal["probabilities", "logits"]  # what a teacher's scores of classes are
Missing = Literal["error", "mean"]  # what a missing value is
Method = Literal["auto", "representer", "refit", "learned"]
Probe = Literal["linear", "nearest"]  # where a row is read
Family = Literal["l2", "srp"]  # of hashes
Directions = Literal["gaussian", "ternary"]  # of drawn hashes
EmulatorKind = Literal["unicorn", "qemu", "simavr"]
Optimize = Literal["size", "speed"]  # what a compiler optimizes for
StrategyName = Literal["loops", "unpacked"]  # how emitted C is laid out
