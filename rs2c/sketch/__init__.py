"""Representer Sketches: hash families, the hash generator, counts, collision probability and error bounds."""
