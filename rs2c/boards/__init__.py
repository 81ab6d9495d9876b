"""Boards, cores and compilers: what files in boards/ say, and how a compiler is called."""
