"""`python -m rs2c` is the command line."""

from rs2c.cli import main

main()
