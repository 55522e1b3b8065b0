"""When a value comes from the part that a number is reported on."""

from __future__ import annotations

from fer_lab.linting.findings import CERTAIN, LIKELY
from fer_lab.linting.flow import At
from fer_lab.linting.parts import PRIVATE, PUBLIC, TEST, TRAIN, VAL, Marks


def from_test(parts: Marks, at: At) -> str:
    """Whether these parts are the test part: how certain it is, '' if not.

    FER2013's PrivateTest is, PublicTest is where it is called so. PrivateTest under the name of validation is, where
    nothing is tested on PublicTest instead.
    """
    if at.phase:
        parts = (parts - {TRAIN, VAL, TEST}) | at.phase
    if TRAIN in parts:
        return ""
    if VAL in parts:
        return LIKELY if PRIVATE in parts and TEST not in parts and not swapped(at) else ""
    if PRIVATE in parts and PUBLIC in parts:
        return ""
    return CERTAIN if parts & {TEST, PRIVATE} else ""


def swapped(at: At) -> bool:
    """Whether some name of the linted code says that PublicTest is the test part."""
    return any({PUBLIC, TEST} <= marks for module in at.project.modules for _, _, marks in module.bound)
