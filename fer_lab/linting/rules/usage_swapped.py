"""FER2013's PrivateTest is called validation, and PublicTest is tested."""

from __future__ import annotations

from collections.abc import Iterator

from fer_lab.linting.findings import Hit, Rule
from fer_lab.linting.parts import PRIVATE, PUBLIC, TEST, VAL
from fer_lab.linting.project import Module, Project

RULE = Rule(
    "usage-swapped",
    "FER2013's PrivateTest validates, and PublicTest is tested",
    "It is a swap, not a leak, where PublicTest is reported: it did not choose. Such a number is of PublicTest, on"
    " which networks score otherwise than on PrivateTest, and does not stand beside numbers of PrivateTest."
    " Where PrivateTest is reported after all, the epoch was chosen on it.",
    "Choose on PublicTest or on a part of Training, report PrivateTest; or say PublicTest beside the number.",
)


def look_module(module: Module, project: Project) -> Iterator[Hit]:
    """Names of validation that hold PrivateTest, in a source where a name of the test holds PublicTest."""
    private = [one for one in module.bound if {PRIVATE, VAL} <= one[2] and TEST not in one[2]]
    public = [one for one in module.bound if {PUBLIC, TEST} <= one[2] and not {PRIVATE, VAL} & one[2]]
    cells = {module.source.place(line)[0] for line, _, _ in public}
    seen: set[int] = set()
    for line, name, _ in sorted(private):
        cell = module.source.place(line)[0]
        if cell in cells and cell not in seen:
            seen.add(cell)
            other = next(one for one in sorted(public) if module.source.place(one[0])[0] == cell)
            yield Hit(line, f"`{name}` holds PrivateTest, and `{other[1]}` PublicTest")
