"""The stages, one module for each step of the computation."""
