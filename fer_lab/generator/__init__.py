"""Procedural faces: identities, action units over time, rendering, ground truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fer_lab.lazy import names_of

if TYPE_CHECKING:
    from fer_lab.generator.action_units import AU_NAMES
    from fer_lab.generator.identity import Identity
    from fer_lab.generator.performance import Difficulty, Performance, perform
    from fer_lab.generator.renderer import render
    from fer_lab.generator.truth import Truth

VERSION = 1
"""Raised whenever the same seeds give other pictures or truths: twins are then written anew."""

__all__ = ["AU_NAMES", "VERSION", "Difficulty", "Identity", "Performance", "Truth", "perform", "render"]

# The mesh is used by all who find faces, and no renderer with it.
__getattr__ = names_of(
    __name__,
    {
        "action_units": ["AU_NAMES"],
        "identity": ["Identity"],
        "performance": ["Difficulty", "Performance", "perform"],
        "renderer": ["render"],
        "truth": ["Truth"],
    },
)
