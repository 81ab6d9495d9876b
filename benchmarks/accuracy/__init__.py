"""Accuracy against bytes and operations, on every data set and for every method: `python -m benchmarks.accuracy`."""
