"""Networks, one architecture a file, and the weights that they start from."""

TRUNK_VERSION = 4
"""Of the embedded trunk; raised whenever the same plan gives other weights. It is part of a run's identity."""
