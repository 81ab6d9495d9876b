"""The integer model: its rules, reference, bounds, cost, canonical bytes and file."""
