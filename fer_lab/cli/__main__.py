"""`python -m fer_lab.cli` is `fer-lab`."""

from fer_lab.cli import main

main()
