"""Networks, one architecture a file, and the weights that they start from."""

BACKBONE_VERSION = 5
"""Of the embedded backbone; raised whenever the same plan gives other weights. It is part of a run's identity."""
BACKBONE, CONTRACT = "backbone.safetensors", "contract.json"
"""Files of an embedded backbone."""
