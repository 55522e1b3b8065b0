"""Networks, one architecture a file, and the weights that they start from."""

from collections.abc import Mapping

MADE_HERE: Mapping[str, int] = {"embedded": 5, "objects": 1}
"""What ``weights`` of a backbone says of embedded ones, trained on identities or on objects -> their version.

A version is raised whenever the same plan gives other weights. It is part of a run's identity.
"""
BACKBONE, CONTRACT = "backbone.safetensors", "contract.json"
"""Files of an embedded backbone."""
