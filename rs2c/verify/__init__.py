"""Every score of the emitted C against the reference: vectors on edges, coverage, verdicts."""
