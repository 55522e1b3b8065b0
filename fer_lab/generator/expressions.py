"""Which action units make an expression, which ones vary, and which ones are hard to fake.

The core units follow the EMFACS prototypes (Ekman and Friesen); optional ones are variants that people show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Option(NamedTuple):
    """A unit that joins an expression with some probability, at most with some intensity."""

    unit: str
    probability: float
    intensity: float


EXPRESSIONS: Mapping[str, Mapping[str, float]] = {
    "anger": {"AU4": 0.9, "AU5": 0.35, "AU7": 0.7, "AU23": 0.8},
    "contempt": {"AU12R": 0.45, "AU14R": 0.9},
    "disgust": {"AU9": 0.9, "AU15": 0.45, "AU16": 0.5},
    "fear": {"AU1": 0.7, "AU2": 0.45, "AU4": 0.45, "AU5": 0.8, "AU20": 0.7, "AU25": 0.4, "AU26": 0.35},
    "happiness": {"AU6": 0.8, "AU12": 0.9},
    "neutral": {},
    "sadness": {"AU1": 0.8, "AU4": 0.5, "AU15": 0.8},
    "surprise": {"AU1": 0.8, "AU2": 0.8, "AU5": 0.7, "AU25": 0.4, "AU26": 0.8},
}
"""Emotion -> unit -> activation at full intensity. Contempt is one-sided; either side is played."""

OPTIONS: Mapping[str, tuple[Option, ...]] = {
    "anger": (Option("AU17", 0.25, 0.4), Option("AU25", 0.15, 0.4), Option("AU9", 0.2, 0.3)),
    "contempt": (Option("AU4", 0.15, 0.25),),
    "disgust": (
        Option("AU10", 0.5, 0.5),
        Option("AU4", 0.5, 0.5),
        Option("AU7", 0.4, 0.4),
        Option("AU17", 0.3, 0.4),
        Option("AU25", 0.4, 0.5),
    ),
    "fear": (Option("AU7", 0.2, 0.3),),
    "happiness": (Option("AU25", 0.45, 0.6),),
    "neutral": (),
    "sadness": (Option("AU17", 0.5, 0.6), Option("AU7", 0.3, 0.3)),
    "surprise": (),
}

RELIABLE: Mapping[str, frozenset[str]] = {
    "anger": frozenset({"AU7", "AU23"}),
    "contempt": frozenset({"AU14"}),
    "disgust": frozenset({"AU9"}),
    "fear": frozenset({"AU1", "AU20"}),
    "happiness": frozenset({"AU6"}),
    "neutral": frozenset(),
    "sadness": frozenset({"AU1", "AU15"}),
    "surprise": frozenset({"AU5"}),
}
"""Units that few people contract at will: weaker when the emotion is not felt."""

FELT_INSTEAD: Mapping[str, str] = {
    "anger": "happiness",
    "contempt": "happiness",
    "disgust": "happiness",
    "fear": "happiness",
    "happiness": "disgust",
    "neutral": "neutral",
    "sadness": "happiness",
    "surprise": "contempt",
}
"""The emotion that is truly felt while another one is shown: it may leak for a moment."""

STRAY: tuple[str, ...] = (
    *("AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU9"),
    *("AU12", "AU14", "AU15", "AU17", "AU20", "AU25", "AU26"),
)
"""Units that may be weakly active for no reason."""
