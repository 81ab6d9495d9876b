"""A tiny seeded fit of each method, whose integer scores are kept: they move where the method does.

`python -m benchmarks.canaries` compares, `--renew` keeps those of revisions that were raised (`benchmarks.revisions`).
"""
