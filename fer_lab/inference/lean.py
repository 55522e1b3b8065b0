"""MediaPipe without what it imports in order to draw and to record sound, which nobody does who finds faces."""

from __future__ import annotations

import sys
from types import ModuleType

UNUSED = ("matplotlib", "matplotlib.pyplot", "sounddevice")
"""Imported by modules of MediaPipe that come with all others: a second and 50 MB of every process."""


def import_mediapipe() -> None:
    """Import MediaPipe, with empty modules in place of ``UNUSED`` while it does so.

    It is for processes that have one task, and before they start threads: what another thread imports meanwhile
    would be empty, too. Where one of them is there already, nothing is put in its place.
    """
    absent = [name for name in UNUSED if name not in sys.modules]
    if len(absent) < len(UNUSED):
        return
    for name in absent:
        sys.modules[name] = ModuleType(name)
    sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]  # type: ignore[attr-defined]
    try:
        import mediapipe  # noqa: F401
    finally:
        for name in absent:
            del sys.modules[name]
