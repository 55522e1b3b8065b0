"""Procedural faces: identities, action units over time, rendering, ground truth."""

from fer_lab.generator.action_units import AU_NAMES
from fer_lab.generator.performance import Difficulty, Performance, perform

VERSION = 1
"""Raised whenever the same seeds give other pictures or truths: twins are then written anew."""

__all__ = ["AU_NAMES", "VERSION", "Difficulty", "Performance", "perform"]
